/**
 * Direct calls of kernels: a gate for each number of values, an adapter for each list of arguments. Before the first, what is
 * known of this V8's typed arrays (v8-layouts.ts) is compared with two arrays whose memory is known.
 */
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { qword } from "../../src/asm/x64/operands.ts";
import { rax, rsi, xmm0 } from "../../src/asm/x64/registers.ts";
import {
  type InstalledCode,
  type KernelArgument,
  type KernelBinding,
  type KernelScratch,
  kernelScratchWords,
  mostKernelValues,
} from "../../src/engine/host.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { conventionOf } from "../memory/invoke.ts";
import { Mapping } from "../memory/mapping.ts";
import { mapAnonymous, wholePages } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { kernelGateOf, whyNoDirectCalls } from "./gates.ts";
import { buildKernelAdapter, isAdaptableKernel } from "./kernel-adapter.ts";
import { layoutOf, type TypedArrayLayout } from "./v8-layouts.ts";

interface Workbench {
  readonly layout: TypedArrayLayout;
  readonly scratch: KernelScratch;
  readonly scratchAddress: number;
}

let workbench: Workbench | null | undefined;
/** By list of arguments. The code is kept, since an arena without references is unmapped. */
const bindings = new Map<string, { readonly binding: KernelBinding; readonly adapter: InstalledCode } | null>();

/** How kernels with these arguments are called directly; none where calls go through koffi. Throws `MemoryError`. */
export function bindKernel(args: readonly KernelArgument[], values: number): KernelBinding | undefined {
  let key = `${values}`;
  for (const argument of args) key += keyOf(argument);
  let known = bindings.get(key);
  if (known === undefined) {
    known = findBinding(args, values) ?? null;
    bindings.set(key, known);
  }
  return known?.binding;
}

function keyOf(argument: KernelArgument): string {
  if (argument.from === "rows") return " rows";
  return argument.from === "array" ? ` ${argument.value}:${argument.bytes}` : ` ${argument.word}@${argument.place}`;
}

function findBinding(args: readonly KernelArgument[], values: number) {
  if (values > mostKernelValues || !isAdaptableKernel(args)) return undefined;
  if (workbench === undefined) workbench = openWorkbench() ?? null;
  const gate = workbench === null ? undefined : kernelGateOf(values);
  if (workbench === null || gate === undefined) return undefined;
  const adapter = threadArena().install(buildKernelAdapter(args, workbench.scratchAddress, workbench.layout));
  return { binding: { gate, entry: adapter.address, values }, adapter };
}

/** This thread's scratch memory. The views cannot be detached, and stay inside. */
export function kernelScratch(): KernelScratch | undefined {
  if (workbench === undefined) workbench = openWorkbench() ?? null;
  return workbench?.scratch;
}

function openWorkbench(): Workbench | undefined {
  if (whyNoDirectCalls() !== undefined) return undefined;
  const layout = layoutOf(process.versions.v8 ?? "")?.typedArray;
  if (layout === undefined || !isAsFound(layout)) return undefined;
  const bytes = wholePages(kernelScratchWords * 8);
  const { address } = new Mapping(mapAnonymous(bytes), bytes);
  const buffer: ArrayBuffer = foreignCalls().koffi.view(BigInt(address), kernelScratchWords * 8);
  const scratch = { f64: new Float64Array(buffer), i64: new BigInt64Array(buffer) };
  return { layout, scratch, scratchAddress: address };
}

/** Whether arrays of this V8 look as the layout says: one with memory of its own, and one in V8's heap. */
function isAsFound({ external, base }: TypedArrayLayout): boolean {
  const gate = kernelGateOf(1);
  if (gate === undefined) return false;
  const peek = threadArena().install(peekCode());
  const wordOf = (array: ArrayBufferView, offset: number) => gate(array, offset - 1, peek.address, peek.address);
  const inHeap = Float64Array.of(1, 2);
  const isMarked = (word: number) => word % 2 === 1; // as pointers into V8's heap are
  const isSmallRight = wordOf(inHeap, external) === heapElements && isMarked(wordOf(inHeap, base));
  const own = new Float64Array(new ArrayBuffer(4096), 24, 5);
  const address = Number(conventionOf("i64(ptr)").invoke(installIdentity(), own));
  return isSmallRight && wordOf(own, external) === address && wordOf(own, base) === 0;
}

/** What a small array adds to a marked pointer: past the header of the object that holds its elements. */
const heapElements = 15;

/** `peek(value, offset)`: a word of an object, as a number. */
function peekCode(): Uint8Array {
  const a = new Assembler();
  a.mov(rsi, qword(rsi, 0));
  a.cvttsd2si(rax, xmm0);
  a.add(rsi, rax);
  a.mov(rax, qword(rsi, 0));
  a.cvtsi2sd(xmm0, rax);
  a.ret();
  return a.toBytes();
}

/** `mov rax, rdi; ret`: gives the address that it gets. */
function installIdentity(): number {
  return threadArena().install(Uint8Array.of(0x48, 0x89, 0xf8, 0xc3)).address;
}
