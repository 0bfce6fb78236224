/**
 * Stints on the threads of libuv's pool (stint-code.ts), through koffi's asynchronous calls: a thunk for each list of arguments,
 * and boards, a cache line each, which are used again and never unmapped.
 */
import { callContext as layout } from "../../src/codegen/call-context.ts";
import type { Board, InstalledCode, RunningStint, StintArgument, StintCall } from "../../src/engine/host.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { Mapping } from "../memory/mapping.ts";
import { mapAnonymous, pageBytes } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { buildStint, mostStintArguments, stintWords } from "./stint-code.ts";
import { type AsyncCall, stackBytes } from "./thread-calls.ts";
import { returnRecord, takeRecord } from "./thread-records.ts";

interface Way {
  readonly start: AsyncCall;
  /** Kept, since an arena without references is unmapped. */
  readonly thunk: InstalledCode;
}

const ways = new Map<string, Way>();

/** How stints of kernels with these arguments are begun; none where there are too many. Throws `MemoryError`. */
export function bindStint(args: readonly StintArgument[], unit: number): StintCall | undefined {
  if (args.length > mostStintArguments) return undefined;
  const { start } = wayOf(args, unit);
  return (stint) => {
    const record = takeRecord();
    if (record === undefined) throw new RangeError("too many calls on other threads at once");
    const { stint: words, words: context } = record;
    try {
      words.i64[stintWords.code] = BigInt(stint.code);
      words.i64[stintWords.scalar] = BigInt(stint.scalar ?? 0);
      words.i64[stintWords.board] = BigInt(stint.board.address);
      words.i64[stintWords.rows] = BigInt(stint.rows);
      words.i64[stintWords.done] = 0n;
      words.i64[stintWords.left] = -1n;
      for (const [index, argument] of args.entries()) {
        const at = stintWords.values + index;
        const value = stint.values[index] ?? 0;
        if (argument.from === "value" && argument.word === "f64") words.f64[at] = Number(value);
        else if (argument.from === "value" && argument.word === "f32") words.f32[2 * at] = Number(value);
        else words.i64[at] = BigInt(value);
      }
    } catch (error) {
      returnRecord(record);
      throw error;
    }
    let isOver = false;
    const done: RunningStint["done"] = new Promise((resolve, reject) => {
      start(record.address, (error) => {
        isOver = true;
        const hasTrapped = context[layout.status >> 2] !== 0;
        const result = {
          rows: Number(words.i64[stintWords.done]),
          left: Number(words.i64[stintWords.left]),
          leftEnd: Number(words.i64[stintWords.leftEnd]),
          isInScalar: words.i64[stintWords.isInScalar] !== 0n,
          trap: hasTrapped ? context.slice() : undefined,
        };
        returnRecord(record);
        if (error) reject(error);
        else resolve(result);
      });
    });
    return {
      done,
      stop() {
        if (!isOver) Atomics.store(context, layout.stopWord >> 2, 1);
      },
    };
  };
}

function wayOf(args: readonly StintArgument[], unit: number): Way {
  let key = `${unit}`;
  for (const argument of args) {
    if (argument.from === "rows") key += " rows";
    else key += argument.from === "value" ? ` ${argument.word}` : ` ${argument.from}:${argument.bytes}`;
  }
  const known = ways.get(key);
  if (known !== undefined) return known;
  const { koffi } = foreignCalls();
  const thunk = threadArena().install(buildStint(args, unit, stackBytes));
  const call = koffi.decode(BigInt(thunk.address), koffi.proto("void", ["int64_t"])) as { async: AsyncCall }; // of its prototype
  const way = { start: call.async, thunk };
  ways.set(key, way);
  return way;
}

const boardBytes = 64;
const freeBoards: { readonly address: number; readonly counter: BigInt64Array }[] = [];

/** A counter for the threads of one run. */
export function openBoard(): Board {
  if (freeBoards.length === 0) {
    const { address } = new Mapping(mapAnonymous(pageBytes()), pageBytes()); // for as long as the environment lives
    const buffer: ArrayBuffer = foreignCalls().koffi.view(BigInt(address), pageBytes());
    for (let at = 0; at < buffer.byteLength; at += boardBytes)
      freeBoards.push({ address: address + at, counter: new BigInt64Array(buffer, at, 1) });
  }
  const line = freeBoards.pop();
  if (line === undefined) throw new RangeError("a page without lines");
  Atomics.store(line.counter, 0, 0n);
  return {
    address: line.address,
    next: () => Number(Atomics.load(line.counter, 0)),
    close: () => {
      freeBoards.push(line);
    },
  };
}
