/**
 * `reduce`: accumulations of one value of each row, several at once.
 *
 *     @reduce(partials, inputs in the order of the parameters, rows) -> f64, the rows done
 *       block      16,384 rows, whose partials lie in memory
 *       enter      the accumulators of all 32 virtual lanes go to registers
 *       main       32 rows: 32 / W vectors, U of them in flight at a time
 *       leave      the accumulators go back
 *       rest       one vector, masked, with its accumulators in memory: the last rows of the last block; two where rows go rare ways
 *
 * Where the row function has rare ways, main is without them (usual-row.ts). A part of its 32 rows that needs them is abandoned: rest
 * goes on from that part at least to the end of the 32 rows (retreat.ts), and then back to main. A large row function has no main
 * (kernel-plan.ts): rest goes over all rows.
 *
 * What an accumulator holds, and where it goes, is said in reduce-layout.ts; in short, row r belongs to lane r % 32 whatever the
 * vectors are, so that the answer is the same to the bit. Fewer rows done than asked for: whole blocks only, and the scalar
 * kernel has to go on from there, since a row of the next block would trap or takes too many turns. The next block's partials may have
 * been written by then.
 */
import { InternalError } from "../base/errors.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Variable } from "../ir/ssa-builder.ts";
import { elementOf, type Scalar } from "../ir/types.ts";
import { type Accumulator, accumulate } from "./accumulate.ts";
import {
  isRefusal,
  type KernelInput,
  type KernelOptions,
  placeHandOver,
  type Refusal,
  type VectorKernel,
} from "./kernel.ts";
import { type KernelPlan, type KernelStart, kernelOf, planKernel, startKernel } from "./kernel-plan.ts";
import { LaneBuilder, type Mask, type WideVariable } from "./lane-builder.ts";
import {
  type Accumulation,
  type AccumulatorRow,
  accumulatorOf,
  layoutOf,
  reduceBlock,
  reduceLanes,
} from "./reduce-layout.ts";
import { Retreat } from "./retreat.ts";
import { ahead, appendRows } from "./row-parts.ts";

const wordBytes = 8;
/** From one word of an accumulator to the next. */
const wordStep = reduceLanes * wordBytes;

/** Builds the kernel; changes the row function. */
export function buildVectorReduce(
  fn: IrFunction,
  accumulations: readonly Accumulation[],
  inputs: readonly KernelInput[],
  options: KernelOptions,
): VectorKernel | Refusal {
  const { result } = fn;
  if (result === undefined) throw new InternalError("a row function without a result");
  // Accumulators have 64 bits.
  const mostInterleaved = reduceLanes / (options.shape.bytes / wordBytes);
  const plan = planKernel(fn, inputs, options, { needs64: true, mostInterleaved });
  if (isRefusal(plan)) return plan;
  const start = startKernel("reduce", plan, inputs, options, { before: ["i64"] });
  const { builder, positions, parts, rowsAsked, rows } = start;
  const blocks = new ReduceBlocks(start, plan, accumulations, elementOf(result));
  positions.goTo(builder.constant("i64", 0n));
  const block = builder.createLaterBlock();
  const exit = builder.createLaterBlock();
  builder.jump(block);
  builder.openBlock(block);
  builder.continueIn(block);
  blocks.append();
  builder.branch(positions.isBefore(positions.bound(rows)), block, exit);
  builder.seal(block);

  builder.continueIn(exit);
  builder.return(rowsAsked);
  placeHandOver(builder, parts.handOver, () => builder.convert("convert-s", "f64", blocks.start()));
  return kernelOf(start, plan);
}

/** An accumulation, and where its words lie in a block's partials. */
interface PlacedAccumulation {
  readonly accumulation: Accumulation;
  readonly words: AccumulatorRow["words"];
  /** The offset of the first word's first lane. */
  readonly offset: number;
}

/** Builds what is done with each block of rows. */
class ReduceBlocks {
  readonly #kernel: KernelStart;
  readonly #plan: KernelPlan;
  readonly #placed: readonly PlacedAccumulation[];
  readonly #blockBytes: number;
  readonly #partials: Variable;
  readonly #blockStart: Variable;
  readonly #retreat: Retreat | undefined;

  constructor(kernel: KernelStart, plan: KernelPlan, accumulations: readonly Accumulation[], type: Scalar) {
    this.#kernel = kernel;
    this.#plan = plan;
    const rows = accumulations.map((accumulation) => accumulatorOf(accumulation, type));
    const { starts, words } = layoutOf(rows);
    this.#placed = accumulations.map((accumulation, index) => ({
      accumulation,
      words: rows[index]?.words ?? [],
      offset: (starts[index] ?? 0) * wordBytes,
    }));
    this.#blockBytes = words * wordBytes;
    const { builder, positions } = kernel;
    this.#partials = builder.createVariable("i64");
    this.#blockStart = builder.createVariable("i64");
    builder.write(this.#partials, builder.parameter(0));
    builder.write(this.#blockStart, builder.constant("i64", 0n));
    this.#retreat = plan.usual && new Retreat(builder, positions, reduceLanes);
  }

  /** The number of the current block's first row, an i64. */
  start(): Value {
    return this.#kernel.builder.read(this.#blockStart);
  }

  /** Appends one block, and goes on to the next. */
  append(): void {
    const { builder, positions, rows } = this.#kernel;
    const wholeEnd = builder.emit("iadd", this.start(), builder.constant("i64", BigInt(reduceBlock)));
    const blockEnd = builder.emit("select", builder.emit("slt", wholeEnd, rows), wholeEnd, rows);
    const end = positions.bound(blockEnd);
    const rest = builder.createLaterBlock();
    const next = builder.createLaterBlock();
    if (this.#plan.hasOneLoop) {
      builder.jump(rest);
      builder.openBlock(rest);
      builder.continueIn(rest);
      this.#restTurn(blockEnd);
      builder.branch(positions.isBefore(end), rest, next);
      builder.seal(rest);
    } else this.#appendLoops(blockEnd, end, rest, next);
    builder.continueIn(next);
    builder.write(this.#partials, ahead(builder, builder.read(this.#partials), this.#blockBytes));
    builder.write(this.#blockStart, wholeEnd);
  }

  /** Main, and rest for what it leaves. `end`: of the block's rows, as a bound. */
  #appendLoops(blockEnd: Value, end: Value, rest: Block, next: Block): void {
    const { builder, positions } = this.#kernel;
    const retreat = this.#retreat;
    const lastStart = positions.bound(builder.emit("isub", blockEnd, builder.constant("i64", BigInt(reduceLanes))));
    const choose = builder.createLaterBlock();
    const enter = builder.createLaterBlock();
    const main = builder.createLaterBlock();
    const leave = builder.createLaterBlock();
    const few = builder.createLaterBlock();
    builder.jump(choose);
    if (retreat !== undefined) builder.openBlock(choose);
    builder.continueIn(choose);
    const isMain = positions.isBefore(lastStart, true);
    builder.branch(retreat === undefined ? isMain : builder.emit("and", isMain, retreat.isOver()), enter, few);

    builder.continueIn(enter);
    const accumulators = new MainAccumulators(this.#kernel, this.#plan, this.#placed);
    accumulators.load(builder.read(this.#partials));
    builder.jump(main);
    builder.openBlock(main);
    builder.continueIn(main);
    const abandoned = this.#mainTurn(accumulators);
    positions.advance(reduceLanes);
    retreat?.succeed();
    builder.branch(positions.isBefore(lastStart, true), main, leave);
    builder.seal(main);
    if (retreat !== undefined) {
      // The accumulators of parts before the one that is abandoned have taken their rows.
      abandoned.forEach((block, part) => {
        builder.continueIn(block);
        positions.advance(part * this.#plan.interleave * this.#plan.width);
        builder.jump(retreat.abandon);
      });
      retreat.begin();
      builder.jump(leave);
    }
    builder.continueIn(leave);
    accumulators.store(builder.read(this.#partials));
    builder.jump(few);

    builder.openBlock(few);
    builder.continueIn(few);
    builder.branch(positions.isBefore(end), rest, next);
    builder.continueIn(rest);
    this.#restTurn(blockEnd);
    if (retreat === undefined) builder.jump(few);
    else {
      // Main takes whole turns of the lanes.
      const inTurn = builder.emit("and", positions.row(), builder.constant("i64", BigInt(reduceLanes - 1)));
      builder.branch(builder.emit("ieq", inTurn, builder.constant("i64", 0n)), choose, few);
      builder.seal(choose);
    }
    builder.seal(few);
  }

  /** 32 rows, in parts of the vectors in flight. Gives where each part goes that needs a rare way. */
  #mainTurn({ lanes, parts: accumulatorParts }: MainAccumulators): readonly Block[] {
    const { builder, positions, parts } = this.#kernel;
    const { usual, width, interleave } = this.#plan;
    return accumulatorParts.map((accumulators, part) => {
      const skipped = part * interleave * width;
      const abandon = builder.createLaterBlock();
      const rowParts = usual === undefined ? parts : { ...parts, rows: [usual], abandon };
      const inBlock = builder.emit("isub", positions.row(), this.start());
      const [value] = appendRows(rowParts, lanes, undefined, skipped);
      if (value === undefined) throw new InternalError("a row without a value");
      builder.span = undefined;
      const first = ahead(builder, inBlock, skipped);
      for (const accumulator of accumulators) accumulate(lanes, accumulator, value, { first, mask: undefined });
      return abandon;
    });
  }

  /** Two vectors where all rows may come here, since one alone waits for itself, else one. Their accumulators are in memory. */
  #restTurn(blockEnd: Value): void {
    const { builder, constants, positions, parts } = this.#kernel;
    const { width, interleave, usual } = this.#plan;
    const lanes = new LaneBuilder(builder, constants, width, usual === undefined ? 1 : Math.min(interleave, 2));
    const left = builder.emit("wrap", builder.emit("isub", blockEnd, positions.row()));
    const mask: Mask = lanes.vectors((index) => {
      const before = lanes.constant("i32", index * width);
      return builder.maskFirst(lanes.vectorType("bool"), index === 0 ? left : builder.emit("isub", left, before));
    });
    const first = builder.emit("isub", positions.row(), this.start());
    const [value] = appendRows(parts, lanes, mask);
    if (value === undefined) throw new InternalError("a row without a value");
    builder.span = undefined;
    const lane = builder.emit("and", first, builder.constant("i64", BigInt(reduceLanes - 1)));
    const shift = builder.constant("i64", BigInt(Math.log2(wordBytes)));
    const at = builder.emit("iadd", builder.read(this.#partials), builder.emit("shl", lane, shift));
    for (const { accumulation, words, offset } of this.#placed) {
      const accumulator = {
        accumulation,
        words: words.map((type, word) => {
          const variable = lanes.createVariable(type, true);
          const from = offset + word * wordStep;
          lanes.write(
            variable,
            lanes.vectors((index) => builder.load(lanes.vectorType(type), at, from + index * width * wordBytes)),
          );
          return variable;
        }),
      };
      accumulate(lanes, accumulator, value, { first, mask });
      accumulator.words.forEach((variable, word) => {
        const to = offset + word * wordStep;
        lanes.spread(lanes.read(variable)).forEach((vector, index) => {
          builder.store(vector, at, to + index * width * wordBytes);
        });
      });
    }
    positions.advance(width * lanes.count);
  }
}

/** The accumulators of all lanes in registers. */
class MainAccumulators {
  readonly lanes: LaneBuilder;
  /** By part of a turn: those of its lanes. */
  readonly parts: readonly (readonly Accumulator[])[];
  readonly #placed: readonly PlacedAccumulation[];

  constructor(
    { builder, constants }: KernelStart,
    { width, interleave }: KernelPlan,
    placed: readonly PlacedAccumulation[],
  ) {
    const lanes = new LaneBuilder(builder, constants, width, interleave);
    this.lanes = lanes;
    this.#placed = placed;
    this.parts = Array.from({ length: reduceLanes / (width * interleave) }, () =>
      placed.map(({ accumulation, words }) => ({
        accumulation,
        words: words.map((type) => lanes.createVariable(type, true)),
      })),
    );
  }

  load(partials: Value): void {
    const { lanes } = this;
    this.#each((variable, offset) => {
      const type = lanes.vectorType(variable.type);
      lanes.write(
        variable,
        lanes.vectors((index) => lanes.builder.load(type, partials, offset + this.#bytesBefore(index))),
      );
    });
  }

  store(partials: Value): void {
    const { lanes } = this;
    this.#each((variable, offset) => {
      lanes.spread(lanes.read(variable)).forEach((vector, index) => {
        lanes.builder.store(vector, partials, offset + this.#bytesBefore(index));
      });
    });
  }

  #bytesBefore(vector: number): number {
    return vector * this.lanes.lanes * wordBytes;
  }

  /** Each word, with the offset of its part's first lane. */
  #each(use: (variable: WideVariable, offset: number) => void): void {
    this.parts.forEach((accumulators, part) => {
      accumulators.forEach(({ words }, index) => {
        words.forEach((variable, word) => {
          const start = (this.#placed[index]?.offset ?? 0) + word * wordStep;
          use(variable, start + this.#bytesBefore(part * this.lanes.count));
        });
      });
    });
  }
}
