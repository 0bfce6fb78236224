/**
 * Counted innermost loops whose turns take one way, as loop-strips.ts repeats them: what is read off such a loop, and a block
 * that takes copies of its instructions.
 *
 * The header asks for the counter; every other branch either leaves the loop for a trap, or is the poll for fuel, or asks what
 * comes from outside. So a turn that neither ends the loop nor traps nor polls is one list of instructions.
 */
import type { IncomingEdge } from "../analysis/control-flow.ts";
import type { Loop } from "../analysis/loops.ts";
import type { Block, Edge, IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import type { Type } from "../ir/types.ts";
import { effectOf, readsCallContext } from "./memory.ts";

/** The most instructions of a loop that is worth having twice. */
const mostInstructions = 120;

/** A loop whose turns take one way. */
export interface Strip {
  readonly header: Block;
  readonly blocks: readonly Block[];
  /** The blocks of that way, in order. */
  readonly way: readonly Block[];
  /** Their instructions. */
  readonly body: readonly Value[];
  /** What a turn passes on to the header. */
  readonly next: readonly Value[];
  readonly counter: Value;
  readonly fuel: Value;
  readonly fuelIndex: number;
  /** The fuel after a turn, and the question whether that is too little. */
  readonly polled: ReadonlySet<Value>;
  readonly step: Value;
  /** A turn follows where counter < limit, or <= with `takesLimit`. */
  readonly limit: Value;
  readonly takesLimit: boolean;
  /** Indices that must be below the lengths. */
  readonly indices: ReadonlyMap<Value, readonly Value[]>;
  /** Conditions from outside that each turn asks, and what they must be. */
  readonly conditions: readonly { readonly condition: Value; readonly isTrue: boolean }[];
  /** True for what is defined outside of the loop, and constants. */
  isInvariant(value: Value): boolean;
}

/** Reads a loop whose turns take one way; undefined for others. */
export function readStrip({ header, blocks }: Loop, incoming: readonly IncomingEdge[][]): Strip | undefined {
  const entry = header.terminator;
  if (entry?.kind !== "branch") return undefined;
  const test = entry.condition;
  const [counter, limit] = test.operands;
  if ((test.opcode !== "slt" && test.opcode !== "sle") || counter?.type !== "i32" || limit === undefined)
    return undefined;
  const counterIndex = header.parameters.indexOf(counter);
  if (counterIndex < 0) return undefined;
  const inside = new Set(blocks);
  if (!inside.has(entry.whenTrue.block) || inside.has(entry.whenFalse.block)) return undefined;

  const defined = new Set<Value>();
  for (const block of blocks) {
    for (const value of block.parameters) defined.add(value);
    for (const value of block.instructions) defined.add(value);
  }
  const isInvariant = (value: Value): boolean => value.opcode === "const" || !defined.has(value);
  if (!isInvariant(limit)) return undefined;

  const way: Block[] = [header];
  const body: Value[] = [...header.instructions];
  const indices = new Map<Value, Value[]>();
  const conditions: { condition: Value; isTrue: boolean }[] = [];
  let poll: Value | undefined;
  let edge: Edge = entry.whenTrue;
  while (edge.block !== header) {
    const { block } = edge;
    if (!inside.has(block) || incoming[block.id]?.length !== 1 || body.length > mostInstructions) return undefined;
    if (block.parameters.length > 0) return undefined;
    way.push(block);
    body.push(...block.instructions);
    const { terminator } = block;
    if (terminator?.kind === "jump") {
      edge = terminator.target;
      continue;
    }
    if (terminator?.kind !== "branch") return undefined;
    const { condition, whenTrue, whenFalse } = terminator;
    const [index, length] = condition.operands;
    if (isPoll(condition, header)) {
      if (poll !== undefined) return undefined;
      poll = condition;
      edge = whenFalse;
    } else if (condition.operands.every(isInvariant)) {
      const isTrue = inside.has(whenTrue.block);
      conditions.push({ condition, isTrue });
      edge = isTrue ? whenTrue : whenFalse;
      if (inside.has((isTrue ? whenFalse : whenTrue).block)) return undefined;
    } else if (condition.opcode === "ult" && index?.type === "i32" && length !== undefined && isInvariant(length)) {
      if (!isSum(index, counter, isInvariant) || inside.has(whenFalse.block)) return undefined;
      const lengths = indices.get(index);
      if (lengths === undefined) indices.set(index, [length]);
      else if (!lengths.includes(length)) lengths.push(length);
      edge = whenTrue;
    } else return undefined;
  }
  if (poll === undefined || body.some(touchesContext)) return undefined;
  const next = edge.arguments;
  const step = stepOf(next[counterIndex], counter);
  const left = poll.operands[0];
  const fuel = left?.operands[0];
  if (step === undefined || !isInvariant(step) || (step.opcode === "const" && !(Number(step.immediate) > 0)))
    return undefined;
  if (left === undefined || fuel === undefined) return undefined;
  const fuelIndex = header.parameters.indexOf(fuel);
  const polled = new Set([left, poll]);
  if (
    next[fuelIndex] !== left ||
    next.some((value, index) => index !== fuelIndex && (value === fuel || value === left))
  )
    return undefined;
  for (const value of body)
    for (const operand of value.operands)
      if ((operand === fuel && value !== left) || (operand === left && value !== poll)) return undefined;
  return {
    header,
    blocks,
    way,
    body,
    next,
    counter,
    fuel,
    fuelIndex,
    polled,
    step,
    limit,
    takesLimit: test.opcode === "sle",
    indices,
    conditions,
    isInvariant,
  };
}

/** Whether it may see or change the fuel in memory, or anything else in the call context. */
function touchesContext(value: Value): boolean {
  return value.opcode === "call" || (effectOf(value) !== undefined && readsCallContext(value));
}

/** Whether it asks if the fuel, less one, is below zero. */
function isPoll({ opcode, operands: [left, zero] }: Value, header: Block): boolean {
  if (opcode !== "slt" || !isConstant(zero, 0) || left?.opcode !== "iadd") return false;
  const [fuel, one] = left.operands;
  return fuel !== undefined && fuel.type === "i32" && header.parameters.includes(fuel) && isConstant(one, -1);
}

export function isConstant(value: Value | undefined, number: number): boolean {
  return value?.opcode === "const" && value.immediate === number;
}

/** What each turn adds to the counter. */
function stepOf(next: Value | undefined, counter: Value): Value | undefined {
  if (next?.opcode !== "iadd") return undefined;
  const [a, b] = next.operands;
  return a === counter ? b : b === counter ? a : undefined;
}

/** Whether the value is the counter, plus something from outside: it grows as the counter does. */
export function isSum(start: Value, counter: Value, isInvariant: (value: Value) => boolean): boolean {
  for (let value = start; ; ) {
    if (value === counter) return true;
    const [a, b] = value.operands;
    if (value.opcode !== "iadd" || a === undefined || b === undefined) return false;
    if (isInvariant(b)) value = a;
    else if (isInvariant(a)) value = b;
    else return false;
  }
}

/** The parts of an address of the form base + (index << shift). */
export function readElement(
  address: Value | undefined,
): { readonly base: Value; readonly index: Value; readonly shift: number } | undefined {
  if (address?.opcode !== "iadd") return undefined;
  const [base, scaled] = address.operands;
  const isShifted = scaled?.opcode === "shl";
  const [extended, by] = isShifted ? scaled.operands : [scaled];
  const index = extended?.operands[0];
  if (base === undefined || extended?.opcode !== "zext" || index?.type !== "i32") return undefined;
  if (isShifted && by?.opcode !== "const") return undefined;
  return { base, index, shift: isShifted ? Number(by?.immediate) : 0 };
}

/** Appends to one block, and copies there what others compute from substituted values. */
export class StripBlock {
  readonly fn: IrFunction;
  readonly block: Block;
  readonly #substitutes: Map<Value, Value>;
  readonly #isInvariant: (value: Value) => boolean;

  /** `isInvariant` says what may be used as it is. */
  constructor(fn: IrFunction, substitutes: Map<Value, Value>, isInvariant: (value: Value) => boolean) {
    this.fn = fn;
    this.block = fn.createBlock();
    this.#substitutes = substitutes;
    this.#isInvariant = isInvariant;
  }

  emit(opcode: Opcode, type: Type, ...operands: Value[]): Value {
    const value = this.fn.createValue(opcode, type, operands);
    this.block.instructions.push(value);
    return value;
  }

  constant(type: Type, immediate: number | bigint): Value {
    const value = this.fn.createValue("const", type, [], immediate);
    this.block.instructions.push(value);
    return value;
  }

  /** What the value is here: itself if it comes from outside, else what stands for it or a copy of how it is computed. */
  copy(value: Value): Value {
    const known = this.#substitutes.get(value);
    if (known !== undefined) return known;
    if (value.opcode !== "const" && this.#isInvariant(value)) return value;
    return this.append(value);
  }

  /** A copy of one instruction, which stands for it from now on. */
  append(value: Value): Value {
    const { fn } = this;
    const operands = value.operands.map((operand) => this.copy(operand));
    const copied = fn.createShaped(value.shape, value.type, operands, value.immediate, value.span);
    this.block.instructions.push(copied);
    this.#substitutes.set(value, copied);
    return copied;
  }

  branch(condition: Value, whenTrue: Edge, whenFalse: Edge): void {
    this.block.terminator = { kind: "branch", condition, whenTrue, whenFalse };
  }

  jump(target: Edge): void {
    this.block.terminator = { kind: "jump", target };
  }
}
