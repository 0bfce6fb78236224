import { expect, test } from "vitest";
import { Assembler } from "./assembler.ts";
import { mostMnemonics } from "./instruction-methods.ts";
import { mnemonics } from "./instructions.ts";

test("every mnemonic is a method, found again where it was put", () => {
  const a = new Assembler() as unknown as Record<string, unknown>; // for names that only the tables know
  const first = mnemonics().map((name) => a[name]);
  expect(first.every((method) => typeof method === "function")).toBe(true);
  expect(mnemonics().map((name) => a[name])).toEqual(first);
  expect(new Set(first).size).toBe(mnemonics().length);
});

test("there is room for the methods of all mnemonics", () => {
  expect(mnemonics().length).toBeLessThan(mostMnemonics);
});

test("what is no mnemonic is not there", () => {
  const a = new Assembler() as unknown as Record<string, unknown>; // as above
  expect(a.mvo).toBeUndefined();
  expect("mov" in a).toBe(true);
  expect("mvo" in a).toBe(false);
});
