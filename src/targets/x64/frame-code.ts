/**
 * Prologue, epilogue, and the copies that allocation asked for, as bytes.
 *
 *     rsp → spill slots | padding to 16 | saved registers | return address | stack arguments
 *
 * Frames over a page are touched page by page, so that the guard page is met. Copies leave the flags alone.
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import type { Form } from "../../asm/x64/form.ts";
import { formOf } from "../../asm/x64/form.ts";
import { type Mnemonic, rowOf } from "../../asm/x64/instructions.ts";
import type { Operand } from "../../asm/x64/operand.ts";
import { type Label, qword } from "../../asm/x64/operands.ts";
import { gpr64, r11d, rsp } from "../../asm/x64/registers.ts";
import { slotBytes } from "../../codegen/frame.ts";
import { firstVector, isSlot, slotOf } from "../../codegen/machine-code.ts";
import { step } from "../../codegen/parallel-move.ts";
import { calleeSaved, scratchVector } from "./calling-convention.ts";
import { fitsInt8 } from "./lower-integers.ts";
import { vectorTable } from "./opcodes.ts";

const named = (mnemonic: Mnemonic, signature: string): Form => formOf(rowOf(mnemonic, signature));

const push = named("push", "r64");
const pop = named("pop", "r64");
const pushMemory = named("push", "rm64");
const popMemory = named("pop", "rm64");
const subByte = named("sub", "rm64, simm8");
const subImm = named("sub", "rm64, simm32");
const addByte = named("add", "rm64, simm8");
const addImm = named("add", "rm64, simm32");
const orByte = named("or", "rm64, simm8");
const movImm = named("mov", "r32, imm32");
const subCounter = named("sub", "rm32, simm8");
const jne = named("jne", "rel32");
const ret = named("ret", "");
const mov = named("mov", "r64, rm64");
const movStore = named("mov", "rm64, r64");
const xchg = named("xchg", "rm64, r64");
const vectorMoves = {
  copy: [named("movaps", "xmm, xmm/m128"), named("vmovaps", "xmm, xmm/m128")],
  load: [named("movsd", "xmm, m64"), named("vmovsd", "xmm, m64")],
  store: [named("movsd", "m64, xmm"), named("vmovsd", "m64, xmm")],
  toGeneral: [named("movq", "rm64, xmm"), named("vmovq", "rm64, xmm")],
  fromGeneral: [named("movq", "xmm, rm64"), named("vmovq", "xmm, rm64")],
} as const;

const pageBytes = 4096;
/** Up to so many pages are touched by instructions of their own, more in a loop. */
const unrolledPages = 4;

export class FrameCode {
  /** Bytes below the saved registers. */
  readonly slotAreaBytes: number;
  readonly #saved: readonly number[];
  readonly #avx: 0 | 1;
  readonly #slots: Operand[] = [];

  constructor(slotCount: number, used: readonly boolean[], hasAvx: boolean) {
    this.#saved = calleeSaved.filter((register) => used[register]);
    this.#avx = hasAvx ? 1 : 0;
    // The return address and the saved registers count towards the alignment.
    const above = slotBytes * (1 + this.#saved.length);
    const bytes = slotBytes * slotCount;
    this.slotAreaBytes = bytes === 0 ? 0 : bytes + ((16 - ((above + bytes) & 15)) & 15);
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
      operand = qword(rsp, slot * slotBytes);
      this.#slots[slot] = operand;
    }
    return operand;
  }

  /** From the stack pointer to a stack argument. */
  argumentOffset(offset: number): number {
    return this.frameBytes + slotBytes + offset;
  }

  emitPrologue(buffer: CodeBuffer, newLabel: () => Label): void {
    for (const register of this.#saved) push.encode(buffer, gpr64[register]!); // register numbers
    let bytes = this.slotAreaBytes;
    const pages = Math.floor(bytes / pageBytes);
    if (pages > unrolledPages) {
      const loop = newLabel();
      movImm.encode(buffer, r11d, pages);
      buffer.bindLabel(loop.code);
      subImm.encode(buffer, rsp, pageBytes);
      orByte.encode(buffer, this.slot(0), 0);
      subCounter.encode(buffer, r11d, 1);
      jne.encode(buffer, loop);
      bytes -= pages * pageBytes;
    }
    for (; bytes >= pageBytes; bytes -= pageBytes) {
      subImm.encode(buffer, rsp, pageBytes);
      orByte.encode(buffer, this.slot(0), 0);
    }
    if (bytes > 0) (fitsInt8(bytes) ? subByte : subImm).encode(buffer, rsp, bytes);
  }

  emitEpilogue(buffer: CodeBuffer): void {
    const bytes = this.slotAreaBytes;
    if (bytes > 0) (fitsInt8(bytes) ? addByte : addImm).encode(buffer, rsp, bytes);
    for (let k = this.#saved.length - 1; k >= 0; k--) pop.encode(buffer, gpr64[this.#saved[k]!]!); // register numbers
    ret.encode(buffer);
  }

  /** One step of a parallel move (codegen/parallel-move.ts). */
  emitStep(buffer: CodeBuffer, kind: number, from: number, to: number): void {
    if (kind === step.exchange) {
      xchg.encode(buffer, gpr64[from]!, gpr64[to]!); // general registers
    } else if (kind === step.moveThroughStack) {
      // `pop` computes its address after it has moved rsp back.
      pushMemory.encode(buffer, this.slot(slotOf(from)));
      popMemory.encode(buffer, this.slot(slotOf(to)));
    } else if (isSlot(from) && isSlot(to)) {
      this.emitCopy(buffer, from, scratchVector);
      this.emitCopy(buffer, scratchVector, to);
    } else {
      this.emitCopy(buffer, from, to);
    }
  }

  /** Copies 64 bits between locations that are not both slots. */
  emitCopy(buffer: CodeBuffer, from: number, to: number): void {
    const avx = this.#avx;
    if (isSlot(to)) {
      const slot = this.slot(slotOf(to));
      if (from < firstVector)
        movStore.encode(buffer, slot, gpr64[from]!); // a general register
      else vectorMoves.store[avx].encode(buffer, slot, vectorTable[from]!); // a vector register
    } else if (to < firstVector) {
      const target = gpr64[to]!; // a general register
      if (isSlot(from)) mov.encode(buffer, target, this.slot(slotOf(from)));
      else if (from < firstVector)
        mov.encode(buffer, target, gpr64[from]!); // a general register
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
