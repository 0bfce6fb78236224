/**
 * Conditions that are known where they are asked: comparisons that intervals decide, that a branch above has decided, or
 * that follow from what branches above have decided. They become constants; branch-simplification then takes the branches.
 *
 * With that, bounds checks of counted loops go. A check is `branch (ult index, length), inside, trap`, and it goes where it
 * is shown that 0 <= index and index < length, as signed numbers: then length is positive, and unsigned order is the same.
 *   - In `for (let i = 0; i < n; i++) a[i]`, `i < n` holds in the body, and i's interval starts at 0: what is added to i
 *     does not wrap, since i < n <= 2^31 - 1.
 *   - `a[i - 1]` needs i >= 1; `a[i + 1]` with `i < n - 1` needs that n - 1 does not wrap, so n must be known not to be
 *     -2^31: a length that comes from outside should be an `and` with 0x7fffffff, or compared with 0 once.
 *   - A counter that only grows from where another stands, as in `for (j = i + 1; …)`, is at least that: `i < j`.
 *
 * How it is shown that a <= b + c for values a, b and a number c: from intervals; from a fact a <= x + d of a branch above
 * and x <= b + (c - d); or from how a or b is defined. A few steps deep only; this is the inequality graph of Bodík, Gupta,
 * Sarkar, "ABCD: Eliminating Array Bounds Checks on Demand" (2000), with facts that come and go with the dominator tree in
 * place of renamed variables. The additions on the way must not wrap, which intervals show (`Ranges.isExact`).
 */
import { Analyses } from "../analysis/analyses.ts";
import { impliedConditions, type Ranges } from "../analysis/ranges.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { Inequalities } from "./inequalities.ts";
import { becomeConstant } from "./rules/rule.ts";

export function decideConditions(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!hasSomethingToDecide(fn, analyses)) return false;
  return new Decisions(fn, analyses).run();
}

/** Two branches on one condition; or a comparison of i32, with a loop or a branch that may know about it. */
function hasSomethingToDecide(fn: IrFunction, analyses: Analyses): boolean {
  if (fn.blocks.length === 1) return false;
  const isAsked = new Uint8Array(fn.valueCount);
  let branches = 0;
  for (const { terminator } of fn.blocks) {
    if (terminator?.kind !== "branch") continue;
    let { condition } = terminator;
    if (condition.opcode === "not") condition = condition.operands[0] ?? condition;
    if (isAsked[condition.id] === 1) return true;
    isAsked[condition.id] = 1;
    branches++;
  }
  if (branches === 0 || (branches === 1 && !analyses.mayHaveLoops)) return false;
  return fn.blocks.some((block) =>
    block.instructions.some(({ type, operands }) => type === "bool" && operands[0]?.type === "i32"),
  );
}

class Decisions {
  readonly #fn: IrFunction;
  readonly #analyses: Analyses;
  readonly #ranges: Ranges;
  readonly #inequalities: Inequalities;
  /** By value id: 1 for a bool that is true here, 2 for one that is false. */
  readonly #known: Uint8Array;
  /** By value id: one more than the id of the block that it was last asked in. */
  readonly #asked: Int32Array;
  readonly #undo: number[] = [];
  readonly #marks: number[] = [];
  /** Comparisons that are decided where they stand; they change after the walk, since intervals still ask for them. */
  readonly #decided: { readonly value: Value; readonly answer: boolean }[] = [];
  #isChanged = false;

  constructor(fn: IrFunction, analyses: Analyses) {
    this.#fn = fn;
    this.#analyses = analyses;
    this.#ranges = analyses.ranges;
    this.#inequalities = new Inequalities(this.#ranges, fn.valueCount);
    this.#known = new Uint8Array(fn.valueCount);
    this.#asked = new Int32Array(fn.valueCount);
  }

  run(): boolean {
    const counters = findCounters(this.#analyses);
    this.#ranges.walk({
      enter: (block) => {
        this.#marks.push(this.#undo.length, this.#inequalities.mark());
        const entry = this.#ranges.entryCondition(block);
        if (entry !== undefined) {
          if (isSimple(entry.condition)) this.#learn(entry.condition, entry.isTrue);
          else
            for (const { condition, isTrue } of impliedConditions(entry.condition, entry.isTrue))
              this.#learn(condition, isTrue);
        }
        const orders = counters[block.id];
        if (orders !== undefined) for (const { smaller, larger } of orders) this.#learnOrder(smaller, larger);
        const { instructions } = block;
        for (let index = 0; index < instructions.length; index++) {
          const value = instructions[index];
          if (value === undefined || value.type !== "bool" || value.opcode === "const") continue;
          const answer = this.#answer(value);
          this.#asked[value.id] = block.id + 1;
          if (answer === undefined) continue;
          this.#decided.push({ value, answer });
          // It holds wherever the value can be asked for, so nothing takes it back.
          this.#known[value.id] = answer ? 1 : 2;
        }
        this.#decideBranch(block);
      },
      leave: () => {
        this.#inequalities.forget(this.#marks.pop() ?? 0);
        const mark = this.#marks.pop() ?? 0;
        while (this.#undo.length > mark) this.#known[this.#undo.pop() ?? 0] = 0;
      },
    });
    for (const { value, answer } of this.#decided) becomeConstant(value, answer);
    return this.#isChanged || this.#decided.length > 0;
  }

  #learn(condition: Value, isTrue: boolean): void {
    if (this.#known[condition.id] === 0) {
      this.#known[condition.id] = isTrue ? 1 : 2;
      this.#undo.push(condition.id);
    }
    const [a, b] = condition.operands;
    if (a?.type === "i32" && b !== undefined) this.#inequalities.learn(condition.opcode, a, b, isTrue);
  }

  /** Not only of a counter's start: where that is i + 1, of i as well. */
  #learnOrder(smaller: Value, larger: Value): void {
    this.#inequalities.add(smaller, larger, 0);
    const [base, step] = smaller.operands;
    if (smaller.opcode === "iadd" && base !== undefined && step !== undefined && this.#ranges.isExact[smaller.id] === 1)
      this.#inequalities.add(base, larger, -this.#ranges.lowOf(step));
  }

  #answer(condition: Value): boolean | undefined {
    if (condition.opcode === "const") return condition.immediate === true;
    const known = this.#known[condition.id] ?? 0;
    if (known !== 0) return known === 1;
    const [a, b] = condition.operands;
    if (a === undefined || b === undefined) return undefined;
    if (condition.opcode === "and" || condition.opcode === "or") return this.#combine(condition.opcode === "or", a, b);
    if (a.type === "i32") return this.#inequalities.decide(condition.opcode, a, b);
    return a.type === "f64" ? this.#compareFloats(condition.opcode, a, b) : undefined;
  }

  /** One truth value that decides alone, or two that agree. */
  #combine(decisive: boolean, a: Value, b: Value): boolean | undefined {
    const [one, other] = [this.#answer(a), this.#answer(b)];
    if (one === decisive || other === decisive) return decisive;
    return one === undefined || other === undefined ? undefined : !decisive;
  }

  /** Of f64 that are whole numbers, by their intervals. */
  #compareFloats(opcode: Opcode, a: Value, b: Value): boolean | undefined {
    const ranges = this.#ranges;
    if (!ranges.isKnown(a) || !ranges.isKnown(b)) return undefined;
    const isBelow = ranges.highOf(a) < ranges.lowOf(b);
    const isAbove = ranges.lowOf(a) > ranges.highOf(b);
    const isNotAbove = ranges.highOf(a) <= ranges.lowOf(b);
    const isNotBelow = ranges.lowOf(a) >= ranges.highOf(b);
    switch (opcode) {
      case "flt":
        return isBelow ? true : isNotBelow ? false : undefined;
      case "fle":
        return isNotAbove ? true : isAbove ? false : undefined;
      case "fgt":
        return isAbove ? true : isNotAbove ? false : undefined;
      case "fge":
        return isNotBelow ? true : isBelow ? false : undefined;
      case "feq":
        return isBelow || isAbove ? false : undefined;
      case "fne":
        return isBelow || isAbove ? true : undefined;
      default:
        return undefined;
    }
  }

  /** Also by what the condition implies. */
  #answerWhole(condition: Value, block: Block): boolean | undefined {
    if (isSimple(condition)) {
      const isAsked = this.#asked[condition.id] === block.id + 1; // a moment ago
      return isAsked && this.#known[condition.id] === 0 ? undefined : this.#answer(condition);
    }
    let answer: boolean | undefined;
    for (const isTrue of [true, false]) {
      // True is refuted by any of what it implies, and so is false.
      for (const implied of impliedConditions(condition, isTrue)) {
        const known = this.#answer(implied.condition);
        if (known !== undefined && known !== implied.isTrue) answer = !isTrue;
      }
    }
    return answer;
  }

  /** A condition that stands further up may be known here, and not there. */
  #decideBranch(block: Block): void {
    const branch = block.terminator;
    if (branch?.kind !== "branch" || branch.condition.opcode === "const") return;
    const answer = this.#answerWhole(branch.condition, block);
    if (answer === undefined) return;
    const constant = this.#fn.createValue("const", "bool", [], answer);
    block.instructions = [...block.instructions, constant];
    branch.condition = constant;
    this.#isChanged = true;
  }
}

/** It implies nothing but itself. */
function isSimple({ opcode }: Value): boolean {
  return opcode !== "and" && opcode !== "or" && opcode !== "not";
}

interface Order {
  readonly smaller: Value;
  readonly larger: Value;
}

/** By id of a loop's header: its parameters that only grow, or only shrink, with where they start. */
function findCounters({ dominators, incoming, ranges }: Analyses): Order[][] {
  const counters: Order[][] = [];
  for (const header of dominators.order) {
    const edges = incoming[header.id];
    if (edges === undefined || edges.length === 1 || header.parameters.length === 0) continue;
    const entries = edges.filter(({ from }) => !dominators.dominates(header, from));
    const [entry] = entries;
    if (entries.length !== 1 || entry === undefined) continue;
    const orders: Order[] = [];
    header.parameters.forEach((parameter, index) => {
      const start = entry.edge.arguments[index];
      if (parameter.type !== "i32" || start === undefined) return;
      for (const sign of [1, -1]) {
        const isAlways = edges.every(
          (edge) => edge === entry || isStep(edge.edge.arguments[index], parameter, sign, ranges),
        );
        if (isAlways)
          orders.push(sign > 0 ? { smaller: start, larger: parameter } : { smaller: parameter, larger: start });
      }
    });
    if (orders.length > 0) counters[header.id] = orders;
  }
  return counters;
}

/** True if the value is the parameter plus (sign 1) or minus (-1) something, without wrapping; a few additions deep. */
function isStep(value: Value | undefined, parameter: Value, sign: number, ranges: Ranges): boolean {
  let at = value;
  for (let depth = 0; at !== undefined && depth < 4; depth++) {
    if (at === parameter) return true;
    const [base, step] = at.operands;
    if (at.opcode !== "iadd" || step === undefined || ranges.isExact[at.id] === 0) return false;
    if (sign > 0 ? ranges.lowOf(step) < 0 : ranges.highOf(step) > 0) return false;
    at = base;
  }
  return false;
}
