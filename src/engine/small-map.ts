/**
 * `map` of a few rows. Passing a typed array to machine code costs as much as computing dozens of elements, since a small one lies
 * in V8's heap and may move; so elements are copied to scratch memory, converted by JavaScript itself, and the code is called
 * directly with two numbers. Anything unusual is left to the general way, which also tells what is wrong.
 *
 *     scratch:  parameter 0: 16 f64 | parameter 1: 16 f64 | … | parameter 63 | results: 16 f64
 *
 * A value for all rows stands first in its parameter's place. There is one scratch for each thread: a getter among the columns may
 * call another `map`, so a call that was interrupted gives up.
 */
import { FunctionBuilder } from "../ir/builder.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { mostParameters, type NumberType, type ParameterType } from "../lang/javascript/tree.ts";
import { type ColumnTarget, requireLife } from "./column-call.ts";
import type { Typed } from "./column-kernels.ts";
import type { Columns, InputKind, MapOptions } from "./columns.ts";
import {
  type ColumnArray,
  type ElementKind,
  elementKindOf,
  elementKinds,
  lengthOf,
  resultKind,
} from "./element-kinds.ts";
import type { ScalarBinding } from "./host.ts";
import { rowType } from "./kernel-shape.ts";

/** The most rows that are copied. */
export const mostSmallRows = 16;

const elementBytes = 8;
const resultsAt = (mostParameters + 1) * mostSmallRows;
/** Bytes of scratch memory. */
export const scratchBytes: number = (resultsAt + mostSmallRows) * elementBytes;

/** The function for the last kinds of inputs. */
interface SmallMap {
  readonly typed: Typed;
  readonly kinds: readonly InputKind[];
  readonly binding: ScalarBinding;
  readonly base: number;
  readonly memory: Float64Array;
  readonly result: ElementKind;
}

/** What one compiled function remembers. */
export class SmallMaps {
  readonly #target: ColumnTarget;
  readonly #names: readonly string[];
  /** By parameter: what a value for all rows converts to. */
  readonly #types: readonly ParameterType[];
  #isPossible: boolean;
  #memory: Float64Array | undefined;
  #last: SmallMap | undefined;
  #refused: string | undefined;

  constructor(target: ColumnTarget) {
    const { untyped } = target.kernels;
    this.#target = target;
    this.#names = untyped.parameters.map(({ name }) => name);
    this.#types = untyped.parameters.map(({ type }) => type);
    const isNumber = (type: string) => type === "f64" || type === "i32" || type === "f32" || type === "bool";
    const result = untyped.resultOf("whole");
    this.#isPossible =
      untyped.aggregates.length === 0 &&
      this.#names.length <= mostParameters &&
      this.#types.every(isNumber) &&
      result !== "void" &&
      isNumber(rowType(result, "map"));
  }

  /** The result, or undefined where the general way has to be taken. */
  map(columns: Columns, options: MapOptions | undefined): ColumnArray | undefined {
    if (!this.#isPossible || typeof columns !== "object" || columns === null) return undefined;
    let out: unknown;
    if (options !== undefined) {
      if (typeof options !== "object" || options === null) return undefined;
      for (const key in options) if (key !== "out") return undefined;
      out = options.out;
    }
    const memory = this.#memory ?? this.#open();
    if (memory === undefined) return undefined;
    const turn = ++turns;
    const names = this.#names;
    const last = this.#last;
    let isLast = last !== undefined;
    let rows = -1;
    for (let index = 0; index < names.length; index++) {
      const value: unknown = columns[names[index] as string]; // one of them
      const at = index * mostSmallRows;
      if (typeof value === "number") {
        const type = this.#types[index];
        memory[at] =
          type === "f64" ? value : type === "i32" ? value | 0 : type === "bool" ? (value ? 1 : 0) : Math.fround(value);
        if (isLast && last?.kinds[index] !== "scalar") isLast = false;
        continue;
      }
      const kind = elementKindOf(value);
      if (kind === undefined || kind === "i64") return undefined;
      const length = lengthOf(value as ColumnArray); // its kind has just been read
      if (length !== rows) {
        if (rows >= 0 || length === 0 || length > mostSmallRows) return undefined;
        rows = length;
      }
      if (!copyIn(kind, value as ColumnArray, memory, at, length)) return undefined; // as above
      if (isLast && last?.kinds[index] === "scalar") isLast = false;
    }
    let keys = 0;
    for (const _ in columns) keys++;
    // From here on no code of the caller runs.
    if (keys !== names.length || rows < 0 || turn !== turns) return undefined;
    requireLife(this.#target);
    const small = isLast ? last : this.#find(columns);
    if (small === undefined) return undefined;
    let { result: kind } = small;
    let result: ColumnArray;
    if (out === undefined) result = elementKinds[kind].make(rows);
    else {
      const own = elementKindOf(out);
      if (own === undefined || own === "i64") return undefined;
      kind = own;
      result = out as ColumnArray; // its kind has just been read
      if (lengthOf(result) < rows) return undefined;
    }
    const { call, address, entry } = small.binding;
    if (call(small.base, rows, address, entry) !== rows) return undefined;
    return copyOut(kind, result, memory, rows) ? result : undefined;
  }

  #open(): Float64Array | undefined {
    this.#memory = this.#target.host.scratch?.f64;
    if (this.#memory === undefined) this.#isPossible = false;
    return this.#memory;
  }

  #find(columns: Columns): SmallMap | undefined {
    const kinds = this.#names.map((name): InputKind => (typeof columns[name] === "number" ? "scalar" : "f64"));
    const key = kinds.join();
    if (this.#refused === key) return undefined;
    const { kernels, host } = this.#target;
    const typed = kernels.untyped;
    const result = rowType(typed.resultOf("whole"), "map") as NumberType | "bool"; // rowType refuses the others
    const code = kernels.small(typed, kinds);
    if (code === undefined || host.scratch === undefined) {
      this.#refused = key;
      return undefined;
    }
    this.#last = {
      typed,
      kinds,
      binding: host.bindScalar(code.address, "f64(f64, f64)"),
      base: host.scratch.address,
      memory: host.scratch.f64,
      result: resultKind(result),
    };
    return this.#last;
  }
}

/** How many calls were begun on this thread. */
let turns = 0;

/** The kernel, called with the scratch's address and the rows. */
export function aroundScratch(
  kernel: IrFunction,
  types: readonly ParameterType[],
  kinds: readonly InputKind[],
): IrFunction {
  const builder = new FunctionBuilder("small", ["f64", "f64"], "f64");
  const base = builder.convert("trunc-sat-s", "i64", builder.parameter(0));
  const offset = (element: number) => builder.constant("i64", BigInt(element * elementBytes));
  const args = types.map((type, index): Value => {
    const at = builder.emit("iadd", base, offset(index * mostSmallRows));
    if (kinds[index] !== "scalar") return at;
    const value = builder.load("f64", at);
    if (type === "f64") return value;
    return type === "f32" ? builder.emit("demote", value) : builder.emit("to-int32", value);
  });
  const out = builder.emit("iadd", base, offset(resultsAt));
  builder.return(builder.call(kernel, out, ...args, builder.parameter(1)));
  return builder.function;
}

// ---- copies, one function for each kind, so that each loop sees arrays of one kind

function copyIn(kind: ElementKind, from: ColumnArray, to: Float64Array, at: number, count: number): boolean {
  switch (kind) {
    case "f64":
      copyF64(from as Float64Array, to, at, count); // its kind was read
      return true;
    case "f32":
      copyF32(from as Float32Array, to, at, count); // as above
      return true;
    case "i32":
      copyI32(from as Int32Array, to, at, count); // as above
      return true;
    case "u8":
      copyU8(from as Uint8Array, to, at, count); // as above
      return true;
    default:
      return false;
  }
}

function copyOut(kind: ElementKind, to: ColumnArray, from: Float64Array, count: number): boolean {
  switch (kind) {
    case "f64":
      storeF64(to as Float64Array, from, count); // its kind was read
      return true;
    case "f32":
      storeF32(to as Float32Array, from, count); // as above
      return true;
    case "i32":
      storeI32(to as Int32Array, from, count); // as above
      return true;
    case "u8":
      storeU8(to as Uint8Array, from, count); // as above
      return true;
    default:
      return false;
  }
}

function copyF64(from: Float64Array, to: Float64Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) to[at + index] = from[index] as number; // below its length
}

function copyF32(from: Float32Array, to: Float64Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) to[at + index] = from[index] as number; // below its length
}

function copyI32(from: Int32Array, to: Float64Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) to[at + index] = from[index] as number; // below its length
}

function copyU8(from: Uint8Array, to: Float64Array, at: number, count: number): void {
  for (let index = 0; index < count; index++) to[at + index] = from[index] as number; // below its length
}

function storeF64(to: Float64Array, from: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[resultsAt + index] as number; // below its length
}

function storeF32(to: Float32Array, from: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[resultsAt + index] as number; // below its length
}

function storeI32(to: Int32Array, from: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[resultsAt + index] as number; // below its length
}

function storeU8(to: Uint8Array, from: Float64Array, count: number): void {
  for (let index = 0; index < count; index++) to[index] = from[resultsAt + index] as number; // below its length
}
