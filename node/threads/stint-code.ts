/**
 * The machine code of a stint: one thread's share of a run over columns that stay where they are. Threads of one run take chunks
 * of rows from one counter until there are none, so that none waits for JavaScript between chunks.
 *
 *     rbx  the record (thread-records.ts), which tells the code, the rows, and the arguments       r12  the row
 *     r14  the board: the next row that nobody has taken yet                                       r13  the chunk's end
 *     r15  rows of a chunk: more where it took little time, fewer where it took long               rbp  when the chunk began
 *
 * A stint ends when the rows do, at a stop word, after some milliseconds, so that other runs get their turn, at a trap, after
 * which no chunk is begun any more, and at a row that the vector kernel leaves where there is no scalar kernel to go on with.
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, ptr, qword } from "../../src/asm/x64/operands.ts";
import {
  r8,
  r9,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
  xmm,
  xmm0,
} from "../../src/asm/x64/registers.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import type { StintArgument } from "../../src/engine/host.ts";
import { contextOffset } from "../memory/call-page.ts";

const wordBytes = 8;
/** Where a stint's words start in its record, behind the call context. */
export const stintOffset = 2816;
/** The words: what the stint is told, what it leaves, and from `values` on an argument each. */
export const stintWords = {
  code: 0,
  scalar: 1,
  board: 2,
  rows: 3,
  done: 4,
  left: 5,
  leftEnd: 6,
  isInScalar: 7,
  values: 8,
} as const;
/** The most arguments of a kernel. */
export const mostStintArguments = 128;

/** Rows of the first chunk, and the fewest of any. */
const firstRows = 1024;
const leastRows = 256;
/** Cycles of the time-stamp counter, which counts between one and five in a nanosecond: chunks, and a stint. */
const shortChunk = 1 << 16;
const longChunk = 1 << 23;
const longStint = 1 << 25;
/** Rows that the scalar kernel takes where the vector kernel left one to it. */
const scalarRows = 256;
/** More rows than there are. */
const allRows = 2n ** 62n;

const integerRegisters = [rsi, rdx, rcx, r8, r9] as const;
const floatRegisterCount = 8;

/** `unit`: chunks start at its multiples, a power of two. */
export function buildStint(args: readonly StintArgument[], unit: number, stackBytes: number): Uint8Array {
  const a = new Assembler();
  const word = (index: number) => qword(rbx, stintOffset + index * wordBytes);
  const next = a.label("next");
  const turn = a.label("turn");
  const done = a.label("done");
  const left = a.label("left");
  const trapped = a.label("trapped");
  const end = a.label("end");
  const isLong = a.label("long");
  const timed = a.label("timed");
  const begun = qword(rsp, 0);
  /** Rows from r12 by the kernel in that word, as many as rax says at most; the flags compare where it got with the chunk's end. */
  const pass = (kernel: number) => {
    callKernel(a, args, word(kernel), unit);
    a.cmp(dword(rbx, contextOffset + callContext.status), 0);
    a.jne(trapped);
    a.cvttsd2si(rax, xmm0);
    a.add(word(stintWords.done), rax);
    a.add(r12, rax);
    a.cmp(r12, r13);
  };
  for (const register of [rbx, rbp, r12, r13, r14, r15]) a.push(register);
  a.sub(rsp, 3 * wordBytes);
  a.mov(rbx, rdi);
  a.lea(rax, ptr(rsp, -stackBytes));
  a.mov(qword(rbx, contextOffset + callContext.stackLimit), rax);
  a.mov(r14, word(stintWords.board));
  a.mov(r15, Math.max(firstRows, unit));
  readClock(a);
  a.mov(rbp, rax);
  a.mov(begun, rax);

  a.bind(next);
  a.cmp(dword(rbx, contextOffset + callContext.stopWord), 0);
  a.jne(end);
  a.mov(r12, r15);
  a.lock();
  a.xadd(qword(r14, 0), r12);
  a.mov(rax, word(stintWords.rows));
  a.cmp(r12, rax);
  a.jge(end);
  a.lea(r13, ptr(r12, r15, 1));
  a.cmp(r13, rax);
  a.cmovg(r13, rax);

  a.bind(turn);
  a.mov(word(stintWords.isInScalar), 0);
  a.mov(rax, r13);
  a.sub(rax, r12);
  pass(stintWords.code);
  a.jge(done);
  a.cmp(word(stintWords.scalar), 0);
  a.je(left);
  a.mov(word(stintWords.isInScalar), 1);
  a.mov(rax, r13);
  a.sub(rax, r12);
  a.mov(rcx, scalarRows);
  a.cmp(rax, rcx);
  a.cmovg(rax, rcx);
  pass(stintWords.scalar);
  a.jl(turn);

  a.bind(done);
  readClock(a);
  a.mov(rcx, rax);
  a.sub(rcx, rbp);
  a.mov(rbp, rax);
  a.cmp(rcx, shortChunk);
  a.jg(isLong);
  a.add(r15, r15);
  a.jmp(timed);
  a.bind(isLong);
  a.cmp(rcx, longChunk);
  a.jl(timed);
  a.shr(r15, 2);
  a.mov(rcx, Math.max(leastRows, unit));
  a.cmp(r15, rcx);
  a.cmovl(r15, rcx);
  a.bind(timed);
  a.sub(rax, begun);
  a.cmp(rax, longStint);
  a.jl(next);
  a.jmp(end);

  a.bind(trapped);
  a.mov(rax, allRows);
  a.mov(qword(r14, 0), rax);
  a.bind(left);
  a.mov(word(stintWords.left), r12);
  a.mov(word(stintWords.leftEnd), r13);
  a.bind(end);
  a.add(rsp, 3 * wordBytes);
  for (const register of [r15, r14, r13, r12, rbp, rbx]) a.pop(register);
  a.ret();
  return a.toBytes();
}

/** The time-stamp counter in rax. Not serialised: a chunk more or less does not matter. */
function readClock(a: Assembler): void {
  a.rdtsc();
  a.shl(rdx, 32);
  a.or(rax, rdx);
}

/** Calls code with as many rows as rax says, from r12 on. */
function callKernel(a: Assembler, args: readonly StintArgument[], code: ReturnType<typeof qword>, unit: number): void {
  let integers = 0;
  let floats = 0;
  const places = args.map((argument) => {
    const isFloat = argument.from === "rows" || (argument.from === "value" && /^f/.test(argument.word));
    const index = isFloat ? floats++ : integers++;
    const isInRegister = index < (isFloat ? floatRegisterCount : integerRegisters.length);
    return { argument, isFloat, index: isInRegister ? index : undefined };
  });
  const onStack = places.filter(({ index }) => index === undefined);
  const value = (index: number) => qword(rbx, stintOffset + (stintWords.values + index) * wordBytes);
  // The rows as f64, in bits, wherever they go.
  a.cvtsi2sd(xmm0, rax);
  a.movq(rdi, xmm0);
  if (onStack.length % 2 === 1) a.sub(rsp, wordBytes);
  for (let at = places.length - 1; at >= 0; at--) {
    const { argument, index } = places[at] as (typeof places)[number]; // below its length
    if (index !== undefined) continue;
    if (argument.from === "rows") a.push(rdi);
    else if (argument.from === "value") a.push(value(at));
    else {
      loadAddress(a, argument, value(at), unit);
      a.push(rax);
    }
  }
  places.forEach(({ argument, isFloat, index }, at) => {
    if (index === undefined) return;
    if (isFloat) {
      const register = xmm[index as 0]; // below 8
      if (argument.from === "rows") a.movq(register, rdi);
      else a.movsd(register, value(at)); // of an f32 the lower half counts
      return;
    }
    const register = integerRegisters[index] ?? rax;
    if (argument.from === "value") a.mov(register, value(at));
    else if (argument.from !== "rows") {
      loadAddress(a, argument, value(at), unit);
      a.mov(register, rax);
    }
  });
  a.lea(rdi, ptr(rbx, contextOffset));
  a.call(code);
  if (onStack.length > 0) a.add(rsp, (onStack.length + (onStack.length % 2)) * wordBytes);
}

/** Where the row's element, or its block's partials, are. */
function loadAddress(
  a: Assembler,
  argument: Exclude<StintArgument, { readonly from: "rows" | "value" }>,
  start: ReturnType<typeof qword>,
  unit: number,
): void {
  if (argument.from === "column") a.imul(rax, r12, argument.bytes);
  else {
    a.mov(rax, r12);
    a.shr(rax, Math.log2(unit));
    a.imul(rax, rax, argument.bytes);
  }
  a.add(rax, start);
}
