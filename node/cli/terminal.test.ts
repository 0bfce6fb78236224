import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isColourful, numberText, table } from "./terminal.ts";

describe("numberText", () => {
  it("reads back as the same number, -0 included", () => {
    fc.assert(fc.property(fc.double(), (value) => Object.is(Number(numberText(value)), value)));
    expect(numberText(-0)).toBe("-0");
  });
});

describe("table", () => {
  it("aligns the first column to the left, the others as told", () => {
    const rows = [
      ["a", "10", "x"],
      ["bb", "9"],
    ];
    expect(table(rows)).toEqual(["a   10  x", "bb   9"]);
    expect(table(rows, "left")).toEqual(["a   10  x", "bb  9"]);
    expect(table([])).toEqual([]);
  });
});

describe("isColourful", () => {
  it("is so on a terminal that nobody spoke against", () => {
    const before = { NO_COLOR: process.env.NO_COLOR, TERM: process.env.TERM };
    const terminal = Object.assign(Object.create(process.stdout), { isTTY: true });
    delete process.env.NO_COLOR;
    process.env.TERM = "xterm";
    expect(isColourful(terminal)).toBe(true);
    process.env.TERM = "dumb";
    expect(isColourful(terminal)).toBe(false);
    process.env.TERM = "xterm";
    process.env.NO_COLOR = "1";
    expect(isColourful(terminal)).toBe(false);
    delete process.env.NO_COLOR;
    expect(isColourful(Object.assign(Object.create(process.stdout), { isTTY: false }))).toBe(false);
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
});
