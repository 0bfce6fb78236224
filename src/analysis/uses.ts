/** How often each value is used. */
import type { Edge, IrFunction, Value } from "../ir/function.ts";

/** By value id: its uses as an operand, an argument, a condition or what is returned. */
export function countUses(fn: IrFunction): Int32Array {
  const uses = new Int32Array(fn.valueCount);
  for (const { instructions, terminator } of fn.blocks) {
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined) countList(value.operands, uses);
    }
    switch (terminator?.kind) {
      case "jump":
        countEdge(terminator.target, uses);
        break;
      case "branch":
        count(terminator.condition, uses);
        countEdge(terminator.whenTrue, uses);
        countEdge(terminator.whenFalse, uses);
        break;
      case "return":
        if (terminator.value !== undefined) count(terminator.value, uses);
    }
  }
  return uses;
}

function countEdge(edge: Edge, uses: Int32Array): void {
  countList(edge.arguments, uses);
}

function countList(values: readonly Value[], uses: Int32Array): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value !== undefined) count(value, uses);
  }
}

function count({ id }: Value, uses: Int32Array): void {
  uses[id] = (uses[id] ?? 0) + 1;
}
