/**
 * Loop versioning: an innermost loop whose indices would be 32-bit integers, if only some numbers from outside of it were,
 * gets a second version for when they are.
 *
 * JavaScript says `for (let j = 0; j < n; j++) … a[i * n + j]` of an n that may be 2.5 or 10^300. So j + i * n is an f64, and
 * each access asks whether it is whole. Here n and i * n are asked once, in front of the loop:
 *   - An f64 from outside ("invariant") that an index is made from, or that a counter is compared with, must be a whole
 *     number from 0 to 2^29, and not -0. In the new loop, a conversion of the i32 stands for it.
 *   - An f64 that the loop carries around, and that an index is made from, is carried as an i32: it must be a whole number on
 *     entry, and again on each way back. Where it is not, the old loop goes on from there, with what it has come to.
 * Nothing else changes, so both loops compute the same whatever comes. Intervals (analysis/ranges.ts) then show that
 * most of the questions in the new loop are settled: i < n <= 2^29 makes i + 1 an i32. int32-narrowing does its work there,
 * known-conditions drops the rest.
 *
 * "Is it an i32, and not -0" is asked of bits: those of the f64 against those of its conversion there and back.
 *
 * Before: no block is without a way from the entry. After: the new loop stands where the old one stood, the old one behind
 * all; values that both define are merged behind them (loop-exits.ts).
 */
import { Analyses } from "../analysis/analyses.ts";
import { type IncomingEdge, incomingEdges } from "../analysis/control-flow.ts";
import type { Loop } from "../analysis/loops.ts";
import type { Ranges } from "../analysis/ranges.ts";
import { InternalError } from "../base/errors.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import type { Type } from "../ir/types.ts";
import type { Change } from "./change.ts";
import { copyBlocks } from "./copy-blocks.ts";
import { mergeExits } from "./loop-exits.ts";
import { moveLoopInvariants } from "./loop-invariants.ts";
import { isInInt32 } from "./whole-numbers.ts";

/** The most instructions of a loop that is worth having twice, and of all such loops of a function. */
const mostInstructions = 250;
const mostGrowth = 1000;

/** Numbers from outside are at most this, so that sums and small multiples of them are i32. */
const mostInvariant = 2 ** 29;
/** What the loop carries around is at most this, with either sign, on its way back; less where it is multiplied. */
const mostAdded = 2 ** 30;
const mostMultiplied = 2 ** 28;

export function versionLoops(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!analyses.mayHaveLoops || !hasToInt32(fn)) return false;
  if (!analyses.isAllReached) return false; // block-simplification was left out
  const { loops } = analyses.loops;
  const outer = new Set(loops.map((loop) => loop.parent));
  let growth = 0;
  // Versions of other loops may have added parameters to the blocks of this one, so the list may grow.
  let homes: number[] | undefined;
  for (const [index, loop] of loops.entries()) {
    if (outer.has(loop)) continue;
    const size = loop.blocks.reduce((sum, { instructions }) => sum + instructions.length + 1, 0);
    if (size > mostInstructions || growth + size > mostGrowth || !asksInside(loop)) continue;
    const { ranges } = analyses; // what earlier versions have added is not in them, and nothing of it in this loop
    if (!wantsWhole(loop, ranges)) continue;
    homes ??= new Array<number>(fn.valueCount).fill(0);
    const plan = new Planner(loop, index + 1, homes, ranges).plan();
    if (plan === undefined) continue;
    addVersion(fn, loop, ranges, plan);
    growth += size;
  }
  return growth > 0;
}

/** Invariant motion for loops that may get versions: `i * n` is one number from outside then, and not two. */
export function moveInvariantsOfIndices(fn: IrFunction, analyses = new Analyses(fn)): Change {
  return analyses.mayHaveLoops && hasToInt32(fn) && moveLoopInvariants(fn, analyses);
}

function hasToInt32(fn: IrFunction): boolean {
  return fn.blocks.some(({ instructions }) => instructions.some(isToInt32));
}

function asksInside({ blocks }: Loop): boolean {
  return blocks.some(({ instructions }) => instructions.some(isToInt32));
}

/** Whether an index may be something else than an i32, so far. */
function wantsWhole({ blocks }: Loop, ranges: Ranges): boolean {
  const isOpen = (value: Value): boolean => {
    const [number] = value.operands;
    return isToInt32(value) && number !== undefined && !isInInt32(number, ranges);
  };
  return blocks.some(({ instructions }) => instructions.some(isOpen));
}

const isToInt32 = ({ opcode }: Value): boolean => opcode === "to-int32";

/** What is to be whole in the new version of a loop. */
interface Plan {
  /** Numbers from outside. */
  readonly invariants: readonly Value[];
  /** Parameters of the header, and how large they may get. */
  readonly carried: readonly Value[];
  readonly mostCarried: number;
}

const arithmetic: ReadonlySet<Opcode> = new Set<Opcode>(["fadd", "fsub", "fmul", "select"]);
const orderings: ReadonlySet<Opcode> = new Set<Opcode>(["flt", "fle", "fgt", "fge", "fne", "feq"]);

/** Finds what the indices of a loop are made from. */
class Planner {
  readonly #loop: Loop;
  readonly #ranges: Ranges;
  /** By value id: the number of the loop that defines it, for loops that were looked at. */
  readonly #homes: number[];
  readonly #number: number;
  /** The arguments that are passed for each parameter of the loop's blocks, but for those from outside. */
  readonly #passed = new Map<Value, Value[]>();
  /** What is whole if the plan's numbers are. */
  readonly #whole = new Set<Value>();
  readonly #invariants = new Set<Value>();
  readonly #carried = new Set<Value>();
  #mostCarried = mostAdded;
  /** What the index in hand adds to those. */
  #pending: Value[] = [];

  /** `homes` is shared by the planners of a function, and 0 at first; loops' numbers start at 1. */
  constructor(loop: Loop, number: number, homes: number[], ranges: Ranges) {
    this.#loop = loop;
    this.#ranges = ranges;
    this.#homes = homes;
    this.#number = number;
    for (const block of loop.blocks) {
      for (const value of block.parameters) {
        homes[value.id] = number;
        this.#passed.set(value, []);
      }
      for (const value of block.instructions) homes[value.id] = number;
    }
    for (const block of loop.blocks)
      for (const edge of edgesOf(block.terminator))
        edge.block.parameters.forEach((parameter, index) => {
          const argument = edge.arguments[index];
          if (argument !== undefined) this.#passed.get(parameter)?.push(argument);
        });
  }

  plan(): Plan | undefined {
    let isWanted = false;
    for (const { instructions } of this.#loop.blocks)
      for (const value of instructions) {
        const [number] = value.operands;
        if (value.opcode !== "to-int32" || number === undefined || isInInt32(number, this.#ranges)) continue;
        if (this.#homes[number.id] === this.#number && this.#demand(number)) isWanted = true;
      }
    if (!isWanted) return undefined;
    // What a whole number is compared with tells how large it gets.
    for (const { instructions } of this.#loop.blocks)
      for (const { opcode, operands } of instructions) {
        const [a, b] = operands;
        if (!orderings.has(opcode) || a?.type !== "f64" || b === undefined) continue;
        if (this.#isMade(a)) this.#demand(b);
        else if (this.#isMade(b)) this.#demand(a);
      }
    // What was there first is asked first: loops that ask the same may then share the answer.
    const invariants = [...this.#invariants].sort((a, b) => a.id - b.id);
    const carried = [...this.#carried].filter((value) => !isInInt32(value, this.#ranges));
    const isNews = carried.length > 0 || invariants.some((value) => !isInInt32(value, this.#ranges));
    return isNews ? { invariants, carried, mostCarried: this.#mostCarried } : undefined;
  }

  /** Whether a value of the loop is made from what the plan makes whole. */
  #isMade(value: Value): boolean {
    return this.#homes[value.id] === this.#number && this.#whole.has(value);
  }

  /** Takes into the plan what makes the number whole; false, with the plan as it was, if nothing does. */
  #demand(number: Value): boolean {
    this.#pending = [];
    if (this.#trace(number)) return true;
    for (const value of this.#pending) {
      this.#whole.delete(value);
      this.#invariants.delete(value);
      this.#carried.delete(value);
    }
    return false;
  }

  #trace(start: Value): boolean {
    const work = [start];
    for (let value = work.pop(); value !== undefined; value = work.pop()) {
      if (this.#whole.has(value)) continue;
      if (value.type !== "f64") return false;
      const { opcode, operands } = value;
      if (opcode === "const") {
        if (!this.#ranges.isKnown(value)) return false;
        continue;
      }
      this.#whole.add(value);
      this.#pending.push(value);
      if (this.#homes[value.id] !== this.#number) {
        if (!this.#isSmall(value)) this.#invariants.add(value);
      } else if (opcode === "parameter") {
        if (this.#loop.header.parameters.includes(value)) this.#carried.add(value);
        work.push(...(this.#passed.get(value) ?? []));
      } else if (opcode === "convert-s" || opcode === "convert-u") {
        if (!isInInt32(value, this.#ranges)) return false;
      } else if (arithmetic.has(opcode)) {
        if (opcode === "fmul") this.#mostCarried = mostMultiplied;
        // Half of a number may be whole: the way back asks.
        const isPart = opcode === "fmul" && operands[1]?.opcode === "const" && isReciprocal(operands[1]);
        work.push(...(isPart ? operands.slice(0, 1) : opcode === "select" ? operands.slice(1) : operands));
      } else return false;
    }
    return true;
  }

  #isSmall(value: Value): boolean {
    return this.#ranges.lowOf(value) >= 0 && this.#ranges.highOf(value) <= mostInvariant;
  }
}

/** 2^-k for a small k. */
function isReciprocal({ immediate }: Value): boolean {
  if (typeof immediate !== "number" || immediate >= 1 || immediate < 2 ** -30) return false;
  return 2 ** Math.round(Math.log2(immediate)) === immediate;
}

/** Puts the new version of one loop in front of it. */
function addVersion(
  fn: IrFunction,
  { header, blocks }: Loop,
  ranges: Ranges,
  { invariants, carried, mostCarried }: Plan,
): void {
  const layout = [...fn.blocks];
  const isInside = new Set(blocks);
  const entries = (incomingEdges(fn, layout)[header.id] ?? []).filter(({ from }) => !isInside.has(from));
  const guards = new Guards(fn, entries, header, ranges);
  const substitutes = new Map<Value, Value>();
  for (const value of invariants) substitutes.set(value, guards.askInvariant(value));
  const integers = new Map<Value, Value>();
  for (const parameter of carried) {
    const integer = fn.createValue("parameter", "i32", []);
    integers.set(parameter, integer);
    substitutes.set(parameter, fn.createValue("convert-s", "f64", [integer]));
  }
  const initial = header.parameters.map((parameter, index) =>
    integers.has(parameter) ? guards.askCarried(index, mostCarried) : guards.passed(index),
  );
  const copies = copyBlocks(fn, blocks, substitutes); // a loop's header is its first block
  const [copiedHeader] = copies;
  if (copiedHeader === undefined) return;
  copiedHeader.parameters = header.parameters.map((value) => integers.get(value) ?? substitutes.get(value) ?? value);
  const conversions = carried.map((parameter) => substitutes.get(parameter) ?? parameter);
  copiedHeader.instructions = [...conversions, ...copiedHeader.instructions];
  guards.enter({ block: copiedHeader, arguments: initial });
  const waysBack: Block[] = [];
  if (carried.length > 0)
    for (const block of copies)
      for (const edge of edgesOf(block.terminator))
        if (edge.block === copiedHeader) waysBack.push(guardWayBack(fn, edge, header, integers, mostCarried));
  // The copies take the places of the blocks, which go to the end.
  const copyOfBlock = new Map(blocks.map((block, index) => [block, copies[index] ?? block]));
  const places = layout.flatMap((block) =>
    block === header ? [...guards.blocks, copiedHeader] : [copyOfBlock.get(block) ?? block],
  );
  fn.blocks = [...places, ...waysBack, ...blocks];
  for (const block of blocks) block.isUnlikely = true;
  mergeExits(fn, blocks, [...copies, ...waysBack], (value) => substitutes.get(value) ?? value);
}

/** Carries i32 around where they are whole numbers, and goes to the old loop where one is not. */
function guardWayBack(
  fn: IrFunction,
  edge: Edge,
  header: Block,
  integers: ReadonlyMap<Value, Value>,
  mostCarried: number,
): Block {
  const block = fn.createBlock();
  const next = edge.arguments;
  let isAll: Value | undefined;
  const narrowed = header.parameters.map((parameter, index) => {
    const number = next[index] ?? parameter;
    if (!integers.has(parameter)) return number;
    const { integer, isWhole } = askWhole(fn, block, number);
    isAll = both(fn, block, isAll, isWhole);
    isAll = both(fn, block, isAll, compare(fn, block, "sle", integer, mostCarried));
    isAll = both(fn, block, isAll, compare(fn, block, "sge", integer, -mostCarried));
    return integer;
  });
  if (isAll !== undefined)
    block.terminator = {
      kind: "branch",
      condition: isAll,
      whenTrue: { block: edge.block, arguments: narrowed },
      whenFalse: { block: header, arguments: [...next] },
    };
  edge.block = block;
  edge.arguments = [];
  return block;
}

/** The questions in front of the loop: a chain of blocks that leave it for the old loop where an answer is no. */
class Guards {
  readonly blocks: Block[] = [];
  readonly #fn: IrFunction;
  readonly #header: Block;
  readonly #ranges: Ranges;
  readonly #passed: readonly Value[];
  #block: Block;

  constructor(fn: IrFunction, entries: readonly IncomingEdge[], header: Block, ranges: Ranges) {
    this.#fn = fn;
    this.#header = header;
    this.#ranges = ranges;
    this.#block = this.#createBlock();
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      this.#passed = only.edge.arguments;
      only.edge.arguments = [];
    } else this.#passed = header.parameters.map(({ type }) => fn.addParameter(this.#block, type));
    for (const { edge } of entries) edge.block = this.#block;
  }

  /** What the entry passes for the header's parameter at a place. */
  passed(index: number): Value {
    const value = this.#passed[index];
    if (value === undefined) throw new InternalError(`an edge without argument ${index}`);
    return value;
  }

  /** The number as it is in the new loop: converted from an i32. */
  askInvariant(number: Value): Value {
    const { integer, isWhole } = this.#askWhole(number);
    this.#require(
      both(this.#fn, this.#block, isWhole, compare(this.#fn, this.#block, "ult", integer, mostInvariant + 1)),
    );
    return append(this.#fn, this.#block, "convert-s", "f64", [integer]);
  }

  /** What is passed for a parameter, as an i32. */
  askCarried(index: number, mostCarried: number): Value {
    const number = this.passed(index);
    const { integer, isWhole } = this.#askWhole(number);
    let condition = isWhole;
    const [low, high] = [this.#ranges.lowOf(number), this.#ranges.highOf(number)];
    if (!(high <= mostCarried))
      condition = both(this.#fn, this.#block, condition, compare(this.#fn, this.#block, "sle", integer, mostCarried));
    if (!(low >= -mostCarried))
      condition = both(this.#fn, this.#block, condition, compare(this.#fn, this.#block, "sge", integer, -mostCarried));
    this.#require(condition);
    return integer;
  }

  /** Ends the chain: all answers were yes. */
  enter(edge: Edge): void {
    this.#block.terminator = { kind: "jump", target: edge };
  }

  #askWhole(number: Value): { integer: Value; isWhole: Value | undefined } {
    if (!isInInt32(number, this.#ranges)) return askWhole(this.#fn, this.#block, number);
    return { integer: append(this.#fn, this.#block, "to-int32", "i32", [number]), isWhole: undefined };
  }

  #require(condition: Value | undefined): void {
    if (condition === undefined) return;
    const next = this.#createBlock();
    this.#block.terminator = {
      kind: "branch",
      condition,
      whenTrue: { block: next, arguments: [] },
      whenFalse: { block: this.#header, arguments: [...this.#passed] },
    };
    this.#block = next;
  }

  #createBlock(): Block {
    const block = this.#fn.createBlock();
    this.blocks.push(block);
    return block;
  }
}

/** The number's i32, and whether that is all of it. */
function askWhole(fn: IrFunction, block: Block, number: Value): { integer: Value; isWhole: Value } {
  const integer = append(fn, block, "to-int32", "i32", [number]);
  const back = append(fn, block, "convert-s", "f64", [integer]);
  const [bits, expected] = [back, number].map((value) => append(fn, block, "bitcast", "i64", [value]));
  return { integer, isWhole: append(fn, block, "ieq", "bool", [bits ?? back, expected ?? number]) };
}

function compare(fn: IrFunction, block: Block, opcode: Opcode, integer: Value, bound: number): Value {
  const constant = fn.createValue("const", "i32", [], bound);
  block.instructions.push(constant);
  return append(fn, block, opcode, "bool", [integer, constant]);
}

/** Both conditions, or the one that there is. */
function both(fn: IrFunction, block: Block, one: Value | undefined, other: Value): Value {
  return one === undefined ? other : append(fn, block, "and", "bool", [one, other]);
}

function append(fn: IrFunction, block: Block, opcode: Opcode, type: Type, operands: Value[]): Value {
  const value = fn.createValue(opcode, type, operands);
  block.instructions.push(value);
  return value;
}
