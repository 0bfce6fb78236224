/**
 * Operations on vectors that are one instruction on operands and result of one width, with memory for the last operand, and under
 * a mask with AVX-512.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { elementOf } from "../../ir/types.ts";
import type { X64Opcode } from "./opcodes.ts";
import type { VectorLowering } from "./vector-lowering.ts";
import type { Masking } from "./vector-opcodes.ts";

/** An operation that is one instruction on operands and result of one width. */
interface Plain {
  /** By element: the mnemonic of AVX-512, and of AVX2 where there is one. */
  readonly names: Partial<Record<string, readonly [evex: string, vex: string]>>;
  readonly commutative?: true;
  /** An immediate behind the operands. */
  readonly immediate?: number;
  readonly unary?: true;
}

const same = (name: string): readonly [string, string] => [name, name];
const float = (name: string): Plain["names"] => ({ f64: same(`v${name}pd`), f32: same(`v${name}ps`) });
const bitwise = (name: string): Plain["names"] => ({
  i32: [`vp${name}d`, `vp${name}`],
  i64: [`vp${name}q`, `vp${name}`],
});
const rounding = (mode: number): Plain => ({
  names: { f64: ["vrndscalepd", "vroundpd"], f32: ["vrndscaleps", "vroundps"] },
  unary: true,
  immediate: 8 | mode,
});

const plain: Partial<Record<Opcode, Plain>> = {
  iadd: { names: { i32: same("vpaddd"), i64: same("vpaddq") }, commutative: true },
  isub: { names: { i32: same("vpsubd"), i64: same("vpsubq") } },
  imul: { names: { i32: same("vpmulld"), i64: ["vpmullq", ""] }, commutative: true },
  and: { names: bitwise("and"), commutative: true },
  or: { names: bitwise("or"), commutative: true },
  xor: { names: bitwise("xor"), commutative: true },
  clz: { names: { i32: ["vplzcntd", ""], i64: ["vplzcntq", ""] }, unary: true },
  popcnt: { names: { i32: ["vpopcntd", ""], i64: ["vpopcntq", ""] }, unary: true },
  fadd: { names: float("add"), commutative: true },
  fsub: { names: float("sub") },
  fmul: { names: float("mul"), commutative: true },
  fdiv: { names: float("div") },
  fsqrt: { names: float("sqrt"), unary: true },
  fnearest: rounding(0),
  ffloor: rounding(1),
  fceil: rounding(2),
  ftrunc: rounding(3),
};

/** The row of a plain operation on a type, or undefined if it is none. */
function plainOpcode(vectors: VectorLowering, value: Value, masking: Masking): X64Opcode | undefined {
  const operation = plain[value.opcode];
  const names = operation?.names[elementOf(value.type)];
  const mnemonic = names?.[vectors.is512 ? 0 : 1] ?? "";
  if (operation === undefined || mnemonic === "") return undefined;
  const bytes = vectors.bytesOf(value.type);
  if (operation.unary === true)
    return operation.immediate === undefined
      ? vectors.op2(mnemonic, bytes, masking)
      : vectors.op2i(mnemonic, bytes, masking);
  return vectors.op3(mnemonic, bytes, masking);
}

/** Emits a plain operation into a register, under a mask if there is one. False if it is not plain. */
export function emitPlain(
  vectors: VectorLowering,
  value: Value,
  result: number,
  masking: Masking = "none",
  mask = noRegister,
): boolean {
  const opcode = plainOpcode(vectors, value, masking);
  const operation = plain[value.opcode];
  if (opcode === undefined || operation === undefined) return false;
  const { lowering } = vectors;
  const elementBytes = opcode.vector?.broadcastBytes ?? 0;
  const immediate = operation.immediate ?? 0;
  if (operation.unary === true) {
    vectors.emit2(opcode, result, vectors.operand(value.operands[0]!, elementBytes), mask, immediate); // one operand
    return true;
  }
  let [left, right] = value.operands as [Value, Value]; // two operands
  if (operation.commutative === true && vectors.prefersLast(left, right)) [left, right] = [right, left];
  const first = lowering.register(left);
  vectors.emit3(opcode, result, first, vectors.operand(right, elementBytes), mask, immediate);
  return true;
}

/** Whether a value's operation is one instruction that can be masked. */
export function isMaskable(vectors: VectorLowering, value: Value): boolean {
  if (!vectors.is512 || elementOf(value.type) === "bool" || vectors.computed.has(value)) return false;
  return plainOpcode(vectors, value, "none") !== undefined;
}
