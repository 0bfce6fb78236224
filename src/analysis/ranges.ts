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
 *
 * Most values of most functions have nothing to do with that: what follows from constants alone, f64 that may be fractions,
 * and comparisons of those are settled before the first sweep, which then asks each block's short lists (`Place`).
 */
import type { Block, Edge, IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { type IncomingEdge, incomingEdges } from "./control-flow.ts";
import type { DominatorTree } from "./dominators.ts";
import { findInterval, followsFromOperands, type Interval, isUnknownOfUnknown } from "./interval-arithmetic.ts";

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

/** A comparison that holds, in a form that needs no more cases than it has. */
interface Comparison {
  readonly relation: Relation;
  readonly a: Value;
  readonly b: Value;
  /** Of the orders: a + gap <= b. */
  readonly gap: 0 | 1;
}

type Relation = "below" | "below-unsigned" | "equal" | "different" | "never";

/** What sweeps ask of one block. */
interface Place {
  readonly id: number;
  /** What the only branch that leads there says of intervals. */
  readonly entry: readonly Comparison[];
  /** Numbers that edges pass. */
  readonly parameters: readonly Value[];
  /** Instructions whose intervals follow from others. */
  readonly active: readonly Value[];
  readonly ways: readonly Way[];
}

/** An edge: under which conditions it passes which numbers. */
interface Way {
  readonly target: number;
  readonly conditions: readonly Comparison[];
  readonly parameters: readonly Value[];
  readonly arguments: readonly Value[];
}

export class Ranges implements Interval {
  /** By value id. Where `low` is above `high`, the value is not reached; infinite ones know nothing. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** By value id: 1 for an `iadd`, `isub`, `imul` or `shl` of i32 that does not wrap. */
  readonly isExact: Uint8Array;
  readonly #dominators: DominatorTree;
  readonly #incoming: readonly IncomingEdge[][];
  /** By value id: 0 for what sweeps look at again, and what conditions narrow. */
  readonly #isSettled: Uint8Array;
  /** By position in the dominators' order. */
  readonly #places: Place[];
  /** The walk over the dominator tree without leaves that have nothing to ask. */
  readonly #steps: readonly number[];
  /** All parameters of `#places`. */
  readonly #parameters: Value[] = [];
  /** By value id: what edges have passed to parameters so far. */
  readonly #passedLow: Float64Array;
  readonly #passedHigh: Float64Array;
  readonly #changes: Uint8Array;
  readonly #isReached: Uint8Array;
  #isChanged = false;
  #isNarrowing = false;
  // What conditions have narrowed, to be taken back.
  readonly #undoValues: number[] = [];
  readonly #undoLow: number[] = [];
  readonly #undoHigh: number[] = [];
  readonly #marks: number[] = [];

  constructor(
    fn: IrFunction,
    dominators: DominatorTree,
    incoming: readonly IncomingEdge[][] = incomingEdges(fn, dominators.order),
  ) {
    this.#dominators = dominators;
    this.#incoming = incoming;
    const count = fn.valueCount;
    this.low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.isExact = new Uint8Array(count);
    this.#isSettled = new Uint8Array(count);
    this.#passedLow = this.low.slice();
    this.#passedHigh = this.high.slice();
    this.#changes = new Uint8Array(count);
    this.#isReached = new Uint8Array(fn.blockCount);
    for (const parameter of fn.parameters) {
      this.#setUnknown(parameter);
      if (parameter.type === "f64") this.#isSettled[parameter.id] = 1;
    }
    this.#isReached[fn.entry.id] = 1;
    this.#places = new Array(dominators.order.length);
    this.#findPlaces(fn);
    this.#steps = this.#findSteps();
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
  entryCondition({ id }: Block): KnownCondition | undefined {
    const edges = this.#incoming[id];
    const only = edges?.[0];
    const branch = only?.from.terminator;
    if (edges?.length !== 1 || only === undefined || branch?.kind !== "branch") return undefined;
    return { condition: branch.condition, isTrue: only.edge === branch.whenTrue };
  }

  /** Goes through the blocks with the intervals that hold in each. Outside of this, intervals are those of definitions. */
  walk(visitor: RangeVisitor): void {
    const { order, steps } = this.#dominators;
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] ?? 0;
      const block = order[step < 0 ? ~step : step];
      if (block === undefined) continue;
      const isReached = this.#isReached[block.id] !== 0;
      if (step >= 0) {
        this.#enter(step);
        if (isReached) visitor.enter(block);
      } else {
        if (isReached) visitor.leave(block);
        this.#undo(this.#marks.pop() ?? 0);
      }
    }
  }

  // ---------------------------------------------------------- What there is to ask

  /** Reads off each block what sweeps ask of it, and settles what is the same in each of them. */
  #findPlaces({ entry, blockCount }: IrFunction): void {
    const { order } = this.#dominators;
    const entries: (readonly Comparison[] | undefined)[] = new Array(blockCount).fill(undefined);
    for (let position = 0; position < order.length; position++) {
      const block = order[position];
      if (block === undefined) continue;
      const { id, instructions, terminator } = block;
      const parameters = block === entry ? none : numbersOf(block.parameters);
      for (let index = 0; index < parameters.length; index++) {
        const parameter = parameters[index];
        if (parameter !== undefined) this.#parameters.push(parameter);
      }
      let active: Value[] | undefined;
      for (let index = 0; index < instructions.length; index++) {
        const value = instructions[index];
        if (value === undefined || (value.type !== "i32" && value.type !== "f64")) continue;
        const follows = followsFromOperands(value);
        if (follows && this.#isOfUnknown(value)) this.#setUnknown(value);
        else if (!follows || this.#isOfSettled(value)) findInterval(value, this);
        else {
          if (active === undefined) active = [value];
          else active.push(value);
          continue;
        }
        // Where an interval has several numbers, conditions may leave fewer.
        if (this.#isNeverKnown(value) || this.low[value.id] === this.high[value.id]) this.#isSettled[value.id] = 1;
      }
      let ways: readonly Way[] = none;
      if (terminator?.kind === "jump") ways = [way(terminator.target, none)];
      else if (terminator?.kind === "branch") {
        const { condition, whenTrue, whenFalse } = terminator;
        const isDecided = whenTrue.block !== whenFalse.block;
        const ifTrue = isDecided ? this.#comparisons(condition, true) : none;
        const ifFalse = isDecided ? this.#comparisons(condition, false) : none;
        ways = [way(whenTrue, ifTrue), way(whenFalse, ifFalse)];
        if (this.#incoming[whenTrue.block.id]?.length === 1) entries[whenTrue.block.id] = ifTrue;
        if (this.#incoming[whenFalse.block.id]?.length === 1) entries[whenFalse.block.id] = ifFalse;
      }
      this.#places[position] = { id, entry: entries[id] ?? none, parameters, active: active ?? none, ways };
    }
  }

  /** Whether nothing is known of it because nothing is known of an operand. */
  #isOfUnknown(value: Value): boolean {
    if (!isUnknownOfUnknown(value)) return false;
    const { operands } = value;
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand !== undefined && this.#isNeverKnown(operand)) return true;
    }
    return false;
  }

  /** Whether its operands have the same interval in each sweep and under each condition. */
  #isOfSettled({ operands }: Value): boolean {
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand === undefined || (operand.type !== "i32" && operand.type !== "f64")) continue;
      if (this.#isSettled[operand.id] === 0) return false;
    }
    return true;
  }

  /** What a condition says about intervals where it is true, or false. */
  #comparisons(condition: Value, isTrue: boolean): readonly Comparison[] {
    const { opcode } = condition;
    if (opcode !== "and" && opcode !== "or" && opcode !== "not") {
      const comparison = this.#comparison(condition, isTrue);
      return comparison === undefined ? none : [comparison];
    }
    const comparisons: Comparison[] = [];
    for (const known of impliedConditions(condition, isTrue)) {
      const comparison = this.#comparison(known.condition, known.isTrue);
      if (comparison !== undefined) comparisons.push(comparison);
    }
    return comparisons;
  }

  #comparison(condition: Value, isTrue: boolean): Comparison | undefined {
    const { opcode, immediate, operands } = condition;
    if (opcode === "const")
      return (immediate === true) === isTrue ? undefined : { relation: "never", a: condition, b: condition, gap: 0 };
    const a = operands[0];
    const b = operands[1];
    if (a === undefined || b === undefined || (a.type !== "i32" && a.type !== "f64")) return undefined;
    // Of an f64 that may be a fraction or NaN nothing follows, and nothing from it but for a constant.
    if (this.#isNeverKnown(a) || this.#isNeverKnown(b)) return undefined;
    const form = relations[isTrue ? opcode : (negated[opcode] ?? "parameter")];
    if (form === undefined) return undefined;
    const { relation, gap, isMirrored } = form;
    return isMirrored ? { relation, a: b, b: a, gap } : { relation, a, b, gap };
  }

  /** An f64 that may be a fraction. While places are found, what is not settled is not reached yet, so this is of what is. */
  #isNeverKnown({ id, type }: Value): boolean {
    return type === "f64" && this.low[id] === Number.NEGATIVE_INFINITY;
  }

  #findSteps(): number[] {
    const { steps } = this.#dominators;
    const kept: number[] = [];
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] ?? 0;
      const place = step < 0 ? undefined : this.#places[step];
      const isIdle =
        place !== undefined &&
        place.ways.length === 0 &&
        place.active.length === 0 &&
        place.parameters.length === 0 &&
        steps[index + 1] === ~step;
      if (isIdle) index++;
      else kept.push(step);
    }
    return kept;
  }

  // ------------------------------------------------------------------- Sweeps

  #solve(): void {
    if (!this.#leadsBack()) {
      this.#sweep(this.#passedLow, this.#passedHigh); // what passes arguments comes before what takes them
      return;
    }
    for (let sweeps = 0; ; sweeps++) {
      this.#isChanged = false;
      this.#sweep(this.#passedLow, this.#passedHigh);
      if (!this.#isChanged) break;
      if (sweeps === mostSweeps) {
        this.#giveUp();
        return;
      }
    }
    const low = new Float64Array(this.low.length);
    const high = new Float64Array(this.high.length);
    if (this.#narrow(low, high)) this.#narrow(low, high);
  }

  /** True if some edge goes to a block that is not behind it in reverse postorder. */
  #leadsBack(): boolean {
    const isPassed = new Uint8Array(this.#isReached.length);
    for (const { id, ways } of this.#places) {
      isPassed[id] = 1;
      for (let index = 0; index < ways.length; index++) if (isPassed[ways[index]?.target ?? 0] === 1) return true;
    }
    return false;
  }

  /** One more application to what holds already gives what holds as well, and may be less: says whether it is. */
  #narrow(low: Float64Array, high: Float64Array): boolean {
    for (const { id } of this.#parameters) {
      low[id] = this.#passedLow[id] ?? 0;
      high[id] = this.#passedHigh[id] ?? 0;
      this.#passedLow[id] = Number.POSITIVE_INFINITY;
      this.#passedHigh[id] = Number.NEGATIVE_INFINITY;
    }
    this.#isNarrowing = true;
    this.#sweep(low, high);
    this.#isNarrowing = false;
    for (const { id } of this.#parameters)
      if (low[id] !== this.#passedLow[id] || high[id] !== this.#passedHigh[id]) return true;
    return false;
  }

  /** Parameters may be anything, and every block is reached. */
  #giveUp(): void {
    for (const { id } of this.#places) this.#isReached[id] = 1;
    for (const parameter of this.#parameters) {
      this.#setUnknown(parameter);
      this.#passedLow[parameter.id] = this.lowOf(parameter);
      this.#passedHigh[parameter.id] = this.highOf(parameter);
    }
    this.#sweep(this.#passedLow, this.#passedHigh);
  }

  /** Parameters are what `low` and `high` say. */
  #sweep(low: Float64Array, high: Float64Array): void {
    const steps = this.#steps;
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] ?? 0;
      if (step < 0) this.#undo(this.#marks.pop() ?? 0);
      else {
        this.#enter(step, low, high);
        this.#passArguments(step);
      }
    }
  }

  #enter(position: number, low = this.#passedLow, high = this.#passedHigh): void {
    this.#marks.push(this.#undoValues.length);
    const place = this.#places[position];
    if (place === undefined || this.#isReached[place.id] === 0) return;
    const { entry, parameters, active } = place;
    if (entry.length > 0) this.#assume(entry);
    for (let index = 0; index < parameters.length; index++) {
      const id = parameters[index]?.id ?? 0;
      this.low[id] = low[id] ?? 0;
      this.high[id] = high[id] ?? 0;
    }
    for (let index = 0; index < active.length; index++) {
      const value = active[index];
      if (value !== undefined) findInterval(value, this);
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

  #passArguments(position: number): void {
    const place = this.#places[position];
    if (place === undefined || this.#isReached[place.id] === 0) return;
    const { ways } = place;
    for (let index = 0; index < ways.length; index++) {
      const way = ways[index];
      if (way === undefined) continue;
      const { target, conditions, parameters } = way;
      if (parameters.length === 0 && this.#isReached[target] === 1) continue;
      const mark = this.#undoValues.length;
      if (conditions.length === 0 || this.#assume(conditions)) {
        if (this.#isReached[target] === 0) {
          this.#isReached[target] = 1;
          this.#isChanged = true;
        }
        for (let at = 0; at < parameters.length; at++) {
          const parameter = parameters[at];
          const argument = way.arguments[at];
          if (parameter !== undefined && argument !== undefined) this.#pass(parameter.id, argument.id);
        }
      }
      this.#undo(mark);
    }
  }

  #pass(id: number, argument: number): void {
    let low = Math.min(this.#passedLow[id] ?? 0, this.low[argument] ?? 0);
    let high = Math.max(this.#passedHigh[id] ?? 0, this.high[argument] ?? 0);
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

  /** Narrows what comparisons say. False if they cannot be so. */
  #assume(comparisons: readonly Comparison[]): boolean {
    let isPossible = true;
    for (let index = 0; index < comparisons.length; index++) {
      const comparison = comparisons[index];
      if (comparison !== undefined && !this.#holds(comparison)) isPossible = false;
    }
    return isPossible;
  }

  #holds({ relation, a, b, gap }: Comparison): boolean {
    if (relation === "never") return false;
    if (!this.isKnown(a) || !this.isKnown(b)) return true;
    switch (relation) {
      case "below":
        return this.#below(a.id, b.id, gap);
      case "below-unsigned":
        // Below what is not negative, there is nothing negative either.
        if (this.lowOf(b) < 0) return true;
        this.#restrict(a.id, Math.max(0, this.lowOf(a)), this.highOf(a));
        return this.#below(a.id, b.id, gap);
      case "equal":
        return this.#below(a.id, b.id, 0) && this.#below(b.id, a.id, 0);
      case "different":
        return this.#differ(a.id, b.id) && this.#differ(b.id, a.id);
    }
  }

  /** a + gap <= b */
  #below(a: number, b: number, gap: number): boolean {
    const high = Math.min(this.high[a] ?? 0, (this.high[b] ?? 0) - gap);
    const low = Math.max(this.low[b] ?? 0, (this.low[a] ?? 0) + gap);
    this.#restrict(a, this.low[a] ?? 0, high);
    this.#restrict(b, low, this.high[b] ?? 0);
    return (this.low[a] ?? 0) <= (this.high[a] ?? 0) && (this.low[b] ?? 0) <= (this.high[b] ?? 0);
  }

  #differ(a: number, b: number): boolean {
    const only = this.low[b] ?? 0;
    if (only !== this.high[b]) return true;
    const low = this.low[a] ?? 0;
    const high = this.high[a] ?? 0;
    this.#restrict(a, low === only ? low + 1 : low, high === only ? high - 1 : high);
    return (this.low[a] ?? 0) <= (this.high[a] ?? 0);
  }

  #restrict(id: number, low: number, high: number): void {
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

const none: readonly never[] = [];

function way({ block, arguments: args }: Edge, conditions: readonly Comparison[]): Way {
  const { id: target, parameters } = block;
  if (args.length === 0) return { target, conditions, parameters: none, arguments: none };
  if (parameters.every(isNumber)) return { target, conditions, parameters, arguments: args };
  const passed = args.filter((_, index) => parameters[index] !== undefined && isNumber(parameters[index]));
  return { target, conditions, parameters: parameters.filter(isNumber), arguments: passed };
}

function numbersOf(values: readonly Value[]): readonly Value[] {
  return values.length === 0 || values.every(isNumber) ? values : values.filter(isNumber);
}

function isNumber({ type }: Value): boolean {
  return type === "i32" || type === "f64";
}

/** What a comparison that is true says; `isMirrored`: with its operands the other way round. */
const relations: Partial<
  Record<Opcode, { readonly relation: Relation; readonly gap: 0 | 1; readonly isMirrored?: boolean }>
> = {
  slt: { relation: "below", gap: 1 },
  flt: { relation: "below", gap: 1 },
  sle: { relation: "below", gap: 0 },
  fle: { relation: "below", gap: 0 },
  sgt: { relation: "below", gap: 1, isMirrored: true },
  fgt: { relation: "below", gap: 1, isMirrored: true },
  sge: { relation: "below", gap: 0, isMirrored: true },
  fge: { relation: "below", gap: 0, isMirrored: true },
  ult: { relation: "below-unsigned", gap: 1 },
  ule: { relation: "below-unsigned", gap: 0 },
  ugt: { relation: "below-unsigned", gap: 1, isMirrored: true },
  uge: { relation: "below-unsigned", gap: 0, isMirrored: true },
  ieq: { relation: "equal", gap: 0 },
  feq: { relation: "equal", gap: 0 },
  ine: { relation: "different", gap: 0 },
  fne: { relation: "different", gap: 0 },
};

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
