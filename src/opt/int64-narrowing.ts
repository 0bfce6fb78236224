import { Analyses } from "../analysis/analyses.ts";
import type { Ranges } from "../analysis/ranges.ts";
import { edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { Insertions } from "./insertions.ts";
import { type Candidate, Groups, removeParameters } from "./narrowing-groups.ts";
import { Replacements } from "./replacements.ts";

/** What an operation is on i64; its operands stay in their order. */
const widened: Partial<Record<Opcode, Opcode>> = {
  fadd: "iadd",
  fsub: "isub",
  fmul: "imul",
  select: "select",
  parameter: "parameter",
};

const comparisons: Partial<Record<Opcode, Opcode>> = {
  flt: "slt",
  fle: "sle",
  fgt: "sgt",
  fge: "sge",
  feq: "ieq",
  fne: "ine",
};

export function narrowToLongIntegers(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!mayPay(fn)) return false;
  if (!analyses.isAllReached) return false; // block-simplification was left out
  return new LongNarrowing(fn, analyses).run();
}

/** Something is converted from i32, and sums of f64 are compared or converted to i32: cheap to ask, and mostly not so. */
function mayPay(fn: IrFunction): boolean {
  let converts = false;
  let computes = false;
  let wants = false;
  for (const { instructions } of fn.blocks)
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value === undefined) continue;
      const { opcode } = value;
      if (opcode === "convert-s" || opcode === "convert-u") converts = true;
      else if (opcode === "fadd" || opcode === "fsub" || opcode === "fmul") computes = true;
      else if (opcode === "to-int32" || (comparisons[opcode] !== undefined && value.operands[0]?.type === "f64"))
        wants = true;
    }
  return converts && computes && wants;
}

class LongNarrowing {
  readonly #fn: IrFunction;
  readonly #analyses: Analyses;
  readonly #ranges: Ranges;
  /** By value id: 1 for what can be an operation on i64. */
  readonly #canNarrow: Uint8Array;
  /** By value id: what stands for the value as i64. */
  readonly #longs: (Value | undefined)[] = [];
  readonly #insertions = new Insertions();

  constructor(fn: IrFunction, analyses: Analyses) {
    this.#fn = fn;
    this.#analyses = analyses;
    this.#ranges = analyses.ranges;
    this.#canNarrow = new Uint8Array(fn.valueCount);
  }

  run(): boolean {
    const candidates = this.#findCandidates();
    if (candidates.length === 0) return false;
    const groups = this.#weigh(candidates);
    const chosen = candidates.filter(({ value }) => groups.isWorthwhile(value));
    if (chosen.length === 0) return false;
    this.#rewrite(chosen);
    return true;
  }

  /** Whole values all of whose parts have i64 versions: the largest such set. */
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
        if (widened[value.opcode] === undefined || !this.#isWhole(value)) continue;
        const parts = value.opcode === "select" ? value.operands.slice(1) : value.operands;
        candidates.push({ value, parts, block, index: -1 });
      }
    }
    for (const { value } of candidates) this.#canNarrow[value.id] = 1;
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const { value, parts } of candidates) {
        if (this.#canNarrow[value.id] === 0 || parts.every((part) => this.#hasLong(part))) continue;
        this.#canNarrow[value.id] = 0;
        isChanged = true;
      }
    }
    return candidates.filter(({ value }) => this.#canNarrow[value.id] === 1);
  }

  #isWhole(value: Value): boolean {
    return value.type === "f64" && this.#ranges.isKnown(value);
  }

  /** An i64 can be made of it. */
  #hasLong(value: Value): boolean {
    if (this.#canNarrow[value.id] === 1) return true;
    return this.#isWhole(value) && (value.opcode === "const" || sourceOf(value) !== undefined);
  }

  /** Joins candidates that are made from each other, and weighs their uses. */
  #weigh(candidates: readonly Candidate[]): Groups {
    const groups = new Groups(this.#fn.valueCount);
    for (const { value, parts } of candidates)
      for (const part of parts) if (this.#canNarrow[part.id] === 1) groups.join(value, part);
    const { innermost } = this.#analyses;
    for (const block of this.#analyses.order) {
      const weight = block.isUnlikely ? 0.01 : 8 ** Math.min(4, innermost[block.id]?.depth ?? 0);
      const use = (value: Value | undefined, wants: number): void => {
        if (value !== undefined && this.#canNarrow[value.id] === 1) groups.weigh(value, wants * weight);
      };
      for (const value of block.instructions) {
        if (this.#canNarrow[value.id] === 1) continue; // within a group
        const [a, b] = value.operands;
        if (value.opcode === "to-int32") use(a, 1);
        else if (comparisons[value.opcode] !== undefined && a !== undefined && b !== undefined) {
          const wants = this.#hasLong(a) && this.#hasLong(b) ? 1 : -1;
          use(a, wants);
          use(b, wants);
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
    // First every i64 by itself, since they need each other in circles; then what they are made from.
    for (const { value } of chosen)
      this.#longs[value.id] = fn.createValue(widened[value.opcode] ?? "parameter", "i64", [], undefined, value.span);
    const isChosen = new Uint8Array(fn.valueCount);
    for (const { value } of chosen) isChosen[value.id] = 1;
    this.#rewriteUses(isChosen);
    const replacements = new Replacements(fn);
    const incoming = this.#analyses.incoming;
    for (const { value, parts, block, index } of chosen) {
      const long = this.#longs[value.id];
      if (long === undefined) continue;
      const operands = parts.map((part) => this.#longOf(part));
      if (index < 0) {
        const [condition] = value.operands;
        long.operands = value.opcode === "select" && condition !== undefined ? [condition, ...operands] : operands;
        this.#insertions.before(value, long);
        value.opcode = "convert-s";
        value.operands = [long];
      } else {
        // The i64 comes behind the parameters that were there, so that their places stay for now.
        block.parameters.push(long);
        (incoming[block.id] ?? []).forEach(({ edge }, way) => {
          const operand = operands[way];
          if (operand !== undefined) edge.arguments.push(operand);
        });
        const number = fn.createValue("convert-s", "f64", [long], undefined, value.span);
        this.#insertions.atStart(block, number);
        replacements.replace(value, number);
      }
    }
    removeParameters(chosen, incoming);
    this.#insertions.apply(this.#analyses.order);
    replacements.apply();
  }

  /** Comparisons and conversions of what is chosen are those of i64. */
  #rewriteUses(isChosen: Uint8Array): void {
    for (const block of this.#analyses.order)
      for (const value of block.instructions) {
        const [a, b] = value.operands;
        if (a === undefined) continue;
        if (value.opcode === "to-int32") {
          if (isChosen[a.id] !== 1) continue;
          value.opcode = "wrap";
          value.operands = [this.#longOf(a)];
          continue;
        }
        const comparison = comparisons[value.opcode];
        if (comparison === undefined || b === undefined || (isChosen[a.id] !== 1 && isChosen[b.id] !== 1)) continue;
        const isLong = (operand: Value): boolean => this.#longs[operand.id] !== undefined || isLeaf(operand);
        if (!this.#isWhole(a) || !this.#isWhole(b) || !isLong(a) || !isLong(b)) continue;
        value.operands = [this.#longOf(a), this.#longOf(b)];
        value.opcode = comparison;
      }
  }

  #longOf(value: Value): Value {
    const known = this.#longs[value.id];
    if (known !== undefined) return known;
    const source = sourceOf(value);
    const long =
      source === undefined
        ? this.#fn.createValue("const", "i64", [], BigInt(Number(value.immediate)))
        : this.#fn.createValue(value.opcode === "convert-u" ? "zext" : "sext", "i64", [source], undefined, value.span);
    this.#insertions.before(value, long);
    this.#longs[value.id] = long;
    return long;
  }
}

function isLeaf(value: Value): boolean {
  return value.opcode === "const" || sourceOf(value) !== undefined;
}

/** The i32 that an f64 was converted from. */
function sourceOf(value: Value): Value | undefined {
  if (value.opcode !== "convert-s" && value.opcode !== "convert-u") return undefined;
  const [source] = value.operands;
  return source?.type === "i32" ? source : undefined;
}
