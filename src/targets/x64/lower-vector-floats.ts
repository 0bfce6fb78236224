/**
 * Floating point on vectors beyond one instruction: signs, minima and maxima with WebAssembly's meaning, multiply-add.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf } from "../../ir/types.ts";
import type { VectorLowering } from "./vector-lowering.ts";

const isDouble = (value: Value): boolean => elementOf(value.type) === "f64";
const signBit = (double: boolean): bigint => (double ? 1n << 63n : 1n << 31n);

/** `and`, `andn`, `or`, `xor` on floats: AVX-512DQ and AVX have them for both. */
const logicOf = (name: string, double: boolean): string => `v${name}${double ? "pd" : "ps"}`;

/** `fneg` and `fabs`. */
export function lowerVectorSign(vectors: VectorLowering, value: Value): void {
  const double = isDouble(value);
  const bytes = vectors.bytesOf(value.type);
  const negates = value.opcode === "fneg";
  const bits = negates ? signBit(double) : signBit(double) - 1n;
  const constant = vectors.constantBits(bits, double ? 8 : 4, bytes);
  const source = vectors.lowering.register(value.operands[0]!); // one operand
  const opcode = vectors.op3(logicOf(negates ? "xor" : "and", double), bytes);
  vectors.emit3(opcode, vectors.lowering.result(value), source, constant);
}

export function lowerVectorCopySign(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [magnitude, sign] = value.operands as [Value, Value]; // two operands
  const double = isDouble(value);
  const bytes = vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const first = lowering.register(magnitude);
  const second = lowering.register(sign);
  const size = double ? 8 : 4;
  if (vectors.is512) {
    // result: the magnitude where the constant's bit is clear, else the sign. Operands are numbered 4, 2, 1 in the index
    // of the truth table (SDM volume 2, VPTERNLOG): bit (abc) of b's where c, else a's.
    lowering.emit(vectors.moveOpcode(value.type), result, first);
    const opcode = vectors.op3i(double ? "vpternlogq" : "vpternlogd", bytes);
    vectors.emit3(opcode, result, second, vectors.constantBits(signBit(double), size, bytes), noRegister, 0xd8);
    return;
  }
  const absolute = vectors.temporary(bytes);
  const bit = vectors.temporary(bytes);
  vectors.emit3(
    vectors.op3(logicOf("and", double), bytes),
    absolute,
    first,
    vectors.constantBits(signBit(double) - 1n, size, bytes),
  );
  vectors.emit3(
    vectors.op3(logicOf("and", double), bytes),
    bit,
    second,
    vectors.constantBits(signBit(double), size, bytes),
  );
  lowering.emit(vectors.op3(logicOf("or", double), bytes), result, absolute, bit);
}

/**
 * AVX-512: `vrange` orders zeros by their sign, but prefers a number to a NaN, so where either is NaN their sum is put.
 * AVX2: `min` gives its second operand where it cannot tell: for zeros, and for NaN. Both orders are tried; the two
 * results differ in zeros' signs, which `or` (of maxima, `and`) decides, and where one of the operands is NaN, which an
 * addition then finds: NaN + anything is NaN.
 */
export function lowerVectorExtreme(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [left, right] = value.operands as [Value, Value]; // two operands
  const double = isDouble(value);
  const isMinimum = value.opcode === "fmin";
  const bytes = vectors.bytesOf(value.type);
  const suffix = double ? "pd" : "ps";
  const first = lowering.register(left);
  const second = lowering.register(right);
  const result = lowering.result(value);
  if (vectors.is512) {
    const unordered = lowering.temporary("boolx16");
    const range = vectors.temporary(bytes);
    // Sign of the result: that of the comparison's outcome (bits 3:2 = 01).
    vectors.emit3(vectors.op3i(`vrange${suffix}`, bytes), range, first, second, noRegister, 4 | (isMinimum ? 0 : 1));
    vectors.emit3(vectors.compare512(`vcmp${suffix}`, bytes, false), unordered, first, second, noRegister, 3);
    lowering.emit(vectors.moveOpcode(value.type), result, range);
    vectors.emit3(vectors.op3(`vadd${suffix}`, bytes, "merge"), result, first, second, unordered);
    return;
  }
  const name = `v${isMinimum ? "min" : "max"}${suffix}`;
  const one = vectors.temporary(bytes);
  const other = vectors.temporary(bytes);
  const both = vectors.temporary(bytes);
  const sum = vectors.temporary(bytes);
  const unordered = vectors.temporary(bytes);
  const r = vectors.nameOf(bytes);
  lowering.emit(vectors.op3(name, bytes), one, first, second);
  lowering.emit(vectors.op3(name, bytes), other, second, first);
  lowering.emit(vectors.op3(logicOf(isMinimum ? "or" : "and", double), bytes), both, one, other);
  vectors.emit3(vectors.op3i(`vcmp${suffix}`, bytes), unordered, first, second, noRegister, 3);
  lowering.emit(vectors.op3(`vadd${suffix}`, bytes), sum, first, second);
  const blend = vectors.row(`vblendv${suffix}`, `${r}, ${r}, ${r}/m${8 * bytes}, ${r}`);
  lowering.emit4(blend, result, both, sum, unordered);
}

/**
 * `fma`: the result takes the register of an operand that is not needed any more, by the form that fits; a constant or a load is
 * the operand that memory can be; signs that `fneg` gives the operands are the instruction's own.
 */
export function lowerVectorMultiplyAdd(vectors: VectorLowering, value: Value): void {
  const result = vectors.lowering.result(value);
  emitMultiplyAdd(vectors, value, result);
}

function emitMultiplyAdd(vectors: VectorLowering, value: Value, result: number): void {
  const { lowering } = vectors;
  let [a, b, c] = value.operands as [Value, Value, Value]; // three operands
  let negated = false;
  let subtracts = false;
  const strip = (operand: Value): Value | undefined => {
    if (operand.opcode !== "fneg" || !lowering.canAbsorb(operand)) return undefined;
    lowering.absorb(operand);
    return operand.operands[0];
  };
  for (let inner = strip(a); inner !== undefined; inner = strip(a)) {
    a = inner;
    negated = !negated;
  }
  for (let inner = strip(b); inner !== undefined; inner = strip(b)) {
    b = inner;
    negated = !negated;
  }
  for (let inner = strip(c); inner !== undefined; inner = strip(c)) {
    c = inner;
    subtracts = !subtracts;
  }
  const bytes = vectors.bytesOf(value.type);
  const name = `v${negated ? "fn" : "f"}m${subtracts ? "sub" : "add"}`;
  const suffix = isDouble(value) ? "pd" : "ps";
  const row = (form: string) => vectors.op3(`${name}${form}${suffix}`, bytes);
  const elementBytes = row("231").vector?.broadcastBytes ?? 0;
  const dies = (operand: Value): boolean => !vectors.isMemory(operand) && !lowering.livesOn(operand);
  const move = (source: Value): void => {
    const register = lowering.register(source);
    lowering.emit(vectors.moveOpcode(value.type), result, register);
  };
  const use = (operand: Value, tied: Value): number => (operand === tied ? result : lowering.register(operand));
  // A factor that is memory stands last.
  if (vectors.isMemory(a) && !vectors.isMemory(b)) [a, b] = [b, a];
  if (c !== a && c !== b && (dies(c) || (!dies(a) && !dies(b) && !vectors.isMemory(c) && vectors.isMemory(b)))) {
    const last = a === b ? lowering.register(b) : vectors.operand(b, elementBytes);
    const first = lowering.register(a);
    move(c);
    vectors.emit3(row("231"), result, first, last);
    return;
  }
  if (!dies(a) && dies(b)) [a, b] = [b, a];
  if (a !== b && vectors.isMemory(b)) {
    // dst = dst * b + c
    const last = c === b ? lowering.register(b) : vectors.operand(b, elementBytes);
    const addend = c === a ? result : lowering.register(c);
    move(a);
    vectors.emit3(row("132"), result, addend, last);
    return;
  }
  const last = c === a ? result : c === b ? lowering.register(c) : vectors.operand(c, elementBytes);
  const factor = use(b, a);
  move(a);
  vectors.emit3(row("213"), result, factor, last);
}
