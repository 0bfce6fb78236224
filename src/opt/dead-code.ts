/**
 * Dead code: what no effect, trap, branch or result needs leaves the function, block parameters and the arguments for
 * them included.
 *
 * Mark from the roots along operands, and from a parameter to the arguments on every edge into its block; then sweep.
 * A value that a loop carries around for itself alone goes as well: its parameter is alive only if something else needs it.
 */
import { incomingEdges } from "../analysis/control-flow.ts";
import { type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { shapes } from "../ir/opcode-shapes.ts";
import { mayTrap } from "./traps.ts";

export function removeDeadCode(fn: IrFunction): boolean {
  const isLive = new Uint8Array(fn.valueCount);
  const work: Value[] = [];
  const mark = (value: Value): void => {
    if (isLive[value.id] !== 0) return;
    isLive[value.id] = 1;
    work.push(value);
  };
  for (const block of fn.blocks) {
    for (const value of block.instructions) if (shapes[value.opcode].effect === "write" || mayTrap(value)) mark(value);
    const terminator = block.terminator;
    if (terminator?.kind === "branch") mark(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) mark(terminator.value);
  }
  // A function of one block has no parameters but its own, which stay.
  const passed = fn.blocks.length > 1 ? new PassedArguments(fn) : undefined;
  for (let value = work.pop(); value !== undefined; value = work.pop()) {
    const { operands } = value;
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand !== undefined) mark(operand);
    }
    if (value.opcode === "parameter") passed?.forEach(value, mark);
  }
  return sweep(fn, isLive);
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

  forEach(parameter: Value, visit: (value: Value) => void): void {
    const index = this.#index[parameter.id] ?? 0;
    for (const { edge } of this.#edges[parameter.id] ?? []) {
      const argument = edge.arguments[index];
      if (argument !== undefined) visit(argument);
    }
  }
}

function sweep(fn: IrFunction, isLive: Uint8Array): boolean {
  let isChanged = false;
  const { entry } = fn;
  const isKept = (value: Value): boolean => isLive[value.id] !== 0;
  // Arguments first: they are told by the parameters that go after them.
  for (const block of fn.blocks) {
    for (const edge of edgesOf(block.terminator)) {
      const { parameters } = edge.block;
      if (!parameters.every(isKept))
        edge.arguments = edge.arguments.filter((_, index) => isLive[parameters[index]?.id ?? 0] !== 0);
    }
  }
  for (const block of fn.blocks) {
    if (block !== entry && !block.parameters.every(isKept)) {
      block.parameters = block.parameters.filter(isKept);
      isChanged = true;
    }
    if (!block.instructions.every(isKept)) {
      block.instructions = block.instructions.filter(isKept);
      isChanged = true;
    }
  }
  return isChanged;
}
