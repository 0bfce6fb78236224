import { Analyses } from "../analysis/analyses.ts";
import type { Ranges } from "../analysis/ranges.ts";
import { edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { Insertions } from "./insertions.ts";
import { type Candidate, Groups, removeParameters } from "./narrowing-groups.ts";
import { Replacements } from "./replacements.ts";
import { narrowToInt32 } from "./to-int32-of-sums.ts";
import { isInInt32 } from "./whole-numbers.ts";

export function narrowToIntegers(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  const wants = findWants(fn, analyses);
  if (!wants.toInt32 && !wants.integers) return false;
  if (!analyses.isAllReached) return false; // block-simplification was left out
  const { ranges } = analyses;
  let isChanged = false;
  if (wants.integers && new Narrowing(fn, analyses).run()) isChanged = true;
  if (wants.toInt32 && narrowToInt32(fn, analyses.order, ranges)) isChanged = true;
  return isChanged;
}

/** Whether there is anything that integers are wanted for: cheap, since most formulas have none of it. */
function findWants(fn: IrFunction, analyses: Analyses): { toInt32: boolean; integers: boolean } {
  let toInt32 = false;
  let integers = false;
  let converts = false;
  let compares = false;
  for (const block of fn.blocks)
    for (let index = 0; index < block.instructions.length; index++) {
      const value = block.instructions[index];
      if (value === undefined) continue;
      const { opcode, type } = value;
      if (type === "f64") {
        if (opcode === "convert-s" || opcode === "convert-u") converts = true;
      } else if (opcode === "to-int32") toInt32 = true;
      else if (type === "bool" && value.operands[0]?.type === "f64") compares = true;
      else if (type === "i32" && value.operands[0]?.type === "f64") integers = true;
    }
  if (converts && (compares || toInt32)) integers = true;
  if (!integers && analyses.mayHaveLoops)
    integers = fn.blocks.some((block) => block !== fn.entry && block.parameters.some(({ type }) => type === "f64"));
  return { toInt32, integers };
}

/** What a narrowed operation is on i32; its operands stay in their order. */
const narrowed: Partial<Record<Opcode, Opcode>> = {
  fadd: "iadd",
  fsub: "isub",
  fmul: "imul",
  select: "select",
  parameter: "parameter",
};

class Narrowing {
  readonly #fn: IrFunction;
  readonly #analyses: Analyses;
  readonly #ranges: Ranges;
  /** By value id: 1 for what can be an operation on i32. */
  readonly #canNarrow: Uint8Array;
  /** By value id: what stands for the value as i32. */
  readonly #integers: (Value | undefined)[] = [];
  readonly #insertions: Insertions;

  constructor(fn: IrFunction, analyses: Analyses) {
    this.#fn = fn;
    this.#analyses = analyses;
    this.#ranges = analyses.ranges;
    this.#canNarrow = new Uint8Array(fn.valueCount);
    this.#insertions = new Insertions();
  }

  run(): boolean {
    const parts = this.#findCandidates();
    if (parts.length === 0) return false;
    const groups = this.#group(parts);
    const chosen = parts.filter(({ value }) => groups.isWorthwhile(value));
    if (chosen.length === 0) return false;
    this.#rewrite(chosen);
    return true;
  }

  /** Values of i32 intervals, all of whose parts have i32 versions: the largest such set. */
  #findCandidates(): Candidate[] {
    const candidates: Candidate[] = [];
    const incoming = this.#analyses.incoming;
    for (const block of this.#analyses.order) {
      block.parameters.forEach((value, index) => {
        if (block === this.#fn.entry || !this.#isWhole(value)) return;
        const parts = (incoming[block.id] ?? []).flatMap(({ edge }) => edge.arguments[index] ?? []);
        candidates.push({ value, parts, block, index });
      });
      for (const value of block.instructions) {
        if (narrowed[value.opcode] === undefined || !this.#isWhole(value)) continue;
        const parts = value.opcode === "select" ? value.operands.slice(1) : value.operands;
        candidates.push({ value, parts, block, index: -1 });
      }
    }
    for (const { value } of candidates) this.#canNarrow[value.id] = 1;
    const users: Candidate[][] = [];
    for (const candidate of candidates)
      for (const part of candidate.parts) {
        let list = users[part.id];
        if (list === undefined) users[part.id] = list = [];
        list.push(candidate);
      }
    const failed: Value[] = [];
    for (const { value, parts } of candidates)
      if (!parts.every((part) => this.#hasInteger(part))) {
        this.#canNarrow[value.id] = 0;
        failed.push(value);
      }
    for (let value = failed.pop(); value !== undefined; value = failed.pop())
      for (const user of users[value.id] ?? []) {
        if (this.#canNarrow[user.value.id] === 0) continue;
        this.#canNarrow[user.value.id] = 0;
        failed.push(user.value);
      }
    return candidates.filter(({ value }) => this.#canNarrow[value.id] === 1);
  }

  #isWhole(value: Value): boolean {
    return value.type === "f64" && isInInt32(value, this.#ranges);
  }

  /** An i32 is there already, or can be made. */
  #hasInteger(value: Value): boolean {
    if (this.#canNarrow[value.id] === 1) return true;
    if (!this.#isWhole(value)) return false;
    return value.opcode === "const" || sourceOf(value) !== undefined;
  }

  /** Joins candidates that are made from each other, and weighs their uses. */
  #group(parts: readonly Candidate[]): Groups {
    const groups = new Groups(this.#fn.valueCount);
    for (const { value, parts: from } of parts)
      for (const part of from) if (this.#canNarrow[part.id] === 1) groups.join(value, part);
    const { innermost } = this.#analyses;
    for (const block of this.#analyses.order) {
      const weight = block.isUnlikely ? 0.01 : 8 ** Math.min(4, innermost[block.id]?.depth ?? 0);
      const use = (value: Value | undefined, wants: number): void => {
        if (value !== undefined && this.#canNarrow[value.id] === 1) groups.weigh(value, wants * weight);
      };
      for (const value of block.instructions) {
        if (this.#canNarrow[value.id] === 1) continue; // within a group
        const [a, b] = value.operands;
        if (value.type === "i32" || value.opcode === "bitcast")
          use(a, 1); // bits are compared to see whether one is whole
        else if (value.type === "bool" && a !== undefined && b !== undefined && a.type === "f64") {
          const isIntegers = this.#hasInteger(a) && this.#hasInteger(b);
          use(a, isIntegers ? 1 : -1);
          use(b, isIntegers ? 1 : -1);
        } else for (const operand of value.operands) use(operand, -1);
      }
      const { terminator } = block;
      if (terminator?.kind === "return") use(terminator.value, -1);
      for (const edge of edgesOf(terminator))
        edge.arguments.forEach((argument, index) => {
          const parameter = edge.block.parameters[index];
          if (parameter !== undefined && this.#canNarrow[parameter.id] !== 1) use(argument, -1);
        });
    }
    return groups;
  }

  #rewrite(chosen: readonly Candidate[]): void {
    const fn = this.#fn;
    // First every i32 by itself, since they need each other in circles; then what they are made from.
    for (const { value } of chosen)
      this.#integers[value.id] = fn.createValue(
        narrowed[value.opcode] ?? "parameter",
        "i32",
        [],
        undefined,
        value.span,
      );
    const replacements = new Replacements(fn);
    const incoming = this.#analyses.incoming;
    for (const { value, parts, block, index } of chosen) {
      const integer = this.#integers[value.id];
      if (integer === undefined) continue;
      const operands = parts.map((part) => this.#integerOf(part));
      if (index < 0) {
        const [condition] = value.operands;
        integer.operands = value.opcode === "select" && condition !== undefined ? [condition, ...operands] : operands;
        this.#insertions.before(value, integer);
        value.opcode = "convert-s";
        value.operands = [integer];
      } else {
        // The i32 comes behind the parameters that were there, so that their places stay for now.
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
    this.#insertions.apply(this.#analyses.order);
    replacements.apply();
  }

  #integerOf(value: Value): Value {
    const known = this.#integers[value.id] ?? sourceOf(value);
    if (known !== undefined) return known;
    const constant = this.#fn.createValue("const", "i32", [], value.immediate);
    this.#insertions.before(value, constant);
    this.#integers[value.id] = constant;
    return constant;
  }
}

/** The i32 that an f64 was converted from. Unsigned: its interval tells that it is the same. */
function sourceOf(value: Value): Value | undefined {
  if (value.opcode !== "convert-s" && value.opcode !== "convert-u") return undefined;
  const [source] = value.operands;
  return source?.type === "i32" ? source : undefined;
}
