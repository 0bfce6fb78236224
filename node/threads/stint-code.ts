/**
 * The machine code of a stint: one thread's share of a run. Threads of one run take chunks of rows from one counter until there
 * are none, so that none waits for JavaScript between chunks. Near the end chunks become smaller (guided self-scheduling, Polychronopoulos and
 * Kuck 1987), so that no thread waits long for another's last.
 *
 *     rbx  the record (thread-records.ts), which tells the code, the rows, and the arguments       r12  the row
 *     r14  the board: the next row that nobody has taken yet                                       r13  the chunk's end
 *     r15  rows of a chunk: more where it took little time, fewer where it took long               rbp  when the chunk began
 *     [rsp] when the stint began    [rsp + 8] the chunk's rows
 *
 * A stint ends when the rows do, at a stop word, after a time, so that other runs get their turn, at a trap, after
 * which no chunk is begun any more, and at a row that the vector kernel leaves where there is no scalar kernel to go on with.
 *
 * Columns whose memory might go meanwhile are copied to the thread's own, chunk by chunk, by the system: process_vm_readv on the process
 * itself says EFAULT where memory is gone, and nobody crashes. That what was read was still the column's is for JavaScript to see.
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, ptr, qword } from "../../src/asm/x64/operands.ts";
import {
  r8,
  r9,
  r10,
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
  /** Rows of a chunk: of the first, and what has become of them. */
  chunk: 8,
  /** Cycles after which no chunk is begun any more. */
  cycles: 9,
  /** Whether the system refused to copy a column. */
  isGone: 10,
  /** Where copies of columns go. */
  copies: 11,
  /** The first row of a chunk that is copied. */
  first: 12,
  values: 13,
} as const;
/** The most arguments of a kernel, and of them columns that are copied. */
export const mostStintArguments = 128;
export const mostCopies = 32;
/** Where the lists for process_vm_readv are in the record: to where, and from where. */
export const copyLists = { to: 4096, from: 4096 + mostCopies * 16 } as const;

/** Rows of the first chunk, and the fewest of any that is not the last. */
export const firstRows = 512;
const leastRows = 256;
/** Cycles of the time-stamp counter, which counts between one and five in a nanosecond. */
const shortChunk = 1 << 16;
const longChunk = 1 << 23;
/** Near the end a chunk is this part of the rows that are left, as a shift, but not less than that part of a chunk. */
const partOfRest = 2;
const partOfChunk = 4;
/** Rows that the scalar kernel takes where the vector kernel left one to it. */
const scalarRows = 256;
/** More rows than there are. */
const allRows = 2n ** 62n;

/** Rows of a chunk that is copied: few enough for the second-level cache. */
export const copiedRows = (unit: number): number => Math.max(4096, unit);
/** Where the copies of a column start, from those of the one before: not at the same place in the first-level cache. */
export const copyStride = (unit: number, bytes: number): number => copiedRows(unit) * bytes + 192;

const processVmReadv = 310;

const integerRegisters = [rsi, rdx, rcx, r8, r9] as const;
const floatRegisterCount = 8;

/** `unit`: chunks start at its multiples, a power of two. `pid`: of this process. */
export function buildStint(args: readonly StintArgument[], unit: number, stackBytes: number, pid: number): Uint8Array {
  const a = new Assembler();
  const least = Math.max(leastRows, unit);
  const hasCopies = args.some(({ from }) => from === "copied");
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
  const chunkRows = qword(rsp, 8);
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
  /** A chunk has room where copies go. */
  const limitChunk = () => {
    a.mov(rcx, copiedRows(unit));
    a.cmp(r15, rcx);
    a.cmovg(r15, rcx);
  };
  for (const register of [rbx, rbp, r12, r13, r14, r15]) a.push(register);
  a.sub(rsp, 3 * wordBytes);
  a.mov(rbx, rdi);
  a.lea(rax, ptr(rsp, -stackBytes));
  a.mov(qword(rbx, contextOffset + callContext.stackLimit), rax);
  a.mov(r14, word(stintWords.board));
  a.mov(r15, word(stintWords.chunk));
  a.mov(rax, least);
  a.cmp(r15, rax);
  a.cmovl(r15, rax);
  if (hasCopies) limitChunk();
  readClock(a);
  a.mov(rbp, rax);
  a.mov(begun, rax);

  a.bind(next);
  a.cmp(dword(rbx, contextOffset + callContext.stopWord), 0);
  a.jne(end);
  // A part of what is left, between a part of a chunk and a chunk, in units.
  a.mov(r12, word(stintWords.rows));
  a.sub(r12, qword(r14, 0));
  a.jle(end);
  a.sar(r12, partOfRest);
  a.mov(rax, r15);
  a.shr(rax, partOfChunk);
  a.cmp(r12, rax);
  a.cmovl(r12, rax);
  a.cmp(r12, r15);
  a.cmovg(r12, r15);
  a.add(r12, unit - 1);
  a.and(r12, -unit);
  a.mov(chunkRows, r12);
  a.mov(r13, r12);
  a.lock();
  a.xadd(qword(r14, 0), r12);
  a.mov(rax, word(stintWords.rows));
  a.cmp(r12, rax);
  a.jge(end);
  a.add(r13, r12);
  a.cmp(r13, rax);
  a.cmovg(r13, rax);
  if (hasCopies) {
    a.mov(word(stintWords.first), r12);
    copyColumns(a, args, unit, pid);
    a.mov(word(stintWords.isGone), rax);
    a.cmp(rax, 0);
    a.jne(trapped);
  }

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
  // A chunk that was made smaller tells nothing.
  a.cmp(chunkRows, r15);
  a.jne(timed);
  a.add(r15, r15);
  if (hasCopies) limitChunk();
  a.jmp(timed);
  a.bind(isLong);
  a.cmp(rcx, longChunk);
  a.jl(timed);
  a.shr(r15, 2);
  a.mov(rcx, least);
  a.cmp(r15, rcx);
  a.cmovl(r15, rcx);
  a.bind(timed);
  a.sub(rax, begun);
  a.cmp(rax, word(stintWords.cycles));
  a.jl(next);
  a.jmp(end);

  a.bind(trapped);
  a.mov(rax, allRows);
  a.mov(qword(r14, 0), rax);
  a.bind(left);
  a.mov(word(stintWords.left), r12);
  a.mov(word(stintWords.leftEnd), r13);
  a.bind(end);
  a.mov(word(stintWords.chunk), r15);
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

/** Copies the columns' rows from r12 to r13 to this thread's memory. Leaves 0 in rax, or something else if there is no such memory. */
function copyColumns(a: Assembler, args: readonly StintArgument[], unit: number, pid: number): void {
  const place = (at: number) => qword(rbx, at);
  let count = 0;
  let width = 0;
  for (const [index, argument] of args.entries()) {
    if (argument.from !== "copied") continue;
    a.mov(rax, place(stintOffset + stintWords.copies * wordBytes));
    a.add(rax, copyStart(args, index, unit));
    a.mov(place(copyLists.to + count * 16), rax);
    a.imul(rax, r12, argument.bytes);
    a.add(rax, place(stintOffset + (stintWords.values + index) * wordBytes));
    a.mov(place(copyLists.from + count * 16), rax);
    a.mov(rax, r13);
    a.sub(rax, r12);
    a.imul(rax, rax, argument.bytes);
    a.mov(place(copyLists.to + count * 16 + 8), rax);
    a.mov(place(copyLists.from + count * 16 + 8), rax);
    count++;
    width += argument.bytes;
  }
  a.mov(rdi, pid);
  a.lea(rsi, ptr(rbx, copyLists.to));
  a.mov(rdx, count);
  a.lea(r10, ptr(rbx, copyLists.from));
  a.mov(r8, count);
  a.mov(r9, 0);
  a.mov(rax, processVmReadv);
  a.syscall();
  a.mov(rcx, r13);
  a.sub(rcx, r12);
  a.imul(rcx, rcx, width);
  a.sub(rax, rcx);
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
  const load = (argument: Place, at: number) => {
    if (argument.from === "copied") loadCopy(a, argument.bytes, copyStart(args, at, unit));
    else loadAddress(a, argument, value(at), unit);
  };
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
      load(argument, at);
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
      load(argument, at);
      a.mov(register, rax);
    }
  });
  a.lea(rdi, ptr(rbx, contextOffset));
  a.call(code);
  if (onStack.length > 0) a.add(rsp, (onStack.length + (onStack.length % 2)) * wordBytes);
}

/** Arguments that are addresses. */
type Place = Exclude<StintArgument, { readonly from: "rows" | "value" }>;

/** Where the copies of a column start, from those of the first. */
function copyStart(args: readonly StintArgument[], index: number, unit: number): number {
  let start = 0;
  for (const argument of args.slice(0, index))
    if (argument.from === "copied") start += copyStride(unit, argument.bytes);
  return start;
}

/** Where the copy of the row's element is. */
function loadCopy(a: Assembler, bytes: number, start: number): void {
  const word = (index: number) => qword(rbx, stintOffset + index * wordBytes);
  a.mov(rax, r12);
  a.sub(rax, word(stintWords.first));
  a.imul(rax, rax, bytes);
  a.add(rax, word(stintWords.copies));
  if (start > 0) a.add(rax, start);
}

/** Where the row's element, or its block's partials, are. */
function loadAddress(
  a: Assembler,
  argument: Exclude<Place, { readonly from: "copied" }>,
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
