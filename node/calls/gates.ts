/**
 * This thread's gates (gate-code.ts), one JavaScript function for each number of parameters, made at the first need.
 *
 * Whoever holds a gate can jump to any address, so gates stay within jitsmith: a gate comes to this file as a property under
 * a random name, gone before any other JavaScript can run, and goes from here to the functions that wrap it, which never
 * hand it on.
 *
 * V8 keeps a gate's function as long as its context, and reads the gate's structure whenever it compiles a call of it, also on
 * other threads. Both the structure and the code are therefore held by the gate itself, and the structure is an
 * ArrayBuffer's memory, which V8 frees after its compiler has stopped: a Worker that ends leaves nothing behind.
 */
import { runInThisContext } from "node:vm";
import { UnsupportedError } from "../../src/base/errors.ts";
import type { InstalledCode } from "../../src/engine/host.ts";
import { callContext } from "../memory/call-context.ts";
import { foreignCalls, type Library, whyUnsupported } from "../memory/foreign-calls.ts";
import { randomBytes } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { buildGate, buildSetUp, type GateShape, keyBytes, structure, trailingArguments } from "./gate-code.ts";
import { stackLimit } from "./thread-stack.ts";
import { coveredVersions, layoutOf, symbolNames, typeCode, type V8Layout, type V8Symbols } from "./v8-layouts.ts";

/** `gate(x0, …, xn-1, code, entry)`. */
export type Gate = (...values: number[]) => number;

/** `gate(value0, …, valueN-1, rows, code, entry)`. */
export type KernelGate = (...values: unknown[]) => number;

/** The most parameters a gate is made for: as many as callers have a wrapper without an array of arguments for. */
export const mostGateParameters = 12;

/** What gates are made with. */
interface Workshop {
  readonly layout: V8Layout;
  readonly symbols: V8Symbols;
  /** Makes the function of a structure, as a property of the global object. */
  readonly setUp: (structure: Uint8Array) => void;
  /** Where `setUp` stands; kept, since an arena without references is unmapped. */
  readonly setUpCode: InstalledCode;
}

/** The workshop, or why there is none. */
let workshop: Workshop | string | undefined;

/**
 * Why calls on this process go through koffi, or `undefined` if they go directly. Throws `UnsupportedError` where
 * JITSMITH_CALLS asks for what there is not.
 */
export function whyNoDirectCalls(): string | undefined {
  workshop ??= openWorkshop();
  return typeof workshop === "string" ? workshop : undefined;
}

function openWorkshop(): Workshop | string {
  const wish = process.env.JITSMITH_CALLS ?? "";
  if (wish !== "" && wish !== "ffi" && wish !== "direct")
    throw new UnsupportedError(`JITSMITH_CALLS=${wish}: expected ffi or direct`);
  if (wish === "ffi") return "JITSMITH_CALLS=ffi";
  const opened = whyUnsupported() ?? whyNotHere() ?? equip();
  return typeof opened === "string" ? permitted(opened) : opened;
}

/** The reason, unless JITSMITH_CALLS takes none. */
function permitted(reason: string): string {
  if (process.env.JITSMITH_CALLS === "direct") throw new UnsupportedError(`JITSMITH_CALLS=direct: ${reason}`);
  return reason;
}

function whyNotHere(): string | undefined {
  const { v8, electron, bun, deno } = process.versions;
  if (electron !== undefined || bun !== undefined || deno !== undefined) return "direct calls need Node itself";
  if (v8 === undefined || layoutOf(v8) === undefined)
    return `direct calls are covered by tests on V8 ${coveredVersions.join(", ")}, not on ${v8}`;
  const variables: Readonly<Record<string, unknown>> = { ...process.config.variables };
  const odd = ["v8_enable_pointer_compression", "v8_enable_sandbox"].find((name) => Number(variables[name] ?? 0) !== 0);
  return odd === undefined ? undefined : `direct calls are not covered on a Node built with ${odd}`;
}

function equip(): Workshop | string {
  const { koffi, library } = foreignCalls();
  const layout = layoutOf(process.versions.v8 ?? "");
  const limit = stackLimit();
  if (layout === undefined || limit === undefined) return "the bounds of this thread's stack are not to be had";
  const found: [string, bigint][] = [];
  for (const [name, symbol] of Object.entries(symbolNames)) {
    const address = addressOf(library, symbol);
    if (address === undefined) return `this node does not export ${symbol}`;
    found.push([name, address]);
  }
  const symbols = Object.fromEntries(found) as V8Symbols; // the names are those of symbolNames
  const setUpCode = threadArena().install(buildSetUp(symbols));
  const setUp: Workshop["setUp"] = koffi.decode(BigInt(setUpCode.address), koffi.proto("void", ["void *"]));
  callContext().setStackLimit(limit);
  return { layout, symbols, setUp, setUpCode };
}

function addressOf(library: Library, symbol: string): bigint | undefined {
  try {
    const address: unknown = library.symbol(symbol);
    return typeof address === "bigint" && address !== 0n ? address : undefined;
  } catch {
    return undefined; // koffi's word for a symbol that is not there
  }
}

const gates: Gate[] = [];
const kernelGates: KernelGate[] = [];

/**
 * The gate for code with so many parameters; none where calls go through koffi, and `whyNoDirectCalls` tells why.
 * Throws `MemoryError`.
 */
export function gateOf(parameters: number): Gate | undefined {
  const known = gates[parameters];
  if (known !== undefined) return known;
  const gate = openGate({ handles: 0, numbers: parameters + trailingArguments }) as Gate | undefined; // made for this signature
  if (gate !== undefined) gates[parameters] = gate;
  return gate;
}

/** The gate for kernels with so many values in front of the rows. Throws `MemoryError`. */
export function kernelGateOf(values: number): KernelGate | undefined {
  const known = kernelGates[values];
  if (known !== undefined) return known;
  const gate = openGate({ handles: values, numbers: 1 + trailingArguments }) as KernelGate | undefined; // as above
  if (gate !== undefined) kernelGates[values] = gate;
  return gate;
}

function openGate(shape: GateShape): unknown {
  workshop ??= openWorkshop();
  if (typeof workshop === "string") return undefined;
  const gate = makeGate(shape, workshop);
  if (gate === undefined)
    workshop = permitted("V8 made no function for direct calls, or the global object takes no property");
  return gate;
}

const kept = Symbol("what the gate needs");

function makeGate(shape: GateShape, { layout, symbols, setUp }: Workshop): object | undefined {
  const { bytes, slow } = buildGate(shape, callContext().address, symbols, layout.callback);
  const code = threadArena().install(bytes);
  const buffer = structureOf(code.address, code.address + slow, shape, layout.typeBytes);
  const key = Buffer.from(randomBytes(keyBytes / 2)).toString("hex");
  new TextEncoder().encodeInto(key, new Uint8Array(buffer, structure.key, keyBytes));
  setUp(new Uint8Array(buffer));
  const gate = takeProperty(key);
  if (gate === undefined) {
    code.release();
    return undefined;
  }
  Object.defineProperty(gate, kept, { value: [buffer, code] });
  return gate;
}

function structureOf(gate: number, slow: number, { handles, numbers }: GateShape, typeBytes: number): ArrayBuffer {
  const count = handles + numbers;
  const buffer = new ArrayBuffer(structure.argumentTypes + (count + 1) * typeBytes);
  const view = new DataView(buffer);
  view.setBigUint64(structure.gate, BigInt(gate), true);
  view.setUint8(structure.resultType, typeCode.float64);
  view.setUint32(structure.argumentCount, count + 1, true);
  view.setBigUint64(structure.slow, BigInt(slow), true);
  view.setInt32(structure.length, count, true);
  for (let index = 0; index <= count; index++) {
    const type = index <= handles ? typeCode.value : typeCode.float64; // the receiver is a value, too
    view.setUint8(structure.argumentTypes + index * typeBytes, type);
  }
  return buffer;
}

/** Takes what `setUp` left. koffi's functions belong to Node's own context, also where this module was loaded in another one. */
function takeProperty(key: string): object | undefined {
  const global = runInThisContext("globalThis") as Record<string, unknown>; // as any object
  const gate = Object.getOwnPropertyDescriptor(global, key)?.value as unknown;
  if (typeof gate !== "function") return undefined;
  delete global[key];
  return gate;
}
