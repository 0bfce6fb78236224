import { expect, test } from "vitest";
import { InternalError } from "../../base/errors.ts";
import { cpuFeatures } from "./features.ts";
import { formOf } from "./form.ts";
import { allRows, instructionSets, mnemonics, rowOf, rowsOf } from "./instructions.ts";
import { parseRow, plainSignature } from "./row.ts";

test("every row is read, has an encoder, and appears once", () => {
  const seen = new Map<string, string>();
  for (const row of allRows()) {
    const name = `${row.mnemonic} ${plainSignature(row.signature)}`;
    // The same operands under another encoding would never be chosen, unless a CPU without the first one's features has it.
    const key = `${name} ${row.features.join(" ")}`;
    expect(seen.get(key), `${name} stands twice`).toBe(undefined);
    seen.set(key, row.encoding);
    if (row.space !== "EVEX") expect(typeof formOf(row).encode).toBe("function");
  }
  expect(seen.size).toBeGreaterThan(700);
  expect(mnemonics()).toContain("add");
});

test("every feature of a table has its name in features.ts, and none is listed for nothing", () => {
  expect(
    [...new Set(instructionSets.flatMap(({ features, below512 = [] }) => [...features, ...[below512].flat()]))].sort(),
  ).toEqual(Object.keys(cpuFeatures).sort());
});

test("a written register is never marked where only memory is read", () => {
  for (const row of allRows()) {
    if (!["cmp", "test", "bt", "push", "jmp", "call"].includes(row.mnemonic)) continue;
    for (const operand of row.operands) expect(operand.written, `${row.mnemonic} ${row.signature}`).toBe(false);
  }
  for (const mnemonic of ["add", "sub", "xor", "neg", "shl", "cmove", "xadd"]) {
    for (const row of rowsOf(mnemonic)) {
      expect(row.operands[0]).toMatchObject({ read: true, written: true });
    }
  }
});

test("a row in fields", () => {
  expect(rowOf("imul", "r64, rm64, simm8")).toMatchObject({
    space: "legacy",
    prefixes: [],
    w: 1,
    map: 0,
    opcode: 0x6b,
    modRm: "r",
    immediates: [1],
    operationBits: 64,
    operands: [
      { word: "r64", read: false, written: true, field: "reg", register: "r64", memory: undefined },
      { word: "rm64", read: true, written: false, field: "rm", register: "r64", memory: 64 },
      { word: "simm8", field: "immediate" },
    ],
  });
  expect(rowOf("shlx", "r32, rm32, r32")).toMatchObject({
    space: "VEX",
    prefixes: [0x66],
    w: 0,
    l: 0,
    map: 2,
    features: ["bmi2"],
    operands: [{ field: "reg" }, { field: "rm" }, { field: "vvvv" }],
  });
});

test.each([
  ["rm64, simm8", "REX.W 83 /0", "simm8 needs an immediate of 1 bytes"],
  ["rm64", "REX.W 83 /0 ib", "an immediate has no operand"],
  ["rm64, r64", "REX.W 83 /0", "r64 has no place"],
  ["r64", "51+r", "low three bits are taken"],
  ["rm63", "FF /0", 'unknown operand word "rm63"'],
  ["rx rm64", "FF /0", "not an operand"],
  ["rm64", "FF /8", 'unknown word "/8"'],
  ["rm64", "VEX.128.66.0F.W2 10 /r", "expected an opcode byte"],
  ["", "", "expected an opcode byte"],
  ["rel8", "EB cd", "needs a displacement of 1 bytes"],
  ["rm64 <rax", "FF /0", "implicit operands look like"],
  ["m64, m64", "FF /r", "m64 is memory and can only be r/m"],
])("the notation refuses %j: %j", (signature, encoding, message) => {
  expect(() => parseRow("test", signature, encoding, [])).toThrow(InternalError);
  expect(() => parseRow("test", signature, encoding, [])).toThrow(message);
});
