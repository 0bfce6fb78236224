import { expect, test } from "vitest";
import { mnemonics, rowsOf } from "../instructions.ts";
import { flagGroups, listedFlagEffects } from "./flags.ts";

const vectors: readonly unknown[] = ["xmm", "ymm", "zmm", "k", "xmm0"];

/** Whether every form of a mnemonic works on vectors or masks. */
const isVector = (mnemonic: string): boolean =>
  rowsOf(mnemonic).every(({ operands }) => operands.some(({ register }) => vectors.includes(register)));

test("names only mnemonics that there are, each once", () => {
  const listed = [...listedFlagEffects().keys()];
  expect(listed.filter((mnemonic) => rowsOf(mnemonic).length === 0)).toEqual([]);
  const words = flagGroups.flatMap(([, names]) => names.split(" "));
  expect(words.filter((word, at) => words.indexOf(word) < at)).toEqual([]);
});

test("lists every mnemonic that is not of vectors alone", () => {
  const missing = mnemonics().filter((mnemonic) => !listedFlagEffects().has(mnemonic) && !isVector(mnemonic));
  expect(missing).toEqual([]);
});

test("effects are of known flags, and no flag has two", () => {
  for (const [text] of flagGroups) {
    expect(text).toMatch(/^$|^(?:[rwmu] [oszapcdi]+(?:, |$))+$/);
    const changed = [...text.matchAll(/[wmu] ([oszapcdi]+)/g)].map(([, flags]) => flags).join("");
    expect(new Set(changed).size, text).toBe(changed.length);
  }
});

test.each([
  ["adc", { read: "c", written: "oszapc", maybeWritten: "", undefined: "" }],
  ["inc", { read: "", written: "oszap", maybeWritten: "", undefined: "" }],
  ["and", { read: "", written: "oszpc", maybeWritten: "", undefined: "a" }],
  ["shl", { read: "", written: "", maybeWritten: "oszpc", undefined: "a" }],
  ["jbe", { read: "zc", written: "", maybeWritten: "", undefined: "" }],
  ["cmovnl", { read: "os", written: "", maybeWritten: "", undefined: "" }],
  ["mov", { read: "", written: "", maybeWritten: "", undefined: "" }],
  ["vaddpd", { read: "", written: "", maybeWritten: "", undefined: "" }],
])("%s", (mnemonic, effects) => {
  for (const row of rowsOf(mnemonic)) expect(row.flags).toEqual(effects);
});

test("movsd copies a string by the direction flag, or a double by none", () => {
  const [strings, doubles] = [0, 1].map((least) =>
    rowsOf("movsd").filter(({ operands }) => Math.min(operands.length, 1) === least),
  );
  expect(strings?.map(({ flags }) => flags.read)).toEqual(["d"]);
  expect(new Set(doubles?.map(({ flags }) => flags.read))).toEqual(new Set([""]));
});
