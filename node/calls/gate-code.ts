/**
 * The machine code of direct calls. JavaScript that TurboFan has compiled calls a gate as a C function ("fast API call"):
 *
 *     gate(receiver, x0, …, xn-1, code, entry)        receiver in rdi, the others f64: xmm0-xmm7, then the stack
 *
 * `code` and `entry` are addresses, exact below 2^53. The gate puts the call context where the receiver was and jumps to
 * `entry`, with x0 … where compiled code wants them already, since the addresses come last. Where all is f64, `entry` is
 * the code itself, which does not see that something follows its arguments; other functions have an adapter
 * (adapter-code.ts), which finds `code` behind them.
 *
 * The gates of kernels take JavaScript values, too, in front of the numbers: V8 passes the address of a place with the
 * value, a handle, in rsi, rdx, rcx, r8, r9, then on the stack. Their adapters (kernel-adapter.ts) find the memory of
 * typed arrays there.
 *
 * Until TurboFan has compiled the caller, V8 calls the gate's slow callback: it makes numbers of the arguments, calls the
 * gate, and makes a JavaScript number of the result. An exception of a conversion stays pending, and nothing is called.
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, ptr, qword } from "../../src/asm/x64/operands.ts";
import {
  al,
  eax,
  ecx,
  edx,
  r8,
  r8d,
  r9,
  r9d,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
  xmm,
  xmm0,
} from "../../src/asm/x64/registers.ts";
import type { CallbackLayout, V8Symbols } from "./v8-layouts.ts";

const wordBytes = 8;
/** f64 arguments that travel in xmm0-xmm7 (System V ABI 3.2.3). */
export const floatRegisterCount = 8;
/** What a gate takes behind the arguments of the code: `code` and `entry`. */
export const trailingArguments = 2;

/** Handles that travel in registers behind the receiver's; the others are on the stack. */
export const handleRegisters = [rsi, rdx, rcx, r8, r9] as const;

/** How many arguments a gate takes of each sort. */
export interface GateShape {
  readonly handles: number;
  readonly numbers: number;
}

export interface GateCode {
  readonly bytes: Uint8Array;
  /** Where the slow callback starts; the gate starts at 0. */
  readonly slow: number;
}

/**
 * A gate that takes `handles` values of any kind, then `numbers` f64, the last two of which are `code` and `entry`, and passes the
 * call context at `context`; and its slow callback. A gate with handles takes few enough numbers for the registers.
 */
export function buildGate(
  { handles, numbers }: GateShape,
  context: number,
  symbols: V8Symbols,
  layout: CallbackLayout,
): GateCode {
  const a = new Assembler();
  const count = handles + numbers;
  const gate = a.label("gate");
  a.bind(gate);
  a.mov(rdi, BigInt(context));
  const last = numbers - 1;
  if (last < floatRegisterCount)
    a.cvttsd2si(rax, xmm[last as 7]); // the index is below 8
  else a.cvttsd2si(rax, qword(rsp, wordBytes + wordBytes * (last - floatRegisterCount)));
  a.jmp(rax);

  a.align(16);
  const slow = a.mark();
  const onStack = Math.max(0, numbers - floatRegisterCount) + Math.max(0, handles - handleRegisters.length);
  const inRegisters = Math.min(numbers, floatRegisterCount);
  // Arguments as the gate takes them: those of the stack at its top, the numbers of registers above. Four pushes and the return
  // address are an odd number of words, so the frame needs an odd number, too.
  const words = onStack + inRegisters;
  const frameWords = words + 1 - (words % 2);
  const place = (index: number): number => wordBytes * (index < inRegisters ? onStack + index : index - inRegisters);

  const end = a.label("end");
  a.push(rbx); // the result's slot
  a.push(r12); // the first argument
  a.push(r13); // the context
  a.push(r14); // the isolate
  a.sub(rsp, frameWords * wordBytes);
  a.cmp(dword(rdi, layout.count), count);
  a.jb(end);
  if (layout.pointers === undefined) {
    a.lea(r12, ptr(rdi, layout.firstValue));
    a.mov(rax, rdi);
  } else {
    a.mov(r12, qword(rdi, layout.pointers.values));
    if (layout.firstValue !== 0) a.add(r12, layout.firstValue);
    a.mov(rax, qword(rdi, layout.pointers.implicit));
  }
  a.mov(r14, qword(rax, layout.isolate));
  a.lea(rbx, ptr(rax, layout.result));
  a.mov(rdi, r14);
  callAt(a, symbols.currentContext);
  a.mov(r13, rax);
  for (let index = 0; index < numbers; index++) {
    a.lea(rdi, ptr(r12, wordBytes * (handles + index)));
    a.mov(rsi, r13);
    callAt(a, symbols.numberValue);
    a.test(al, al);
    a.jz(end);
    a.movsd(qword(rsp, place(index)), xmm0);
  }
  for (let index = 0; index < inRegisters; index++) a.movsd(xmm[index as 0], qword(rsp, place(index))); // below 8
  for (let index = 0; index < handles; index++) {
    // An argument's place is a handle of it.
    const register = handleRegisters[index];
    a.lea(register ?? rax, ptr(r12, wordBytes * index));
    if (register === undefined) a.mov(qword(rsp, wordBytes * (index - handleRegisters.length)), rax);
  }
  a.call(gate);
  a.mov(rdi, r14);
  callAt(a, symbols.newNumber);
  a.mov(rax, qword(rax));
  a.mov(qword(rbx), rax);
  a.bind(end);
  a.add(rsp, frameWords * wordBytes);
  a.pop(r14);
  a.pop(r13);
  a.pop(r12);
  a.pop(rbx);
  a.ret();
  return { bytes: a.toBytes(), slow: a.offsetOf(slow) };
}

/**
 * What V8 is told about a gate, in memory that has to live as long as V8 may compile a call of it. Offsets in bytes.
 *
 *     0              16                         32              40       48     80
 *     CFunction      CFunctionInfo              slow callback   length   key    CTypeInfo of receiver, x0, …, entry
 *     code, info     result, count, types       i64             i32      text
 */
export const structure = {
  gate: 0,
  info: 8,
  resultType: 16,
  argumentCount: 20,
  types: 24,
  slow: 32,
  length: 40,
  key: 48,
  argumentTypes: 80,
} as const;

/** The length of the key: ASCII, without a final zero. */
export const keyBytes = structure.argumentTypes - structure.key;

/**
 * `void setUp(structure *s)`: makes the JavaScript function of a gate and leaves it as a property of the global object, under
 * the structure's key, defined rather than set, so that no setter sees it. Handles die when a call from JavaScript returns;
 * hence all of it in one call. Where a step fails there is no property.
 *
 * The property is used because koffi's calls run on a stack of its own, where V8 14 refuses to throw (`IsOnCentralStack`).
 */
export function buildSetUp(symbols: V8Symbols): Uint8Array {
  const a = new Assembler();
  const end = a.label("end");
  a.push(rbx); // the structure
  a.push(r12); // the isolate
  a.push(r13); // the context
  a.push(r14); // the function
  a.push(r15); // keeps the stack aligned
  a.mov(rbx, rdi);
  a.lea(rax, ptr(rbx, structure.resultType));
  a.mov(qword(rbx, structure.info), rax);
  a.lea(rax, ptr(rbx, structure.argumentTypes));
  a.mov(qword(rbx, structure.types), rax);
  callAt(a, symbols.currentIsolate);
  a.mov(r12, rax);
  a.mov(rdi, r12);
  callAt(a, symbols.currentContext);
  a.mov(r13, rax);

  // Not a constructor, side effects as any function, no further arguments of V8's own: all zero.
  a.xor(eax, eax);
  a.push(rax); // keeps the stack aligned
  a.push(rax);
  a.push(rax);
  a.push(rax);
  a.push(rbx);
  a.push(rax);
  a.mov(rdi, r12);
  a.mov(rsi, qword(rbx, structure.slow));
  a.mov(rdx, rax);
  a.mov(rcx, rax);
  a.mov(r8d, dword(rbx, structure.length));
  a.mov(r9d, eax);
  callAt(a, symbols.newTemplate);
  a.add(rsp, 6 * wordBytes);
  a.mov(rdi, rax);
  a.mov(rsi, r13);
  callAt(a, symbols.functionOfTemplate);
  a.test(rax, rax);
  a.jz(end);
  a.mov(r14, rax);

  a.mov(rdi, r12);
  a.lea(rsi, ptr(rbx, structure.key));
  a.xor(edx, edx);
  a.mov(ecx, keyBytes);
  callAt(a, symbols.newString);
  a.test(rax, rax);
  a.jz(end);
  a.mov(r12, rax);
  a.mov(rdi, r13);
  callAt(a, symbols.globalOfContext);
  a.mov(rdi, rax);
  a.mov(rsi, r13);
  a.mov(rdx, r12);
  a.mov(rcx, r14);
  callAt(a, symbols.createProperty);
  a.bind(end);
  a.pop(r15);
  a.pop(r14);
  a.pop(r13);
  a.pop(r12);
  a.pop(rbx);
  a.ret();
  return a.toBytes();
}

function callAt(a: Assembler, address: bigint): void {
  a.mov(rax, address);
  a.call(rax);
}
