/**
 * Global value numbering: an instruction that computes what one above it in the dominator tree has computed is replaced
 * by that one.
 *
 * A walk over the dominator tree with a hash table of what is known; what a block added leaves with it, so every entry
 * found dominates the place at hand. Equal means same opcode, type and immediate and the same operands, in any order
 * where the row says commutative. Trapping instructions take part: the first has not trapped where the second stands.
 * So do calls of pure functions. Loads do not, since a store may stand between. Briggs, Cooper, Simpson, "Value Numbering" (1997), section 4.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { Block, Constant, IrFunction, Value } from "../ir/function.ts";
import { types } from "../ir/types.ts";
import { effectOf } from "./memory.ts";
import { Replacements } from "./replacements.ts";

const fewInstructions = 12;

export function numberValues(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  const isOnly = fn.blocks.length === 1;
  if (isOnly && areDifferent(fn.entry.instructions)) return false;
  const replacements = new Replacements(fn);
  const known = new KnownValues(fn);
  const enter = (block: Block): void => {
    block.instructions = replaceKnown(block.instructions, known, replacements);
  };
  if (isOnly) enter(fn.entry);
  else {
    const marks: number[] = [];
    analyses.dominators.walk(
      (block) => {
        marks.push(known.count);
        enter(block);
      },
      () => known.forget(marks.pop() ?? 0),
    );
  }
  if (isOnly || analyses.isAllReached) replacements.applyToEnds();
  else replacements.apply();
  return !replacements.isEmpty;
}

/** For few instructions, whether no two are equal: small formulas mostly have nothing to find. */
function areDifferent(instructions: readonly Value[]): boolean {
  if (instructions.length > fewInstructions) return false;
  for (let index = 1; index < instructions.length; index++)
    for (let before = 0; before < index; before++) {
      const [a, b] = [instructions[before], instructions[index]];
      if (a !== undefined && b !== undefined && isEqual(a, b)) return false;
    }
  return true;
}

function replaceKnown(instructions: Value[], known: KnownValues, replacements: Replacements): Value[] {
  let kept: Value[] | undefined;
  for (let index = 0; index < instructions.length; index++) {
    const value = instructions[index];
    if (value === undefined) continue;
    replacements.resolveOperands(value);
    const equal = effectOf(value) === undefined ? known.findOrAdd(value) : undefined;
    if (equal === undefined) kept?.push(value);
    else {
      kept ??= instructions.slice(0, index);
      replacements.replace(value, equal);
    }
  }
  return kept ?? instructions;
}

/** A hash table with chains, whose newest entries can be taken back. */
class KnownValues {
  readonly #mask: number;
  /** By hash: one more than the newest entry of the chain. */
  readonly #heads: Int32Array;
  readonly #values: Value[] = [];
  readonly #hashes: number[] = [];
  /** By entry: one more than the next older entry of its chain. */
  readonly #next: number[] = [];

  constructor(fn: IrFunction) {
    const size = 2 << (31 - Math.clz32(fn.valueCount | 1)); // the power of two above
    this.#mask = size - 1;
    this.#heads = new Int32Array(size);
  }

  get count(): number {
    return this.#values.length;
  }

  /** An equal value that is known already; otherwise the value becomes known. */
  findOrAdd(value: Value): Value | undefined {
    const hash = hashOf(value) & this.#mask;
    const head = this.#heads[hash] ?? 0;
    for (let entry = head; entry > 0; entry = this.#next[entry - 1] ?? 0) {
      const other = this.#values[entry - 1];
      if (other !== undefined && isEqual(value, other)) return other;
    }
    this.#values.push(value);
    this.#hashes.push(hash);
    this.#next.push(head);
    this.#heads[hash] = this.#values.length;
    return undefined;
  }

  /** Takes back all but the oldest `count` entries. */
  forget(count: number): void {
    while (this.#values.length > count) {
      this.#values.pop();
      this.#heads[this.#hashes.pop() ?? 0] = this.#next.pop() ?? 0;
    }
  }
}

function hashOf(value: Value): number {
  const { operands, immediate } = value;
  const shape = value.shape;
  let hash = shape.number * 32 + types[value.type].number;
  if (immediate !== undefined) hash = mix(hash, hashOfConstant(immediate));
  if (shape.commutative) {
    // A sum does not depend on the order.
    const sum = (operands[0]?.id ?? 0) + (operands[1]?.id ?? 0);
    return mix(hash, sum);
  }
  for (let index = 0; index < operands.length; index++) hash = mix(hash, operands[index]?.id ?? 0);
  return hash;
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1); // 2^32 divided by the golden ratio
  return product ^ (product >>> 15);
}

// Scratch, to see a number's bits.
const asNumber = new Float64Array(1);
const asWords = new Int32Array(asNumber.buffer);

function hashOfConstant(constant: Constant): number {
  if (typeof constant === "boolean") return constant ? 1 : 0;
  asNumber[0] = Number(constant);
  return mix(asWords[0] ?? 0, asWords[1] ?? 0);
}

function isEqual(a: Value, b: Value): boolean {
  if (a.shape !== b.shape || a.type !== b.type || a.callee !== b.callee || !Object.is(a.immediate, b.immediate))
    return false;
  const { length } = a.operands;
  let isSame = length === b.operands.length;
  for (let index = 0; isSame && index < length; index++) isSame = a.operands[index] === b.operands[index];
  if (isSame || !a.shape.commutative) return isSame;
  return a.operands[0] === b.operands[1] && a.operands[1] === b.operands[0];
}
