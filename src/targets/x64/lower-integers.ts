/** Lowering of integer and boolean arithmetic. Two-address forms: a copy first, which allocation mostly makes vanish. */
import { InternalError } from "../../base/errors.ts";
import { MachineAddress, noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { immediate32, type Lowering, wide } from "./lowering.ts";
import { condition, isa, type X64Opcode } from "./opcodes.ts";

type Pair = readonly [X64Opcode, X64Opcode];
interface Arithmetic {
  readonly rm: Pair;
  readonly byte: Pair;
  readonly imm: Pair;
}
interface Shift {
  readonly imm: Pair;
  readonly cl: Pair;
}

export const rax = 0;
export const rcx = 1;
export const rdx = 2;

export function fitsInt8(value: number): boolean {
  return value === (value << 24) >> 24;
}

/** Operands of a commutative operation so that the second can be an immediate, memory, or a value that lives on. */
function ordered(lowering: Lowering, left: Value, right: Value): [Value, Value] {
  if (right.opcode === "const") return [left, right];
  if (left.opcode === "const" || lowering.canFoldLoad(left)) return [right, left];
  if (lowering.livesOn(left) && !lowering.livesOn(right) && !lowering.canFoldLoad(right)) return [right, left];
  return [left, right];
}

/**
 * Emits a sum, difference or bit operation that is to be compared with zero right behind it, for the flags it leaves: of
 * sums, those for zero and sign tell the truth about the wrapped result. False if it is none of these.
 */
export function emitForFlags(lowering: Lowering, value: Value): boolean {
  const arithmetic = flagSetters[value.opcode];
  if (arithmetic === undefined) return false;
  lowering.absorb(value);
  const [left, right] =
    value.opcode === "isub"
      ? [value.operands[0]!, value.operands[1]!] // two operands
      : ordered(lowering, value.operands[0]!, value.operands[1]!); // two operands
  lowerArithmetic(lowering, value, arithmetic, left, right);
  return true;
}

const flagSetters: Readonly<Record<string, Arithmetic | undefined>> = {
  iadd: isa.add,
  isub: isa.sub,
  and: isa.and,
  or: isa.or,
};

function lowerArithmetic(lowering: Lowering, value: Value, arithmetic: Arithmetic, left: Value, right: Value): void {
  const w = wide(value.type);
  const result = lowering.result(value);
  const immediate = immediate32(right);
  if (immediate !== undefined) {
    lowering.move(value.type, result, lowering.register(left));
    lowering.emitImmediate((fitsInt8(immediate) ? arithmetic.byte : arithmetic.imm)[w], result, immediate);
    return;
  }
  const first = lowering.register(left);
  const second = lowering.operand(right);
  lowering.move(value.type, result, first);
  lowering.emit2(arithmetic.rm[w], result, second);
}

function commutative(arithmetic: Arithmetic) {
  return (lowering: Lowering, value: Value): void => {
    const [left, right] = ordered(lowering, value.operands[0]!, value.operands[1]!); // two operands
    lowerArithmetic(lowering, value, arithmetic, left, right);
  };
}

const lowerPlainAnd = commutative(isa.and);

/** `~x & y` is one instruction where there is BMI1. */
export function lowerAnd(lowering: Lowering, value: Value): void {
  const [left, right] = value.operands as [Value, Value]; // two operands
  if (lowering.hasBmi1 && value.type !== "bool")
    for (const [inverted, other] of [[left, right] as const, [right, left] as const]) {
      const source = inverted.operands[0];
      if (inverted.opcode !== "xor" || source === undefined || !lowering.canAbsorb(inverted)) continue;
      if (immediate32(inverted.operands[1] ?? inverted) !== -1 || source.opcode === "const") continue;
      if (other.opcode === "const") continue;
      lowering.absorb(inverted);
      const result = lowering.result(value);
      const first = lowering.register(source);
      lowering.emit3(isa.andn[wide(value.type)], result, first, lowering.operand(other));
      return;
    }
  lowerPlainAnd(lowering, value);
}

export const lowerOr = commutative(isa.or);

export function lowerXor(lowering: Lowering, value: Value): void {
  const [left, right] = ordered(lowering, value.operands[0]!, value.operands[1]!); // two operands
  if (value.type !== "bool" && immediate32(right) === -1) {
    const result = lowering.result(value);
    lowering.move(value.type, result, lowering.register(left));
    lowering.emit(isa.not[wide(value.type)], result);
    return;
  }
  lowerArithmetic(lowering, value, isa.xor, left, right);
}

export function lowerNot(lowering: Lowering, value: Value): void {
  const result = lowering.result(value);
  lowering.move("bool", result, lowering.register(value.operands[0]!)); // one operand
  lowering.emitImmediate(isa.xor.byte[0], result, 1);
}

/** Addition: `lea` where the sum goes to another place than its terms, which live on, or where one is shifted. */
export function lowerAdd(lowering: Lowering, value: Value): void {
  const [left, right] = ordered(lowering, value.operands[0]!, value.operands[1]!); // two operands
  const w = wide(value.type);
  const immediate = immediate32(right);
  if (immediate !== undefined) {
    if (!lowering.livesOn(left)) {
      lowerArithmetic(lowering, value, isa.add, left, right);
      return;
    }
    const result = lowering.result(value);
    const address = new MachineAddress("registers", lowering.register(left), noRegister, 1, immediate);
    lowering.emitMemory(isa.lea[w], result, noRegister, address);
    return;
  }
  if (right.opcode !== "const" && left.opcode !== "const") {
    const result = lowering.result(value);
    const scaled = lowering.scaled(right);
    if (scaled !== undefined) {
      const address = new MachineAddress("registers", lowering.register(left), scaled.index, scaled.scale, 0);
      lowering.emitMemory(isa.lea[w], result, noRegister, address);
      return;
    }
    const other = lowering.scaled(left);
    if (other !== undefined) {
      const address = new MachineAddress("registers", lowering.register(right), other.index, other.scale, 0);
      lowering.emitMemory(isa.lea[w], result, noRegister, address);
      return;
    }
    if (lowering.livesOn(left) && !lowering.canFoldLoad(right)) {
      const address = new MachineAddress("registers", lowering.register(left), lowering.register(right), 1, 0);
      lowering.emitMemory(isa.lea[w], result, noRegister, address);
      return;
    }
  }
  lowerArithmetic(lowering, value, isa.add, left, right);
}

export function lowerSubtract(lowering: Lowering, value: Value): void {
  const [left, right] = value.operands as [Value, Value]; // two operands
  if (immediate32(left) === 0) {
    const result = lowering.result(value);
    lowering.move(value.type, result, lowering.register(right));
    lowering.emit(isa.neg[wide(value.type)], result);
    return;
  }
  lowerArithmetic(lowering, value, isa.sub, left, right);
}

export function lowerMultiply(lowering: Lowering, value: Value): void {
  const [left, right] = ordered(lowering, value.operands[0]!, value.operands[1]!); // two operands
  const w = wide(value.type);
  const immediate = immediate32(right);
  const result = lowering.result(value);
  if (immediate === 3 || immediate === 5 || immediate === 9) {
    const factor = lowering.register(left);
    const address = new MachineAddress("registers", factor, factor, immediate - 1, 0);
    lowering.emitMemory(isa.lea[w], result, noRegister, address);
    return;
  }
  if (immediate !== undefined) {
    const source = lowering.operand(left);
    lowering.emit2((fitsInt8(immediate) ? isa.imulByte : isa.imulImm)[w], result, source, immediate);
    return;
  }
  const first = lowering.register(left);
  const second = lowering.operand(right);
  lowering.move(value.type, result, first);
  lowering.emit2(isa.imul[w], result, second);
}

/** `mulh-s` and `mulh-u`: of a product of 64 bits. */
export function lowerHighProduct(lowering: Lowering, value: Value): void {
  const [left, right] = value.operands as [Value, Value]; // two operands
  const isSigned = value.opcode === "mulh-s";
  const extend = isSigned ? isa.movsxd : isa.loadInt[0];
  const first = lowering.register(left);
  const second = lowering.register(right);
  const result = lowering.result(value);
  const factor = lowering.temporary("i64");
  lowering.emit2(extend, factor, second);
  lowering.emit2(extend, result, first);
  lowering.emit2(isa.imul[1], result, factor);
  lowering.emitImmediate((isSigned ? isa.sar : isa.shr).imm[1], result, 32);
}

/** Shifts and rotations: by a constant, with BMI2 by any register, else by `cl`. */
function shifts(shift: Shift, bmi2: Pair | undefined, direction?: "left" | "right") {
  return (lowering: Lowering, value: Value): void => {
    const [shifted, count] = value.operands as [Value, Value]; // two operands
    const w = wide(value.type);
    const result = lowering.result(value);
    if (count.opcode === "const") {
      const by = Number(BigInt(count.immediate ?? 0) & (w === 1 ? 63n : 31n));
      if (direction !== undefined && by !== 0 && lowering.hasBmi2) {
        // To another place, which spares a copy.
        const toTheRight = direction === "right" ? by : (w === 1 ? 64 : 32) - by;
        lowering.emit2(isa.rorx[w], result, lowering.operand(shifted), toTheRight);
        return;
      }
      lowering.move(value.type, result, lowering.register(shifted));
      if (by !== 0) lowering.emitImmediate(shift.imm[w], result, by);
      return;
    }
    if (bmi2 !== undefined && lowering.hasBmi2) {
      const by = lowering.register(count);
      const source = lowering.operand(shifted);
      if (typeof source === "number") lowering.emit(bmi2[w], result, source, by);
      else lowering.emitAt2(bmi2[w], result, source, by);
      return;
    }
    const source = lowering.register(shifted);
    const by = lowering.register(count);
    lowering.move(value.type, result, source);
    lowering.emit(isa.moveInt[0], rcx, by);
    lowering.emit(shift.cl[w], result);
  };
}

export const lowerShiftLeft = shifts(isa.shl, isa.shlx);
export const lowerShiftRightSigned = shifts(isa.sar, isa.sarx);
export const lowerShiftRightUnsigned = shifts(isa.shr, isa.shrx);
export const lowerRotateLeft = shifts(isa.rol, undefined, "left");
export const lowerRotateRight = shifts(isa.ror, undefined, "right");

/** Division by `idiv` and `div` (SDM: dividend in rdx:rax, quotient to rax, remainder to rdx), which must never fault. */
function division(signed: boolean, remainder: boolean) {
  return (lowering: Lowering, value: Value): void => {
    const [left, right] = value.operands as [Value, Value]; // two operands
    const w = wide(value.type);
    const result = lowering.result(value);
    const dividend = lowering.register(left);
    const divisor = lowering.register(right);
    const known = right.opcode === "const" ? BigInt(right.immediate ?? 0) : undefined;
    if (known === undefined || known === 0n) {
      lowering.emit(isa.test[w], divisor, divisor);
      const site = lowering.trapSite("integer-divide-by-zero");
      lowering.emit(isa.trapIf, lowering.context(), noRegister, noRegister, condition.equal, site);
    }
    const mayBeMinusOne = signed && (known === undefined || known === -1n);
    if (mayBeMinusOne && !remainder) {
      const site = lowering.trapSite("integer-overflow");
      lowering.emit(isa.trapOverflow[w], dividend, divisor, lowering.context(), 0, site);
    }
    lowering.emit(isa.moveInt[w], rax, dividend);
    if (mayBeMinusOne && remainder) {
      lowering.emit(isa.remainder[w], divisor);
    } else if (signed) {
      lowering.emit(isa.signExtendAccumulator[w], noRegister);
      lowering.emit(isa.idiv[w], divisor);
    } else {
      lowering.emit(isa.zeroInt, rdx);
      lowering.emit(isa.div[w], divisor);
    }
    lowering.emit(isa.moveInt[w], result, remainder ? rdx : rax);
  };
}

export const lowerDivideSigned = division(true, false);
export const lowerDivideUnsigned = division(false, false);
export const lowerRemainderSigned = division(true, true);
export const lowerRemainderUnsigned = division(false, true);

/** clz: 31 or 63 minus the highest bit's number; of zero, `bsr` leaves its target alone (AMD APM 3, and Intel in fact). */
export function lowerLeadingZeros(lowering: Lowering, value: Value): void {
  const w = wide(value.type);
  const result = lowering.result(value);
  if (lowering.hasLzcnt) {
    lowering.emit2(isa.lzcnt[w], result, lowering.operand(value.operands[0]!));
    return;
  } // one operand
  const source = lowering.register(value.operands[0]!); // one operand
  const start = lowering.temporary("i32");
  lowering.emit(isa.movImm32, start, noRegister, noRegister, w === 1 ? 127 : 63);
  lowering.move(value.type, result, start);
  lowering.emit(isa.bsr[w], result, source);
  lowering.emitImmediate(isa.xor.byte[0], result, w === 1 ? 63 : 31);
}

export function lowerTrailingZeros(lowering: Lowering, value: Value): void {
  const w = wide(value.type);
  const result = lowering.result(value);
  if (lowering.hasTzcnt) {
    lowering.emit2(isa.tzcnt[w], result, lowering.operand(value.operands[0]!));
    return;
  } // one operand
  const source = lowering.register(value.operands[0]!); // one operand
  const start = lowering.temporary("i32");
  lowering.emit(isa.movImm32, start, noRegister, noRegister, w === 1 ? 64 : 32);
  lowering.move(value.type, result, start);
  lowering.emit(isa.bsf[w], result, source);
}

/** Without `popcnt`: sums in pairs, nibbles, bytes, then a multiplication (Warren, "Hacker's Delight", 5-1). */
export function lowerPopulationCount(lowering: Lowering, value: Value): void {
  const type = value.type;
  const w = wide(type);
  const result = lowering.result(value);
  if (lowering.hasPopcnt) {
    lowering.emit2(isa.popcnt[w], result, lowering.operand(value.operands[0]!));
    return;
  } // one operand
  const source = lowering.register(value.operands[0]!); // one operand
  const mask = (target: number, bits: bigint): void => {
    const constant = lowering.temporary(type);
    lowering.setInteger(constant, type, w === 1 ? BigInt.asIntN(64, bits) : BigInt.asIntN(32, bits));
    lowering.emit(isa.and.rm[w], target, constant);
  };
  const pairs = lowering.temporary(type);
  lowering.move(type, pairs, source);
  lowering.emitImmediate(isa.shr.imm[w], pairs, 1);
  mask(pairs, 0x5555555555555555n);
  const two = lowering.temporary(type);
  lowering.move(type, two, source);
  lowering.emit(isa.sub.rm[w], two, pairs);
  const high = lowering.temporary(type);
  lowering.move(type, high, two);
  lowering.emitImmediate(isa.shr.imm[w], high, 2);
  mask(high, 0x3333333333333333n);
  mask(two, 0x3333333333333333n);
  lowering.emit(isa.add.rm[w], two, high);
  const nibbles = lowering.temporary(type);
  lowering.move(type, nibbles, two);
  lowering.emitImmediate(isa.shr.imm[w], nibbles, 4);
  lowering.emit(isa.add.rm[w], nibbles, two);
  mask(nibbles, 0x0f0f0f0f0f0f0f0fn);
  const ones = lowering.temporary(type);
  lowering.setInteger(ones, type, w === 1 ? 0x0101010101010101n : 0x01010101n);
  lowering.move(type, result, nibbles);
  lowering.emit(isa.imul[w], result, ones);
  lowering.emitImmediate(isa.shr.imm[w], result, w === 1 ? 56 : 24);
}

/** Sign extensions inside one register and from i32 to i64. */
export function lowerSignExtend(lowering: Lowering, value: Value): void {
  const [operand] = value.operands;
  if (operand === undefined) throw new InternalError(`${value.opcode} without its operand`);
  const w = wide(value.type);
  const result = lowering.result(value);
  switch (value.opcode) {
    case "sext8":
      lowering.emit(isa.movsx8[w], result, lowering.register(operand));
      return;
    case "sext16":
      lowering.emit(isa.movsx16[w], result, lowering.register(operand));
      return;
    case "sext32":
      lowering.emit(isa.movsxd, result, lowering.register(operand));
      return;
    default:
      lowering.emit2(isa.movsxd, result, lowering.operand(operand));
      return;
  }
}

export function lowerZeroExtend(lowering: Lowering, value: Value): void {
  if (lowering.isFreeExtension(value)) return; // they share a register
  const operand = value.operands[0]!; // one operand
  const result = lowering.result(value);
  // A bool has zeros above.
  if (operand.type === "bool") lowering.move(value.type, result, lowering.register(operand));
  else lowering.emit2(isa.loadInt[0], result, lowering.operand(operand));
}

export function lowerWrap(lowering: Lowering, value: Value): void {
  const result = lowering.result(value);
  lowering.move("i32", result, lowering.register(value.operands[0]!)); // one operand
}
