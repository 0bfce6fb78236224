/**
 * Prologue, epilogue, and the copies that allocation asked for, as bytes.
 *
 *     rsp → outgoing stack arguments | spill slots, the widest first | MXCSR | padding to 16 | saved registers | return address | stack arguments
 *
 * Frames over a page are touched page by page, so that the guard page is met. Copies leave the flags alone, and move all of a
 * slot; between vector registers, of a function with vectors, all of the widest one. Vector slots are not aligned to more than 16.
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import type { Operand } from "../../asm/x64/operand.ts";
import { type Label, ptr, qword } from "../../asm/x64/operands.ts";
import { gpr64, r11, r11d, rsp } from "../../asm/x64/registers.ts";
import { callContext } from "../../codegen/call-context.ts";
import { slotBytes } from "../../codegen/frame.ts";
import type { Allocation } from "../../codegen/linear-scan.ts";
import { firstVector, isSlot, type MachineCode, slotOf } from "../../codegen/machine-code.ts";
import { step } from "../../codegen/parallel-move.ts";
import { calleeSaved, pinnedContext, scratchVector } from "./calling-convention.ts";
import { emitCallersFloatControl, emitUsualFloatControl, floatControlBytes } from "./float-control.ts";
import { forms, namedForm } from "./forms.ts";
import { fitsInt8 } from "./lower-integers.ts";
import { condition, vectorTable } from "./opcodes.ts";
import type { VectorMoves } from "./vector-moves.ts";

const orByte = namedForm("or", "rm64, simm8");
const subCounter = namedForm("sub", "rm32, simm8");
const xchg = namedForm("xchg", "rm64, r64");
const vectorMoves = {
  copy: [namedForm("movaps", "xmm, xmm/m128"), namedForm("vmovaps", "xmm, xmm/m128")],
  load: [namedForm("movsd", "xmm, m64"), namedForm("vmovsd", "xmm, m64")],
  store: [namedForm("movsd", "m64, xmm"), namedForm("vmovsd", "m64, xmm")],
  toGeneral: [namedForm("movq", "rm64, xmm"), namedForm("vmovq", "rm64, xmm")],
  fromGeneral: [namedForm("movq", "xmm, rm64"), namedForm("vmovq", "xmm, rm64")],
} as const;

const vzeroupper = namedForm("vzeroupper", "");

const pageBytes = 4096;
/** Up to so many pages are touched by instructions of their own, more in a loop. */
const unrolledPages = 4;
/** Frames up to this size are not added before the stack limit is compared: the limit keeps more than that free. */
const uncheckedFrameBytes = 256;

export class FrameCode {
  /** Bytes below the saved registers. */
  readonly slotAreaBytes: number;
  readonly #saved: readonly number[];
  readonly #outgoingBytes: number;
  readonly #avx: 0 | 1;
  readonly #slots: Operand[] = [];
  /** By slot, if not all are of 8 bytes. */
  readonly #offsets: readonly number[] | undefined;
  /** How vectors are moved, where there are vectors. */
  readonly #vectors: VectorMoves | undefined;
  /** From the stack pointer to where the MXCSR is kept that the function found, or -1. */
  readonly #mxcsrOffset: number = -1;

  constructor(
    { slotBytes: sizes, used }: Allocation,
    { outgoingBytes, hasCalls }: MachineCode,
    hasAvx: boolean,
    vectors: VectorMoves | undefined = undefined,
    keepsMxcsr = false,
  ) {
    this.#vectors = vectors;
    this.#saved = calleeSaved.filter((register) => used[register]);
    this.#outgoingBytes = outgoingBytes;
    this.#avx = hasAvx ? 1 : 0;
    // The return address and the saved registers count towards the alignment.
    const above = slotBytes * (1 + this.#saved.length);
    let bytes = outgoingBytes;
    if (vectors === undefined) bytes += slotBytes * sizes.length;
    else {
      const offsets: number[] = [];
      for (const size of [64, 32, 16, slotBytes]) {
        sizes.forEach((each, slot) => {
          if (each !== size) return;
          offsets[slot] = bytes;
          bytes += size;
        });
      }
      this.#offsets = offsets;
    }
    if (keepsMxcsr) {
      this.#mxcsrOffset = bytes;
      bytes += floatControlBytes;
    }
    this.slotAreaBytes = bytes === 0 && !hasCalls ? 0 : bytes + ((16 - ((above + bytes) & 15)) & 15);
  }

  /** From the stack pointer to a spill slot. */
  slotOffset(slot: number): number {
    return this.#offsets === undefined ? this.#outgoingBytes + slot * slotBytes : this.#offsets[slot]!; // slots have places
  }

  get frameBytes(): number {
    return this.slotAreaBytes + slotBytes * this.#saved.length;
  }

  get isEmpty(): boolean {
    return this.frameBytes === 0;
  }

  /** A spill slot as memory of 64 bits. */
  slot(slot: number): Operand {
    let operand = this.#slots[slot];
    if (operand === undefined) {
      operand = qword(rsp, this.slotOffset(slot));
      this.#slots[slot] = operand;
    }
    return operand;
  }

  /** From the stack pointer to a stack argument. */
  argumentOffset(offset: number): number {
    return this.frameBytes + slotBytes + offset;
  }

  /** Branches if the frame would reach below the stack limit. What calls nothing and is small fits the limit's margin. */
  emitStackCheck(buffer: CodeBuffer, exhausted: Label): void {
    const limit = qword(gpr64[pinnedContext] as typeof rsp, callContext.stackLimit); // a general register
    if (this.frameBytes <= uncheckedFrameBytes) {
      forms.cmp64.encode(buffer, rsp, limit);
    } else {
      forms.lea64.encode(buffer, r11, ptr(rsp, -this.frameBytes));
      forms.cmp64.encode(buffer, r11, limit);
    }
    forms.jcc[condition.below]!.encode(buffer, exhausted); // a condition code
  }

  emitPrologue(buffer: CodeBuffer, newLabel: () => Label): void {
    for (const register of this.#saved) forms.push.encode(buffer, gpr64[register]!); // register numbers
    let bytes = this.slotAreaBytes;
    const pages = Math.floor(bytes / pageBytes);
    if (pages > unrolledPages) {
      const loop = newLabel();
      forms.movImm32.encode(buffer, r11d, pages);
      buffer.bindLabel(loop.code);
      forms.sub64.encode(buffer, rsp, pageBytes);
      orByte.encode(buffer, qword(rsp, 0), 0);
      subCounter.encode(buffer, r11d, 1);
      forms.jcc[condition.notEqual]!.encode(buffer, loop);
      bytes -= pages * pageBytes;
    }
    for (; bytes >= pageBytes; bytes -= pageBytes) {
      forms.sub64.encode(buffer, rsp, pageBytes);
      orByte.encode(buffer, qword(rsp, 0), 0);
    }
    if (bytes > 0) (fitsInt8(bytes) ? forms.subByte : forms.sub64).encode(buffer, rsp, bytes);
    if (this.#mxcsrOffset >= 0) emitUsualFloatControl(buffer, this.#mxcsrOffset, newLabel());
    this.#newLabel = newLabel;
  }
  #newLabel: (() => Label) | undefined = undefined;

  /** What a function has to put right before it goes back, by whatever way: MXCSR, and the upper halves of vector registers. */
  emitRestore(buffer: CodeBuffer): void {
    if (this.#vectors !== undefined) vzeroupper.encode(buffer);
    if (this.#mxcsrOffset >= 0 && this.#newLabel !== undefined)
      emitCallersFloatControl(buffer, this.#mxcsrOffset, this.#newLabel());
  }

  emitEpilogue(buffer: CodeBuffer): void {
    this.emitRestore(buffer);
    const bytes = this.slotAreaBytes;
    if (bytes > 0) (fitsInt8(bytes) ? forms.addByte : forms.add64).encode(buffer, rsp, bytes);
    for (let k = this.#saved.length - 1; k >= 0; k--) forms.pop.encode(buffer, gpr64[this.#saved[k]!]!); // register numbers
    forms.ret.encode(buffer);
  }

  /** One step of a parallel move (codegen/parallel-move.ts). */
  emitStep(buffer: CodeBuffer, kind: number, from: number, to: number): void {
    if (kind === step.exchange) {
      xchg.encode(buffer, gpr64[from]!, gpr64[to]!); // general registers
    } else if (kind === step.moveThroughStack) {
      // `pop` computes its address after it has moved rsp back.
      if (this.#vectors !== undefined) this.#vectors.emitThroughStack(buffer, this, from, to);
      else {
        forms.pushMemory.encode(buffer, this.slot(slotOf(from)));
        forms.popMemory.encode(buffer, this.slot(slotOf(to)));
      }
    } else if (isSlot(from) && isSlot(to)) {
      this.emitCopy(buffer, from, scratchVector);
      this.emitCopy(buffer, scratchVector, to);
    } else {
      this.emitCopy(buffer, from, to);
    }
  }

  /** Copies between locations that are not both slots: 64 bits, or as much as there is. */
  emitCopy(buffer: CodeBuffer, from: number, to: number): void {
    const avx = this.#avx;
    if (this.#vectors?.emitCopy(buffer, this, from, to) === true) return;
    if (isSlot(to)) {
      const slot = this.slot(slotOf(to));
      if (from < firstVector)
        forms.store64.encode(buffer, slot, gpr64[from]!); // a general register
      else vectorMoves.store[avx].encode(buffer, slot, vectorTable[from]!); // a vector register
    } else if (to < firstVector) {
      const target = gpr64[to]!; // a general register
      if (isSlot(from)) forms.mov64.encode(buffer, target, this.slot(slotOf(from)));
      else if (from < firstVector)
        forms.mov64.encode(buffer, target, gpr64[from]!); // a general register
      else vectorMoves.toGeneral[avx].encode(buffer, target, vectorTable[from]!); // a vector register
    } else {
      const target = vectorTable[to]!; // a vector register
      if (isSlot(from)) vectorMoves.load[avx].encode(buffer, target, this.slot(slotOf(from)));
      else if (from < firstVector)
        vectorMoves.fromGeneral[avx].encode(buffer, target, gpr64[from]!); // a general register
      else vectorMoves.copy[avx].encode(buffer, target, vectorTable[from]!); // a vector register
    }
  }
}
