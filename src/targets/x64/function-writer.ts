/**
 * How the instructions of one function are written: operands by their locations, labels, traps, and the few float
 * operations that pseudo instructions and their stubs are made of, in SSE or AVX form as the CPU has them.
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import { labelOperand } from "../../asm/x64/assembler.ts";
import type { Argument } from "../../asm/x64/encode-rm.ts";
import type { Operand } from "../../asm/x64/operand.ts";
import { dword, type Label, qword, type Scale } from "../../asm/x64/operands.ts";
import { gpr32, gpr64, type NonRspGpr64, rax, rsp } from "../../asm/x64/registers.ts";
import { InternalError, trapCodes } from "../../base/errors.ts";
import { callContext } from "../../codegen/call-context.ts";
import {
  firstConstantSlot,
  firstVector,
  firstVirtual,
  isConstant,
  isSlot,
  type MachineAddress,
  type MachineCode,
  type MachineInstruction,
  noRegister,
  slotOf,
} from "../../codegen/machine-code.ts";
import { pinnedContext } from "./calling-convention.ts";
import type { CodeBlob } from "./code-blob.ts";
import { forms } from "./forms.ts";
import type { FrameCode } from "./frame-code.ts";
import { constantAddress } from "./lowering.ts";
import { avxFloats, condition, type FloatIsa, maskTable, sseFloats, vectorTable, type X64Opcode } from "./opcodes.ts";
import { pooled } from "./pooled-constants.ts";
import type { Stub } from "./stubs.ts";

/** Writes one of the real instructions that a pseudo instruction is made of. */
export function encode(
  buffer: CodeBuffer,
  opcode: X64Opcode,
  a?: Argument,
  b?: Argument,
  c?: Argument,
  d?: Argument,
): void {
  if (opcode.form === undefined) throw new InternalError(`${opcode.name} has no form`);
  opcode.form.encode(buffer, a, b, c, d);
}

function broadcast(memory: Operand, lanes: number): Operand {
  return (memory as Operand<"m64">).broadcast(lanes as 8); // checked at run time
}

export class FunctionWriter {
  readonly buffer: CodeBuffer;
  readonly blob: CodeBlob;
  readonly frame: FrameCode;
  readonly fp: FloatIsa;
  readonly avx: boolean;
  readonly stubs: Stub[] = [];
  /** The epilogue that traps of a leaf function share. */
  leave: Label | undefined = undefined;

  readonly #constants: ReadonlyMap<number, MachineAddress> | undefined;

  constructor(blob: CodeBlob, frame: FrameCode, { constants }: MachineCode) {
    this.#constants = constants;
    this.buffer = blob.buffer;
    this.blob = blob;
    this.frame = frame;
    this.avx = blob.hasAvx;
    this.fp = blob.hasAvx ? avxFloats : sseFloats;
  }

  newLabel(): Label {
    return labelOperand(this.buffer, this.buffer.newLabel());
  }

  bind(label: Label): void {
    this.buffer.bindLabel(label.code);
  }

  /** A branch on a condition that one flag test can see (opcodes.ts). */
  jcc(code: number, label: Label): void {
    forms.jcc[code]!.encode(this.buffer, label); // a condition code
  }

  argument(instruction: MachineInstruction<X64Opcode>, index: number, register: number): Argument {
    const { opcode, address } = instruction;
    if (register >= 0) return opcode.tables[index]![register]!; // allocation gives registers of the operand's class
    if (register !== noRegister) {
      if (isConstant(register)) return this.#constantInPool(opcode, register);
      return opcode.memory(rsp, this.frame.slotOffset(slotOf(register)));
    }
    if (index === opcode.immediateOperand) return instruction.immediate;
    if (address !== null && index === opcode.memoryOperand)
      return opcode.vector === undefined ? this.memory(address, opcode.memory) : this.#vectorMemory(address, opcode);
    const fixed = opcode.fixed[index];
    if (fixed === undefined) throw new InternalError(`${opcode.name}: operand ${index} is missing`);
    return fixed;
  }

  /** Operand 0 of an instruction on vectors, with its mask. */
  maskedArgument(instruction: MachineInstruction<X64Opcode>, masking: "merge" | "zero" | "choose"): Argument {
    const argument = this.argument(instruction, 0, instruction.r0);
    const mask = maskTable[instruction.r3] as Operand<"k"> | undefined; // the types of registers are gone by here
    if (typeof argument !== "object" || mask === undefined)
      throw new InternalError(`${instruction.opcode.name}: operand 0 cannot be masked`);
    const target = argument as Operand<"zmm">; // as above
    return masking === "zero" ? target.maskz(mask) : target.mask(mask);
  }

  /** What a constant that has left its register is read from. */
  #constantInPool(opcode: X64Opcode, location: number): Operand {
    const address = this.#constants?.get(slotOf(location) - firstConstantSlot + firstVirtual);
    if (address === undefined) throw new InternalError(`${opcode.name}: an operand is no constant`);
    return this.#vectorMemory(address, opcode);
  }

  #vectorMemory(address: MachineAddress, opcode: X64Opcode): Operand {
    const { vector } = opcode;
    if (vector === undefined) throw new InternalError(`${opcode.name} is no instruction on vectors`);
    const { broadcastBytes, broadcastLanes, memoryBytes, index } = vector;
    const element = broadcastBytes === 4 ? dword : qword;
    if (address.kind === "constant") {
      if (address.bytes < memoryBytes && address.bytes <= broadcastBytes) {
        const label = pooled(this.buffer, this.blob.constants, address, broadcastBytes);
        return broadcast(element(label), broadcastLanes);
      }
      return opcode.memory(pooled(this.buffer, this.blob.constants, address, memoryBytes));
    }
    if (index !== undefined) {
      const base = address.base === noRegister ? undefined : gpr64[address.base];
      // The index is a vector register: allocation gives one of its class.
      return opcode.memory(base, index[address.index] as never, address.scale as Scale, address.displacement);
    }
    if (address.bytes === 0 || address.bytes === memoryBytes) return this.memory(address, opcode.memory);
    if (address.bytes !== broadcastBytes)
      throw new InternalError(`${opcode.name} cannot broadcast ${address.bytes} bytes of memory`);
    return broadcast(this.memory(address, element as X64Opcode["memory"]), broadcastLanes);
  }

  memory(address: MachineAddress, build: X64Opcode["memory"]): Operand {
    switch (address.kind) {
      case "argument":
        return build(rsp, this.frame.argumentOffset(address.displacement));
      case "outgoing":
        return build(rsp, address.displacement);
      case "constant":
        return build(this.constant(address));
      case "registers": {
        const base = gpr64[address.base]!; // a general register
        if (address.index === noRegister) return build(base, address.displacement);
        // Allocation never gives out rsp, and lowering makes scales of 1, 2, 4 and 8.
        return build(base, gpr64[address.index] as NonRspGpr64, address.scale as Scale, address.displacement);
      }
    }
  }

  constant({ bits0, bits1, bytes }: MachineAddress): Label {
    return labelOperand(this.buffer, this.blob.constants.label(this.buffer, bits0, bits1, bytes));
  }

  /** An integer of a pseudo instruction: a register or its slot. */
  integer(location: number, wide: 0 | 1): Operand {
    if (isSlot(location))
      return wide === 1 ? this.frame.slot(slotOf(location)) : dword(rsp, this.frame.slotOffset(slotOf(location)));
    return (wide === 1 ? gpr64 : gpr32)[location]!; // a general register
  }

  /** A scalar op of two floats: target = target op source. */
  float2(
    name: "sub" | "add" | "mul" | "min" | "max" | "and" | "or",
    wide: 0 | 1,
    target: Operand,
    source: Operand,
  ): void {
    const opcode = this.fp[name][wide];
    if (this.avx) encode(this.buffer, opcode, target, target, source);
    else encode(this.buffer, opcode, target, source);
  }

  floatCompare(wide: 0 | 1, left: Operand, right: Operand): void {
    encode(this.buffer, this.fp.compare[wide], left, right);
  }

  zeroVector(register: number): void {
    const operand = vectorTable[register]!; // a vector register
    if (register >= firstVector + 16) forms.zeroHighVector.encode(this.buffer, operand, operand, operand);
    else if (this.avx) forms.zeroVector[1].encode(this.buffer, operand, operand, operand);
    else forms.zeroVector[0].encode(this.buffer, operand, operand);
  }

  stub(kind: Stub["kind"], instruction: MachineInstruction<X64Opcode>, back?: Label): Label {
    const label = this.newLabel();
    this.stubs.push({ kind, instruction, label, back });
    return label;
  }

  /** A branch to a stub that comes back behind it. */
  jccAndBack(code: number, kind: Stub["kind"], instruction: MachineInstruction<X64Opcode>): void {
    const back = this.newLabel();
    this.jcc(code, this.stub(kind, instruction, back));
    this.bind(back);
  }

  /** Stores the trap into the context and leaves: to the caller, or from however many calls deep to the entry. */
  emitTrap(context: number, site: number): void {
    const { buffer, frame, blob } = this;
    let base = rax;
    if (context === noRegister)
      base = gpr64[pinnedContext] as typeof rax; // a general register
    else if (isSlot(context)) forms.mov64.encode(buffer, rax, frame.slot(slotOf(context)));
    else base = gpr64[context] as typeof rax; // a general register
    const code = blob.trapSites[site]?.code;
    if (code === undefined) throw new InternalError(`trap site ${site} does not exist`);
    forms.storeImmediate.encode(buffer, dword(base, callContext.status), trapCodes[code]);
    forms.storeImmediate.encode(buffer, dword(base, callContext.site), site);
    if (blob.unwind !== undefined) {
      frame.emitRestore(buffer);
      forms.jmp.encode(buffer, blob.unwind);
    } else if (frame.isEmpty) {
      frame.emitEpilogue(buffer);
    } else {
      this.leave ??= this.newLabel();
      forms.jmp.encode(buffer, this.leave);
    }
  }

  /** NaN traps at the first site, everything else at the one behind it. */
  emitConversionTrap(float: number, wide: 0 | 1, context: number, site: number): void {
    const operand = vectorTable[float]!; // a vector register
    const notANumber = this.newLabel();
    this.floatCompare(wide, operand, operand);
    this.jcc(condition.parity, notANumber);
    this.emitTrap(context, site + 1);
    this.bind(notANumber);
    this.emitTrap(context, site);
  }

  // Pseudo instructions: the straight path here, the rest in `#emitStub`

  fromInt64(wide: 0 | 1, register: number, source: Operand): void {
    const target = vectorTable[register]!; // a vector register
    const opcode = this.fp.fromInt[wide][1];
    if (this.avx) encode(this.buffer, opcode, target, target, source);
    else encode(this.buffer, opcode, target, source);
  }

  // Stubs

  double(bits: bigint): Operand {
    return this.memory(constantAddress(bits, 0n, 8), this.fp.compare[1].memory);
  }
}
