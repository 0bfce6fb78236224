/**
 * Constant folding: an instruction whose operands are all constants becomes a constant.
 *
 * The value comes from the functions that the interpreter executes, so there is one meaning. What would trap stays and
 * traps at run time. A float NaN with bits of its own (a `bitcast` or `fneg` can make one) stays as well, because a
 * constant cannot say which NaN it is. Calls of pure functions are interpreted. One walk in layout order folds whole chains.
 */
import { meaningOf, Slots } from "../ir/evaluate.ts";
import type { IrFunction, Value } from "../ir/function.ts";
import { interpret } from "../ir/interpret.ts";
import { shapeOf } from "../ir/opcode-shapes.ts";
import { elementOf, isVector } from "../ir/types.ts";

export function foldConstants(fn: IrFunction): boolean {
  const folder = new Folder();
  let isChanged = false;
  for (const { instructions } of fn.blocks)
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined && folder.fold(value)) isChanged = true;
    }
  return isChanged;
}

/** A call of a pure function with constants is what the interpreter gives, but for NaN. */
function foldCall(call: Value, callee: IrFunction): boolean {
  const args = call.operands.flatMap(({ immediate }) => (immediate === undefined ? [] : [immediate]));
  if (isVector(call.type) || args.length < call.operands.length) return false;
  const result = interpret(callee, args);
  if (result === undefined || Number.isNaN(result)) return false;
  call.opcode = "const";
  call.callee = undefined;
  call.operands = [];
  call.immediate = result;
  return true;
}

const constShape = shapeOf("const");

/** Folds single instructions, for passes that make operands constant as they go. */
export class Folder {
  #slots: Slots | undefined;

  /** Turns the instruction into a constant if it can, and says whether it did. */
  fold(value: Value): boolean {
    const { operands, type } = value;
    if (operands.length === 0) return false;
    for (let index = 0; index < operands.length; index++) if (operands[index]?.shape !== constShape) return false;
    const a = operands[0];
    if (value.callee?.isPure === true) return foldCall(value, value.callee);
    if (a === undefined || value.shape.effect !== undefined || isVector(type)) return false;
    const meaning = meaningOf(value.opcode, a.type, type);
    if (meaning === undefined) return false;
    this.#slots ??= new Slots(4);
    const slots = this.#slots;
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand?.immediate !== undefined) slots.setConstant(index + 1, elementOf(operand.type), operand.immediate);
    }
    if (meaning(slots, 0, 1, 2, 3) !== undefined || slots.isUnusualNaN(0, type)) return false;
    value.opcode = "const";
    value.operands = [];
    value.immediate = slots.constant(0, type);
    return true;
  }
}
