/**
 * Executes a function, one instruction after the other. The oracle: every back end must agree with it to the bit, save
 * for the bits of a NaN that arithmetic made. Obvious and slow; nothing here is to be made fast.
 *
 * A value's first slot is its id times the most lanes that a value of the function has, and each lane has a slot. The
 * arguments of an edge are all read before the first parameter is written, because they are assigned in parallel.
 */
import { InternalError, type TrapCode, TrapError, UnsupportedError } from "../base/errors.ts";
import type { Span } from "../base/source.ts";
import { meaningOf, Slots } from "./evaluate.ts";
import {
  type Block,
  type Constant,
  type Edge,
  edgesOf,
  type IrFunction,
  type Terminator,
  type Value,
} from "./function.ts";
import { executeOnLanes, type InterpreterMemory } from "./interpret-lanes.ts";
import { elementOf, isVector, lanesOf, type Scalar, type Type } from "./types.ts";

export interface InterpretOptions {
  readonly memory?: InterpreterMemory;
  /** What the opcode `context` gives; 0n if absent. */
  readonly context?: bigint;
  /** Instructions and terminators to execute at most; 100 million if absent. */
  readonly maxSteps?: number;
  /** How many calls deep functions may call each other; 10,000 if absent. One more traps with `stack-exhausted`. */
  readonly maxDepth?: number;
}

/**
 * Calls a function. Arguments are constants of the parameters' types. Undefined for a function that returns nothing.
 *
 * Throws `TrapError` where the function traps, `UnsupportedError` past `maxSteps`, and `RangeError` for a wrong number
 * of arguments, for memory that was not supplied, and for functions that take or give vectors (`interpretLanes` is for these).
 */
export function interpret(
  fn: IrFunction,
  args: readonly Constant[],
  options: InterpretOptions = {},
): Constant | undefined {
  const frame = enter(fn, args.length);
  fn.parameters.forEach((parameter, index) => {
    const arg = args[index];
    if (arg !== undefined) frame.slots.setConstant(frame.slotOf(parameter), scalarOf(fn, parameter.type), arg);
  });
  const result = run(frame, options);
  return result?.frame.slots.constant(result.slot, scalarOf(fn, result.type));
}

/** As `interpret`, but arguments and result are bit patterns, so that a NaN keeps its payload. A bool is 0n or 1n. */
export function interpretBits(
  fn: IrFunction,
  args: readonly bigint[],
  options: InterpretOptions = {},
): bigint | undefined {
  for (const { type } of fn.parameters) scalarOf(fn, type);
  if (fn.result !== undefined) scalarOf(fn, fn.result);
  const lanes = interpretLanes(
    fn,
    args.map((arg) => [arg]),
    options,
  );
  return lanes?.[0];
}

/** As `interpretBits`, with one bit pattern for each lane: of a scalar, one. */
export function interpretLanes(
  fn: IrFunction,
  args: readonly (readonly bigint[])[],
  options: InterpretOptions = {},
): bigint[] | undefined {
  const frame = enter(fn, args.length);
  fn.parameters.forEach((parameter, index) => {
    const lanes = lanesOf(parameter.type);
    const bits = args[index] ?? [];
    if (bits.length !== lanes)
      throw new RangeError(`@${fn.name}: parameter ${index} is ${parameter.type}, ${bits.length} lanes came`);
    bits.forEach((lane, at) => {
      frame.slots.setBits(frame.slotOf(parameter) + at, lane);
    });
  });
  const result = run(frame, options);
  if (result === undefined) return undefined;
  const element = elementOf(result.type);
  return Array.from({ length: lanesOf(result.type) }, (_, lane) =>
    result.frame.slots.bits(result.slot + lane, element),
  );
}

function scalarOf(fn: IrFunction, type: Type): Scalar {
  if (isVector(type)) throw new RangeError(`@${fn.name} takes or gives ${type}: vectors are for interpretLanes`);
  return elementOf(type);
}

function enter(fn: IrFunction, count: number): Frame {
  if (count !== fn.parameters.length)
    throw new RangeError(`@${fn.name} takes ${fn.parameters.length} arguments, not ${count}`);
  return new Frame(fn);
}

/** A function that is being executed: its values, and where it stands. */
class Frame {
  readonly fn: IrFunction;
  readonly slots: Slots;
  /** The most lanes of any value: the slots that each has. */
  readonly stride: number;
  block: Block;
  /** The next instruction of the block. */
  next = 0;

  /** With slots for each value, and room for the arguments of one edge. */
  constructor(fn: IrFunction) {
    this.fn = fn;
    this.block = fn.entry;
    let stride = 1;
    let scratch = 0;
    for (const { parameters, instructions } of fn.blocks) {
      scratch = Math.max(scratch, parameters.length);
      for (const { type } of parameters) stride = Math.max(stride, lanesOf(type));
      for (const { type } of instructions) stride = Math.max(stride, lanesOf(type));
    }
    this.stride = stride;
    this.slots = new Slots(stride * (fn.valueCount + scratch));
  }

  slotOf(value: Value): number {
    return this.stride * value.id;
  }
}

/** What a function returns: where its lanes are. */
interface Result {
  readonly frame: Frame;
  readonly slot: number;
  readonly type: Type;
}

/** Executes until the function returns, whatever it calls included. */
function run(first: Frame, options: InterpretOptions): Result | undefined {
  const maxSteps = options.maxSteps ?? 100_000_000;
  const maxDepth = options.maxDepth ?? 10_000;
  const callers: Frame[] = [];
  let frame = first;
  for (let steps = 0; ; steps++) {
    if (steps >= maxSteps) throw new UnsupportedError(`@${first.fn.name}: not done after ${maxSteps} steps`);
    const instruction = frame.block.instructions[frame.next];
    if (instruction === undefined) {
      const { terminator } = frame.block;
      if (terminator?.kind !== "return") {
        take(terminator, frame);
        continue;
      }
      const { value } = terminator;
      const caller = callers.pop();
      if (caller === undefined) return value && { frame, slot: frame.slotOf(value), type: value.type };
      const call = caller.block.instructions[caller.next++];
      if (call !== undefined && value !== undefined)
        copyLanes(lanesOf(value.type), frame.slots, frame.slotOf(value), caller.slots, caller.slotOf(call));
      frame = caller;
    } else if (instruction.opcode === "call") {
      if (callers.length >= maxDepth) throw trapError("stack-exhausted", instruction.span);
      callers.push(frame);
      frame = callFrame(instruction, frame);
    } else {
      execute(instruction, frame, options);
      frame.next++;
    }
  }
}

function copyLanes(lanes: number, from: Slots, fromSlot: number, to: Slots, toSlot: number): void {
  for (let lane = 0; lane < lanes; lane++) to.u64[toSlot + lane] = from.u64[fromSlot + lane] ?? 0n;
}

/** The frame of a function that is called, with the arguments in its parameters. */
function callFrame({ id, callee, operands }: Value, from: Frame): Frame {
  if (callee === undefined) throw new InternalError(`v${id}: call of no function`);
  const frame = enter(callee, operands.length);
  callee.parameters.forEach((parameter, index) => {
    const operand = operands[index];
    if (operand !== undefined)
      copyLanes(lanesOf(operand.type), from.slots, from.slotOf(operand), frame.slots, frame.slotOf(parameter));
  });
  return frame;
}

/** Goes where a block's end leads, or traps. */
function take(terminator: Terminator | undefined, frame: Frame): void {
  const { fn, slots, block } = frame;
  if (terminator === undefined) throw new InternalError(`@${fn.name}: block b${block.id} does not end`);
  if (terminator.kind === "trap") throw trapError(terminator.code, terminator.span);
  const [first, second = first] = edgesOf(terminator);
  const isSecond = terminator.kind === "branch" && slots.i32[2 * frame.slotOf(terminator.condition)] === 0;
  const edge = isSecond ? second : first;
  if (edge === undefined) throw new InternalError(`block b${block.id}: a ${terminator.kind} has edges`);
  follow(edge, frame);
  frame.block = edge.block;
  frame.next = 0;
}

/** Assigns an edge's arguments to the parameters, through the slots behind those of the values. */
function follow(edge: Edge, frame: Frame): void {
  const { slots, stride } = frame;
  const scratch = stride * frame.fn.valueCount;
  edge.arguments.forEach((argument, index) => {
    copyLanes(lanesOf(argument.type), slots, frame.slotOf(argument), slots, scratch + stride * index);
  });
  edge.block.parameters.forEach((parameter, index) => {
    copyLanes(lanesOf(parameter.type), slots, scratch + stride * index, slots, frame.slotOf(parameter));
  });
}

function execute(instruction: Value, frame: Frame, options: InterpretOptions): void {
  const { shape, id, opcode, type, operands, immediate } = instruction;
  const { slots } = frame;
  const slot = frame.slotOf(instruction);
  const [a, b, c] = operands;
  if (opcode === "prefetch-write") return; // changes nothing but the time that things take
  if (shape.lanes === "many" || shape.immediate === "offset") {
    executeOnLanes(instruction, frame, options.memory);
    return;
  }
  switch (opcode) {
    case "const":
      if (immediate === undefined) throw new InternalError(`v${id}: a constant without its value`);
      slots.setConstant(slot, elementOf(type), immediate);
      return;
    case "context":
      slots.i64[slot] = options.context ?? 0n;
      return;
    case "fence":
      return;
    default: {
      const meaning = a === undefined ? undefined : meaningOf(opcode, elementOf(a.type), elementOf(type));
      if (meaning === undefined || a === undefined)
        throw new InternalError(`v${id}: ${opcode} has no meaning for ${a?.type} to ${type}`);
      for (let lane = 0; lane < lanesOf(type); lane++) {
        const [first, second, third] = [frame.slotOf(a), frame.slotOf(b ?? a), frame.slotOf(c ?? a)];
        const trap = meaning(slots, slot + lane, first + lane, second + lane, third + lane);
        if (trap !== undefined) throw trapError(trap, instruction.span);
      }
    }
  }
}

function trapError(code: TrapCode, span: Span | undefined): TrapError {
  return new TrapError(`trap: ${code.replaceAll("-", " ")}`, code, span);
}
