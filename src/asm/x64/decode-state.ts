/**
 * What a decoder knows before the operands, in one word, and what a row asks of it: a row fits if
 * `(state & form.mask) === form.value`.
 *
 *     bits  0-2   ModRM.rm        (a fixed ModRM byte, or 100 where a SIB byte must follow)
 *           3-5   ModRM.reg       (/0 to /7)
 *           6     ModRM.mod = 11, the r/m operand is a register
 *           7     REX.W, VEX.W
 *           8-10  66, F2, F3      (of VEX: what `pp` stands for)
 *           11-12 VEX.L
 *           13    REX.B           (90 is nop without it, xchg with it)
 *           14    67
 *           15    VEX.vvvv = 1111
 *           16    66 without REX.W, which overrides it: 16-bit operands
 *           17    EVEX.b
 *           18    EVEX.aaa is not 0
 *           19    EVEX.z
 *           20    EVEX.V', not inverted
 *
 * See SDM volume 2, chapter 2.
 */
import { rowsOf } from "./instructions.ts";
import type { Row, RowOperand } from "./row.ts";

export const stateBit = {
  rm: 0x7,
  reg: 0x38,
  regShift: 3,
  registerForm: 0x40,
  w: 0x80,
  operandSize: 0x100,
  repne: 0x200,
  rep: 0x400,
  l: 0x1800,
  lShift: 11,
  b: 0x2000,
  addressSize: 0x4000,
  vvvvFree: 0x8000,
  sixteenBits: 0x10000,
  evexB: 0x20000,
  masked: 0x40000,
  zeroing: 0x80000,
  vHigh: 0x100000,
} as const;

/** What EVEX.b means; `nothing`: it is clear. */
export type MeaningOfB = "nothing" | "broadcast" | "rounding";

/** What the decode state must be for this row. */
export function conditions(row: Row, meaning: MeaningOfB): { mask: number; value: number } {
  let mask = 0;
  let value = 0;
  const require = (bits: number, setting: number): void => {
    mask |= bits;
    value |= setting;
  };
  const rm = row.operands.find(({ field }) => field === "rm");
  if (row.fixedModRm !== undefined) {
    require(stateBit.rm | stateBit.reg | stateBit.registerForm, (row.fixedModRm & 0x3f) | stateBit.registerForm);
  } else {
    // setcc ignores the reg field, and nop has eight that are the same.
    if (typeof row.modRm === "number" && !/^(?:set|nop$)/.test(row.mnemonic))
      require(stateBit.reg, row.modRm << stateBit.regShift);
    if (rm !== undefined && rm.memory === undefined) require(stateBit.registerForm, stateBit.registerForm);
    if (rm !== undefined && rm.register === undefined) require(stateBit.registerForm, 0);
    if (rm?.vectorIndex !== undefined) require(stateBit.rm, 4);
  }
  const has = (prefix: number): boolean => row.prefixes.includes(prefix);
  const prefixBits = stateBit.operandSize | stateBit.repne | stateBit.rep;
  const wanted =
    (has(0x66) ? stateBit.operandSize : 0) | (has(0xf2) ? stateBit.repne : 0) | (has(0xf3) ? stateBit.rep : 0);
  if (row.space !== "legacy") {
    require(prefixBits, wanted);
    if (row.w !== undefined) require(stateBit.w, row.w === 1 ? stateBit.w : 0);
    // Rounding takes the place of the vector length, and `{sae}` makes it mean nothing.
    if (row.l !== undefined && meaning !== "rounding") require(stateBit.l, row.l << stateBit.lShift);
    if (row.space === "EVEX") requireEvex(row, meaning, require);
    if (!row.operands.some(({ field }) => field === "vvvv")) require(stateBit.vvvvFree, stateBit.vvvvFree);
    return { mask, value };
  }
  // Where 66 chooses a 16-bit form, REX.W goes before it.
  const hasShortForm = row.w === 1 && rowsOf(row.mnemonic).some(isSixteenBits);
  if (row.noPrefix) require(hasShortForm ? stateBit.repne | stateBit.rep : prefixBits, 0);
  require(wanted, wanted);
  // Where 66 belongs to the opcode, F2 and F3 make another instruction; elsewhere those that no row claims repeat.
  if (wanted === stateBit.operandSize && (row.map > 1 || !isSixteenBits(row))) require(prefixBits, wanted);
  if (row.w === 1) require(stateBit.w, stateBit.w);
  else if (isSixteenBits(row)) require(stateBit.sixteenBits, stateBit.sixteenBits);
  if (has(0x67)) require(stateBit.addressSize, stateBit.addressSize);
  // A 66 that belongs to the opcode chooses no size.
  else if (operandSizeMatters(row) && (!has(0x66) || isSixteenBits(row)))
    require(stateBit.sixteenBits, has(0x66) ? stateBit.sixteenBits : 0);
  if (isNopOpcode(row)) require(stateBit.b, 0);
  // With 67 the address has four bytes.
  if (row.operands.some(({ word }) => word.startsWith("moffs"))) require(stateBit.addressSize, 0);
  return { mask, value };
}

function requireEvex(row: Row, meaning: MeaningOfB, require: (bits: number, setting: number) => void): void {
  require(stateBit.evexB, meaning === "nothing" ? 0 : stateBit.evexB);
  if (meaning === "broadcast") require(stateBit.registerForm, 0);
  if (meaning === "rounding") require(stateBit.registerForm, stateBit.registerForm);
  const mask = row.operands.find((operand) => operand.mask !== undefined)?.mask;
  const hasVectorIndex = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  if (mask === undefined) require(stateBit.masked, 0);
  else if (hasVectorIndex) require(stateBit.masked, stateBit.masked);
  if (mask !== "zero") require(stateBit.zeroing, 0);
  if (!hasVectorIndex && !row.operands.some(({ field }) => field === "vvvv")) require(stateBit.vHigh, 0);
}

/** Whether 66 makes this a form of 16 bits. In the later maps it belongs to the opcode, but for forms with such operands. */
function isSixteenBits({ prefixes, map, operands }: Row): boolean {
  if (!prefixes.includes(0x66) || operands.some(isVector)) return false;
  return map === 0 || operands.some(({ register, memory }) => register === "r16" || register === "ax" || memory === 16);
}

/** 90 itself, which is `xchg eax, r8d` only with REX.B. */
export function isNopOpcode(row: Row): boolean {
  return row.space === "legacy" && row.map === 0 && row.opcode === 0x90 && !row.plusRegister;
}

/** What has 16-bit forms besides those whose operands tell. */
const haveShortForms: ReadonlySet<string> = new Set("push pop pushfq popfq enter leave iretd xbegin".split(" "));

/** A 66 before these bytes makes a 16-bit form, be it in the tables or not. Elsewhere 66 changes nothing. */
function operandSizeMatters({ mnemonic, operands, immediates, prefixes, w }: Row): boolean {
  if (w === 1 || prefixes.includes(0xf2) || prefixes.includes(0xf3)) return false;
  return (
    immediates.includes(4) ||
    operands.some(({ register }) => register === "r32" || register === "eax") ||
    haveShortForms.has(mnemonic)
  );
}

function isVector({ register }: RowOperand): boolean {
  return register === "xmm" || register === "ymm" || register === "zmm" || register === "xmm0";
}
