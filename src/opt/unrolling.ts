/**
 * Unrolling: an innermost loop that takes a small, constant number of turns becomes those turns, one after the other.
 *
 * It pays where counter and condition cost as much as what is done, and above all where the counter becomes a constant:
 * addresses, coefficients and choices that depend on it fold. So only whole loops, of few turns and little code:
 *   - the header branches on a comparison of its parameter, or of the parameter plus a constant, with a constant; start and
 *     step are constants as well (all i32), so the number of turns is found by counting;
 *   - one edge leads in, one back; what is defined in the loop is used behind it only past the header's way out. There it
 *     first comes to be passed as an argument, since afterwards each turn has its own.
 *
 * The header's branch is decided in each copy. Traps and other ways out stay as they are, once for each turn.
 * After: the loop's blocks are there once more than needed, without a way to them; block-simplification takes them.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { DominatorTree } from "../analysis/dominators.ts";
import type { Loop } from "../analysis/loops.ts";
import { meaningOf, Slots } from "../ir/evaluate.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Terminator, type Value } from "../ir/function.ts";
import { copyBlocks } from "./copy-blocks.ts";

const mostTurns = 16;
/** Loops of one function. */
const mostLoops = 50;
/** Instructions of all turns together. */
const mostInstructions = 160;

export function unrollLoops(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!analyses.mayHaveLoops) return false;
  const { dominators } = analyses;
  const { loops } = analyses.loops;
  const outer = new Set(loops.map((loop) => loop.parent));
  const incoming = analyses.allIncoming;
  // Blocks that copies of a loop lead to as well: what is known of the ways into them no longer holds.
  const isEntered = new Set<Block>();
  let done = 0;
  for (const loop of loops) {
    if (outer.has(loop) || isEntered.has(loop.header)) continue;
    const counted = readLoop(fn, loop, incoming, dominators);
    if (counted === undefined) continue;
    for (const block of loop.blocks) for (const edge of edgesOf(block.terminator)) isEntered.add(edge.block);
    unroll(fn, counted);
    if (++done === mostLoops) break;
  }
  return done > 0;
}

type Branch = Extract<Terminator, { kind: "branch" }>;

interface CountedLoop {
  readonly blocks: readonly Block[];
  readonly header: Block;
  readonly branch: Branch;
  readonly entry: Edge;
  /** From the header to what comes after the loop, and the one that stays in it. */
  readonly exit: Edge;
  readonly stay: Edge;
  readonly turns: number;
}

function readLoop(
  fn: IrFunction,
  loop: Loop,
  incoming: readonly IncomingEdge[][],
  dominators: DominatorTree,
): CountedLoop | undefined {
  const { header, blocks } = loop;
  const branch = header.terminator;
  const edges = incoming[header.id] ?? [];
  const entry = edges.find(({ from }) => !blocks.includes(from));
  const back = edges.find(({ from }) => blocks.includes(from));
  if (branch?.kind !== "branch" || edges.length !== 2 || entry === undefined || back === undefined) return undefined;
  const isExitWhenTrue = !blocks.includes(branch.whenTrue.block);
  const [exit, stay] = isExitWhenTrue ? [branch.whenTrue, branch.whenFalse] : [branch.whenFalse, branch.whenTrue];
  if (blocks.includes(exit.block) || !blocks.includes(stay.block)) return undefined;
  if (incoming[exit.block.id]?.length !== 1) return undefined;
  const turns = countTurns(header, branch, entry.edge, back.edge, isExitWhenTrue);
  let size = 0;
  for (const block of blocks) size += block.instructions.length + 1;
  if (turns === undefined || turns * size > mostInstructions) return undefined;
  if (!passUses(fn, blocks, exit, dominators)) return undefined;
  return { blocks, header, branch, entry: entry.edge, exit, stay, turns };
}

/** How often the loop goes round, if that is a small number that is known. */
function countTurns(
  header: Block,
  { condition }: Branch,
  entry: Edge,
  back: Edge,
  isExitWhenTrue: boolean,
): number | undefined {
  const [tested, bound] = condition.operands;
  const limit = constantOf(bound);
  if (tested === undefined || limit === undefined || tested.type !== "i32") return undefined;
  const isOffset = tested.opcode === "iadd";
  const parameter = isOffset ? tested.operands[0] : tested;
  const offset = isOffset ? constantOf(tested.operands[1]) : 0;
  const index = parameter === undefined ? -1 : header.parameters.indexOf(parameter);
  const start = constantOf(entry.arguments[index]);
  const next = back.arguments[index];
  const step = next?.opcode === "iadd" && next.operands[0] === parameter ? constantOf(next.operands[1]) : undefined;
  const compare = meaningOf(condition.opcode, "i32", "bool");
  if (index < 0 || offset === undefined || start === undefined || step === undefined || compare === undefined)
    return undefined;
  const slots = new Slots(3);
  slots.setConstant(2, "i32", limit);
  for (let turns = 0, counter = start; turns <= mostTurns; turns++) {
    slots.setConstant(1, "i32", (counter + offset) | 0);
    compare(slots, 0, 1, 2, 2);
    if (slots.constant(0, "bool") === isExitWhenTrue) return turns;
    counter = (counter + step) | 0;
  }
  return undefined;
}

function constantOf(value: Value | undefined): number | undefined {
  return value?.opcode === "const" && typeof value.immediate === "number" ? value.immediate : undefined;
}

/**
 * Makes uses behind the loop, of what is defined in it, uses of parameters of the block that the header's way out leads to.
 * False, with nothing changed, if there are others.
 */
function passUses(fn: IrFunction, blocks: readonly Block[], exit: Edge, dominators: DominatorTree): boolean {
  const isInLoop = new Set(blocks);
  const defined = new Set<Value>();
  for (const block of blocks) {
    for (const value of block.parameters) defined.add(value);
    for (const value of block.instructions) defined.add(value);
  }
  const outside: Block[] = [];
  for (const block of fn.blocks) {
    if (isInLoop.has(block) || !usesAny(block, defined)) continue;
    if (!dominators.dominates(exit.block, block)) return false;
    outside.push(block);
  }
  const passed = new Map<Value, Value>();
  const replace = (value: Value): Value => {
    if (!defined.has(value)) return value;
    const known = passed.get(value);
    if (known !== undefined) return known;
    const parameter = fn.addParameter(exit.block, value.type);
    exit.arguments.push(value);
    passed.set(value, parameter);
    return parameter;
  };
  for (const block of outside) {
    for (const value of block.instructions) value.operands = value.operands.map(replace);
    const { terminator } = block;
    for (const edge of edgesOf(terminator)) edge.arguments = edge.arguments.map(replace);
    if (terminator?.kind === "branch") terminator.condition = replace(terminator.condition);
    if (terminator?.kind === "return" && terminator.value !== undefined) terminator.value = replace(terminator.value);
  }
  return true;
}

function usesAny({ instructions, terminator }: Block, defined: ReadonlySet<Value>): boolean {
  if (instructions.some((value) => value.operands.some((operand) => defined.has(operand)))) return true;
  if (edgesOf(terminator).some((edge) => edge.arguments.some((argument) => defined.has(argument)))) return true;
  if (terminator?.kind === "branch") return defined.has(terminator.condition);
  return terminator?.kind === "return" && terminator.value !== undefined && defined.has(terminator.value);
}

function unroll(fn: IrFunction, { blocks, header, branch, entry, exit, stay, turns }: CountedLoop): void {
  const layout = fn.blocks;
  const place = layout.indexOf(header);
  const whenStaying = stay === branch.whenTrue ? "whenTrue" : "whenFalse";
  const copies: Block[] = [];
  let edge = entry;
  for (let turn = 0; turn < turns; turn++) {
    // The one edge into the copy's header passes nothing: what it would pass stands in the copy.
    const substitutes = new Map<Value, Value>();
    header.parameters.forEach((parameter, index) => {
      const argument = edge.arguments[index];
      if (argument !== undefined) substitutes.set(parameter, argument);
    });
    const turnBlocks = copyBlocks(fn, [header, ...blocks.filter((block) => block !== header)], substitutes);
    const [first] = turnBlocks;
    if (first === undefined) return;
    edge.block = first;
    edge.arguments = [];
    for (const block of turnBlocks)
      for (const candidate of edgesOf(block.terminator))
        if (candidate.block === first) {
          candidate.block = header;
          edge = candidate;
        }
    if (first.terminator?.kind === "branch") first.terminator = { kind: "jump", target: first.terminator[whenStaying] };
    copies.push(...turnBlocks);
  }
  header.terminator = { kind: "jump", target: exit };
  fn.blocks = [...layout.slice(0, place), ...copies, ...layout.slice(place, layout.length - copies.length)];
}
