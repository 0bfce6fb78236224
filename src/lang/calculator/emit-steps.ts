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

type ValueRegister = typeof rdi | typeof rax;

const scales: readonly Scale[] = [1, 2, 4, 8];

/** How much code is passed on at once: little at first, because most programs are small. */
const firstStagingBytes = 0x80;
const stagingBytes = 0x8000;
/** No step is longer: mov, shl, mov with 64 bits, add. */
const mostBytesOfStep = 32;
/** Long programs repeat the same few steps, so the code of so many is remembered. */
const mostRemembered = 4096;
const largestRememberedAddend = 2 ** 15;

export class StepEmitter implements StepConsumer {
  readonly #sink: CodeSink;
  #staging = new Uint8Array(firstStagingBytes);
  #used = 0;
  /** Where the value is. */
  #value: ValueRegister = rdi;
  /** Code of steps whose value is in rax, by `stepKey`. */
  readonly #remembered = new Map<number, Uint8Array>();

  constructor(sink: CodeSink) {
    this.#sink = sink;
  }

  multiplyAdd(shift: number, addendLow: number, addendHigh: number): void {
    const isUsual =
      addendHigh === addendLow >> 31 && addendLow >= -largestRememberedAddend && addendLow < largestRememberedAddend;
    const key = isUsual ? stepKey(shift, addendLow) : undefined;
    this.#step(key, (a, value) => multiplyAdd(a, value, shift, addendLow, addendHigh));
  }

  divide(shift: number): void {
    this.#step(stepKey(64 + shift, 0), (a, value) => divide(a, value, shift));
  }

  shiftRight(shift: number): void {
    this.#step(stepKey(128 + shift, 0), (a, value) => {
      if (value !== rax) a.mov(rax, value);
      a.sar(rax, shift);
    });
  }

  #step(key: number | undefined, write: (a: Assembler, value: ValueRegister) => void): void {
    let code = key === undefined || this.#value !== rax ? undefined : this.#remembered.get(key);
    if (code === undefined) {
      const a = new Assembler();
      write(a, this.#value);
      code = a.toBytes();
      if (key !== undefined && this.#value === rax && this.#remembered.size < mostRemembered) {
        this.#remembered.set(key, code);
      }
    }
    this.#value = rax;
    if (this.#used > this.#staging.length - mostBytesOfStep) {
      this.#leave();
      if (this.#staging.length < stagingBytes) this.#staging = new Uint8Array(stagingBytes);
    }
    const at = this.#used;
    for (let index = 0; index < code.length; index++) this.#staging[at + index] = code[index] ?? 0;
    this.#used = at + code.length;
  }

  #leave(): void {
    this.#sink.write(this.#staging.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Ends the function. */
  finish(): void {
    this.#leave();
    const a = new Assembler();
    if (this.#value !== rax) a.mov(rax, this.#value);
    a.ret();
    this.#sink.write(a.toBytes());
  }
}

/** A number for a kind of step (0 to 191) with an addend of 16 bits. */
const stepKey = (kind: number, addend: number): number => kind * 0x10000 + addend + largestRememberedAddend;

function multiplyAdd(a: Assembler, value: ValueRegister, shift: number, addendLow: number, addendHigh: number): void {
  const isSmall = addendHigh === addendLow >> 31;
  const scale = scales[shift];
  if (isSmall && addendLow !== 0 && scale !== undefined && !(shift === 0 && value === rax)) {
    if (shift === 0) a.lea(rax, ptr(value, addendLow));
    else if (shift === 1) a.lea(rax, ptr(value, value, 1, addendLow));
    else a.lea(rax, ptr(undefined, value, scale, addendLow));
  } else if (shift === 1 && addendLow === 0 && addendHigh === 0) {
    a.lea(rax, ptr(value, value));
  } else {
    if (value !== rax) a.mov(rax, value);
    if (shift > 0) a.shl(rax, shift);
    if (isSmall) addSmall(a, addendLow);
    else {
      a.mov(rcx, (BigInt(addendHigh) << 32n) | BigInt(addendLow >>> 0));
      a.add(rax, rcx);
    }
  }
}

function addSmall(a: Assembler, addend: number): void {
  if (addend === 0) return;
  // 128 does not fit into a signed byte; -128 does.
  if (addend === 128) a.sub(rax, -128);
  else a.add(rax, addend);
}

function divide(a: Assembler, value: ValueRegister, shift: number): void {
  const other = value === rax ? rcx : rax;
  if (shift >= 2 && shift <= 31) {
    a.lea(other, ptr(value, 2 ** shift - 1));
    a.test(value, value);
    if (value === rax) a.cmovs(rax, rcx);
    else a.cmovns(rax, rdi);
  } else {
    a.mov(other, value);
    if (shift > 1) a.sar(other, 63);
    a.shr(other, 64 - shift);
    a.add(rax, value === rax ? rcx : rdi);
  }
  a.sar(rax, shift);
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
