/**
 * Which values are alive where blocks begin and end.
 *
 * For each value, from each use upwards until its definition ("by use" in Boissinot and others, "Computing Liveness
 * Sets for SSA-Form Programs", 2011). The work is proportional to the answer: no bit matrix of blocks times values,
 * which for 10,000 blocks and 100,000 values would be 125 MB, and no iteration.
 * An argument of an edge is used at the end of the block that the edge leaves; a parameter is defined where its block
 * begins and is not in that block's live-in.
 */
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { incomingEdges } from "./control-flow.ts";

export interface Liveness {
  /** By block id: values from above that the block or one after it needs. */
  readonly liveIn: readonly (readonly Value[])[];
  /** By block id: values that are needed after the block, or by the edges that leave it. */
  readonly liveOut: readonly (readonly Value[])[];
}

/** Every block counts, also those that the entry does not reach; the function must be valid. */
export function findLiveness(fn: IrFunction): Liveness {
  const lists = (): Value[][] => Array.from({ length: fn.blockCount }, () => []);
  const liveIn = lists();
  const liveOut = lists();
  const incoming = incomingEdges(fn, fn.blocks);
  const definedIn = new Int32Array(fn.valueCount).fill(-1);
  // The blocks in which each value is used, apart from that of its definition; first as uses within the block …
  const usedIn: Block[][] = Array.from({ length: fn.valueCount }, () => []);
  const usedAtEnd: Block[][] = Array.from({ length: fn.valueCount }, () => []);
  const values: Value[] = [];
  for (const block of fn.blocks) {
    for (const value of block.parameters) {
      definedIn[value.id] = block.id;
      values.push(value);
    }
    for (const value of block.instructions) {
      definedIn[value.id] = block.id;
      values.push(value);
    }
  }
  for (const block of fn.blocks) {
    const use = (value: Value | undefined): void => {
      if (value !== undefined && definedIn[value.id] !== block.id) add(usedIn[value.id], block);
    };
    for (const value of block.instructions) for (const operand of value.operands) use(operand);
    const terminator = block.terminator;
    if (terminator?.kind === "branch") use(terminator.condition);
    if (terminator?.kind === "return") use(terminator.value);
    // … then as arguments, which are alive at its end even where they are defined in it.
    for (const edge of edgesOf(terminator)) for (const value of edge.arguments) add(usedAtEnd[value.id], block);
  }
  const work: Block[] = [];
  for (const value of values) {
    const home = definedIn[value.id];
    for (const block of usedAtEnd[value.id] ?? []) {
      add(liveOut[block.id], value);
      if (block.id !== home) work.push(block);
    }
    for (const block of usedIn[value.id] ?? []) work.push(block);
    for (let block = work.pop(); block !== undefined; block = work.pop()) {
      if (liveIn[block.id]?.at(-1) === value) continue;
      liveIn[block.id]?.push(value);
      for (const { from } of incoming[block.id] ?? []) {
        add(liveOut[from.id], value);
        if (from.id !== home) work.push(from);
      }
    }
  }
  return { liveIn, liveOut };
}

/** Appends what is not yet the last. Lists grow value by value or block by block, so that is enough to keep them sets. */
function add<T>(list: T[] | undefined, item: T): void {
  if (list !== undefined && list.at(-1) !== item) list.push(item);
}
