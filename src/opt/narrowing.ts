/**
 * Narrowing: numbers that are known to be integers of some width are computed as such, where that is wanted. int32-narrowing.ts
 * and int64-narrowing.ts say of which width and when; this is how.
 *
 * A candidate is a sum, difference, product, choice or parameter whose interval holds such integers alone, and so are all of its
 * parts: candidates themselves, constants, or converted from integers. Candidates that are made from each other change together
 * or not at all: if more of their uses want integers than want f64, uses in loops counting more. Every use then sees a
 * conversion of the integer, which rules of simplification take away where the use wanted the integer.
 *
 * Before: the entry reaches every block. After: blocks and edges are the same, but for parameters and their arguments.
 */
import type { Analyses } from "../analysis/analyses.ts";
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { Ranges } from "../analysis/ranges.ts";
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { shapes } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { Insertions } from "./insertions.ts";
import { Replacements } from "./replacements.ts";

/** A width of integers. */
export interface Integers {
  readonly type: "i32" | "i64";
  /** True for a number that is one of them for sure, and not -0. */
  include(value: Value, ranges: Ranges): boolean;
  /** The integer of a constant, or of an f64 that was converted from `source`; what that needs is put in front of it. */
  convert(value: Value, source: Value | undefined, fn: IrFunction, insertions: Insertions): Value;
  /** 1 if the instruction wants its numbers as integers, -1 if as f64, 0 if it does not matter. */
  wants(user: Value, narrowing: Narrowing): 1 | 0 | -1;
  /** Lets an instruction, which stays what it is otherwise, ask the integers themselves. */
  readonly rewriteUse: ((user: Value, narrowing: Narrowing) => void) | undefined;
}

/** A value to narrow, and what it is made from: operands, or the arguments for a parameter, in the order of the edges. */
interface Candidate {
  readonly value: Value;
  readonly parts: readonly Value[];
  readonly block: Block;
  /** Of a parameter; -1 for an instruction. */
  readonly index: number;
}

/** What a narrowed operation is on integers; its operands stay in their order. */
const narrowed: Partial<Record<Opcode, Opcode>> = {
  fadd: "iadd",
  fsub: "isub",
  fmul: "imul",
  select: "select",
  parameter: "parameter",
};

/** By opcode number. */
const isNarrowed = Uint8Array.from(shapes, ({ opcode }) => (narrowed[opcode] === undefined ? 0 : 1));

export class Narrowing {
  readonly #fn: IrFunction;
  readonly #analyses: Analyses;
  readonly #ranges: Ranges;
  readonly #width: Integers;
  /** By value id: 1 for what can be an operation on integers, and then for what is chosen to be one. */
  readonly #canNarrow: Uint8Array;
  /** By value id: what stands for the value as an integer. */
  readonly #integers: (Value | undefined)[] = [];
  readonly #insertions = new Insertions();

  constructor(fn: IrFunction, analyses: Analyses, width: Integers) {
    this.#fn = fn;
    this.#analyses = analyses;
    this.#ranges = analyses.ranges;
    this.#width = width;
    this.#canNarrow = new Uint8Array(fn.valueCount);
  }

  /** Narrows what is worth it, and says whether that is anything. */
  run(): boolean {
    const candidates = this.#findCandidates();
    if (candidates.length === 0) return false;
    const groups = this.#weigh(candidates);
    const chosen = candidates.filter(({ value }) => groups.isWorthwhile(value));
    if (chosen.length === 0) return false;
    this.#rewrite(chosen);
    return true;
  }

  /** It is narrowed, or may be. */
  isNarrow(value: Value): boolean {
    return this.#canNarrow[value.id] === 1;
  }

  /** An integer is there already, or can be made. */
  hasInteger(value: Value): boolean {
    if (this.#canNarrow[value.id] === 1) return true;
    return this.#isWhole(value) && (value.opcode === "const" || sourceOf(value) !== undefined);
  }

  /** What stands for a value that has an integer. */
  integerOf(value: Value): Value {
    let integer = this.#integers[value.id];
    if (integer === undefined) {
      integer = this.#width.convert(value, sourceOf(value), this.#fn, this.#insertions);
      this.#integers[value.id] = integer;
    }
    return integer;
  }

  /** The largest set of whole values all of whose parts have integers. */
  #findCandidates(): Candidate[] {
    const candidates: Candidate[] = [];
    for (const block of this.#analyses.order) {
      const { instructions, parameters } = block;
      for (let index = 0; index < parameters.length && block !== this.#fn.entry; index++) {
        const value = parameters[index];
        if (value === undefined || !this.#isWhole(value)) continue;
        const parts: Value[] = [];
        for (const { edge } of this.#analyses.incoming[block.id] ?? []) {
          const argument = edge.arguments[index];
          if (argument !== undefined) parts.push(argument);
        }
        candidates.push({ value, parts, block, index });
      }
      for (let index = 0; index < instructions.length; index++) {
        const value = instructions[index];
        if (value === undefined || isNarrowed[value.shape.number] === 0 || !this.#isWhole(value)) continue;
        const parts = value.opcode === "select" ? value.operands.slice(1) : value.operands;
        candidates.push({ value, parts, block, index: -1 });
      }
    }
    for (const { value } of candidates) this.#canNarrow[value.id] = 1;
    const failed: Value[] = [];
    for (const { value, parts } of candidates)
      if (!parts.every((part) => this.hasInteger(part))) {
        this.#canNarrow[value.id] = 0;
        failed.push(value);
      }
    if (failed.length === candidates.length) return [];
    if (failed.length > 0) this.#failUsers(candidates, failed);
    return candidates.filter(({ value }) => this.#canNarrow[value.id] === 1);
  }

  /** What is made of what failed fails as well. */
  #failUsers(candidates: readonly Candidate[], failed: Value[]): void {
    const users: (Candidate[] | undefined)[] = [];
    for (const candidate of candidates)
      for (const part of candidate.parts) {
        const list = users[part.id];
        if (list === undefined) users[part.id] = [candidate];
        else list.push(candidate);
      }
    for (let value = failed.pop(); value !== undefined; value = failed.pop())
      for (const user of users[value.id] ?? []) {
        if (this.#canNarrow[user.value.id] === 0) continue;
        this.#canNarrow[user.value.id] = 0;
        failed.push(user.value);
      }
  }

  #isWhole(value: Value): boolean {
    return value.type === "f64" && this.#width.include(value, this.#ranges);
  }

  /** Joins candidates that are made from each other, and weighs their uses. */
  #weigh(candidates: readonly Candidate[]): Groups {
    const groups = new Groups(this.#fn.valueCount);
    for (const { value, parts } of candidates)
      for (const part of parts) if (this.#canNarrow[part.id] === 1) groups.join(value, part);
    const { innermost, order } = this.#analyses;
    for (const { id, instructions, terminator, isUnlikely } of order) {
      const weight = isUnlikely ? 0.01 : 8 ** Math.min(4, innermost[id]?.depth ?? 0);
      for (let index = 0; index < instructions.length; index++) {
        const user = instructions[index];
        if (user === undefined || this.#canNarrow[user.id] === 1) continue; // within a group
        const { operands } = user;
        for (let at = 0; at < operands.length; at++) {
          const operand = operands[at];
          if (operand !== undefined && this.#canNarrow[operand.id] === 1)
            groups.weigh(operand, this.#width.wants(user, this) * weight);
        }
      }
      if (terminator?.kind === "return" && terminator.value !== undefined && this.isNarrow(terminator.value))
        groups.weigh(terminator.value, -weight);
      for (const { block, arguments: args } of edgesOf(terminator))
        for (let index = 0; index < args.length; index++) {
          const argument = args[index];
          const parameter = block.parameters[index];
          if (argument === undefined || parameter === undefined) continue;
          if (this.#canNarrow[argument.id] === 1 && this.#canNarrow[parameter.id] !== 1)
            groups.weigh(argument, -weight);
        }
    }
    return groups;
  }

  #rewrite(chosen: readonly Candidate[]): void {
    const fn = this.#fn;
    const { type, rewriteUse } = this.#width;
    this.#canNarrow.fill(0);
    // First every integer by itself, since they need each other in circles; then what they are made from.
    for (const { value } of chosen) {
      this.#canNarrow[value.id] = 1;
      const opcode = narrowed[value.opcode] ?? "parameter";
      this.#integers[value.id] = fn.createValue(opcode, type, [], undefined, value.span);
    }
    if (rewriteUse !== undefined)
      for (const { instructions } of this.#analyses.order) for (const user of instructions) rewriteUse(user, this);
    const replacements = new Replacements(fn);
    const { incoming, order } = this.#analyses;
    for (const { value, parts, block, index } of chosen) {
      const integer = this.integerOf(value);
      const operands = parts.map((part) => this.integerOf(part));
      if (index < 0) {
        const [condition] = value.operands;
        integer.operands = value.opcode === "select" && condition !== undefined ? [condition, ...operands] : operands;
        this.#insertions.before(value, integer);
        value.opcode = "convert-s";
        value.operands = [integer];
      } else {
        // The integer comes behind the parameters that were there, so that their places stay for now.
        block.parameters.push(integer);
        (incoming[block.id] ?? []).forEach(({ edge }, way) => {
          const operand = operands[way];
          if (operand !== undefined) edge.arguments.push(operand);
        });
        const number = fn.createValue("convert-s", "f64", [integer], undefined, value.span);
        this.#insertions.atStart(block, number);
        replacements.replace(value, number);
      }
    }
    removeParameters(chosen, incoming);
    this.#insertions.apply(order);
    replacements.apply();
  }
}

/** The i32 that an f64 was converted from. */
function sourceOf(value: Value): Value | undefined {
  if (value.opcode !== "convert-s" && value.opcode !== "convert-u") return undefined;
  const [source] = value.operands;
  return source?.type === "i32" ? source : undefined;
}

/** Takes the f64 parameters out, and their arguments. */
function removeParameters(chosen: readonly Candidate[], incoming: readonly (readonly IncomingEdge[])[]): void {
  const gone = new Map<Block, Set<number>>();
  for (const { block, index } of chosen) {
    if (index < 0) continue;
    const indices = gone.get(block) ?? new Set();
    gone.set(block, indices.add(index));
  }
  for (const [block, indices] of gone) {
    const stays = (_: Value, index: number): boolean => !indices.has(index);
    block.parameters = block.parameters.filter(stays);
    for (const { edge } of incoming[block.id] ?? []) edge.arguments = edge.arguments.filter(stays);
  }
}

/** Sets of values that are narrowed together or not at all, with the balance of their uses. */
class Groups {
  readonly #parents: Int32Array;
  readonly #balance: Float64Array;

  constructor(count: number) {
    this.#parents = new Int32Array(count);
    for (let index = 0; index < count; index++) this.#parents[index] = index;
    this.#balance = new Float64Array(count);
  }

  join(a: Value, b: Value): void {
    this.#parents[this.#find(a.id)] = this.#find(b.id);
  }

  /** After all joins. */
  weigh(value: Value, weight: number): void {
    const group = this.#find(value.id);
    this.#balance[group] = (this.#balance[group] ?? 0) + weight;
  }

  isWorthwhile(value: Value): boolean {
    return (this.#balance[this.#find(value.id)] ?? 0) > 0;
  }

  #find(id: number): number {
    let root = id;
    while (this.#parents[root] !== root) root = this.#parents[root] ?? root;
    for (let at = id; at !== root; ) {
      const next = this.#parents[at] ?? root;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }
}
