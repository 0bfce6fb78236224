/**
 * Lowering of floating point. With AVX a result has a register of its own; with SSE the first operand is copied there.
 * Signs are changed by masks from the constant pool. `min` and `max` of the machine give their second operand for two
 * zeros and for NaN, so ours compare first and leave those cases to a stub.
 */
import { UnsupportedError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { constantAddress, type Lowering, type RegisterOrMemory, wide } from "./lowering.ts";
import { fusedFloats, isa } from "./opcodes.ts";

type Binary = "add" | "sub" | "mul" | "div" | "and" | "or" | "xor";

/** result = first op second */
function emitBinary(
  lowering: Lowering,
  operation: Binary,
  value: Value,
  result: number,
  first: number,
  second: RegisterOrMemory,
): void {
  const opcode = lowering.fp[operation][wide(value.type)];
  if (lowering.fp.three) {
    lowering.emit3(opcode, result, first, second);
    return;
  }
  lowering.move(value.type, result, first);
  lowering.emit2(opcode, result, second);
}

function binary(operation: "add" | "sub" | "mul" | "div", commutative: boolean) {
  return (lowering: Lowering, value: Value): void => {
    let [left, right] = value.operands as [Value, Value]; // two operands
    if (commutative && right.opcode !== "const" && !lowering.canFoldLoad(right)) {
      const better =
        left.opcode === "const" ||
        lowering.canFoldLoad(left) ||
        (!lowering.fp.three && lowering.livesOn(left) && !lowering.livesOn(right));
      if (better) [left, right] = [right, left];
    }
    const result = lowering.result(value);
    const first = lowering.register(left);
    emitBinary(lowering, operation, value, result, first, lowering.operand(right));
  };
}

export const lowerFloatAdd = binary("add", true);
export const lowerFloatSubtract = binary("sub", false);
export const lowerFloatMultiply = binary("mul", true);
export const lowerFloatDivide = binary("div", false);

const signMask = [0x8000_0000_8000_0000n, 0x8000_0000_0000_0000n] as const;
const magnitudeMask = [0x7fff_ffff_7fff_ffffn, 0x7fff_ffff_ffff_ffffn] as const;
const maskAddress = (bits: bigint) => constantAddress(bits, bits, 16);

export function lowerNegate(lowering: Lowering, value: Value): void {
  const source = lowering.register(value.operands[0]!); // one operand
  const mask = maskAddress(signMask[wide(value.type)]);
  emitBinary(lowering, "xor", value, lowering.result(value), source, mask);
}

export function lowerAbsolute(lowering: Lowering, value: Value): void {
  const source = lowering.register(value.operands[0]!); // one operand
  const mask = maskAddress(magnitudeMask[wide(value.type)]);
  emitBinary(lowering, "and", value, lowering.result(value), source, mask);
}

export function lowerCopySign(lowering: Lowering, value: Value): void {
  const [magnitude, sign] = value.operands as [Value, Value]; // two operands
  const w = wide(value.type);
  const absolute = lowering.temporary(value.type);
  const bit = lowering.temporary(value.type);
  const first = lowering.register(magnitude);
  const second = lowering.register(sign);
  emitBinary(lowering, "and", value, absolute, first, maskAddress(magnitudeMask[w]));
  emitBinary(lowering, "and", value, bit, second, maskAddress(signMask[w]));
  emitBinary(lowering, "or", value, lowering.result(value), absolute, bit);
}

function extreme(which: "floatMin" | "floatMax") {
  return (lowering: Lowering, value: Value): void => {
    const [left, right] = value.operands as [Value, Value]; // two operands
    const result = lowering.result(value);
    const first = lowering.register(left);
    const second = lowering.register(right);
    lowering.move(value.type, result, first);
    lowering.emit(isa[which][wide(value.type)], result, second);
  };
}

export const lowerMinimum = extreme("floatMin");
export const lowerMaximum = extreme("floatMax");

export function lowerSquareRoot(lowering: Lowering, value: Value): void {
  const source = lowering.register(value.operands[0]!); // one operand
  const opcode = lowering.fp.sqrt[wide(value.type)];
  // The upper lanes come from the source too, so that no old value is waited for.
  if (lowering.fp.three) lowering.emit(opcode, lowering.result(value), source, source);
  else lowering.emit(opcode, lowering.result(value), source);
}

/** `fma`: the signs that `fneg` gives its operands are the instruction's, and one operand may be a constant or a load. */
export function lowerFusedMultiplyAdd(lowering: Lowering, value: Value): void {
  if (!lowering.hasFma) throw new UnsupportedError("x64: fma needs a CPU with fma, which this one is said not to have");
  const [first, second, third] = value.operands as [Value, Value, Value]; // three operands
  let [a, b] = [withoutSign(lowering, first), withoutSign(lowering, second)];
  const c = withoutSign(lowering, third);
  const forms = [(a === first) === (b === second) ? 0 : 1, c === third ? 0 : 1] as const;
  if (isFromMemory(lowering, a) || (!isFromMemory(lowering, b) && lowering.livesOn(a) && !lowering.livesOn(b)))
    [a, b] = [b, a];
  const w = wide(value.type);
  const result = lowering.result(value);
  // The result's register is the addend's if that is wanted no more, or if a factor comes from memory.
  if (!isFromMemory(lowering, c) && (isFromMemory(lowering, b) || !lowering.livesOn(c))) {
    const factor = lowering.register(a);
    lowering.move(value.type, result, lowering.register(c));
    lowering.emit3(fusedFloats["231"][forms[0]][forms[1]][w], result, factor, lowering.operand(b));
    return;
  }
  const factor = lowering.register(b);
  lowering.move(value.type, result, lowering.register(a));
  lowering.emit3(fusedFloats["213"][forms[0]][forms[1]][w], result, factor, lowering.operand(c));
}

function isFromMemory(lowering: Lowering, value: Value): boolean {
  return value.opcode === "const" || lowering.canFoldLoad(value);
}

/** What an `fneg` negates, which is used here in its place. */
function withoutSign(lowering: Lowering, value: Value): Value {
  if (value.opcode !== "fneg") return value;
  const operand = value.operands[0]!; // one operand
  lowering.uses[value.id]!--; // ids are dense
  lowering.uses[operand.id]!++; // ids are dense
  return operand;
}

/** Rounding to integers: `roundsd` with the mode in bits 1:0 and bit 3, which keeps the inexact flag down (SDM, table 4-18). */
function rounding(mode: 0 | 1 | 2 | 3) {
  return (lowering: Lowering, value: Value): void => {
    const source = lowering.register(value.operands[0]!); // one operand
    const opcode = lowering.fp.round[wide(value.type)];
    const result = lowering.result(value);
    if (lowering.fp.three) lowering.emit(opcode, result, source, source, 8 | mode);
    else lowering.emit(opcode, result, source, noRegister, 8 | mode);
  };
}

export const lowerNearest = rounding(0);
export const lowerFloor = rounding(1);
export const lowerCeil = rounding(2);
export const lowerTruncateToFloat = rounding(3);

/** Throws `UnsupportedError` where the CPU lacks what this target is built on. */
export function requireFeatures(features: ReadonlySet<string>): void {
  if (features.has("sse4_1")) return;
  throw new UnsupportedError(
    `x64: this CPU does not have sse4_1, which code for x86-64 needs here; it has ${[...features].join(" ") || "nothing of what we ask"}`,
  );
}
