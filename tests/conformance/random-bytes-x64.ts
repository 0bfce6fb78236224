/**
 * Bytes that are likely an x86-64 instruction, for random tests: prefixes, the opcode of some row, whatever follows. Bytes
 * at random alone are hardly ever an EVEX instruction.
 */
import fc from "fast-check";
import { decodableRows } from "../../src/asm/x64/decode-tables.ts";
import type { Row } from "../../src/asm/x64/row.ts";

/** Rows that stand for themselves; `lock` is a prefix. */
export const rows = [...decodableRows()].filter(({ row }) => row.mnemonic !== "lock");

/** Numbers that decide everything about one case; small ones are the plain choices, so that failures shrink. */
export const choices = fc.array(fc.nat(), { minLength: 24, maxLength: 24 });

/** Takes the numbers one after the other, each modulo the choices there are. */
export function chooser(numbers: readonly number[]): (count: number) => number {
  let next = 0;
  return (among) => (numbers[next++ % numbers.length] ?? 0) % among;
}

/** An EVEX prefix that suits the row more often than not. */
function likelyEvex(row: Row, choose: (count: number) => number): number[] {
  const pp = { 102: 1, 243: 2, 242: 3 }[row.prefixes[0] ?? 0] ?? 0;
  const hasVvvv = row.operands.some(({ field, vectorIndex }) => field === "vvvv" || vectorIndex !== undefined);
  const vvvv = row.operands.some(({ field }) => field === "vvvv") || choose(20) === 0 ? choose(16) : 15;
  const high = choose(4) === 0 ? choose(16) : 15;
  const vHigh = hasVvvv ? choose(2) : choose(20) === 0 ? 0 : 1;
  const takesB = row.rounding !== undefined || row.operands.some(({ broadcast }) => broadcast !== undefined);
  const b = takesB ? choose(2) : choose(20) === 0 ? 1 : 0;
  const length = row.l === undefined || choose(6) === 0 ? choose(4) : row.l;
  const isMasked = row.operands.some(({ mask }) => mask !== undefined);
  const mask = isMasked && choose(3) > 0 ? choose(8) : choose(20) === 0 ? 1 : 0;
  const zeroing = isMasked && choose(3) === 0 ? 1 : 0;
  const w = row.w ?? choose(2);
  return [
    0x62,
    (high << 4) | (choose(60) === 0 ? choose(16) : row.map),
    (w << 7) | (vvvv << 3) | (choose(60) === 0 ? 0 : 4) | pp,
    (zeroing << 7) | (length << 5) | (b << 4) | (vHigh << 3) | mask,
  ];
}

/** Bytes that are likely an instruction: prefixes, a row's opcode, whatever follows. */
export const likelyBytes: fc.Arbitrary<Uint8Array> = fc.tuple(fc.nat(rows.length - 1), choices).map(([at, numbers]) => {
  const choose = chooser(numbers);
  const { row } = rows[at] ?? rows[0]!; // `at` is below the length
  const bytes: number[] = [];
  if (choose(8) === 7) bytes.push([0x66, 0xf2, 0xf3, 0x67, 0x64, 0x2e, 0xf0][choose(7)] ?? 0);
  if (row.space === "legacy") {
    bytes.push(...row.prefixes);
    if (row.w === 1) bytes.push(0x48 | choose(8));
    else if (choose(3) === 2) bytes.push(0x40 | choose(16));
    if (row.map > 0) bytes.push(0x0f);
    if (row.map > 1) bytes.push(row.map === 2 ? 0x38 : 0x3a);
  } else if (row.space === "EVEX") bytes.push(...likelyEvex(row, choose));
  else {
    const pp = { 102: 1, 243: 2, 242: 3 }[row.prefixes[0] ?? 0] ?? 0;
    const usesVvvv = row.operands.some(({ field }) => field === "vvvv");
    const low = ((usesVvvv ? choose(16) : 15) << 3) | ((row.l ?? choose(2)) << 2) | pp;
    const w = row.w ?? choose(2);
    if (row.map === 1 && w === 0 && choose(2) === 0) bytes.push(0xc5, (choose(2) << 7) | low);
    else bytes.push(0xc4, (choose(8) << 5) | row.map, (w << 7) | low);
  }
  bytes.push(row.opcode | (row.plusRegister ? choose(8) : 0));
  if (row.fixedModRm !== undefined) bytes.push(row.fixedModRm);
  else if (typeof row.modRm === "number") bytes.push((choose(4) << 6) | (row.modRm << 3) | choose(8));
  while (bytes.length < 24)
    bytes.push(choose(3) === 0 ? ([0, 4, 5, 0x24, 0x25, 0x44, 0x80, 0xc0][choose(8)] ?? 0) : choose(256));
  return Uint8Array.from(bytes);
});
