/**
 * Lowering of conversions between integers and floats, with WebAssembly's meaning.
 *
 * `cvttsd2si` gives 80…0h ("integer indefinite", SDM volume 1, table 4-3) for NaN and whatever has no place. An i32 is
 * converted through 64 bits, where its whole range and more has a place, and checked there; 64 bits have no such room, so the
 * fast path tests for the indefinite value and a stub decides.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { constantAddress, type Lowering, wide } from "./lowering.ts";
import { condition, isa } from "./opcodes.ts";

export function lowerTruncateSigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const from = wide(operand.type);
  const result = lowering.result(value);
  const source = lowering.register(operand);
  const site = conversionSites(lowering);
  if (value.type === "i64") {
    lowering.emit(isa.truncateSigned[from], result, source, lowering.context(), 0, site);
    return;
  }
  const whole = lowering.temporary("i64");
  lowering.emit(lowering.fp.truncate[from][1], whole, source);
  const extended = lowering.temporary("i64");
  lowering.emit(isa.movsxd, extended, whole);
  lowering.emit(isa.cmp.rm[1], extended, whole);
  lowering.emit(isa.trapConversionIf[from], source, lowering.context(), noRegister, condition.notEqual, site);
  lowering.move("i32", result, whole);
}

export function lowerTruncateUnsigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const from = wide(operand.type);
  const result = lowering.result(value);
  const source = lowering.register(operand);
  const site = conversionSites(lowering);
  if (value.type === "i64") {
    lowering.emit(isa.truncateUnsigned[from], result, source, lowering.context(), 0, site);
    return;
  }
  const whole = lowering.temporary("i64");
  lowering.emit(lowering.fp.truncate[from][1], whole, source);
  const extended = lowering.temporary("i64");
  lowering.emit(isa.loadInt[0], extended, whole);
  lowering.emit(isa.cmp.rm[1], extended, whole);
  lowering.emit(isa.trapConversionIf[from], source, lowering.context(), noRegister, condition.notEqual, site);
  lowering.move("i32", result, whole);
}

/** Two sites in a row: for NaN, and for what is out of range. */
function conversionSites(lowering: Lowering): number {
  const site = lowering.trapSite("invalid-conversion-to-integer");
  lowering.trapSite("integer-overflow");
  return site;
}

export function lowerSaturateSigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const opcode = isa.saturateSigned[wide(value.type)]![wide(operand.type)]; // for both widths
  lowering.emit(opcode, lowering.result(value), lowering.register(operand));
}

export function lowerSaturateUnsigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const result = lowering.result(value);
  let source = lowering.register(operand);
  if (value.type === "i64") {
    lowering.emit(isa.saturateUnsigned[wide(operand.type)], result, source);
    return;
  }
  // Clamped as f64, where both bounds are exact. `maxsd` gives its second operand, zero, for NaN.
  const { fp } = lowering;
  if (operand.type === "f32") {
    const promoted = lowering.temporary("f64");
    emitWiden(lowering, promoted, source);
    source = promoted;
  }
  const clamped = lowering.temporary("f64");
  const most = constantAddress(0x41ef_ffff_ffe0_0000n, 0n, 8); // 4294967295
  const zero = lowering.temporary("f64");
  lowering.emit(isa.zeroFloat, zero);
  if (fp.three) {
    const positive = lowering.temporary("f64");
    lowering.emit(fp.max[1], positive, source, zero);
    lowering.emitMemory(fp.min[1], clamped, positive, most);
  } else {
    lowering.move("f64", clamped, source);
    lowering.emit(fp.max[1], clamped, zero);
    lowering.emitMemory(fp.min[1], clamped, noRegister, most);
  }
  const whole = lowering.temporary("i64");
  lowering.emit(fp.truncate[1][1], whole, clamped);
  lowering.move("i32", result, whole);
}

/** ECMAScript's ToInt32: the low half of a conversion to 64 bits, or a stub's answer where that has no place. */
export function lowerToInt32(lowering: Lowering, value: Value): void {
  lowering.emit(isa.toInt32, lowering.result(value), lowering.register(value.operands[0]!)); // one operand
}

export function lowerConvertSigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const source = lowering.operand(operand);
  emitFromInt(lowering, wide(value.type), wide(operand.type), lowering.result(value), source);
}

export function lowerConvertUnsigned(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const result = lowering.result(value);
  if (operand.type === "i32") {
    const extended = lowering.temporary("i64");
    lowering.emit2(isa.loadInt[0], extended, lowering.operand(operand));
    emitFromInt(lowering, wide(value.type), 1, result, extended);
    return;
  }
  const source = lowering.register(operand);
  lowering.emit(isa.convertUnsigned[wide(value.type)], result, source, lowering.temporary("i64"));
}

/** The target is zeroed first: the conversion keeps its upper lanes, and would wait for whoever wrote them last. */
function emitFromInt(
  lowering: Lowering,
  to: 0 | 1,
  from: 0 | 1,
  result: number,
  source: ReturnType<Lowering["operand"]>,
): void {
  const { fp } = lowering;
  if (fp.three) {
    const zero = lowering.temporary("f64");
    lowering.emit(isa.zeroFloat, zero);
    lowering.emit3(fp.fromInt[to][from], result, zero, source);
    return;
  }
  lowering.emit(isa.zeroFloat, result);
  lowering.emit2(fp.fromInt[to][from], result, source);
}

function emitWiden(lowering: Lowering, result: number, source: number): void {
  if (lowering.fp.three) lowering.emit(lowering.fp.promote, result, source, source);
  else lowering.emit(lowering.fp.promote, result, source);
}

export function lowerPromote(lowering: Lowering, value: Value): void {
  emitWiden(lowering, lowering.result(value), lowering.register(value.operands[0]!)); // one operand
}

export function lowerDemote(lowering: Lowering, value: Value): void {
  const source = lowering.register(value.operands[0]!); // one operand
  const result = lowering.result(value);
  if (lowering.fp.three) lowering.emit(lowering.fp.demote, result, source, source);
  else lowering.emit(lowering.fp.demote, result, source);
}

export function lowerBitcast(lowering: Lowering, value: Value): void {
  const operand = value.operands[0]!; // one operand
  const result = lowering.result(value);
  const source = lowering.register(operand);
  const w = wide(value.type);
  if (operand.type === value.type) lowering.move(value.type, result, source);
  else if (value.type === "f32" || value.type === "f64") {
    lowering.emit((lowering.hasAvx ? isa.vIntToFloatBits : isa.intToFloatBits)[w], result, source);
  } else {
    lowering.emit((lowering.hasAvx ? isa.vFloatBitsToInt : isa.floatBitsToInt)[w], result, source);
  }
}
