/**
 * A row function in many lanes at once: its control flow becomes masks, its values vectors (lane-builder.ts).
 *
 * The blocks of the function follow each other in one line, in an order where a block's dominator tree, and each loop, stays
 * together. Each block has the mask of the lanes that run it. What flows along an edge is merged into the target's variables where
 * the edge begins: the target's mask grows by the edge's, and its parameters take the argument in the lanes of that mask (`select`).
 * Where all lanes come together again (`collectedFrom`), the mask is the one of the block above, and nothing needs to be merged.
 *
 *   costly sides   a conditional block that is long, divides, or loops is jumped over, with all that it dominates, when no
 *                  lane runs it. What it would have written stays as it was.
 *   loops          run while any lane is in them. A way out is jumped over when no lane takes it; a lane that does writes what
 *                  it takes along then, and values that are used behind the loop are captured. When no lane is left, the loop ends.
 *                  Where all lanes leave at once (a plain exit), the way out is a branch, too.
 *                  Blocks behind a loop stand behind it, also if a block in it dominates them.
 *   traps          lanes that would trap are remembered, and leave; the kernel then hands the row to scalar code, which traps.
 *   guards         of a row without its rare ways (usual-row.ts) are gathered likewise; where one fails in some lane, the turn is
 *                  abandoned: at its end, once a turn in loops, and before anything else that wrong values might lead astray.
 *   iterations     are counted once for all lanes. Too many, or a stop, end the kernel at this row, too.
 *
 * Lanes that do not run compute, too; nobody looks at it. Loads are masked, and nothing here stores.
 */
import type { Loop } from "../analysis/loops.ts";
import { InternalError } from "../base/errors.ts";
import { type Block, type Edge, edgesOf, type Value } from "../ir/function.ts";
import { elementOf } from "../ir/types.ts";
import type { Divergence } from "./divergence.ts";
import { type IterationLimit, TurnCounter } from "./iteration-limit.ts";
import { isVarying, type LaneBuilder, type Mask, type Wide, type WideVariable } from "./lane-builder.ts";
import type { BlockGroup, RowCosts } from "./row-costs.ts";
import type { Guards } from "./usual-row.ts";
import { widenOperation } from "./widen-operation.ts";

export interface WidenRowOptions {
  readonly lanes: LaneBuilder;
  readonly divergence: Divergence;
  readonly costs: RowCosts;
  /** By block: what has to hold at its end, in all lanes that run it. */
  readonly guards: Guards | undefined;
  /** For each parameter of the row function. Those that the divergence says vary are vectors. */
  readonly parameters: readonly Wide[];
  /** The lanes that are rows. */
  readonly active: Mask;
  readonly ways: WaysOut;
  readonly limit: IterationLimit;
}

/** Blocks that a turn may end at before its time; nothing has been stored by then. They get edges from here. */
export interface WaysOut {
  /** Scalar code goes on from these rows: too many iterations, or a stop. */
  readonly handOver: Block;
  /** Lanes would trap, or guards fail: something else does these rows, scalar code perhaps. */
  readonly abandon: Block;
}

export interface WidenedRow {
  readonly result: Wide;
  /** The lanes that would trap; undefined if none can. */
  readonly trapped: Wide | undefined;
  /** The lanes whose guards hold; undefined if that is sure by now. */
  readonly usual: Wide | undefined;
}

/** Appends the row function in all lanes; the builder's block is another one afterwards. */
export function widenRow(options: WidenRowOptions): WidenedRow {
  return new RowWidener(options).widen();
}

/** What comes together at a block, or at the function's end. */
interface Join {
  /** Undefined where the mask is known otherwise. */
  readonly mask: WideVariable | undefined;
  readonly parameters: readonly WideVariable[];
  /** Whether the variables have values on every way here: zeros, perhaps. */
  isInitialized: boolean;
  /** Whether lanes may have written. */
  isWritten: boolean;
}

/** A loop while its body is built. */
interface OpenLoop {
  readonly parameters: readonly WideVariable[];
  /** The lanes that are in it; undefined if it is not divergent. */
  readonly live: WideVariable | undefined;
  /** The lanes that entered. */
  readonly entered: Mask;
  readonly after: Block;
  readonly captured: Map<Value, WideVariable>;
  isWritten: boolean;
  /** Blocks behind the loop that its blocks dominate. */
  readonly behind: Block[];
}

class RowWidener {
  readonly #lanes: LaneBuilder;
  readonly #divergence: Divergence;
  readonly #costs: RowCosts;
  readonly #options: WidenRowOptions;
  readonly #values: Wide[] = [];
  readonly #masks = new Map<Block, Mask>();
  /** Of blocks with one way in: the branch's condition in that direction, if it decides. */
  readonly #conditions = new Map<Block, Mask>();
  readonly #joins = new Map<Block, Join>();
  readonly #result: Join;
  readonly #loops = new Map<Loop, OpenLoop>();
  readonly #turns: TurnCounter | undefined;
  #trapped: WideVariable | undefined;
  #usual: WideVariable | undefined;
  /** Whether guards may have failed since `#usual` was last looked at. */
  #isDoubtful = false;
  #guardsMet = 0;

  constructor(options: WidenRowOptions) {
    const { lanes, divergence } = options;
    this.#options = options;
    this.#lanes = lanes;
    this.#divergence = divergence;
    this.#costs = options.costs;
    const { result } = divergence.fn;
    if (result === undefined) throw new InternalError("a row function without a result");
    const variable = lanes.createVariable(elementOf(result), options.costs.hasVaryingResult);
    this.#result = { mask: undefined, parameters: [variable], isInitialized: false, isWritten: false };
    this.#turns =
      divergence.loops.length === 0 ? undefined : new TurnCounter(lanes, options.limit, options.ways.handOver);
  }

  widen(): WidenedRow {
    const { fn } = this.#divergence;
    const { parameters, active } = this.#options;
    if (this.#costs.mayTrap) {
      this.#trapped = this.#lanes.createVariable("bool", true);
      this.#lanes.write(this.#trapped, this.#lanes.constant("bool", false));
    }
    if (this.#options.guards !== undefined) {
      this.#usual = this.#lanes.createVariable("bool", true);
      this.#lanes.write(this.#usual, this.#lanes.constant("bool", true));
    }
    fn.parameters.forEach(({ id }, index) => {
      const value = parameters[index];
      if (value === undefined) throw new InternalError(`the row function @${fn.name} lacks parameter ${index}`);
      this.#values[id] = value;
    });
    this.#masks.set(fn.entry, active);
    this.#block(fn.entry);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) next();
    const [result] = this.#result.parameters;
    if (result === undefined || !this.#result.isWritten) throw new InternalError(`@${fn.name} never returns`);
    return {
      result: this.#lanes.read(result),
      trapped: this.#trapped === undefined ? undefined : this.#lanes.read(this.#trapped),
      usual: this.#usual === undefined || !this.#isDoubtful ? undefined : this.#lanes.read(this.#usual),
    };
  }

  // ---- blocks in their order

  /** What is to be built behind what has been built by now, the next one last: dominator trees are deep, so nothing recurses. */
  readonly #waiting: (() => void)[] = [];

  /** The block, and those that it dominates, up to what stands behind the loop around. Those wait. */
  #block(block: Block): void {
    const loop = this.#divergence.loopOf(block);
    if (loop?.header === block) this.#loop(block, loop);
    else this.#turn(block, loop);
  }

  /** As `#block`, within the loop already. */
  #turn(block: Block, loop: Loop | undefined): void {
    this.#instructions(block);
    this.#terminator(block);
    this.#wait(this.#divergence.dominators.children(block), loop);
  }

  #wait(blocks: readonly Block[], loop: Loop | undefined): void {
    for (const block of blocks.toReversed()) this.#waiting.push(() => this.#child(block, loop));
  }

  #child(block: Block, loop: Loop | undefined): void {
    if (!this.#divergence.contains(loop, block)) {
      // Not before the loop is done.
      if (loop !== undefined) this.#openLoop(loop).behind.push(block);
      return;
    }
    this.#enter(block);
    const mask = this.#masks.get(block);
    if (mask === undefined || !this.#costs.isJumpedOver(block)) {
      this.#block(block);
      return;
    }
    const { builder } = this.#lanes;
    this.#initializeTargets(this.#costs.reach(block));
    const inside = builder.createLaterBlock();
    inside.isUnlikely = block.isUnlikely;
    const after = builder.createLaterBlock();
    builder.branch(this.#lanes.any(mask), inside, after);
    builder.continueIn(inside);
    const isDoubtful = this.#isDoubtful;
    this.#waiting.push(() => {
      this.#isDoubtful ||= isDoubtful; // by the way around
      builder.jump(after);
      builder.continueIn(after);
    });
    this.#block(block);
  }

  #loop(header: Block, loop: Loop): void {
    const lanes = this.#lanes;
    const { builder } = lanes;
    const divergence = this.#divergence;
    const isDivergent = divergence.isDivergent(loop);
    const entered = this.#masks.get(header);
    this.#initializeTargets(this.#costs.inside(loop));
    const captured = new Map<Value, WideVariable>();
    for (const value of this.#costs.usedBehind(loop)) {
      const varying = isDivergent || divergence.isVarying(value);
      const variable = lanes.createVariable(elementOf(value.type), varying);
      lanes.write(variable, lanes.zero(variable.type));
      captured.set(value, variable);
    }
    const parameters = header.parameters.map((parameter) => {
      const variable = lanes.createVariable(elementOf(parameter.type), divergence.isVarying(parameter));
      lanes.write(variable, this.#value(parameter));
      return variable;
    });
    const live = isDivergent ? lanes.createVariable("bool", true) : undefined;
    if (live !== undefined) lanes.write(live, lanes.explicit(entered));
    this.#handOverIfTrapped(); // such lanes may never leave
    this.#abandonIfRare();
    const guardsBefore = this.#guardsMet;
    const open: OpenLoop = {
      parameters,
      live,
      entered,
      after: builder.createLaterBlock(),
      captured,
      isWritten: false,
      behind: [],
    };
    this.#loops.set(loop, open);

    const turn = builder.createLaterBlock();
    builder.jump(turn);
    builder.openBlock(turn);
    builder.continueIn(turn);
    header.parameters.forEach(({ id }, index) => {
      const variable = parameters[index];
      if (variable !== undefined) this.#values[id] = lanes.read(variable);
    });
    if (live !== undefined) this.#masks.set(header, lanes.read(live));
    this.#waiting.push(() => this.#endLoop(loop, open, turn, guardsBefore));
    this.#turn(header, loop);
  }

  /** `turn`: where the next turn begins. */
  #endLoop(loop: Loop, { live, after, behind }: OpenLoop, turn: Block, guardsBefore: number): void {
    const lanes = this.#lanes;
    const { builder } = lanes;
    if (this.#costs.trapsInside(loop)) this.#handOverIfTrapped();
    this.#abandonIfRare();
    if (live !== undefined && this.#costs.isLeftFromInside(loop)) {
      // Inner loops ended when none of their lanes was left; the lanes may have left this one, too.
      const again = builder.createLaterBlock();
      builder.branch(lanes.any(lanes.read(live)), again, after);
      builder.continueIn(again);
    }
    this.#turns?.count();
    builder.jump(turn);
    builder.seal(turn);
    builder.continueIn(after);
    this.#isDoubtful = this.#guardsMet > guardsBefore; // by ways out
    const divergence = this.#divergence;
    this.#wait(
      behind.sort((a, b) => divergence.positionOf(a) - divergence.positionOf(b)),
      loop.parent,
    );
  }

  #openLoop(loop: Loop): OpenLoop {
    const open = this.#loops.get(loop);
    if (open === undefined) throw new InternalError("a loop was never entered");
    return open;
  }

  /** Goes to the hand-over if some lane has trapped. */
  #handOverIfTrapped(): void {
    if (this.#trapped === undefined) return;
    const { builder } = this.#lanes;
    const goOn = builder.createLaterBlock();
    builder.branch(this.#lanes.any(this.#lanes.read(this.#trapped)), this.#options.ways.abandon, goOn);
    builder.continueIn(goOn);
  }

  /** Abandons the turn if a guard has failed in some lane. */
  #abandonIfRare(): void {
    if (this.#usual === undefined || !this.#isDoubtful) return;
    const { builder } = this.#lanes;
    const goOn = builder.createLaterBlock();
    builder.branch(this.#lanes.all(this.#lanes.read(this.#usual)), goOn, this.#options.ways.abandon);
    builder.continueIn(goOn);
    this.#lanes.write(this.#usual, this.#lanes.constant("bool", true));
    this.#isDoubtful = false;
  }

  /** Remembers the lanes that go a rare way at the end of a block. */
  #guard(block: Block): void {
    const guard = this.#options.guards?.get(block);
    if (guard === undefined || this.#usual === undefined) return;
    const lanes = this.#lanes;
    const condition = this.#use(guard.condition, block);
    const holds = guard.whenTrue ? condition : lanes.not(condition);
    const mask = this.#masks.get(block);
    const added = lanes.spread(mask === undefined ? holds : lanes.emit("or", holds, lanes.not(mask)));
    const before = lanes.spread(lanes.read(this.#usual));
    const sure = lanes.splat(lanes.constant("bool", true));
    lanes.write(this.#usual, before.every((vector) => vector === sure) ? added : lanes.emit("and", before, added));
    this.#isDoubtful = true;
    this.#guardsMet++;
  }

  // ---- instructions

  #instructions(block: Block): void {
    const mask = this.#masks.get(block);
    for (const value of block.instructions) {
      this.#lanes.builder.span = value.span;
      if (value.shape.effect === "read") this.#abandonIfRare(); // no wrong addresses
      const operands = value.operands.map((operand) => this.#use(operand, block));
      this.#values[value.id] = widenOperation(this.#lanes, value, operands, mask, (lanes) => this.#trap(lanes));
    }
  }

  #trap(mask: Wide): void {
    const trapped = this.#trapped;
    if (trapped === undefined) throw new InternalError("a trap that was not foreseen");
    this.#lanes.write(trapped, this.#lanes.emit("or", this.#lanes.read(trapped), mask));
  }

  #value(value: Value): Wide {
    const wide = this.#values[value.id];
    if (wide === undefined) throw new InternalError(`v${value.id} is used before it was widened`);
    return wide;
  }

  /** A value as a block sees it: behind a loop, what was captured on the way out. */
  #use(value: Value, block: Block): Wide {
    if (value.opcode === "const") return this.#value(value); // in the entry block
    const outermost = this.#divergence.loopsLeft(this.#divergence.homeOf(value), block).at(-1);
    if (outermost === undefined) return this.#value(value);
    const variable = this.#openLoop(outermost).captured.get(value);
    if (variable === undefined) throw new InternalError(`v${value.id} was not captured`);
    return this.#lanes.read(variable);
  }

  // ---- edges

  #terminator(block: Block): void {
    const { terminator } = block;
    const mask = this.#masks.get(block);
    const lanes = this.#lanes;
    this.#guard(block);
    switch (terminator?.kind) {
      case "jump":
        this.#edge(block, terminator.target, mask, undefined);
        return;
      case "return":
        if (terminator.value !== undefined) this.#merge(this.#result, [this.#use(terminator.value, block)], mask, mask);
        return;
      case "trap":
        this.#trap(lanes.explicit(mask));
        return;
      case "branch": {
        const condition = this.#use(terminator.condition, block);
        const { whenTrue, whenFalse } = terminator;
        if (this.#divergence.isPlain(whenTrue)) this.#plainExit(block, whenTrue, whenFalse, condition);
        else if (this.#divergence.isPlain(whenFalse)) this.#plainExit(block, whenFalse, whenTrue, lanes.not(condition));
        else {
          const opposite = lanes.not(condition);
          // Lanes that leave a loop go first: the others are those that are still in it.
          if (this.#leavesDivergent(block, whenFalse)) {
            this.#direction(block, whenFalse, opposite, condition);
            this.#direction(block, whenTrue, condition, opposite);
          } else {
            this.#direction(block, whenTrue, condition, opposite);
            this.#direction(block, whenFalse, opposite, condition);
          }
        }
        return;
      }
      default:
        throw new InternalError(`block b${block.id} does not end`);
    }
  }

  /** One direction of a branch, which lanes take by this condition, and the others by its opposite. */
  #direction(block: Block, edge: Edge, condition: Wide, opposite: Wide): void {
    const lanes = this.#lanes;
    const loop = this.#divergence.loopOf(block);
    const mask = this.#masks.get(block);
    if (this.#leavesDivergent(block, edge)) {
      this.#exit(block, edge, condition, opposite);
      return;
    }
    const live = loop === undefined ? undefined : this.#openLoop(loop).live;
    const [other] = edgesOf(block.terminator).filter((each) => each !== edge);
    const isWhatIsLeft =
      loop !== undefined &&
      live !== undefined &&
      other !== undefined &&
      this.#leavesDivergent(block, other) &&
      this.#divergence.isInEveryTurn(loop, block);
    this.#edge(block, edge, isWhatIsLeft ? lanes.read(live) : lanes.and(mask, condition), condition);
  }

  /** Whether lanes that take the edge leave a loop which others stay in. */
  #leavesDivergent(from: Block, { block: to }: Edge): boolean {
    const [innermost] = this.#divergence.loopsLeft(from, to);
    return innermost !== undefined && this.#divergence.isDivergent(innermost);
  }

  /** Some lanes leave a loop: mostly none does, and the loop goes on; when none is left, it ends. */
  #exit(block: Block, edge: Edge, condition: Wide, opposite: Wide): void {
    const lanes = this.#lanes;
    const mask = this.#masks.get(block);
    const { builder } = lanes;
    const [innermost] = this.#divergence.loopsLeft(block, edge.block);
    const { live, after } = this.#openLoop(innermost ?? this.#noLoop(block));
    const leave = builder.createLaterBlock();
    const goOn = builder.createLaterBlock();
    let leaving: Wide;
    let isAny: Value;
    if (mask !== undefined && isVarying(mask) && isVarying(condition))
      ({ both: leaving, any: isAny } = lanes.andAny(mask, condition));
    else {
      leaving = lanes.and(mask, condition) ?? condition;
      isAny = lanes.any(leaving);
    }
    builder.branch(isAny, leave, goOn);
    builder.continueIn(leave);
    this.#edge(block, edge, leaving, condition, opposite);
    builder.branch(lanes.any(live === undefined ? leaving : lanes.read(live)), goOn, after);
    builder.continueIn(goOn);
  }

  #noLoop(block: Block): never {
    throw new InternalError(`block b${block.id} leaves no loop`);
  }

  /** All lanes that are in the loop leave it here, or none does. */
  #plainExit(block: Block, exit: Edge, stay: Edge, condition: Wide): void {
    const { builder } = this.#lanes;
    const loop = this.#divergence.loopOf(block);
    if (loop === undefined || isVarying(condition)) throw new InternalError("a plain exit is none");
    const leave = builder.createLaterBlock();
    const goOn = builder.createLaterBlock();
    builder.branch(condition, leave, goOn);
    builder.continueIn(leave);
    this.#edge(block, exit, this.#masks.get(block), undefined);
    builder.jump(this.#openLoop(loop).after);
    builder.continueIn(goOn);
    this.#edge(block, stay, this.#masks.get(block), undefined);
  }

  /**
   * What flows along an edge, in the lanes of `mask`. `condition`: the branch's, in this direction; `opposite`: in the other, where
   * lanes leave a loop.
   */
  #edge(
    from: Block,
    { block: to, arguments: args }: Edge,
    mask: Mask,
    condition: Wide | undefined,
    opposite?: Wide,
  ): void {
    const divergence = this.#divergence;
    const values = args.map((argument) => this.#use(argument, from));
    if (divergence.isBackEdge(from, to)) {
      const loop = divergence.loopOf(to);
      if (loop === undefined) throw new InternalError("a way back without a loop");
      const inner = divergence.loopsLeft(from, to);
      const open = this.#openLoop(loop);
      const crossesInner = inner.some((each) => divergence.isDivergent(each));
      if (crossesInner) open.isWritten = true; // in an earlier turn of the inner loop
      this.#goBack(open, values, crossesInner ? mask : this.#within(from, to, condition, mask));
      this.#leave(inner, from, mask, opposite);
      return;
    }
    const left = divergence.loopsLeft(from, to);
    if (left.length === 0 && divergence.forwardEdges(to).length === 1) {
      to.parameters.forEach(({ id }, index) => {
        const value = values[index];
        if (value !== undefined) this.#values[id] = value;
      });
      this.#masks.set(to, mask);
      this.#conditions.set(to, condition);
      return;
    }
    const crosses = left.some((loop) => divergence.isDivergent(loop));
    const above = divergence.dominators.immediateDominator(to);
    const chosenBy = crosses ? mask : this.#within(from, above, condition, mask);
    const join = this.#joinOf(to);
    if (crosses) join.isWritten = true; // in an earlier turn
    this.#merge(join, values, mask, chosenBy);
    this.#leave(left, from, mask, opposite);
  }

  /** Merges values into a join, in the lanes of `chosenBy`; `mask` are the lanes that come. */
  #merge(join: Join, values: readonly Wide[], mask: Mask, chosenBy: Mask): void {
    const lanes = this.#lanes;
    join.parameters.forEach((variable, index) => {
      const value = values[index];
      if (value === undefined) throw new InternalError("an edge lacks an argument");
      lanes.write(variable, join.isWritten ? lanes.select(chosenBy, value, lanes.read(variable)) : value);
    });
    if (join.mask !== undefined) {
      const added = lanes.explicit(mask);
      lanes.write(join.mask, join.isWritten ? lanes.emit("or", lanes.read(join.mask), added) : added);
    }
    join.isWritten = true;
    join.isInitialized = true;
  }

  /**
   * Lanes leave loops: they take along what is used behind. So do those that stay, which is overwritten when they leave in turn: the
   * mask of all lanes in the loop is there already.
   */
  #leave(loops: readonly Loop[], from: Block, mask: Mask, opposite: Wide | undefined): void {
    const lanes = this.#lanes;
    for (const loop of loops) {
      const { captured, live } = this.#openLoop(loop);
      for (const [value, variable] of captured) {
        if (!this.#divergence.dominators.dominates(this.#divergence.homeOf(value), from)) continue;
        const now = this.#use(value, from);
        lanes.write(variable, live === undefined ? now : lanes.select(lanes.read(live), now, lanes.read(variable)));
      }
      if (live === undefined) continue;
      const before = lanes.read(live);
      const isByCondition =
        opposite !== undefined && this.#divergence.loopOf(from) === loop && this.#divergence.isInEveryTurn(loop, from);
      lanes.write(
        live,
        isByCondition ? lanes.emit("and", before, opposite) : lanes.without(before, lanes.explicit(mask)),
      );
    }
  }

  #goBack(open: OpenLoop, values: readonly Wide[], chosenBy: Mask): void {
    const lanes = this.#lanes;
    open.parameters.forEach((variable, index) => {
      const value = values[index];
      if (value === undefined) throw new InternalError("a way back lacks an argument");
      lanes.write(variable, open.isWritten ? lanes.select(chosenBy, value, lanes.read(variable)) : value);
    });
    open.isWritten = true;
  }

  // ---- joins

  #joinOf(block: Block): Join {
    let join = this.#joins.get(block);
    if (join === undefined) {
      const lanes = this.#lanes;
      const isKnown = this.#divergence.collectedFrom(block) !== undefined;
      const varying = this.#options.active !== undefined || this.#divergence.hasVaryingMask(block);
      join = {
        mask: isKnown ? undefined : lanes.createVariable("bool", varying),
        parameters: block.parameters.map((parameter) =>
          lanes.createVariable(elementOf(parameter.type), this.#divergence.isVarying(parameter)),
        ),
        isInitialized: false,
        isWritten: false,
      };
      this.#joins.set(block, join);
    }
    return join;
  }

  /** Gives variables of joins outside of these blocks a value, before code that may run or not, or often. */
  #initializeTargets(blocks: BlockGroup): void {
    for (const target of this.#costs.targetsOf(blocks)) {
      if (target !== "return" && this.#isDirect(target)) continue;
      const join = target === "return" ? this.#result : this.#joinOf(target);
      if (join.isInitialized) continue;
      for (const variable of join.parameters) this.#lanes.write(variable, this.#lanes.zero(variable.type));
      if (join.mask !== undefined) this.#lanes.write(join.mask, this.#lanes.constant("bool", false));
      join.isInitialized = true;
    }
  }

  /** Whether what flows in has one source in the same loop, so that nothing is merged. */
  #isDirect(block: Block): boolean {
    const [only, ...more] = this.#divergence.forwardEdges(block);
    return only !== undefined && more.length === 0 && this.#divergence.loopsLeft(only.from, block).length === 0;
  }

  /** Before a block's own code: its mask and parameters are what came along its edges. */
  #enter(block: Block): void {
    if (this.#isDirect(block)) return;
    const lanes = this.#lanes;
    const join = this.#joinOf(block);
    if (!join.isInitialized) throw new InternalError(`nothing has led to block b${block.id}`);
    block.parameters.forEach(({ id }, index) => {
      const variable = join.parameters[index];
      if (variable !== undefined) this.#values[id] = lanes.read(variable);
    });
    if (join.mask !== undefined) {
      this.#masks.set(block, lanes.read(join.mask));
      return;
    }
    const start = this.#divergence.collectedFrom(block);
    if (start === undefined) throw new InternalError(`block b${block.id} has no mask`);
    const left = this.#divergence.loopsLeft(start, block).at(-1);
    this.#masks.set(block, left === undefined ? this.#masks.get(start) : this.#openLoop(left).entered);
  }

  /** The mask of an edge, as far as it tells lanes of a block above apart: other lanes do not matter to a choice. */
  #within(from: Block, above: Block | undefined, condition: Mask, mask: Mask): Mask {
    const steps = above === undefined ? undefined : this.#divergence.conditionsBetween(above, from);
    if (steps === undefined) return mask;
    let within = condition;
    for (const step of steps) within = this.#lanes.and(this.#conditions.get(step), within);
    return within;
  }
}
