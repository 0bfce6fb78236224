/**
 * The pseudo instructions that are several real ones: their straight path here, the rare case of each in a stub
 * (stubs.ts), so that the straight path has one branch that is not taken.
 */
import { gpr32, gpr64 } from "../../asm/x64/registers.ts";
import type { MachineInstruction } from "../../codegen/machine-code.ts";
import { forms } from "./forms.ts";
import { encode, type FunctionWriter } from "./function-writer.ts";
import { condition, isa, vectorTable, type X64Opcode } from "./opcodes.ts";
import type { Stub } from "./stubs.ts";

export function emitRemainder(writer: FunctionWriter, instruction: MachineInstruction<X64Opcode>): void {
  const w = instruction.opcode.wide;
  const divisor = writer.integer(instruction.r0, w);
  const back = writer.newLabel();
  forms.cmpByte[w].encode(writer.buffer, divisor, -1);
  writer.jcc(condition.equal, writer.stub("remainder", instruction, back));
  encode(writer.buffer, isa.signExtendAccumulator[w]);
  encode(writer.buffer, isa.idiv[w], divisor);
  writer.bind(back);
}

export function emitExtreme(writer: FunctionWriter, instruction: MachineInstruction<X64Opcode>): void {
  const { opcode, r0, r1 } = instruction;
  const target = vectorTable[r0]!; // a vector register
  const other = vectorTable[r1]!; // a vector register
  const back = writer.newLabel();
  writer.floatCompare(opcode.wide, target, other);
  // ZF: equal, which zeros of both signs are, or unordered.
  writer.jcc(condition.equal, writer.stub("extreme", instruction, back));
  writer.float2(opcode.variant === 0 ? "min" : "max", opcode.wide, target, other);
  writer.bind(back);
}

export function emitFloatSelect(writer: FunctionWriter, { r0, r1, immediate }: MachineInstruction<X64Opcode>): void {
  const skip = writer.newLabel();
  const code = Number(immediate);
  if (code === condition.floatEqual) {
    writer.jcc(condition.notEqual, skip);
    writer.jcc(condition.parity, skip);
    writer.frame.emitCopy(writer.buffer, r1, r0);
  } else if (code === condition.floatNotEqual) {
    const copy = writer.newLabel();
    writer.jcc(condition.parity, copy);
    writer.jcc(condition.equal, skip);
    writer.bind(copy);
    writer.frame.emitCopy(writer.buffer, r1, r0);
  } else {
    writer.jcc(code ^ 1, skip);
    writer.frame.emitCopy(writer.buffer, r1, r0);
  }
  writer.bind(skip);
}

/** `cvtt` and a test for its indefinite answer (signed) or for a negative one (unsigned). */
export function emitTruncate(
  writer: FunctionWriter,
  instruction: MachineInstruction<X64Opcode>,
  to: 0 | 1,
  kind: Stub["kind"],
  signed: boolean,
): void {
  const { opcode, r0, r1 } = instruction;
  const target = (to === 1 ? gpr64 : gpr32)[r0]!; // a general register
  encode(writer.buffer, writer.fp.truncate[opcode.wide][to], target, vectorTable[r1]!); // a vector register
  if (signed) {
    // Only the most negative number overflows when one is taken away.
    forms.cmpByte[to].encode(writer.buffer, target, 1);
    writer.jccAndBack(condition.overflow, kind, instruction);
  } else {
    forms.test64.encode(writer.buffer, target, target);
    writer.jccAndBack(condition.sign, kind, instruction);
  }
}

export function emitConvertUnsigned(writer: FunctionWriter, instruction: MachineInstruction<X64Opcode>): void {
  const { opcode, r0, r1 } = instruction;
  const source = gpr64[r1]!; // a general register
  const back = writer.newLabel();
  writer.zeroVector(r0);
  forms.test64.encode(writer.buffer, source, source);
  writer.jcc(condition.sign, writer.stub("convert", instruction, back));
  writer.fromInt64(opcode.wide, r0, source);
  writer.bind(back);
}
