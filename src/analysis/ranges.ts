/**
 * Which integers a value may be: an interval for each i32, and for each f64 that is known to be a whole number.
 *
 * An f64 with an interval is an integer of magnitude below 2^53 and not -0; so sums, differences and products whose
 * intervals stay below that are exact, and such values behave as integers do. Other f64 have no interval (`isKnown`).
 *
 * Intervals follow the definitions, and the conditions of the branches that dominate a place: where `i < n` was true,
 * i is below the most that n may be. Block parameters join what their edges pass, under the edge's own condition; edges
 * that cannot be taken pass nothing. Sweeps over the dominator tree grow the intervals of parameters from nothing until
 * they hold (a bound that keeps moving jumps to the end of i32, or gives up being a whole number), then two more sweeps
 * shrink them again. That is interval analysis with widening and narrowing: Cousot and Cousot, "Static Determination of
 * Dynamic Properties of Programs" (1976). Every sweep is linear, and their number is bounded.
 */
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { type IncomingEdge, incomingEdges } from "./control-flow.ts";
import type { DominatorTree } from "./dominators.ts";
import { findInterval, followsFromOperands, type Interval } from "./interval-arithmetic.ts";

const least = -(2 ** 31);
const most = 2 ** 31 - 1;
/** After so many changes, a bound of a parameter jumps; conditions then bring it back. */
const changesBeforeWidening = 1;
const mostSweeps = 16;

/** Told of each reached block in preorder of the dominator tree, while the intervals are those that hold in it. */
export interface RangeVisitor {
  enter(block: Block): void;
  leave(block: Block): void;
}

/** What a branch that is behind us has decided. */
export interface KnownCondition {
  readonly condition: Value;
  readonly isTrue: boolean;
}

export class Ranges implements Interval {
  /** By value id. Where `low` is above `high`, the value is not reached; infinite ones know nothing. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** By value id: 1 for an `iadd`, `isub`, `imul` or `shl` of i32 that does not wrap. */
  readonly isExact: Uint8Array;
  readonly #fn: IrFunction;
  readonly #dominators: DominatorTree;
  /** By block id: the condition of the only edge into the block. */
  readonly #entryConditions: (KnownCondition | undefined)[];
  /** What edges have passed to parameters so far. */
  readonly #passedLow: Float64Array;
  readonly #passedHigh: Float64Array;
  readonly #changes: Uint8Array;
  /** By block id: instructions whose intervals follow from others. */
  readonly #active: Value[][] = [];
  readonly #isReached: Uint8Array;
  #isChanged = false;
  // What conditions have narrowed, to be taken back.
  readonly #undoValues: number[] = [];
  readonly #undoLow: number[] = [];
  readonly #undoHigh: number[] = [];

  constructor(
    fn: IrFunction,
    dominators: DominatorTree,
    incoming: readonly IncomingEdge[][] = incomingEdges(fn, dominators.order),
  ) {
    this.#fn = fn;
    this.#dominators = dominators;
    const count = fn.valueCount;
    this.low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.isExact = new Uint8Array(count);
    this.#passedLow = this.low.slice();
    this.#passedHigh = this.high.slice();
    this.#changes = new Uint8Array(count);
    this.#isReached = new Uint8Array(fn.blockCount);
    this.#entryConditions = findEntryConditions(fn, dominators, incoming);
    for (const parameter of fn.parameters) this.#setUnknown(parameter);
    this.#isReached[fn.entry.id] = 1;
    this.#findActive();
    this.#solve();
  }

  /** True if the value is a whole number in a finite interval. */
  isKnown(value: Value): boolean {
    return Number.isFinite(this.low[value.id]) && Number.isFinite(this.high[value.id]);
  }

  lowOf(value: Value): number {
    return this.low[value.id] ?? Number.NEGATIVE_INFINITY;
  }

  highOf(value: Value): number {
    return this.high[value.id] ?? Number.POSITIVE_INFINITY;
  }

  /** What holds in a block because of the one branch that leads there. */
  entryCondition(block: Block): KnownCondition | undefined {
    return this.#entryConditions[block.id];
  }

  /** Goes through the blocks with the intervals that hold in each. Outside of this, intervals are those of definitions. */
  walk(visitor: RangeVisitor): void {
    this.#sweep(visitor);
  }

  #solve(): void {
    if (!hasWaysBack(this.#fn, this.#dominators)) {
      this.#sweep(); // what passes arguments comes before what takes them
      return;
    }
    for (let sweeps = 0; ; sweeps++) {
      this.#isChanged = false;
      this.#sweep();
      if (!this.#isChanged) break;
      if (sweeps === mostSweeps) {
        this.#giveUp();
        return;
      }
    }
    for (let round = 0; round < 2; round++) this.#narrow();
  }

  /** One more application to what holds already gives what holds as well, and may be less. */
  #narrow(): void {
    const [low, high] = [this.#passedLow.slice(), this.#passedHigh.slice()];
    this.#passedLow.fill(Number.POSITIVE_INFINITY);
    this.#passedHigh.fill(Number.NEGATIVE_INFINITY);
    this.#isNarrowing = true;
    this.#sweep(undefined, low, high);
    this.#isNarrowing = false;
  }

  #isNarrowing = false;

  /** Parameters may be anything, and every block is reached. */
  #giveUp(): void {
    for (const block of this.#dominators.order) {
      this.#isReached[block.id] = 1;
      for (const parameter of block.parameters) {
        this.#setUnknown(parameter);
        this.#passedLow[parameter.id] = this.lowOf(parameter);
        this.#passedHigh[parameter.id] = this.highOf(parameter);
      }
    }
    this.#sweep();
  }

  #sweep(visitor?: RangeVisitor, low = this.#passedLow, high = this.#passedHigh): void {
    const marks: number[] = [];
    this.#dominators.walk(
      (block) => {
        marks.push(this.#undoValues.length);
        if (this.#isReached[block.id] === 0) return;
        const condition = this.#entryConditions[block.id];
        if (condition !== undefined) this.#assume(condition.condition, condition.isTrue);
        if (block !== this.#fn.entry)
          for (const { id } of block.parameters) {
            this.low[id] = low[id] ?? 0;
            this.high[id] = high[id] ?? 0;
          }
        const active = this.#active[block.id] ?? [];
        for (let index = 0; index < active.length; index++) {
          const value = active[index];
          if (value !== undefined) findInterval(value, this);
        }
        visitor?.enter(block);
        if (visitor === undefined) this.#passArguments(block);
      },
      (block) => {
        if (visitor !== undefined && this.#isReached[block.id] !== 0) visitor.leave(block);
        this.#undo(marks.pop() ?? 0);
      },
    );
  }

  /** Constants and what is loaded have the same interval in each sweep; the others are looked at again. */
  #findActive(): void {
    for (const block of this.#dominators.order) {
      const active: Value[] = [];
      for (let index = 0; index < block.instructions.length; index++) {
        const value = block.instructions[index];
        if (value === undefined || (value.type !== "i32" && value.type !== "f64")) continue;
        if (followsFromOperands(value)) active.push(value);
        else findInterval(value, this);
      }
      this.#active[block.id] = active;
    }
  }

  setInterval(value: Value, low: number, high: number): void {
    this.low[value.id] = low;
    this.high[value.id] = high;
  }

  #setUnknown(value: Value): void {
    const isInt = value.type === "i32";
    this.low[value.id] = isInt ? least : Number.NEGATIVE_INFINITY;
    this.high[value.id] = isInt ? most : Number.POSITIVE_INFINITY;
  }

  #passArguments(block: Block): void {
    const { terminator } = block;
    for (const edge of edgesOf(terminator)) {
      const mark = this.#undoValues.length;
      let isPossible = true;
      if (terminator?.kind === "branch" && terminator.whenTrue.block !== terminator.whenFalse.block)
        isPossible = this.#assume(terminator.condition, edge === terminator.whenTrue);
      if (isPossible) {
        if (this.#isReached[edge.block.id] === 0) {
          this.#isReached[edge.block.id] = 1;
          this.#isChanged = true;
        }
        for (let index = 0; index < edge.arguments.length; index++) {
          const parameter = edge.block.parameters[index];
          const argument = edge.arguments[index];
          if (parameter !== undefined && argument !== undefined) this.#pass(parameter, argument);
        }
      }
      this.#undo(mark);
    }
  }

  #pass(parameter: Value, argument: Value): void {
    if (parameter.type !== "i32" && parameter.type !== "f64") return;
    const { id } = parameter;
    let low = Math.min(this.#passedLow[id] ?? 0, this.lowOf(argument));
    let high = Math.max(this.#passedHigh[id] ?? 0, this.highOf(argument));
    const isLower = low !== this.#passedLow[id];
    const isHigher = high !== this.#passedHigh[id];
    if (!isLower && !isHigher) return;
    if (!this.#isNarrowing) {
      const changes = (this.#changes[id] ?? 0) + 1;
      this.#changes[id] = Math.min(changes, 200);
      if (changes > changesBeforeWidening) {
        // To 0 first, since many things do not get negative; then to the end of i32; then to nothing known.
        if (isLower) low = low >= 0 ? 0 : low >= least ? least : Number.NEGATIVE_INFINITY;
        if (isHigher) high = high <= most ? most : Number.POSITIVE_INFINITY;
      }
      this.#isChanged = true;
    }
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      low = Number.NEGATIVE_INFINITY;
      high = Number.POSITIVE_INFINITY;
    }
    this.#passedLow[id] = low;
    this.#passedHigh[id] = high;
  }

  // -------------------------------------------------------------- Conditions

  /** Narrows what a condition says. False if it cannot be so. */
  #assume(condition: Value, isTrue: boolean): boolean {
    const { opcode } = condition;
    if (opcode !== "and" && opcode !== "or" && opcode !== "not") return this.#assumeAlone(condition, isTrue);
    let isPossible = true;
    for (const known of impliedConditions(condition, isTrue))
      if (!this.#assumeAlone(known.condition, known.isTrue)) isPossible = false;
    return isPossible;
  }

  /** The same of a condition without what it implies. */
  #assumeAlone({ opcode, immediate, operands }: Value, isTrue: boolean): boolean {
    if (opcode === "const") return (immediate === true) === isTrue;
    const a = operands[0];
    const b = operands[1];
    if (a === undefined || b === undefined || (a.type !== "i32" && a.type !== "f64")) return true;
    return this.#compare(isTrue ? opcode : (negated[opcode] ?? "parameter"), a, b);
  }

  #compare(opcode: Opcode, a: Value, b: Value): boolean {
    // Of an f64 that may be a fraction or NaN nothing follows, and nothing from it but for a constant.
    if (!this.isKnown(a) || !this.isKnown(b)) return true;
    switch (opcode) {
      case "slt":
      case "flt":
        return this.#below(a, b, 1);
      case "sle":
      case "fle":
        return this.#below(a, b, 0);
      case "sgt":
      case "fgt":
        return this.#below(b, a, 1);
      case "sge":
      case "fge":
        return this.#below(b, a, 0);
      case "ieq":
      case "feq":
        return this.#below(a, b, 0) && this.#below(b, a, 0);
      case "ine":
      case "fne":
        return this.#differ(a, b) && this.#differ(b, a);
      case "ult":
        return this.#belowUnsigned(a, b, 1);
      case "ule":
        return this.#belowUnsigned(a, b, 0);
      case "ugt":
        return this.#belowUnsigned(b, a, 1);
      case "uge":
        return this.#belowUnsigned(b, a, 0);
      default:
        return true;
    }
  }

  /** a + gap <= b */
  #below(a: Value, b: Value, gap: number): boolean {
    const high = Math.min(this.highOf(a), this.highOf(b) - gap);
    const low = Math.max(this.lowOf(b), this.lowOf(a) + gap);
    this.#restrict(a, this.lowOf(a), high);
    this.#restrict(b, low, this.highOf(b));
    return this.lowOf(a) <= this.highOf(a) && this.lowOf(b) <= this.highOf(b);
  }

  /** Below what is not negative, there is nothing negative either. */
  #belowUnsigned(a: Value, b: Value, gap: number): boolean {
    if (this.lowOf(b) < 0) return true;
    this.#restrict(a, Math.max(0, this.lowOf(a)), this.highOf(a));
    return this.#below(a, b, gap);
  }

  #differ(a: Value, b: Value): boolean {
    const only = this.lowOf(b);
    if (only !== this.highOf(b)) return true;
    const [low, high] = [this.lowOf(a), this.highOf(a)];
    this.#restrict(a, low === only ? low + 1 : low, high === only ? high - 1 : high);
    return this.lowOf(a) <= this.highOf(a);
  }

  #restrict(value: Value, low: number, high: number): void {
    const { id } = value;
    if (low === this.low[id] && high === this.high[id]) return;
    this.#undoValues.push(id);
    this.#undoLow.push(this.low[id] ?? 0);
    this.#undoHigh.push(this.high[id] ?? 0);
    this.low[id] = low;
    this.high[id] = high;
  }

  #undo(mark: number): void {
    while (this.#undoValues.length > mark) {
      const id = this.#undoValues.pop() ?? 0;
      this.low[id] = this.#undoLow.pop() ?? 0;
      this.high[id] = this.#undoHigh.pop() ?? 0;
    }
  }
}

/** The comparison that is true where this one is false; for floats, where both operands are numbers. */
const negated: Partial<Record<Opcode, Opcode>> = {
  ieq: "ine",
  ine: "ieq",
  slt: "sge",
  sge: "slt",
  sgt: "sle",
  sle: "sgt",
  ult: "uge",
  uge: "ult",
  ugt: "ule",
  ule: "ugt",
  feq: "fne",
  fne: "feq",
  flt: "fge",
  fge: "flt",
  fgt: "fle",
  fle: "fgt",
};

/** A condition and what else holds with it: both sides of a true `and` and of a false `or`, and what `not` turns round. */
export function impliedConditions(condition: Value, isTrue: boolean): KnownCondition[] {
  const implied: KnownCondition[] = [{ condition, isTrue }];
  for (let index = 0; index < implied.length && implied.length < 16; index++) {
    const known = implied[index];
    if (known === undefined) break;
    const { opcode, operands } = known.condition;
    if (opcode === "not") for (const operand of operands) implied.push({ condition: operand, isTrue: !known.isTrue });
    if (opcode === (known.isTrue ? "and" : "or"))
      for (const operand of operands) implied.push({ condition: operand, isTrue: known.isTrue });
  }
  return implied;
}

/** True if some edge goes to a block that is not behind it in reverse postorder. */
function hasWaysBack(fn: IrFunction, { order }: DominatorTree): boolean {
  const isPassed = new Uint8Array(fn.blockCount);
  for (const block of order) {
    isPassed[block.id] = 1;
    for (const edge of edgesOf(block.terminator)) if (isPassed[edge.block.id] === 1) return true;
  }
  return false;
}

function findEntryConditions(
  fn: IrFunction,
  dominators: DominatorTree,
  incoming: readonly IncomingEdge[][],
): (KnownCondition | undefined)[] {
  const conditions: (KnownCondition | undefined)[] = new Array(fn.blockCount).fill(undefined);
  for (const block of dominators.order) {
    const edges = incoming[block.id] ?? [];
    const [only] = edges;
    const branch = only?.from.terminator;
    if (edges.length !== 1 || only === undefined || branch?.kind !== "branch") continue;
    conditions[block.id] = { condition: branch.condition, isTrue: only.edge === branch.whenTrue };
  }
  return conditions;
}
