/**
 * Stints on the threads of libuv's pool (stint-code.ts), through koffi's asynchronous calls: a thunk for each list of arguments,
 * and boards, a cache line each, which are used again and never unmapped.
 */
import { callContext as layout } from "../../src/codegen/call-context.ts";
import type {
  Board,
  InstalledCode,
  RunningStint,
  Stint,
  StintArgument,
  StintCall,
  StintResult,
} from "../../src/engine/host.ts";
import { foreignCalls } from "../memory/foreign-calls.ts";
import { Mapping } from "../memory/mapping.ts";
import { mapAnonymous, pageBytes } from "../memory/system-calls.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { buildStint, copyStride, firstRows, mostCopies, mostStintArguments, stintWords } from "./stint-code.ts";
import { type AsyncCall, stackBytes } from "./thread-calls.ts";
import { copiesOf, returnRecord, type ThreadRecord, takeRecord } from "./thread-records.ts";

/** Calls on this thread, or on another. */
type StintFunction = ((record: number) => void) & { readonly async: AsyncCall };

interface Way {
  readonly call: StintFunction;
  /** Kept, since an arena without references is unmapped. */
  readonly thunk: InstalledCode;
}

const ways = new Map<string, Way>();

/** Cycles of the time-stamp counter, between a third of a nanosecond and one: how long stints take chunks. */
const cycles = { chunk: 0, moment: 1 << 19, moments: 1 << 20, stint: 1 << 25 } as const;

/** How stints of kernels with these arguments are begun; none where there are too many. Throws `MemoryError`. */
export function bindStint(args: readonly StintArgument[], unit: number): StintCall | undefined {
  let copied = 0;
  let copyBytes = 0;
  for (const argument of args)
    if (argument.from === "copied") {
      copied++;
      copyBytes += copyStride(unit, argument.bytes);
    }
  if (args.length > mostStintArguments || copied > mostCopies) return undefined;
  if (copied > 0 && !canCopy()) return undefined;
  const { call } = wayOf(args, unit);
  /** A record that says what to do. */
  const begin = (stint: Stint): ThreadRecord => {
    const record = takeRecord();
    if (record === undefined) throw new RangeError("too many calls on other threads at once");
    const { stint: words } = record;
    const { halves } = words;
    try {
      setWord(halves, stintWords.code, stint.code);
      setWord(halves, stintWords.scalar, stint.scalar ?? 0);
      setWord(halves, stintWords.board, stint.board.address);
      setWord(halves, stintWords.rows, stint.rows);
      setWord(halves, stintWords.done, 0);
      setWord(halves, stintWords.left, -1);
      setWord(halves, stintWords.chunk, stint.chunkRows ?? firstRows);
      setWord(halves, stintWords.cycles, cycles[stint.lasts]);
      setWord(halves, stintWords.isGone, 0);
      if (copyBytes > 0) setWord(halves, stintWords.copies, copiesOf(record, copyBytes));
      for (let index = 0; index < args.length; index++) {
        const at = stintWords.values + index;
        const value = stint.values[index] ?? 0;
        const argument = args[index];
        if (typeof value === "bigint") words.i64[at] = value;
        else if (argument?.from !== "value" || argument.word === "i64") setWord(halves, at, value);
        else if (argument.word === "f64") words.f64[at] = value;
        else words.f32[2 * at] = value;
      }
    } catch (error) {
      returnRecord(record);
      throw error;
    }
    return record;
  };
  return {
    start(stint) {
      const record = begin(stint);
      let isOver = false;
      const done: RunningStint["done"] = new Promise((resolve, reject) => {
        call.async(record.address, (error) => {
          isOver = true;
          const result = resultOf(record);
          returnRecord(record);
          if (error) reject(error);
          else resolve(result);
        });
      });
      return {
        done,
        stop() {
          if (!isOver) Atomics.store(record.words, layout.stopWord >> 2, 1);
        },
      };
    },
    runHere(stint) {
      const record = begin(stint);
      try {
        call(record.address);
        return resultOf(record);
      } finally {
        returnRecord(record);
      }
    },
  };
}

function resultOf({ words: context, stint: { halves } }: ThreadRecord): StintResult {
  return {
    rows: wordAt(halves, stintWords.done),
    chunkRows: wordAt(halves, stintWords.chunk),
    left: wordAt(halves, stintWords.left),
    leftEnd: wordAt(halves, stintWords.leftEnd),
    isInScalar: halves[2 * stintWords.isInScalar] !== 0,
    isGone: halves[2 * stintWords.isGone] !== 0,
    isStopped: context[layout.stopWord >> 2] !== 0,
    trap: context[layout.status >> 2] === 0 ? undefined : context.slice(),
  };
}

/** A whole number below 2^53, or above -2^53. */
function setWord(halves: Int32Array, index: number, value: number): void {
  halves[2 * index] = value;
  halves[2 * index + 1] = Math.floor(value / 0x1_0000_0000);
}

function wordAt(halves: Int32Array, index: number): number {
  return (halves[2 * index + 1] ?? 0) * 0x1_0000_0000 + ((halves[2 * index] ?? 0) >>> 0);
}

let mayCopy: boolean | undefined;

/** Whether the system lets the process copy its own memory: some sandboxes do not. */
function canCopy(): boolean {
  if (mayCopy === undefined) {
    const read = foreignCalls().library.func("process_vm_readv", "int64_t", [
      "int",
      "void *",
      "uint64_t",
      "void *",
      "uint64_t",
      "uint64_t",
    ]);
    const boards = [openBoard(0), openBoard(0)];
    const [to, from] = boards.map(({ address }) => BigUint64Array.of(BigInt(address), 8n));
    mayCopy = Number(read(process.pid, to, 1, from, 1, 0)) === 8;
    for (const board of boards) board.close();
  }
  return mayCopy;
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
  const thunk = threadArena().install(buildStint(args, unit, stackBytes, process.pid));
  const prototype = koffi.proto("void", ["int64_t"]);
  const call = koffi.decode(BigInt(thunk.address), prototype) as StintFunction; // of this prototype
  const way = { call, thunk };
  ways.set(key, way);
  return way;
}

const boardBytes = 64;
const freeBoards: { readonly address: number; readonly counter: BigInt64Array }[] = [];

/** A counter for the threads of one run, which starts at `first`. */
export function openBoard(first: number): Board {
  if (freeBoards.length === 0) {
    const { address } = new Mapping(mapAnonymous(pageBytes()), pageBytes()); // for as long as the environment lives
    const buffer: ArrayBuffer = foreignCalls().koffi.view(BigInt(address), pageBytes());
    for (let at = 0; at < buffer.byteLength; at += boardBytes)
      freeBoards.push({ address: address + at, counter: new BigInt64Array(buffer, at, 1) });
  }
  const line = freeBoards.pop();
  if (line === undefined) throw new RangeError("a page without lines");
  Atomics.store(line.counter, 0, BigInt(first));
  return {
    address: line.address,
    next: () => Number(Atomics.load(line.counter, 0)),
    close: () => {
      freeBoards.push(line);
    },
  };
}
