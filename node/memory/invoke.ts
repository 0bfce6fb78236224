/**
 * Calls of code by its address, with arguments that are right already: one `Invoke` for each signature and thread, made of
 * a thunk (thunk.ts), a store for each argument and a read of the result. Nothing is created per function.
 *
 * Every closure below stores the arguments, the code's and the thunk's address, and passes a gate. No JavaScript can run
 * between the first store and the gate, so calls cannot mix up their arguments.
 */
import { type ParameterWord, parseSignature, type Signature } from "../../src/base/signature.ts";
import { type CallPage, callPage, contextOffset, mostPointers, slot } from "./call-page.ts";
import { foreignCalls } from "./foreign-calls.ts";
import { threadArena } from "./thread-arena.ts";
import { argumentSlots, buildGate, buildThunk } from "./thunk.ts";

/** An argument as generated code takes it; a number for `ptr` is an address. */
export type Value = number | bigint | ArrayBufferView;
export type Result = number | bigint | undefined;
export type Invoke = (address: number, ...values: Value[]) => Result;

export interface Convention {
  readonly signature: Signature;
  readonly invoke: Invoke;
}

type Store = (value: Value) => void;
type Gate = (...pointers: Value[]) => void;

const conventions = new Map<string, Convention>();
const compiledConventions = new Map<string, Convention>();

/** How code of this signature is called on this thread. Throws `SignatureError`, `UnsupportedError`, `MemoryError`. */
export function conventionOf(text: string): Convention {
  return conventions.get(text) ?? makeConvention(conventions, text);
}

/** The same for compiled code, which takes the thread's call context as a first argument that the signature leaves out. */
export function compiledConventionOf(text: string): Convention {
  return compiledConventions.get(text) ?? makeConvention(compiledConventions, text, contextOffset);
}

function makeConvention(known: Map<string, Convention>, text: string, context?: number): Convention {
  const signature = parseSignature(text);
  let convention = known.get(signature.text);
  if (convention === undefined) {
    const page = callPage();
    const thunk = threadArena().install(buildThunk(signature, page.address, context)).address;
    convention = { signature, invoke: invokeOf(signature, page, thunk) };
    known.set(signature.text, convention);
  }
  known.set(text, convention);
  return convention;
}

function invokeOf(signature: Signature, page: CallPage, thunk: number): Invoke {
  const { parameters, result } = signature;
  if (result === "f64" && parameters.length <= 3 && parameters.every((word) => word === "f64")) {
    return invokeFloats(parameters.length, page.f64, thunk);
  }
  const pending: Value[] = [];
  const slots = argumentSlots(parameters);
  const stores = parameters.map((word, index) =>
    word === "ptr"
      ? storePointer(page, pending, (slots[index] ?? 0) - slot.pointers)
      : storeOf(page, word, slots[index] ?? 0),
  );
  const pass = parameters.includes("ptr") ? passPointers(pending, parameters) : gateOf(0, 0);
  return invokeStored(stores, page, thunk, pass, readerOf(page, result));
}

/** f64 in, f64 out: what compiled expressions are; stores without a call in between. */
function invokeFloats(count: number, f64: Float64Array, thunk: number): Invoke {
  const gate = gateOf(0, 0);
  const invokes = [
    (address: number) => {
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      gate();
      return f64[slot.result];
    },
    (address: number, a: number) => {
      f64[slot.values] = a;
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      gate();
      return f64[slot.result];
    },
    (address: number, a: number, b: number) => {
      f64[slot.values] = a;
      f64[slot.values + 1] = b;
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      gate();
      return f64[slot.result];
    },
    (address: number, a: number, b: number, c: number) => {
      f64[slot.values] = a;
      f64[slot.values + 1] = b;
      f64[slot.values + 2] = c;
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      gate();
      return f64[slot.result];
    },
  ];
  return invokes[count] as Invoke; // the caller passes as many numbers as `count` says
}

/** Stores the arguments, passes them with `pass`, reads the result. */
function invokeStored(stores: readonly Store[], page: CallPage, thunk: number, pass: Gate, read: () => Result): Invoke {
  const { f64 } = page;
  const [first, second, third, fourth] = stores;
  if (first === undefined) {
    return (address) => {
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      pass();
      return read();
    };
  }
  if (second === undefined) {
    const one = (address: number, a: Value) => {
      first(a);
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      pass();
      return read();
    };
    return one as Invoke; // as above
  }
  if (third === undefined) {
    const two = (address: number, a: Value, b: Value) => {
      first(a);
      second(b);
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      pass();
      return read();
    };
    return two as Invoke; // as above
  }
  if (fourth === undefined) {
    const three = (address: number, a: Value, b: Value, c: Value) => {
      first(a);
      second(b);
      third(c);
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      pass();
      return read();
    };
    return three as Invoke; // as above
  }
  if (stores.length === 4) {
    const four = (address: number, a: Value, b: Value, c: Value, d: Value) => {
      first(a);
      second(b);
      third(c);
      fourth(d);
      f64[slot.code] = address;
      f64[slot.thunk] = thunk;
      pass();
      return read();
    };
    return four as Invoke; // as above
  }
  return (address, ...values) => {
    for (let index = 0; index < stores.length; index++) stores[index]?.(values[index] ?? 0);
    f64[slot.code] = address;
    f64[slot.thunk] = thunk;
    pass();
    return read();
  };
}

/** Only koffi can tell a view's address, so views wait in `pending` for the gate; an address goes to its slot at once. */
function storePointer({ i32 }: CallPage, pending: Value[], order: number): Store {
  const low = 2 * (slot.pointers + order);
  return (value) => {
    pending[order] = value;
    if (typeof value === "number") {
      i32[low] = value;
      i32[low + 1] = value / 0x1_0000_0000;
    }
  };
}

/** Passes what is pending to the gate that takes so many, past leading addresses, and forgets it. */
function passPointers(pending: Value[], parameters: readonly ParameterWord[]): Gate {
  const count = parameters.filter((word) => word === "ptr").length;
  const gates = Array.from({ length: count + 1 }, (_, skip) => (skip < 2 ? gateOf(skip, count - skip) : undefined));
  const gateAfter = (skip: number): Gate => {
    const gate = gates[skip] ?? gateOf(skip, count - skip);
    gates[skip] = gate;
    return gate;
  };
  return () => {
    let skip = 0;
    while (skip < count && typeof pending[skip] === "number") skip++;
    const gate = gates[skip] ?? gateAfter(skip);
    const left = count - skip;
    if (left === 0) return gate();
    const a = forget(pending, skip);
    if (left === 1) return gate(a);
    const b = forget(pending, skip + 1);
    if (left === 2) return gate(a, b);
    const c = forget(pending, skip + 2);
    if (left === 3) return gate(a, b, c);
    const d = forget(pending, skip + 3);
    if (left === 4) return gate(a, b, c, d);
    const rest: Value[] = [];
    for (let index = skip + 4; index < count; index++) rest.push(forget(pending, index));
    gate(a, b, c, d, ...rest);
  };
}

function forget(pending: Value[], order: number): Value {
  const value = pending[order] ?? 0;
  pending[order] = 0;
  return value;
}

/** Stores one argument. The casts restate what the signature says; a bigint where a number belongs throws, not crashes. */
function storeOf(page: CallPage, word: ParameterWord, index: number): Store {
  const { f64, f32, i32, i64 } = page;
  switch (word) {
    case "f64":
      return (value) => {
        f64[index] = value as number;
      };
    case "f32":
      return (value) => {
        f32[2 * index] = value as number;
      };
    case "i32":
      return (value) => {
        i32[2 * index] = value as number;
      };
    default:
      return (value) => {
        i64[index] = value as bigint;
      };
  }
}

function readerOf(page: CallPage, word: Signature["result"]): () => Result {
  const { f64, f32, i32, i64 } = page;
  switch (word) {
    case "f64":
      return () => f64[slot.result];
    case "f32":
      return () => f32[2 * slot.result];
    case "i32":
      return () => i32[2 * slot.result];
    case "i64":
      return () => i64[slot.result];
    default:
      return () => undefined;
  }
}

const gates = new Map<number, Gate>();

/** The gate for `count` pointers after `skip` addresses. */
function gateOf(skip: number, count: number): Gate {
  const key = skip * (mostPointers + 1) + count;
  let gate = gates.get(key);
  if (gate === undefined) {
    const { koffi } = foreignCalls();
    const code = threadArena().install(buildGate(callPage().address, skip, count));
    gate = koffi.decode(BigInt(code.address), koffi.proto("void", new Array<string>(count).fill("void *"))) as Gate; // of its prototype
    gates.set(key, gate);
  }
  return gate;
}
