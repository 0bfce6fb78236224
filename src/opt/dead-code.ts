/**
 * Dead code: what no effect, trap, branch or result needs leaves the function, block parameters and the arguments for
 * them included.
 *
 * Mark from the roots along operands, and from a parameter to the arguments on every edge into its block; then sweep.
 * A value that a loop carries around for itself alone goes as well: its parameter is alive only if something else needs it.
 */
import { incomingEdges } from "../analysis/control-flow.ts";
import { type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { effectOf } from "./memory.ts";
import { mayTrap } from "./traps.ts";

export function removeDeadCode(fn: IrFunction): boolean {
  const marks = new Marks(fn.valueCount);
  for (const block of fn.blocks) {
    const { instructions, terminator } = block;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined && (effectOf(value) === "write" || (value.shape.traps && mayTrap(value))))
        marks.add(value);
    }
    if (terminator?.kind === "branch") marks.add(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) marks.add(terminator.value);
  }
  // A function of one block has no parameters but its own, which stay.
  const passed = fn.blocks.length > 1 ? new PassedArguments(fn) : undefined;
  for (let value = marks.next(); value !== undefined; value = marks.next()) {
    const { operands } = value;
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand !== undefined) marks.add(operand);
    }
    if (passed !== undefined && value.opcode === "parameter") passed.mark(value, marks);
  }
  return sweep(fn, marks.isLive);
}

/** Which values are alive, and those whose operands are still to be marked. */
class Marks {
  readonly isLive: Uint8Array;
  readonly #work: Value[] = [];

  constructor(count: number) {
    this.isLive = new Uint8Array(count);
  }

  add(value: Value): void {
    if (this.isLive[value.id] !== 0) return;
    this.isLive[value.id] = 1;
    this.#work.push(value);
  }

  next(): Value | undefined {
    return this.#work.pop();
  }
}

/** The arguments that edges pass for a parameter. */
class PassedArguments {
  readonly #edges: (readonly { readonly edge: Edge }[] | undefined)[];
  readonly #index: Int32Array;

  constructor(fn: IrFunction) {
    const incoming = incomingEdges(fn, fn.blocks);
    this.#edges = new Array(fn.valueCount).fill(undefined);
    this.#index = new Int32Array(fn.valueCount);
    for (const block of fn.blocks) {
      block.parameters.forEach((parameter, index) => {
        this.#edges[parameter.id] = incoming[block.id];
        this.#index[parameter.id] = index;
      });
    }
  }

  mark(parameter: Value, marks: Marks): void {
    const index = this.#index[parameter.id] ?? 0;
    for (const { edge } of this.#edges[parameter.id] ?? []) {
      const argument = edge.arguments[index];
      if (argument !== undefined) marks.add(argument);
    }
  }
}

function sweep(fn: IrFunction, isLive: Uint8Array): boolean {
  let isChanged = false;
  const { blocks, entry } = fn;
  // Arguments first: they are told by the parameters that go after them.
  for (const block of blocks.length > 1 ? blocks : []) {
    for (const edge of edgesOf(block.terminator)) {
      const { parameters } = edge.block;
      if (!areLive(parameters, isLive))
        edge.arguments = edge.arguments.filter((_, index) => isLive[parameters[index]?.id ?? 0] !== 0);
    }
  }
  const isKept = (value: Value): boolean => isLive[value.id] !== 0;
  for (const block of blocks) {
    if (block !== entry && !areLive(block.parameters, isLive)) {
      block.parameters = block.parameters.filter(isKept);
      isChanged = true;
    }
    if (!areLive(block.instructions, isLive)) {
      block.instructions = block.instructions.filter(isKept);
      isChanged = true;
    }
  }
  return isChanged;
}

function areLive(values: readonly Value[], isLive: Uint8Array): boolean {
  for (let index = 0; index < values.length; index++) if (isLive[values[index]?.id ?? 0] === 0) return false;
  return true;
}
