/**
 * What a row function demands of vectors: whether its lanes have 64 bits, and how many registers one vector of it keeps busy.
 *
 * Registers are counted along the main path: sides that are jumped over mostly, as the rare cases of mathematical functions, are
 * left out, with what lives for them alone. A value lives from its definition to its last use in the order of the blocks; in a loop,
 * what comes from outside, or goes around, lives through all of it.
 */
import { type Block, edgesOf, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { types } from "../ir/types.ts";
import type { Divergence } from "./divergence.ts";
import type { RowCosts } from "./row-costs.ts";

export interface RowDemands {
  /** Some varying value has 64 bits, or needs them on its way. */
  readonly needs64: boolean;
  /** Instructions on varying values along the main path. */
  readonly instructions: number;
  /** Cycles from the parameters to the result, at least; undefined where there are loops. */
  readonly latency: number | undefined;
  /** How many of the instructions are square roots. */
  readonly roots: number;
  /** Cycles that the others among them keep the divider busy with one vector. */
  readonly dividing: number;
  /** About how many instructions one vector takes in code, the sides that are jumped over included. */
  readonly size: number;
  /** How many varying values live at once there, at most; masks are not counted. */
  readonly live: number;
}

export function demandsOf(divergence: Divergence, costs: RowCosts): RowDemands {
  const path = mainPath(divergence, costs);
  let instructions = 0;
  let roots = 0;
  let dividing = 0;
  for (const block of path)
    for (const value of block.instructions) {
      if (!divergence.isVarying(value)) continue;
      instructions++;
      if (value.opcode === "fsqrt") roots++;
      dividing += dividerCycles[value.opcode] ?? 0;
    }
  const live = mostLive(divergence, path);
  const latency = divergence.loops.length > 0 ? undefined : latencyOf(path);
  return {
    needs64: needs64(divergence, costs),
    instructions,
    latency,
    roots,
    dividing,
    size: sizeOf(divergence),
    live,
  };
}

/** Cycles of the divider for a vector of 64 bytes. */
const dividerCycles: Partial<Record<Opcode, number>> = { fdiv: 16, sdiv: 16, udiv: 16, srem: 16, urem: 16 };

/** Cycles from operands to result on Intel's cores since Skylake, where it is not 4. */
const latencies: Partial<Record<Opcode, number>> = {
  const: 0,
  fdiv: 24,
  fsqrt: 32,
  load: 20,
  and: 1,
  or: 1,
  xor: 1,
  not: 1,
  iadd: 1,
  isub: 1,
  shl: 1,
  ushr: 1,
  sshr: 1,
  fabs: 1,
  fneg: 1,
  bitcast: 0,
  imul: 10,
  select: 1,
};

/** The longest chain of a path without loops. */
function latencyOf(path: readonly Block[]): number {
  const ready: number[] = [];
  let longest = 0;
  for (const { instructions, terminator } of path) {
    for (const { id, opcode, operands } of instructions) {
      let start = 0;
      for (const operand of operands) start = Math.max(start, ready[operand.id] ?? 0);
      const end = start + (latencies[opcode] ?? 4);
      ready[id] = end;
      longest = Math.max(longest, end);
    }
    for (const { block, arguments: args } of edgesOf(terminator))
      block.parameters.forEach(({ id }, index) => {
        const argument = args[index];
        if (argument !== undefined) ready[id] = Math.max(ready[id] ?? 0, (ready[argument.id] ?? 0) + 1);
      });
  }
  return longest;
}

/** Where lanes come together, each value takes a choice; where they part, masks are made. */
function sizeOf(divergence: Divergence): number {
  let size = 0;
  for (const block of divergence.order) {
    for (const value of block.instructions) if (divergence.isVarying(value)) size++;
    const { terminator } = block;
    if (terminator?.kind === "branch" && divergence.isVaryingIn(terminator.condition, block)) size += 3;
    for (const edge of edgesOf(terminator)) size += edge.arguments.length;
  }
  return size;
}

function needs64(divergence: Divergence, costs: RowCosts): boolean {
  const { result } = divergence.fn;
  if (result !== undefined && types[result].bits === 64 && costs.hasVaryingResult) return true;
  for (const block of divergence.order) {
    const isWide = (value: Value): boolean => types[value.type].bits === 64 && divergence.isVaryingIn(value, block);
    if (block.parameters.some(isWide)) return true;
    for (const value of block.instructions) {
      if (!divergence.isVarying(value)) continue;
      // Divisions go by way of f64, and addresses have 64 bits.
      if (value.shape.traps || value.shape.effect === "read") return true;
      if (isWide(value) || value.operands.some(isWide)) return true;
    }
  }
  return false;
}

/** The blocks without those that are jumped over, unless there are loops in these. */
function mainPath(divergence: Divergence, costs: RowCosts): Block[] {
  const rare = new Set<Block>();
  const isLooping = (block: Block): boolean => divergence.loopOf(block)?.header === block;
  for (const block of divergence.order) {
    if (rare.has(block) || !costs.isJumpedOver(block)) continue;
    const { blocks } = costs.reach(block);
    if (!blocks.some(isLooping)) for (const inside of blocks) rare.add(inside);
  }
  return divergence.order.filter((block) => !rare.has(block));
}

function mostLive(divergence: Divergence, path: readonly Block[]): number {
  const begins: number[] = [];
  const ends: number[] = [];
  const blockEnds = new Map<Block, number>();
  let position = 0;
  const define = (value: Value): void => {
    if (value.type !== "bool" && divergence.isVarying(value)) begins[value.id] = position;
  };
  const use = (value: Value): void => {
    ends[value.id] = position;
  };
  for (const block of path) {
    block.parameters.forEach(define);
    for (const value of block.instructions) {
      position++;
      value.operands.forEach(use);
      define(value);
    }
    position++;
    const { terminator } = block;
    for (const edge of edgesOf(terminator)) edge.arguments.forEach(use);
    if (terminator?.kind === "return" && terminator.value !== undefined) use(terminator.value);
    blockEnds.set(block, position);
  }
  for (const loop of divergence.loops) {
    const inside = divergence.blocksIn(loop).filter((block) => blockEnds.has(block));
    const last = inside[inside.length - 1];
    const end = last === undefined ? 0 : (blockEnds.get(last) ?? 0);
    const keep = ({ id }: Value): void => {
      ends[id] = Math.max(ends[id] ?? 0, end);
    };
    for (const block of inside)
      for (const { operands } of block.instructions)
        for (const operand of operands) if (!divergence.contains(loop, divergence.homeOf(operand))) keep(operand);
    loop.header.parameters.forEach(keep);
  }
  return mostOverlapping(begins, ends, position);
}

/** How many intervals, by value id, hold one position, at most. An operand may share its register with the result. */
function mostOverlapping(begins: readonly number[], ends: readonly number[], last: number): number {
  const changes = new Int32Array(last + 2);
  begins.forEach((begin, id) => {
    const end = ends[id] ?? begin;
    if (end <= begin) return;
    changes[begin] = (changes[begin] ?? 0) + 1;
    changes[end] = (changes[end] ?? 0) - 1;
  });
  let live = 0;
  let most = 1;
  for (const change of changes) {
    live += change;
    most = Math.max(most, live);
  }
  return most;
}
