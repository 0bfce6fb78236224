/**
 * Stubs: what rarely happens (traps, the odd cases of conversions, minima, divisions), written behind the function.
 */
import type { Operand } from "../../asm/x64/operand.ts";
import type { Label } from "../../asm/x64/operands.ts";
import { edx, gpr32, gpr64 } from "../../asm/x64/registers.ts";
import { firstVector, type MachineInstruction } from "../../codegen/machine-code.ts";
import { scratchVector } from "./calling-convention.ts";
import { forms } from "./forms.ts";
import { encode, type FunctionWriter } from "./function-writer.ts";
import { constantAddress } from "./lowering.ts";
import { condition, isa, vectorTable, type X64Opcode, zmmTable } from "./opcodes.ts";
import { vectorOpcode } from "./vector-opcodes.ts";

/** Code that stands behind the function, for a case that is rare. */
export interface Stub {
  readonly kind:
    | "trap"
    | "overflow"
    | "conversion"
    | "remainder"
    | "extreme"
    | "truncate"
    | "saturate"
    | "convert"
    | "modulo"
    | "divide";
  readonly instruction: MachineInstruction<X64Opcode>;
  readonly label: Label;
  /** Where it goes on, for stubs that do. */
  readonly back: Label | undefined;
}

/** The immediate of `roundsd` that truncates and raises no inexact flag. */
const truncateMode = 8 | 3;

export function emitStub(writer: FunctionWriter, { kind, instruction, label, back }: Stub): void {
  const buffer = writer.buffer;
  const { opcode, r0, r1, r2, detail } = instruction;
  writer.bind(label);
  switch (kind) {
    case "trap":
      writer.emitTrap(r0, detail);
      return;
    case "conversion":
      writer.emitConversionTrap(r0, opcode.wide, r1, detail);
      return;
    case "overflow": {
      forms.cmpByte[opcode.wide].encode(buffer, writer.integer(r0, opcode.wide), 1);
      forms.jcc[condition.overflow + 1]!.encode(buffer, back); // a condition code
      writer.emitTrap(r2, detail);
      return;
    }
    case "remainder":
      forms.xor32.encode(buffer, edx, edx);
      forms.jmp.encode(buffer, back);
      return;
    case "extreme": {
      const target = vectorTable[r0]!; // a vector register
      const other = vectorTable[r1]!; // a vector register
      const notANumber = writer.newLabel();
      writer.jcc(condition.parity, notANumber);
      // Equal: the signs of zeros decide, and of the rest `and` and `or` change nothing.
      writer.float2(opcode.variant === 0 ? "or" : "and", opcode.wide, target, other);
      forms.jmp.encode(buffer, back);
      writer.bind(notANumber);
      writer.float2("add", opcode.wide, target, other);
      forms.jmp.encode(buffer, back);
      return;
    }
    case "convert": {
      // Halved with the lost bit kept sticky, converted, doubled: rounds as the whole would.
      const scratch = gpr64[r2]!; // a general register
      const even = writer.newLabel();
      const target = vectorTable[r0]!; // a vector register
      forms.mov64.encode(buffer, scratch, gpr64[r1]!); // a general register
      forms.shr64.encode(buffer, scratch, 1);
      writer.jcc(condition.aboveOrEqual, even);
      forms.or64.encode(buffer, scratch, 1);
      writer.bind(even);
      writer.fromInt64(opcode.wide, r0, scratch);
      writer.float2("add", opcode.wide, target, target);
      forms.jmp.encode(buffer, back);
      return;
    }
    case "divide":
      // Three vector registers.
      encode(buffer, vectorOpcode("EVEX", "vdivpd", "zmm, zmm, zmm/m512"), zmmTable[r0], zmmTable[r1], zmmTable[r2]);
      forms.jmp.encode(buffer, back);
      return;
    case "modulo":
      emitModuloStub(writer, instruction, back);
      return;
    case "truncate":
      emitTruncateStub(writer, instruction, back);
      return;
    case "saturate":
      emitSaturateStub(writer, instruction, back);
      return;
  }
}

/** 2^63 in the constant pool, or its negative. */
function twoTo63(writer: FunctionWriter, wide: 0 | 1, negative: boolean): Operand {
  const bits =
    wide === 1 ? (negative ? 0xc3e0_0000_0000_0000n : 0x43e0_0000_0000_0000n) : negative ? 0xdf00_0000n : 0x5f00_0000n;
  return writer.memory(constantAddress(bits, 0n, wide === 1 ? 8 : 4), writer.fp.compare[wide].memory);
}

/** The fast path's answer was the indefinite one (signed) or negative (unsigned): -2^63, or from 2^63 on, or a trap. */
function emitTruncateStub(
  writer: FunctionWriter,
  { opcode, r0, r1, r2, detail }: MachineInstruction<X64Opcode>,
  back: Label | undefined,
): void {
  const buffer = writer.buffer;
  const w = opcode.wide;
  const source = vectorTable[r1]!; // a vector register
  const trap = writer.newLabel();
  if (opcode.pseudo === "truncate-signed") {
    writer.floatCompare(w, source, twoTo63(writer, w, true));
    writer.jcc(condition.notEqual, trap);
    forms.jcc[condition.notParity]!.encode(buffer, back); // a condition code
  } else {
    upperHalf(writer, w, r0, source, trap);
    writer.jcc(condition.sign, trap);
    forms.btc64.encode(buffer, gpr64[r0]!, 63); // a general register
    forms.jmp.encode(buffer, back);
  }
  writer.bind(trap);
  writer.emitConversionTrap(r1, w, r2, detail);
}

/**
 * A float of at least 2^63 less its multiple of 2^32, which is exact in each step: scaling is by powers of two, and the
 * difference has no more bits than the float. NaN and infinities end as the indefinite answer, whose low half is 0.
 */
function emitModuloStub(
  writer: FunctionWriter,
  { r0, r1 }: MachineInstruction<X64Opcode>,
  back: Label | undefined,
): void {
  const buffer = writer.buffer;
  const source = vectorTable[r1]!; // a vector register
  const scratch = vectorTable[scratchVector]!; // a vector register
  const target = gpr64[r0]!; // a general register
  const round = writer.fp.round[1];
  writer.frame.emitCopy(buffer, r1, scratchVector);
  writer.float2("mul", 1, scratch, writer.double(0x3df0_0000_0000_0000n)); // 2^-32
  if (writer.avx) encode(buffer, round, scratch, scratch, scratch, truncateMode);
  else encode(buffer, round, scratch, scratch, truncateMode);
  writer.float2("mul", 1, scratch, writer.double(0x41f0_0000_0000_0000n)); // 2^32
  writer.float2("sub", 1, scratch, source);
  encode(buffer, writer.fp.truncate[1][1], target, scratch);
  encode(buffer, isa.neg[1], target);
  forms.jmp.encode(buffer, back);
}

/** Converts a float that is at least 2^63, less 2^63; sign is set if it has no place. Others go to `otherwise`. */
function upperHalf(writer: FunctionWriter, w: 0 | 1, register: number, source: Operand, otherwise: Label): void {
  const buffer = writer.buffer;
  const target = gpr64[register]!; // a general register
  const scratch = vectorTable[scratchVector]!; // a vector register
  const limit = twoTo63(writer, w, false);
  writer.floatCompare(w, source, limit);
  writer.jcc(condition.below, otherwise);
  writer.frame.emitCopy(buffer, source.code + firstVector, scratchVector);
  writer.float2("sub", w, scratch, limit);
  encode(buffer, writer.fp.truncate[w][1], target, scratch);
  forms.test64.encode(buffer, target, target);
}

function emitSaturateStub(
  writer: FunctionWriter,
  { opcode, r0, r1 }: MachineInstruction<X64Opcode>,
  back: Label | undefined,
): void {
  const buffer = writer.buffer;
  const w = opcode.wide;
  const source = vectorTable[r1]!; // a vector register
  const zero = writer.newLabel();
  const target32 = gpr32[r0]!; // a general register
  const target64 = gpr64[r0]!; // a general register
  if (opcode.pseudo === "saturate-signed") {
    // NaN gives 0; too small the indefinite answer that is there already; too large one less than that.
    writer.zeroVector(scratchVector);
    writer.floatCompare(w, source, vectorTable[scratchVector]!); // a vector register
    writer.jcc(condition.parity, zero);
    forms.jcc[condition.below]!.encode(buffer, back); // a condition code
    if (opcode.variant === 1) encode(buffer, isa.movImm64, target64, 0x7fff_ffff_ffff_ffffn);
    else encode(buffer, isa.movImm32, target32, 0x7fff_ffff);
    forms.jmp.encode(buffer, back);
  } else {
    const fits = writer.newLabel();
    upperHalf(writer, w, r0, source, zero);
    writer.jcc(condition.notSign, fits);
    encode(buffer, isa.movSigned32, target64, -1);
    forms.jmp.encode(buffer, back);
    writer.bind(fits);
    forms.btc64.encode(buffer, target64, 63);
    forms.jmp.encode(buffer, back);
  }
  // Below 2^63 and yet negative, or NaN.
  writer.bind(zero);
  forms.xor32.encode(buffer, target32, target32);
  forms.jmp.encode(buffer, back);
}
