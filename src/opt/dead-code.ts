/**
 * Dead code: what no effect, trap, branch or result needs leaves the function, block parameters and the arguments for
 * them included.
 *
 * Mark from the roots along operands, and from a parameter to the arguments on every edge into its block; then sweep.
 * A value that a loop carries around for itself alone goes as well: its parameter is alive only if something else needs it.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { Block, Edge, IrFunction, Value } from "../ir/function.ts";
import { effectOf } from "./memory.ts";
import { mayTrap } from "./traps.ts";

export function removeDeadCode(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (fn.blocks.length === 1) return removeFromOnly(fn.entry, fn.valueCount);
  const marks = new Marks(fn.valueCount);
  for (const block of fn.blocks) {
    const { instructions, terminator } = block;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined && isRoot(value)) marks.add(value);
    }
    if (terminator?.kind === "branch") marks.add(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) marks.add(terminator.value);
  }
  const passed = new PassedArguments(fn, analyses.allIncoming);
  for (let value = marks.next(); value !== undefined; value = marks.next()) {
    const { operands } = value;
    for (let index = 0; index < operands.length; index++) {
      const operand = operands[index];
      if (operand !== undefined) marks.add(operand);
    }
    if (value.opcode === "parameter") passed.mark(value, marks);
  }
  return sweep(fn, marks.isLive);
}

/** The only block of a function: one walk from its end, since uses stand behind definitions. Its parameters stay. */
function removeFromOnly(block: Block, valueCount: number): boolean {
  const { instructions, terminator } = block;
  const isLive = new Uint8Array(valueCount);
  if (terminator?.kind === "return" && terminator.value !== undefined) isLive[terminator.value.id] = 1;
  for (let index = instructions.length - 1; index >= 0; index--) {
    const value = instructions[index];
    if (value === undefined) continue;
    if (isLive[value.id] === 0 && !isRoot(value)) continue;
    isLive[value.id] = 1;
    const { operands } = value;
    for (let at = 0; at < operands.length; at++) isLive[operands[at]?.id ?? 0] = 1;
  }
  if (areLive(instructions, isLive)) return false;
  block.instructions = instructions.filter(({ id }) => isLive[id] !== 0);
  return true;
}

/** Something happens whether or not anybody uses the value. */
function isRoot(value: Value): boolean {
  return effectOf(value) === "write" || (value.shape.traps && mayTrap(value));
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
  readonly #incoming: readonly (readonly { readonly edge: Edge }[])[];
  /** By value id: the id of the parameter's block, and its place there. */
  readonly #blocks: Int32Array;
  readonly #indices: Int32Array;

  constructor(fn: IrFunction, incoming: readonly (readonly { readonly edge: Edge }[])[]) {
    this.#incoming = incoming;
    this.#blocks = new Int32Array(fn.valueCount);
    this.#indices = new Int32Array(fn.valueCount);
    for (const { id, parameters } of fn.blocks)
      for (let index = 0; index < parameters.length; index++) {
        const parameter = parameters[index]?.id ?? 0;
        this.#blocks[parameter] = id;
        this.#indices[parameter] = index;
      }
  }

  mark(parameter: Value, marks: Marks): void {
    const index = this.#indices[parameter.id] ?? 0;
    for (const { edge } of this.#incoming[this.#blocks[parameter.id] ?? 0] ?? []) {
      const argument = edge.arguments[index];
      if (argument !== undefined) marks.add(argument);
    }
  }
}

function sweep(fn: IrFunction, isLive: Uint8Array): boolean {
  let isChanged = false;
  const { blocks, entry } = fn;
  // Arguments first: they are told by the parameters that go after them.
  for (const { terminator } of blocks) {
    if (terminator?.kind === "jump") sweepEdge(terminator.target, isLive);
    else if (terminator?.kind === "branch") {
      sweepEdge(terminator.whenTrue, isLive);
      sweepEdge(terminator.whenFalse, isLive);
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

function sweepEdge(edge: Edge, isLive: Uint8Array): void {
  const { parameters } = edge.block;
  if (!areLive(parameters, isLive))
    edge.arguments = edge.arguments.filter((_, index) => isLive[parameters[index]?.id ?? 0] !== 0);
}

function areLive(values: readonly Value[], isLive: Uint8Array): boolean {
  for (let index = 0; index < values.length; index++) if (isLive[values[index]?.id ?? 0] === 0) return false;
  return true;
}
