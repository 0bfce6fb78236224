/**
 * Algebraic simplification that never changes a bit: `x + 0` of integers, `not not x`, `x / 8` as `x * 0.125`, `ieq x, x`.
 *
 * One walk in reverse postorder. An instruction's operands are first replaced by what stands for them, then constants of
 * commutative operations move to the second place, then the rules (rules/*.ts) apply as long as one does; each makes the
 * instruction simpler, so that ends. What a rule made constant is folded on the way. Replaced instructions leave the list.
 * An operation on splats alone becomes the splat of the scalar operation, so that constant vectors fold like constants.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { Constant, IrFunction, Value } from "../ir/function.ts";
import { shapes } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { elementOf, isVector, type Type } from "../ir/types.ts";
import { Folder } from "./constant-folding.ts";
import { Replacements } from "./replacements.ts";
import { choiceAndConversionRules } from "./rules/choices-and-conversions.ts";
import { floatRules } from "./rules/floats.ts";
import { integerRules } from "./rules/integers.ts";
import { laneRules } from "./rules/lanes.ts";
import { constantOf, type Rewriter, type Rule, type RuleTable } from "./rules/rule.ts";

const table: RuleTable = { ...integerRules, ...floatRules, ...choiceAndConversionRules, ...laneRules };

/** The rules by opcode number. */
const rules: readonly (Rule | undefined)[] = shapes.map(({ opcode }) => table[opcode]);

export function simplify(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  const simplifier = new Simplifier(fn);
  // Where the entry does not reach, a value may be its own operand, and a rule would replace it by itself for ever.
  const blocks = fn.blocks.length === 1 ? fn.blocks : analyses.order;
  for (const block of blocks) block.instructions = simplifier.list(block.instructions);
  if (blocks.length === fn.blocks.length) simplifier.replacements.applyToEnds();
  else simplifier.replacements.apply();
  return simplifier.isChanged;
}

class Simplifier implements Rewriter {
  readonly replacements: Replacements;
  isChanged = false;
  readonly #fn: IrFunction;
  readonly #folder = new Folder();
  /** Constants and other instructions that a rule asked for, to stand before the instruction at hand. */
  #inserted: Value[] = [];

  constructor(fn: IrFunction) {
    this.#fn = fn;
    this.replacements = new Replacements(fn);
  }

  constant(type: Type, value: Constant): Value {
    const constant = this.#fn.createValue("const", elementOf(type), [], value);
    this.#inserted.push(constant);
    return isVector(type) ? this.insert("splat", type, constant) : constant;
  }

  insert(opcode: Opcode, type: Type, ...operands: Value[]): Value {
    const value = this.#fn.createValue(opcode, type, operands);
    this.#inserted.push(value);
    return value;
  }

  /** The list without replaced instructions and with new constants; the same list if it stays as it is. */
  list(instructions: Value[]): Value[] {
    let kept: Value[] | undefined;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value === undefined) continue;
      this.replacements.resolveOperands(value);
      const result = this.#simplest(value);
      if (result !== value) this.replacements.replace(value, result);
      if (kept === undefined && (result !== value || this.#inserted.length > 0)) kept = instructions.slice(0, index);
      if (kept === undefined) continue;
      for (const constant of this.#inserted) kept.push(constant);
      this.#inserted.length = 0;
      if (result === value) kept.push(value);
    }
    return kept ?? instructions;
  }

  #simplest(value: Value): Value {
    for (;;) {
      const a = value.operands[0];
      const b = value.operands[1];
      if (a === undefined) return value;
      if (this.#folder.fold(value)) {
        this.isChanged = true;
        return value;
      }
      let first = a;
      let second = b ?? a;
      if (a.opcode === "splat" && this.#becomeSplat(value)) continue;
      if (b !== undefined && value.shape.commutative && constantOf(a) !== undefined && constantOf(b) === undefined) {
        first = b;
        second = a;
        value.operands = [first, second];
        this.isChanged = true;
      }
      const result = rules[value.shape.number]?.(value, first, second, this);
      if (result === undefined) return value;
      this.isChanged = true;
      if (result !== value) return result;
    }
  }

  /** Does the operation once, and then spreads the result, where every lane of every operand is the same. */
  #becomeSplat(value: Value): boolean {
    const { shape, operands, type } = value;
    if (!shape.pure || shape.lanes !== "any" || shape.laneOperand < 0 || !isVector(type)) return false;
    const lanes: Value[] = [];
    for (const operand of operands) {
      const [lane] = operand.operands;
      if (operand.opcode !== "splat" || lane === undefined) return false;
      lanes.push(lane);
    }
    const scalar = this.#fn.createShaped(shape, elementOf(type), lanes, undefined, value.span);
    const result = this.#simplest(scalar);
    if (result === scalar) this.#inserted.push(scalar);
    value.opcode = "splat";
    value.operands = [result];
    this.isChanged = true;
    return true;
  }
}
