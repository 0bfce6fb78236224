/**
 * Counts the turns of loops, once for all lanes in flight, and looks at the stop word now and then.
 *
 * One number counts down from the most turns that one row may take. Before the first turn of the rows in flight, since these may
 * take few, and whenever the number comes to a multiple of 4096, 0 among them, the stop word of the call context is read. When
 * that is set, or no turns are left, the kernel hands over to scalar code, which counts for each row alone and traps where it must.
 */
import type { Block, Value } from "../ir/function.ts";
import type { Variable } from "../ir/ssa-builder.ts";
import type { LaneBuilder } from "./lane-builder.ts";

/** How many turns pass between two looks at the stop word: a power of two. */
const turnsBetween = 4096n;

export interface IterationLimit {
  readonly maxIterations: number;
  /** The offset of the stop word, an i32, in the call context. */
  readonly stopWord: number;
}

export class TurnCounter {
  readonly #lanes: LaneBuilder;
  readonly #limit: IterationLimit;
  readonly #handOver: Block;
  readonly #left: Variable;

  /** Starts counting in the builder's block, unless stopped. */
  constructor(lanes: LaneBuilder, limit: IterationLimit, handOver: Block) {
    this.#lanes = lanes;
    this.#limit = limit;
    this.#handOver = handOver;
    this.#left = lanes.builder.createVariable("i64");
    lanes.builder.write(this.#left, lanes.constant("i64", BigInt(limit.maxIterations)));
    const running = lanes.builder.createLaterBlock();
    lanes.builder.branch(this.#isStopped(), handOver, running);
    lanes.builder.continueIn(running);
  }

  /** Counts one turn; goes to the hand-over if there may be no more. */
  count(): void {
    const { builder } = this.#lanes;
    const constant = (value: bigint) => this.#lanes.constant("i64", value);
    const left = builder.emit("isub", builder.read(this.#left), constant(1n));
    builder.write(this.#left, left);
    const check = builder.createLaterBlock();
    const running = builder.createLaterBlock();
    const goOn = builder.createLaterBlock();
    const isTime = builder.emit("ieq", builder.emit("and", left, constant(turnsBetween - 1n)), constant(0n));
    builder.branch(isTime, check, goOn);
    builder.continueIn(check);
    const isStopped = this.#isStopped();
    const isSpent = builder.emit("sle", left, constant(0n));
    builder.branch(builder.emit("or", isStopped, isSpent), this.#handOver, running);
    builder.continueIn(running);
    builder.jump(goOn);
    builder.continueIn(goOn);
  }

  #isStopped(): Value {
    const { builder } = this.#lanes;
    const word = builder.load("i32", builder.emit("context"), this.#limit.stopWord);
    return builder.emit("ine", word, builder.constant("i32", 0));
  }
}
