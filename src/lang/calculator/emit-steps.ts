/**
 * x86-64 code for the steps of a folded program: the optimised back end of the calculator.
 *
 * The input arrives in rdi and the result leaves in rax (System V calling convention). The value stays in rdi until a
 * step writes it to rax, so the first step needs no copy. rcx is scratch. Nothing here divides:
 *
 *     multiplyAdd   lea for a shift up to 3 with a small addend, else shl and add
 *     divide by 2   add the sign bit, sar 1
 *     divide by 2^n, n <= 31   add 2^n - 1 if negative (lea, test, cmovs: three cycles), sar n
 *     divide by 2^n, n >= 32   the same addend as sar 63, shr 64 - n
 */
import { Assembler } from "../../asm/x64/assembler.ts";
import { ptr, type Scale } from "../../asm/x64/operands.ts";
import { eax, rax, rcx, rdi } from "../../asm/x64/registers.ts";
import type { CodeSink } from "./code-chunks.ts";
import type { StepConsumer } from "./fold.ts";

/** Steps are position independent and have no labels, so they leave in pieces and the assembler stays small. */
const stepsInPiece = 2048;

const scales: readonly Scale[] = [1, 2, 4, 8];

export class StepEmitter implements StepConsumer {
  readonly #sink: CodeSink;
  #assembler = new Assembler();
  #stepsHeld = 0;
  /** Where the value is. */
  #value: typeof rdi | typeof rax = rdi;

  constructor(sink: CodeSink) {
    this.#sink = sink;
  }

  multiplyAdd(shift: number, addendLow: number, addendHigh: number): void {
    const a = this.#assembler;
    const isSmall = addendHigh === addendLow >> 31;
    const scale = scales[shift];
    if (isSmall && addendLow !== 0 && scale !== undefined && !(shift === 0 && this.#value === rax)) {
      if (shift === 0) a.lea(rax, ptr(this.#value, addendLow));
      else if (shift === 1) a.lea(rax, ptr(this.#value, this.#value, 1, addendLow));
      else a.lea(rax, ptr(undefined, this.#value, scale, addendLow));
    } else if (shift === 1 && addendLow === 0 && addendHigh === 0) {
      a.lea(rax, ptr(this.#value, this.#value));
    } else {
      if (this.#value !== rax) a.mov(rax, this.#value);
      if (shift > 0) a.shl(rax, shift);
      if (isSmall) this.#addSmall(addendLow);
      else {
        a.mov(rcx, (BigInt(addendHigh) << 32n) | BigInt(addendLow >>> 0));
        a.add(rax, rcx);
      }
    }
    this.#valueInRax();
  }

  #addSmall(addend: number): void {
    if (addend === 0) return;
    // 128 does not fit into a signed byte; -128 does.
    if (addend === 128) this.#assembler.sub(rax, -128);
    else this.#assembler.add(rax, addend);
  }

  divide(shift: number): void {
    const a = this.#assembler;
    const value = this.#value;
    const other = value === rax ? rcx : rax;
    if (shift === 1) {
      a.mov(other, value);
      a.shr(other, 63);
      a.add(rax, value === rax ? rcx : rdi);
    } else if (shift <= 31) {
      a.lea(other, ptr(value, 2 ** shift - 1));
      a.test(value, value);
      if (value === rax) a.cmovs(rax, rcx);
      else a.cmovns(rax, rdi);
    } else {
      a.mov(other, value);
      a.sar(other, 63);
      a.shr(other, 64 - shift);
      a.add(rax, value === rax ? rcx : rdi);
    }
    a.sar(rax, shift);
    this.#valueInRax();
  }

  shiftRight(shift: number): void {
    if (this.#value !== rax) this.#assembler.mov(rax, this.#value);
    this.#assembler.sar(rax, shift);
    this.#valueInRax();
  }

  #valueInRax(): void {
    this.#value = rax;
    this.#stepsHeld++;
    if (this.#stepsHeld === stepsInPiece) this.#leave();
  }

  #leave(): void {
    this.#sink.write(this.#assembler.toBytes());
    this.#assembler = new Assembler();
    this.#stepsHeld = 0;
  }

  /** Ends the function. */
  finish(): void {
    if (this.#value !== rax) this.#assembler.mov(rax, this.#value);
    this.#assembler.ret();
    this.#leave();
  }
}

/** A function that returns a constant, in the shortest way. */
export function emitConstant(sink: CodeSink, constant: bigint): void {
  const a = new Assembler();
  if (constant === 0n) a.xor(eax, eax);
  else if (constant > 0n && constant <= 0xffffffffn) a.mov(eax, Number(constant));
  else a.mov(rax, constant);
  a.ret();
  sink.write(a.toBytes());
}
