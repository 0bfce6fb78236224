/**
 * Executes a function, one instruction after the other. The oracle: every back end must agree with it to the bit, save
 * for the bits of a NaN that arithmetic made. Obvious and slow; nothing here is to be made fast.
 *
 * A value's slot is its id. The arguments of an edge are all read before the first parameter is written, because they
 * are assigned in parallel.
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
import { elementOf, types } from "./types.ts";

/** The bytes that `load` and `store` reach, and the address of the first. */
export interface InterpreterMemory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

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
 * of arguments and for memory that was not supplied.
 */
export function interpret(
  fn: IrFunction,
  args: readonly Constant[],
  options: InterpretOptions = {},
): Constant | undefined {
  const slots = new Slots(slotCount(fn));
  enter(fn, args.length);
  fn.parameters.forEach((parameter, index) => {
    const arg = args[index];
    if (arg !== undefined) slots.setConstant(parameter.id, elementOf(parameter.type), arg);
  });
  const result = run(fn, slots, options);
  return result === undefined ? undefined : slots.constant(result.id, elementOf(result.type));
}

/** As `interpret`, but arguments and result are bit patterns, so that a NaN keeps its payload. A bool is 0n or 1n. */
export function interpretBits(
  fn: IrFunction,
  args: readonly bigint[],
  options: InterpretOptions = {},
): bigint | undefined {
  const slots = new Slots(slotCount(fn));
  enter(fn, args.length);
  fn.parameters.forEach((parameter, index) => {
    slots.setBits(parameter.id, args[index] ?? 0n);
  });
  const result = run(fn, slots, options);
  return result === undefined ? undefined : slots.bits(result.id, elementOf(result.type));
}

/** One for each value, and room for the arguments of one edge. */
function slotCount(fn: IrFunction): number {
  return fn.valueCount + fn.blocks.reduce((most, block) => Math.max(most, block.parameters.length), 0);
}

function enter(fn: IrFunction, count: number): void {
  if (count !== fn.parameters.length)
    throw new RangeError(`@${fn.name} takes ${fn.parameters.length} arguments, not ${count}`);
}

/** A function that is being executed: its values, and where it stands. */
class Frame {
  readonly fn: IrFunction;
  readonly slots: Slots;
  block: Block;
  /** The next instruction of the block. */
  next = 0;

  constructor(fn: IrFunction, slots: Slots) {
    this.fn = fn;
    this.slots = slots;
    this.block = fn.entry;
  }
}

/** Executes until the function returns, whatever it calls included. The value that it returns is in `slots`. */
function run(fn: IrFunction, slots: Slots, options: InterpretOptions): Value | undefined {
  const maxSteps = options.maxSteps ?? 100_000_000;
  const maxDepth = options.maxDepth ?? 10_000;
  const callers: Frame[] = [];
  let frame = new Frame(fn, slots);
  for (let steps = 0; ; steps++) {
    if (steps >= maxSteps) throw new UnsupportedError(`@${fn.name}: not done after ${maxSteps} steps`);
    const instruction = frame.block.instructions[frame.next];
    if (instruction === undefined) {
      const { terminator } = frame.block;
      if (terminator?.kind !== "return") {
        take(terminator, frame);
        continue;
      }
      const caller = callers.pop();
      if (caller === undefined) return terminator.value;
      const call = caller.block.instructions[caller.next++];
      if (call !== undefined && terminator.value !== undefined)
        caller.slots.u64[call.id] = frame.slots.u64[terminator.value.id] ?? 0n;
      frame = caller;
    } else if (instruction.opcode === "call") {
      if (callers.length >= maxDepth) throw trapError("stack-exhausted", instruction.span);
      callers.push(frame);
      frame = callFrame(instruction, frame.slots);
    } else {
      execute(instruction, frame.slots, options);
      frame.next++;
    }
  }
}

/** The frame of a function that is called, with the arguments in its parameters. */
function callFrame({ id, callee, operands }: Value, from: Slots): Frame {
  if (callee === undefined) throw new InternalError(`v${id}: call of no function`);
  enter(callee, operands.length);
  const slots = new Slots(slotCount(callee));
  callee.parameters.forEach((parameter, index) => {
    slots.u64[parameter.id] = from.u64[operands[index]?.id ?? 0] ?? 0n;
  });
  return new Frame(callee, slots);
}

/** Goes where a block's end leads, or traps. */
function take(terminator: Terminator | undefined, frame: Frame): void {
  const { fn, slots, block } = frame;
  if (terminator === undefined) throw new InternalError(`@${fn.name}: block b${block.id} does not end`);
  if (terminator.kind === "trap") throw trapError(terminator.code, terminator.span);
  const [first, second = first] = edgesOf(terminator);
  const isSecond = terminator.kind === "branch" && slots.i32[2 * terminator.condition.id] === 0;
  const edge = isSecond ? second : first;
  if (edge === undefined) throw new InternalError(`block b${block.id}: a ${terminator.kind} has edges`);
  follow(edge, slots, fn.valueCount);
  frame.block = edge.block;
  frame.next = 0;
}

/** Assigns an edge's arguments to the parameters, through the slots from `scratch` on. */
function follow(edge: Edge, slots: Slots, scratch: number): void {
  edge.arguments.forEach((argument, index) => {
    slots.u64[scratch + index] = slots.u64[argument.id] ?? 0n;
  });
  edge.block.parameters.forEach((parameter, index) => {
    slots.u64[parameter.id] = slots.u64[scratch + index] ?? 0n;
  });
}

function execute(instruction: Value, slots: Slots, options: InterpretOptions): void {
  const { id, opcode, type, operands, immediate } = instruction;
  const [a, b, c] = operands;
  switch (opcode) {
    case "const":
      if (immediate === undefined) throw new InternalError(`v${id}: a constant without its value`);
      slots.setConstant(id, elementOf(type), immediate);
      return;
    case "context":
      slots.i64[id] = options.context ?? 0n;
      return;
    case "load":
      // The byte of a bool counts by its lowest bit.
      slots.setBits(
        id,
        load(types[type].bytes, addressOf(a, immediate, slots), options.memory) & (type === "bool" ? 1n : -1n),
      );
      return;
    case "store":
      if (a === undefined) throw new InternalError(`v${id}: store without a value`);
      store(types[a.type].bytes, slots.bits(a.id, elementOf(a.type)), addressOf(b, immediate, slots), options.memory);
      return;
    case "load8-s":
    case "load8-u":
    case "load16-s":
    case "load16-u": {
      const bytes = opcode.startsWith("load8") ? 1 : 2;
      const bits = load(bytes, addressOf(a, immediate, slots), options.memory);
      slots.i32[2 * id] = Number(opcode.endsWith("-s") ? BigInt.asIntN(8 * bytes, bits) : bits);
      return;
    }
    case "store8":
    case "store16":
      store(opcode === "store8" ? 1 : 2, slots.bits(a?.id ?? 0, "i32"), addressOf(b, immediate, slots), options.memory);
      return;
    default: {
      const meaning = a === undefined ? undefined : meaningOf(opcode, a.type, type);
      if (meaning === undefined || a === undefined)
        throw new InternalError(`v${id}: ${opcode} has no meaning for ${a?.type} to ${type}`);
      const trap = meaning(slots, id, a.id, b?.id ?? a.id, c?.id ?? a.id);
      if (trap !== undefined) throw trapError(trap, instruction.span);
    }
  }
}

function addressOf(base: Value | undefined, offset: Constant | undefined, slots: Slots): bigint {
  return BigInt.asUintN(64, (slots.i64[base?.id ?? 0] ?? 0n) + BigInt(offset ?? 0));
}

/** The unsigned integer of 1, 2, 4 or 8 bytes. */
function load(size: number, address: bigint, memory: InterpreterMemory | undefined): bigint {
  const { view, offset } = reach("load", size, address, memory);
  switch (size) {
    case 8:
      return view.getBigUint64(offset, true);
    case 4:
      return BigInt(view.getUint32(offset, true));
    case 2:
      return BigInt(view.getUint16(offset, true));
    default:
      return BigInt(view.getUint8(offset));
  }
}

function store(size: number, bits: bigint, address: bigint, memory: InterpreterMemory | undefined): void {
  const { view, offset } = reach("store", size, address, memory);
  switch (size) {
    case 8:
      view.setBigUint64(offset, bits, true);
      break;
    case 4:
      view.setUint32(offset, Number(bits), true);
      break;
    case 2:
      view.setUint16(offset, Number(bits & 0xffffn), true);
      break;
    default:
      view.setUint8(offset, Number(bits & 0xffn));
  }
}

function reach(
  what: string,
  size: number,
  address: bigint,
  memory: InterpreterMemory | undefined,
): { view: DataView; offset: number } {
  const offset = memory === undefined ? -1 : Number(address - memory.address);
  if (memory === undefined || offset < 0 || offset + size > memory.bytes.length)
    throw new RangeError(`${what} of ${size} bytes at 0x${address.toString(16)}: outside the supplied memory`);
  return { view: new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.byteLength), offset };
}

function trapError(code: TrapCode, span: Span | undefined): TrapError {
  return new TrapError(`trap: ${code.replaceAll("-", " ")}`, code, span);
}
