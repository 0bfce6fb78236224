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
import { randomBytes } from "node:crypto";
import { runInThisContext } from "node:vm";
import { UnsupportedError } from "../../src/base/errors.ts";
import type { InstalledCode, RawCall } from "../../src/engine/host.ts";
import { callContext } from "../memory/call-context.ts";
import { foreignCalls, whyUnsupported } from "../memory/foreign-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { buildGate, buildSetUp, keyBytes, structure, trailingArguments } from "./gate-code.ts";
import { coveredVersions, layoutOf, symbolNames, typeCode, type V8Layout, type V8Symbols } from "./v8-layouts.ts";

/** `gate(x0, …, xn-1, code, entry)`. */
export type Gate = RawCall;

interface Maker {
  readonly layout: V8Layout;
  readonly symbols: V8Symbols;
  /** Makes the function of a structure, as a property of the global object. */
  readonly setUp: (structure: Uint8Array) => void;
}

/** The most parameters a gate is made for: as many as callers have a wrapper without an array of arguments for. */
export const mostGateParameters = 12;

let whyNot: string | undefined;
let known = false;

/** Why calls on this process go through koffi, or `undefined` if they go directly. Throws `UnsupportedError` for a wrong JITSMITH_CALLS. */
export function whyNoDirectCalls(): string | undefined {
  if (!known) {
    whyNot = findWhyNot();
    known = true;
  }
  return whyNot;
}

function findWhyNot(): string | undefined {
  const wish = process.env.JITSMITH_CALLS ?? "";
  if (wish !== "" && wish !== "ffi" && wish !== "direct")
    throw new UnsupportedError(`JITSMITH_CALLS=${wish}: expected ffi or direct`);
  if (wish === "ffi") return "JITSMITH_CALLS=ffi";
  const reason = whyUnsupported() ?? whyNotV8() ?? whyNoSymbols();
  if (reason !== undefined && wish === "direct") throw new UnsupportedError(`JITSMITH_CALLS=direct: ${reason}`);
  return reason;
}

function whyNotV8(): string | undefined {
  const { v8, electron, bun, deno } = process.versions;
  if (electron !== undefined || bun !== undefined || deno !== undefined) return "direct calls need Node itself";
  if (v8 === undefined || layoutOf(v8) === undefined)
    return `direct calls are covered by tests on V8 ${coveredVersions.join(", ")}, not on ${v8}`;
  const variables: Readonly<Record<string, unknown>> = { ...process.config.variables };
  for (const name of ["v8_enable_pointer_compression", "v8_enable_sandbox"]) {
    if (variables[name] !== undefined && Number(variables[name]) !== 0)
      return `direct calls are not covered on a Node built with ${name}`;
  }
  return undefined;
}

function whyNoSymbols(): string | undefined {
  try {
    findSymbols();
    return undefined;
  } catch (error) {
    if (error instanceof UnsupportedError) return error.message;
    throw error;
  }
}

function findSymbols(): V8Symbols {
  const { library } = foreignCalls();
  const found = Object.entries(symbolNames).map(([name, symbol]): [string, bigint] => {
    let address: unknown;
    try {
      address = library.symbol(symbol);
    } catch {
      address = undefined;
    }
    if (typeof address !== "bigint" || address === 0n) throw new UnsupportedError(`node does not export ${symbol}`);
    return [name, address];
  });
  return Object.fromEntries(found) as V8Symbols; // the keys are those of symbolNames
}

let maker: Maker | undefined;

function gateMaker(): Maker {
  if (maker !== undefined) return maker;
  const layout = layoutOf(process.versions.v8 ?? "");
  if (layout === undefined) throw new UnsupportedError("direct calls are not covered on this V8");
  const symbols = findSymbols();
  const { koffi } = foreignCalls();
  setUpCode = threadArena().install(buildSetUp(symbols));
  const setUp: Maker["setUp"] = koffi.decode(BigInt(setUpCode.address), koffi.proto("void", ["void *"]));
  maker = { layout, symbols, setUp };
  return maker;
}

/** Kept, since an arena without references is unmapped. */
let setUpCode: InstalledCode | undefined;

const gates: Gate[] = [];

/** The gate for code with so many parameters; ask `whyNoDirectCalls` first. Throws `MemoryError`. */
export function gateOf(parameters: number): Gate {
  const gate = gates[parameters] ?? makeGate(parameters);
  gates[parameters] = gate;
  return gate;
}

const kept = Symbol("what the gate needs");

function makeGate(parameters: number): Gate {
  const { layout, symbols, setUp } = gateMaker();
  const { bytes, slow } = buildGate(parameters, callContext().address, symbols, layout.callback);
  const code = threadArena().install(bytes);
  const buffer = structureOf(code.address, code.address + slow, parameters + trailingArguments, layout.typeBytes);
  const key = randomBytes(keyBytes / 2).toString("hex");
  new TextEncoder().encodeInto(key, new Uint8Array(buffer, structure.key, keyBytes));
  setUp(new Uint8Array(buffer));
  const gate = takeProperty(key);
  Object.defineProperty(gate, kept, { value: [buffer, code] });
  return gate;
}

function structureOf(gate: number, slow: number, count: number, typeBytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(structure.argumentTypes + (count + 1) * typeBytes);
  const view = new DataView(buffer);
  view.setBigUint64(structure.gate, BigInt(gate), true);
  view.setUint8(structure.resultType, typeCode.float64);
  view.setUint32(structure.argumentCount, count + 1, true);
  view.setBigUint64(structure.slow, BigInt(slow), true);
  view.setInt32(structure.length, count, true);
  for (let index = 0; index <= count; index++) {
    const type = index === 0 ? typeCode.value : typeCode.float64;
    view.setUint8(structure.argumentTypes + index * typeBytes, type);
  }
  return buffer;
}

/** Takes what `setUp` left. koffi's functions belong to Node's own context, also where this module was loaded in another one. */
function takeProperty(key: string): Gate {
  const global = runInThisContext("globalThis") as Record<string, unknown>; // as any object
  const gate = Object.getOwnPropertyDescriptor(global, key)?.value as unknown;
  if (typeof gate !== "function") throw new UnsupportedError("V8 made no function for direct calls");
  delete global[key];
  return gate as Gate; // made for this signature
}
