/**
 * Loop strips: a counted innermost loop runs, as far as it can be told beforehand, without asking anything but whether it is done.
 *
 * Each turn of a loop asks for the counter, for the fuel, and for each index. All three can be asked in front: with i >= 0
 * and i < n, at most n - i turns stay before the loop ends, and `fuel` turns before the poll; if the last index of so many is below the length,
 * all of them are, because the first is not negative and none in between wraps. So a guard finds how many turns are safe,
 * a strip of that many follows, and the loop as it was, the only one that may end, trap or poll, goes on from there:
 *
 *     guard:  turns = min((n - i) / step, fuel);  all questions answered? strip : loop
 *     strip:  the body `turns` times;  loop, with fuel - turns
 *     loop:   as it was; the poll leads back to the guard
 *
 * Where the body is element-wise, the strip takes several turns at once (strip-vectors.ts).
 *
 * For loops whose turns take one way: tests on it lead to traps, to the poll, or depend on nothing in the loop. What is defined in the
 * loop stays the only definition, so nothing behind the loop changes. Before: invariants are out of the loop.
 * After: the guard computes invariants, which another round of loop-invariants moves.
 */
import { Analyses } from "../analysis/analyses.ts";
import type { IncomingEdge } from "../analysis/control-flow.ts";
import { InternalError } from "../base/errors.ts";
import type { Block, Edge, IrFunction, Value } from "../ir/function.ts";
import { types } from "../ir/types.ts";
import { effectOf } from "./memory.ts";
import { isConstant, readElement, readStrip, type Strip, StripBlock } from "./strip.ts";
import { type LaneSupport, planVectors, type VectorPlan } from "./strip-vectors.ts";

/** The most instructions of all loops of a function that is worth having twice. */
const mostGrowth = 400;
/** A strip of one turn saves nothing. */
const fewestTurns = 2;

export function stripLoops(
  fn: IrFunction,
  analyses = new Analyses(fn),
  options: { readonly vectors?: LaneSupport | undefined } = {},
): boolean {
  if (!analyses.mayHaveLoops || !analyses.isAllReached) return false;
  const { loops } = analyses.loops;
  const { incoming } = analyses;
  const outer = new Set(loops.map((loop) => loop.parent));
  let growth = 0;
  for (const loop of loops) {
    if (outer.has(loop) || loop.header.isUnlikely) continue;
    const strip = readStrip(loop, incoming);
    if (strip === undefined || growth + strip.body.length > mostGrowth) continue;
    growth += strip.body.length;
    addStrip(fn, strip, incoming, analyses.isNatural(strip.counter), planVectors(fn, strip, options.vectors));
  }
  return growth > 0;
}

function addStrip(
  fn: IrFunction,
  strip: Strip,
  incoming: readonly IncomingEdge[][],
  isNatural: boolean,
  vectors: VectorPlan | undefined,
): void {
  const { header, blocks, way, counter, fuel, fuelIndex, step, limit, isInvariant } = strip;
  const layout = [...fn.blocks];
  const isOnWay = new Set(way);
  const guard = new StripBlock(fn, new Map(), isInvariant);
  const entering = new Map<Value, Value>();
  for (const parameter of header.parameters) entering.set(parameter, fn.addParameter(guard.block, parameter.type));
  // All ways in but the one of a turn: those from outside, and those from the poll.
  for (const { from, edge } of incoming[header.id] ?? []) if (!isOnWay.has(from)) edge.block = guard.block;
  const parameters = [...guard.block.parameters];
  const loop = (): Edge => ({ block: header, arguments: [...parameters] });

  // Is there a turn, and does the counter count up from 0 or more?
  const start = entering.get(counter) ?? counter;
  const counting = new StripBlock(fn, new Map(), isInvariant);
  const first = new StripBlock(fn, entering, isInvariant);
  const zero = guard.constant("i32", 0);
  const isCounted = guard.emit(strip.takesLimit ? "sle" : "slt", "bool", start, guard.copy(limit));
  let mayEnter = isNatural ? isCounted : both(guard, isCounted, guard.emit("sge", "bool", start, zero));
  if (step.opcode !== "const") mayEnter = both(guard, mayEnter, guard.emit("sgt", "bool", step, zero));
  guard.branch(mayEnter, { block: counting.block, arguments: [] }, loop());

  // How many turns? Few are not worth the other questions.
  const one = counting.constant("i32", 1);
  const isByOne = isConstant(step, 1);
  const stride = isByOne ? one : counting.copy(step);
  const distance = counting.emit("isub", "i32", counting.copy(limit), start);
  let turns: Value;
  if (isByOne) turns = strip.takesLimit ? counting.emit("iadd", "i32", distance, one) : distance;
  else {
    const whole = strip.takesLimit ? distance : counting.emit("isub", "i32", distance, one);
    turns = counting.emit("iadd", "i32", counting.emit("udiv", "i32", whole, stride), one);
  }
  const available = entering.get(fuel) ?? fuel;
  turns = counting.emit("select", "i32", counting.emit("slt", "bool", turns, available), turns, available);
  const lanes = vectors?.lanes ?? 1;
  const fewest = counting.constant("i32", Math.max(lanes, fewestTurns));
  const isWorthIt = counting.emit("sge", "bool", turns, fewest);
  counting.branch(isWorthIt, { block: first.block, arguments: [] }, loop());

  // Are the first and the last index of each access inside?
  let isSafe: Value | undefined;
  if (lanes > 1) turns = first.emit("and", "i32", turns, first.constant("i32", -lanes));
  const behind = first.emit("isub", "i32", turns, one);
  const span = isByOne ? behind : first.emit("imul", "i32", behind, stride);
  for (const [index, lengths] of strip.indices) {
    const at = first.copy(index);
    if (index !== counter) isSafe = both(first, isSafe, first.emit("sge", "bool", at, first.constant("i32", 0)));
    const last = first.emit("iadd", "i32", at, span);
    isSafe = both(first, isSafe, first.emit("ult", "bool", last, leastOf(first, lengths)));
  }
  // Indices that stay are asked for once, too.
  const staying = new Map<Value, Value[]>();
  for (const { condition, isTrue } of strip.conditions) {
    const [index, length] = condition.operands;
    if (isTrue && condition.opcode === "ult" && index?.type === "i32" && length !== undefined) {
      const lengths = staying.get(index);
      if (lengths === undefined) staying.set(index, [length]);
      else if (!lengths.includes(length)) lengths.push(length);
      continue;
    }
    const asked = first.copy(condition);
    isSafe = both(first, isSafe, isTrue ? asked : first.emit("not", "bool", asked));
  }
  for (const [index, lengths] of staying)
    isSafe = both(first, isSafe, first.emit("ult", "bool", first.copy(index), leastOf(first, lengths)));
  if (vectors !== undefined) isSafe = vectors.guard(first, turns, isSafe);

  const before = new StripBlock(fn, new Map(), isInvariant);
  const taken = isByOne ? turns : before.emit("imul", "i32", turns, stride);
  const end = before.emit("iadd", "i32", start, taken);
  const left = before.emit("isub", "i32", available, turns);
  let unsafe: Block | undefined;
  if (isSafe === undefined) first.jump({ block: before.block, arguments: [] });
  else {
    // A block of its own says that this is rare.
    unsafe = fn.createBlock();
    unsafe.isUnlikely = true;
    unsafe.terminator = { kind: "jump", target: loop() };
    first.branch(isSafe, { block: before.block, arguments: [] }, { block: unsafe, arguments: [] });
  }

  // The strip itself: the body, then whether the counter has come to its end.
  const inside = new Map<Value, Value>();
  const turn = new StripBlock(fn, inside, isInvariant);
  for (const parameter of header.parameters)
    if (parameter !== fuel) inside.set(parameter, fn.addParameter(turn.block, parameter.type));
  const initial = parameters.filter((_, index) => index !== fuelIndex);
  const forwarded = vectors === undefined ? findForwarded(strip) : undefined;
  if (forwarded !== undefined) {
    // The first turn's load stands in front.
    inside.set(forwarded.load, fn.addParameter(turn.block, forwarded.load.type));
    const [address] = forwarded.load.operands;
    const at = address === undefined ? undefined : first.copy(address);
    const loaded = fn.createValue("load", forwarded.load.type, at === undefined ? [] : [at], forwarded.load.immediate);
    before.block.instructions.push(loaded);
    initial.push(loaded);
  }
  before.jump({ block: turn.block, arguments: initial });
  const next = vectors === undefined ? copyTurn(turn, strip, forwarded?.load) : vectors.build(before, turn, inside);
  const after = next.filter((_, index) => index !== fuelIndex);
  if (forwarded !== undefined) after.push(turn.copy(forwarded.stored));
  const counterAfter = next[header.parameters.indexOf(counter)] ?? counter;
  turn.branch(
    turn.emit("ine", "bool", counterAfter, end),
    { block: turn.block, arguments: after },
    { block: header, arguments: next.map((value, index) => (index === fuelIndex ? left : value)) },
  );
  const place = layout.indexOf(header);
  fn.blocks = [
    ...layout.slice(0, place),
    guard.block,
    counting.block,
    first.block,
    before.block,
    turn.block,
    ...layout.slice(place),
    ...(unsafe === undefined ? [] : [unsafe]),
  ];
  if (vectors === undefined) for (const block of blocks) if (block !== header) block.isUnlikely = true;
}

/** One turn as it is, but for the questions. Gives what it passes on; for the fuel, anything. */
function copyTurn(turn: StripBlock, { body, next, polled }: Strip, left: Value | undefined): Value[] {
  for (const value of body) if (!polled.has(value) && value !== left && value.opcode !== "const") turn.append(value);
  return next.map((value) => (polled.has(value) ? value : turn.copy(value)));
}

/** A load of what the turn before has stored, by the loop's only store: a[i] where a[i + 1] is written. */
function findForwarded({ body, counter, step }: Strip): { readonly load: Value; readonly stored: Value } | undefined {
  if (!isConstant(step, 1)) return undefined;
  const writes = body.filter((value) => effectOf(value) === "write");
  const [store] = writes;
  if (store?.opcode !== "store" || writes.length !== 1) return undefined;
  const [stored, to] = store.operands;
  const written = readElement(to);
  const [before, one] = written?.index.operands ?? [];
  if (written?.index.opcode !== "iadd" || stored === undefined || before !== counter || !isConstant(one, 1))
    return undefined;
  for (const load of body) {
    if (load.opcode !== "load" || load.type !== store.type || load.immediate !== store.immediate) continue;
    const read = readElement(load.operands[0]);
    if (read?.index === counter && read.base === written.base && read.shift === written.shift)
      return 2 ** read.shift === types[load.type].bytes ? { load, stored } : undefined;
  }
  return undefined;
}

/** The least of some unsigned numbers. */
function leastOf(block: StripBlock, [head, ...others]: readonly Value[]): Value {
  if (head === undefined) throw new InternalError("the least of none");
  let least = block.copy(head);
  for (const value of others) {
    const other = block.copy(value);
    least = block.emit("select", "i32", block.emit("ult", "bool", least, other), least, other);
  }
  return least;
}

/** Both conditions, or the one that there is. */
function both(block: StripBlock, one: Value | undefined, other: Value): Value {
  return one === undefined ? other : block.emit("and", "bool", one, other);
}
