/** `reduceAsync`: `reduce` on other threads. Blocks and their tree are those of `reduce`, so the answer is its own to the bit. */
import { InternalError } from "../base/errors.ts";
import type { NumberType } from "../lang/javascript/tree.ts";
import { reduceBlock } from "../vector/reduce-layout.ts";
import { type AggregateValues, type ColumnTarget, prepare, requireLife } from "./column-call.ts";
import type { Typed } from "./column-kernels.ts";
import { type ColumnCall, type Columns, type RowOptions, readRowOptions } from "./columns.ts";
import { type Answer, accumulationsOf, Combination, type ReductionName } from "./combination.ts";
import type { Threads } from "./host.ts";
import { rowType } from "./kernel-shape.ts";
import { aggregateValue, answersOf, readReductions, requireReducible } from "./reduce.ts";
import { mostReducedRows, Reduction } from "./reduction.ts";
import type { Part } from "./subject.ts";
import { giveScratch, InputSource, Scratch, scratchBytes, type ThreadInputs, takeScratch } from "./thread-inputs.ts";
import { ThreadKernel } from "./thread-kernel.ts";
import {
  type Chunk,
  isMoment,
  readThreadOptions,
  requireThreads,
  type ThreadOptions,
  ThreadRun,
  type ThreadSettings,
} from "./thread-run.ts";

export interface ReduceAsyncOptions extends RowOptions, ThreadOptions {}

export async function reduceAsync(
  target: ColumnTarget,
  what: unknown,
  columns: Columns,
  options: ReduceAsyncOptions | undefined,
): Promise<Answer | Record<string, Answer>> {
  const threads = requireThreads(target, "reduceAsync");
  const names = readReductions("reduceAsync", what);
  const read = readRowOptions("reduceAsync", options, ["offset", "length", "threads", "signal", "onProgress"]);
  const settings = readThreadOptions("reduceAsync", threads, read);
  const { call, typed } = prepare(target, "reduceAsync", columns, read);
  requireReducible("reduceAsync", typed, names);
  requireLife(target);
  const release = target.claim();
  try {
    const aggregates =
      typed.aggregates.length === 0 ? [] : await aggregateValuesAsync(target, threads, settings, typed, call);
    return answersOf(
      what,
      names,
      await reduceOnThreads(target, threads, settings, typed, call, aggregates, "whole", names),
    );
  } finally {
    release();
  }
}

/** As `aggregateValues`, on other threads. */
export async function aggregateValuesAsync(
  target: ColumnTarget,
  threads: Threads,
  settings: ThreadSettings,
  typed: Typed,
  call: ColumnCall,
): Promise<AggregateValues> {
  const values: (number | bigint)[] = typed.aggregates.map(({ type }) => (type === "i64" ? 0n : 0));
  const silent = { ...settings, onProgress: undefined };
  for (const [part, { name, type }] of typed.aggregates.entries()) {
    const [answer] = await reduceOnThreads(target, threads, silent, typed, call, values, part, [name]);
    values[part] = aggregateValue(type, answer);
  }
  return values;
}

async function reduceOnThreads(
  target: ColumnTarget,
  threads: Threads,
  settings: ThreadSettings,
  typed: Typed,
  call: ColumnCall,
  aggregates: AggregateValues,
  part: Part,
  names: readonly ReductionName[],
): Promise<Answer[]> {
  const { rows, offset, kinds } = call;
  const type = rowType(typed.resultOf(part), "reduceAsync");
  if (rows === 0) return new Combination(type, names).answers(0);
  const reduction = Reduction.of(type, names);
  const accumulations = accumulationsOf(names);
  const kernel = target.kernels.get(typed, { operation: { kind: "reduce", accumulations }, part, inputs: kinds });
  const out = { from: "units", bytes: reduction.words * 8 } as const;
  const code = ThreadKernel.of(threads, kernel, kernel.vector ?? kernel.scalar(), out, reduceBlock);
  const source = new InputSource(threads, call, typed.parameters, aggregates);
  const waiting = new Map<number, { readonly partials: Float64Array; readonly rows: number }>();
  let added = 0;
  const idle: Scratch[] = [];

  /** Reduces rows from a block's start on, into the partials at `address`; `words` are the same memory, with identities in it. */
  const reduceChunk = async (
    { first, rows: count }: Chunk,
    inputs: ThreadInputs,
    address: number,
    words: Float64Array,
    run: ThreadRun,
  ): Promise<void> => {
    const at = (done: number) => address + (done / reduceBlock) * reduction.words * 8;
    let done = 0;
    while (done < count) {
      const row = offset + first + done;
      const { main, mainCall } = code;
      if (kernel.vector !== undefined) {
        const more = await run.call(mainCall, [at(done), ...inputs.args(done), count - done], main, row);
        if (done + more >= count) break;
        // The block that was left is done again from its start.
        done += Math.floor(more / reduceBlock) * reduceBlock;
        reduction.clear(words.subarray((done / reduceBlock) * reduction.words));
      }
      const { scalar } = code;
      const few = Math.min(count - done, kernel.vector === undefined ? count : reduceBlock);
      await run.call(scalar.call, [at(done), ...inputs.args(done), few], scalar.code, offset + first + done);
      done += few;
    }
  };

  const run = new ThreadRun(threads, settings, rows);
  const way = code.stints(source.copied);
  if (way !== undefined) {
    // Partials of all blocks at once: a small part of what the columns take.
    const partialBytes = Math.ceil(rows / reduceBlock) * reduction.words * 8;
    const scratch = takeScratch(threads, scratchBytes(partialBytes, 1));
    const room = scratch.room(partialBytes);
    const words = new Float64Array(room.bytes.buffer, room.bytes.byteOffset, partialBytes / 8);
    reduction.clear(words);
    const finish = async ({ first, rows: count }: Chunk, thisRun: ThreadRun): Promise<void> => {
      const before = first % reduceBlock;
      const start = first - before;
      const chunk = { first: start, rows: count + before };
      const from = (start / reduceBlock) * reduction.words;
      const own = words.subarray(from, from + Math.ceil(chunk.rows / reduceBlock) * reduction.words);
      reduction.clear(own);
      const copies = idle.pop() ?? new Scratch(threads);
      copies.reset(scratchBytes(chunk.rows * source.copiedWidth, call.inputs.length));
      await reduceChunk(chunk, source.chunk(chunk, copies), room.address + from * 8, own, thisRun);
      idle.push(copies);
    };
    const values: (number | bigint)[] = [room.address];
    source.pushValues(threads, values);
    await run.overStints(0, rows, {
      way,
      kernel: code,
      values,
      mayGoOn: false,
      mayRunHere: isMoment(code, reduceBlock),
      offset,
      finish,
      requireInputs: () => source.requireAll(),
    });
    const answers = answersOfPartials(type, names, words, offset, rows);
    giveScratch(threads, scratch);
    return answers;
  }

  const combination = new Combination(type, names);
  const compute = async (chunk: Chunk, thisRun: ThreadRun): Promise<void> => {
    const { first, rows: count } = chunk;
    const scratch = idle.pop() ?? new Scratch(threads);
    const blocks = Math.ceil(count / reduceBlock);
    const partialBytes = blocks * reduction.words * 8;
    scratch.reset(scratchBytes(count * source.copiedWidth + partialBytes, call.inputs.length + 1));
    const room = scratch.room(partialBytes);
    const words = new Float64Array(room.bytes.buffer, room.bytes.byteOffset, partialBytes / 8);
    reduction.clear(words);
    await reduceChunk(chunk, source.chunk(chunk, scratch), room.address, words, thisRun);
    waiting.set(first, { partials: words.slice(), rows: count });
    idle.push(scratch);
    for (let next = waiting.get(added); next !== undefined; next = waiting.get(added)) {
      waiting.delete(added);
      combination.add(next.partials, offset + added, next.rows);
      added += next.rows;
    }
  };
  await run.over({ step: reduceBlock, compute });
  if (added !== rows) throw new InternalError(`reduceAsync: ${added} rows of ${rows} were added`);
  return combination.answers(rows);
}

/** The answers of all rows' partials. */
function answersOfPartials(
  type: NumberType | "bool",
  names: readonly ReductionName[],
  words: Float64Array,
  offset: number,
  rows: number,
): Answer[] {
  if (rows <= mostReducedRows) {
    const reduction = Reduction.of(type, names);
    reduction.begin(rows).set(words);
    return names.map((_, index) => reduction.answer(index, rows, offset));
  }
  const combination = new Combination(type, names);
  combination.add(words, offset, rows);
  return combination.answers(rows);
}
