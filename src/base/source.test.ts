import { expect, test } from "vitest";
import { Source } from "./source.ts";

test("positions count lines and columns from 1", () => {
  const source = new Source("ab\ncd\n\ne");
  expect([0, 1, 2, 3, 5, 6, 7, 8].map((offset) => source.position(offset))).toEqual([
    { line: 1, column: 1 },
    { line: 1, column: 2 },
    { line: 1, column: 3 },
    { line: 2, column: 1 },
    { line: 2, column: 3 },
    { line: 3, column: 1 },
    { line: 4, column: 1 },
    { line: 4, column: 2 },
  ]);
});

test("lines come without their break, LF or CRLF", () => {
  const source = new Source("one\r\ntwo\n\nfour");
  expect([1, 2, 3, 4].map((line) => source.line(line))).toEqual(["one", "two", "", "four"]);
});
