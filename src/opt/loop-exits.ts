/**
 * Uses behind a loop of what is defined in it, where there are two versions of the loop by now: each such value has two
 * definitions, and where the ways from both meet, a block parameter takes whichever has come.
 *
 * From each use upwards, as liveness does, to the blocks that the loops lead to. Of those blocks, the ones with several ways
 * in, and those right behind a loop, get a parameter; the others see what their only predecessor sees. More parameters than
 * needed may come out of that, and block-simplification takes them away. Constants are the same in both: they move to the entry.
 */
import { incomingEdges } from "../analysis/control-flow.ts";
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";

/**
 * `blocks` are the loop's, `copies` those of its other version, and `copyOf` says what a value of the loop is in there. The
 * function is valid but for the copy's ways out: nothing behind the loop is told of the copy's values yet.
 */
export function mergeExits(
  fn: IrFunction,
  blocks: readonly Block[],
  copies: readonly Block[],
  copyOf: (value: Value) => Value,
): void {
  const isOriginal = flagsOf(fn, blocks);
  const isCopy = flagsOf(fn, copies);
  const isDefined = new Uint8Array(fn.valueCount);
  for (const block of blocks) {
    for (const { id } of block.parameters) isDefined[id] = 1;
    for (const { id } of block.instructions) isDefined[id] = 1;
  }
  const uses = findUses(fn, isDefined, (block) => isOriginal[block.id] === 1 || isCopy[block.id] === 1);
  moveConstantsToEntry(fn, blocks, (value) => uses.delete(value));
  if (uses.size === 0) return;
  const incoming = incomingEdges(fn, fn.blocks);
  /** For each block: what stands there for the values of the loop. */
  const standing = new Map<Block, Map<Value, Value>>();
  const isOutside = (block: Block): boolean => isOriginal[block.id] !== 1 && isCopy[block.id] !== 1;
  for (const [value, users] of uses) {
    const reached = new Set<Block>(users);
    for (const block of reached)
      for (const { from } of incoming[block.id] ?? []) if (isOutside(from)) reached.add(from);
    const merged: { readonly block: Block; readonly at: number }[] = [];
    for (const block of reached) {
      const ways = incoming[block.id] ?? [];
      const [only] = ways;
      if (ways.length === 1 && only !== undefined && isOutside(only.from)) continue;
      merged.push({ block, at: block.parameters.length });
      note(standing, block, value, fn.addParameter(block, value.type));
    }
    const valueIn = (start: Block): Value => {
      let block = start;
      for (;;) {
        const known = standing.get(block)?.get(value);
        if (known !== undefined) {
          if (block !== start) note(standing, start, value, known);
          return known;
        }
        const [only] = incoming[block.id] ?? [];
        if (only === undefined) return value; // where the entry does not reach
        block = only.from;
      }
    };
    for (const { block } of merged)
      for (const { from, edge } of incoming[block.id] ?? [])
        edge.arguments.push(isOriginal[from.id] === 1 ? value : isCopy[from.id] === 1 ? copyOf(value) : valueIn(from));
    for (const block of users) valueIn(block);
  }
  for (const [block, values] of standing) if (isOutside(block)) replaceUses(block, values);
}

/** Moves those constants of the blocks to the function's entry that are asked for, where every use sees them. */
export function moveConstantsToEntry(
  { entry }: IrFunction,
  blocks: readonly Block[],
  isWanted: (constant: Value) => boolean,
): void {
  for (const block of blocks) {
    if (block === entry) continue;
    const moved = block.instructions.filter((value) => value.opcode === "const" && isWanted(value));
    if (moved.length === 0) continue;
    block.instructions = block.instructions.filter((value) => !moved.includes(value));
    entry.instructions.unshift(...moved);
  }
}

function flagsOf(fn: IrFunction, blocks: readonly Block[]): Uint8Array {
  const flags = new Uint8Array(fn.blockCount);
  for (const { id } of blocks) flags[id] = 1;
  return flags;
}

function note(standing: Map<Block, Map<Value, Value>>, block: Block, value: Value, stands: Value): void {
  let values = standing.get(block);
  if (values === undefined) {
    values = new Map();
    standing.set(block, values);
  }
  values.set(value, stands);
}

/** The blocks, but for those to leave out, that use each value that is asked for. */
function findUses(fn: IrFunction, isDefined: Uint8Array, isLeftOut: (block: Block) => boolean): Map<Value, Set<Block>> {
  const uses = new Map<Value, Set<Block>>();
  for (const block of fn.blocks) {
    if (isLeftOut(block)) continue;
    const use = (value: Value): void => {
      if (isDefined[value.id] !== 1) return;
      const users = uses.get(value);
      if (users === undefined) uses.set(value, new Set([block]));
      else users.add(block);
    };
    for (const { operands } of block.instructions) operands.forEach(use);
    const { terminator } = block;
    for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
    if (terminator?.kind === "branch") use(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) use(terminator.value);
  }
  return uses;
}

function replaceUses({ instructions, terminator }: Block, values: ReadonlyMap<Value, Value>): void {
  const replace = (value: Value): Value => values.get(value) ?? value;
  for (const value of instructions) value.operands = value.operands.map(replace);
  for (const edge of edgesOf(terminator)) edge.arguments = edge.arguments.map(replace);
  if (terminator?.kind === "branch") terminator.condition = replace(terminator.condition);
  if (terminator?.kind === "return" && terminator.value !== undefined) terminator.value = replace(terminator.value);
}
