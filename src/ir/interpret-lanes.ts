/**
 * What the interpreter does for operations that are more than the scalar operation in each lane: memory, masks, and lanes
 * that move. Memory is read and written lane by lane, and only where a mask is true.
 */
import { InternalError } from "../base/errors.ts";
import type { Slots } from "./evaluate.ts";
import type { Value } from "./function.ts";
import { elementOf, lanesOf, types } from "./types.ts";

/** The bytes that loads and stores reach, and the address of the first. */
export interface InterpreterMemory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** Where the lanes of values are. */
export interface LaneSlots {
  readonly slots: Slots;
  /** The slot of the first lane. */
  slotOf(value: Value): number;
}

/** Executes an operation on memory, masks or lanes. Throws `RangeError` for memory that was not supplied. */
export function executeOnLanes(value: Value, at: LaneSlots, memory: InterpreterMemory | undefined): void {
  if (value.shape.immediate === "offset") {
    if (value.shape.effect === "write") storeLanes(value, at, memory);
    else loadLanes(value, at, memory);
    return;
  }
  const { slots } = at;
  const { opcode, type, operands } = value;
  const result = at.slotOf(value);
  const operand = operands[0] === undefined ? 0 : at.slotOf(operands[0]);
  const lanes = lanesOf(type);
  const source = operands[0]?.type ?? type;
  const isOn = (mask: number, lane: number): boolean => slots.i32[2 * (mask + lane)] !== 0;
  const countOn = (): number => {
    let count = 0;
    for (let lane = 0; lane < lanesOf(source); lane++) if (isOn(operand, lane)) count++;
    return count;
  };
  switch (opcode) {
    case "splat":
      for (let lane = 0; lane < lanes; lane++) slots.u64[result + lane] = slots.u64[operand] ?? 0n;
      return;
    case "lane-index":
      for (let lane = 0; lane < lanes; lane++) slots.i64[result + lane] = BigInt(lane);
      return;
    case "extract":
      slots.u64[result] = slots.u64[operand + Number(value.immediate)] ?? 0n;
      return;
    case "compress": {
      const mask = operands[1] === undefined ? 0 : at.slotOf(operands[1]);
      let kept = 0;
      for (let lane = 0; lane < lanes; lane++)
        if (isOn(mask, lane)) slots.u64[result + kept++] = slots.u64[operand + lane] ?? 0n;
      for (; kept < lanes; kept++) slots.u64[result + kept] = 0n;
      return;
    }
    case "mask-any":
      slots.i32[2 * result] = countOn() > 0 ? 1 : 0;
      return;
    case "mask-all":
      slots.i32[2 * result] = countOn() === lanesOf(source) ? 1 : 0;
      return;
    case "mask-count":
      slots.i32[2 * result] = countOn();
      return;
    case "mask-bits": {
      let bits = 0;
      for (let lane = 0; lane < lanesOf(source); lane++) if (isOn(operand, lane)) bits |= 1 << lane;
      slots.i32[2 * result] = bits;
      return;
    }
    case "mask-first": {
      const count = slots.i32[2 * operand] ?? 0;
      for (let lane = 0; lane < lanes; lane++) slots.i32[2 * (result + lane)] = lane < count ? 1 : 0;
      return;
    }
    default:
      throw new InternalError(`v${value.id}: ${opcode} is not known here`);
  }
}

/** How many bytes of memory one lane takes, and whether the rest is its sign. */
function unitOf({ opcode, type }: Value): { readonly bytes: number; readonly isSigned: boolean } {
  const narrow = /(8|16)(-s)?/.exec(opcode);
  if (narrow !== null) return { bytes: Number(narrow[1]) / 8, isSigned: narrow[2] !== undefined };
  return { bytes: types[elementOf(type)].bytes, isSigned: false };
}

/** The operands of a memory access by what they are: the address last, the mask before it, what is stored first. */
function partsOf({ shape, operands, opcode }: Value): { value?: Value; mask?: Value; address: Value } {
  const [first, second, third] = operands;
  const address = operands.at(-1);
  if (first === undefined || address === undefined) throw new InternalError(`${opcode} without an address`);
  const mask = shape.effect === "write" ? (third === undefined ? undefined : second) : second && first;
  return { ...(shape.effect === "write" ? { value: first } : {}), ...(mask === undefined ? {} : { mask }), address };
}

/** The addresses of the lanes that are on, in order. */
function forEachLane(
  value: Value,
  at: LaneSlots,
  visit: (lane: number, address: bigint) => void,
  off: (lane: number) => void,
): void {
  const { slots } = at;
  const { mask, address } = partsOf(value);
  const { bytes } = unitOf(value);
  const isScattered = lanesOf(address.type) > 1;
  for (let lane = 0; lane < lanesOf(value.type); lane++) {
    if (mask !== undefined && slots.i32[2 * (at.slotOf(mask) + lane)] === 0) {
      off(lane);
      continue;
    }
    const base = slots.i64[at.slotOf(address) + (isScattered ? lane : 0)] ?? 0n;
    const step = isScattered ? 0 : bytes * lane;
    visit(lane, BigInt.asUintN(64, base + BigInt(value.immediate ?? 0) + BigInt(step)));
  }
}

function loadLanes(value: Value, at: LaneSlots, memory: InterpreterMemory | undefined): void {
  const { slots } = at;
  const result = at.slotOf(value);
  const { bytes, isSigned } = unitOf(value);
  forEachLane(
    value,
    at,
    (lane, address) => {
      const bits = load(bytes, address, memory);
      // The byte of a bool counts by its lowest bit.
      const kept = elementOf(value.type) === "bool" ? bits & 1n : bits;
      slots.setBits(result + lane, BigInt.asUintN(64, isSigned ? BigInt.asIntN(8 * bytes, kept) : kept));
    },
    (lane) => slots.setBits(result + lane, 0n),
  );
}

function storeLanes(value: Value, at: LaneSlots, memory: InterpreterMemory | undefined): void {
  const { bytes } = unitOf(value);
  const { value: stored } = partsOf(value);
  if (stored === undefined) throw new InternalError(`v${value.id}: ${value.opcode} without a value`);
  const slot = at.slotOf(stored);
  forEachLane(
    value,
    at,
    (lane, address) => {
      if (value.opcode === "store-streaming" && lane === 0 && address % BigInt(types[value.type].bytes) !== 0n)
        throw new RangeError(
          `store-streaming of ${value.type} at 0x${address.toString(16)}: expected a multiple of ${types[value.type].bytes}`,
        );
      store(bytes, at.slots.bits(slot + lane, elementOf(stored.type)), address, memory);
    },
    () => {},
  );
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
