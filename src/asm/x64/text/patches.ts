/**
 * What assembly text can ask for beyond the assembler's fixups, written when all is laid out: branches to an address, to a
 * label plus a number or in a form that was asked for, and labels' addresses as immediates and data.
 *
 * Until then a number stands in the code that makes the assembler choose the form. Where a field lies is found by decoding
 * the instruction. A short branch that does not reach is told to the caller, who assembles again with a long one.
 */
import type { Assembler } from "../assembler.ts";
import { Decoded, decodeInstruction } from "../decoder.ts";
import type { Label } from "../operands.ts";
import type { Value } from "./expression.ts";
import { Fault } from "./fault.ts";

export interface Patch {
  /** `branch`: the displacement; `immediate`: the last immediate; `memory`: rip-relative; `data`: `width` bytes. */
  readonly field: "branch" | "immediate" | "memory" | "data";
  /** Where the instruction or the data starts. */
  readonly at: Label;
  readonly width: number;
  readonly value: Value;
  /** Of a branch: a number of the one that may be assembled again in its long form, or -1. */
  readonly growing: number;
  readonly start: number;
  readonly end: number;
}

/** Writes all patches into the finished code. `grow` hears of branches that need their long form. */
export function applyPatches(
  bytes: Uint8Array,
  patches: readonly Patch[],
  assembler: Assembler,
  address: bigint | undefined,
  grow: (branch: number) => void,
): Fault[] {
  const faults: Fault[] = [];
  const decoded = new Decoded();
  const placeOf = (label: Label): bigint => BigInt(assembler.offsetOf(label));
  for (const patch of patches) {
    const { label, minus, constant } = patch.value;
    const at = assembler.offsetOf(patch.at);
    const isFound = patch.field !== "data" && decodeInstruction(bytes, at, decoded);
    let field = at;
    let { width } = patch;
    if (isFound) {
      const isMemory = patch.field === "memory";
      field = isMemory ? decoded.dispAt : decoded.immediateAt;
      width = isMemory ? 4 : decoded.end - decoded.immediateAt;
    }
    let value = BigInt(constant);
    if (patch.field === "branch" || patch.field === "memory") {
      // With a label both ends are offsets, else both are addresses; without an address numbers are distances.
      if (label !== undefined) value += placeOf(label) - BigInt(decoded.end);
      else if (address !== undefined) value = BigInt.asIntN(64, value - address - BigInt(decoded.end));
    } else {
      if (label !== undefined) value += placeOf(label);
      if (minus !== undefined) value -= placeOf(minus);
      else if (label !== undefined && address !== undefined) value += address;
      else if (label !== undefined) {
        faults.push(unknownAddress(patch));
        continue;
      }
    }
    const bits = BigInt(8 * width);
    const isSigned = patch.field !== "data" && patch.field !== "immediate";
    const reaches = value >= -(1n << (bits - 1n)) && value < 1n << (isSigned ? bits - 1n : bits);
    if (!reaches && patch.growing >= 0 && width === 1) grow(patch.growing);
    else if (!reaches) faults.push(outOfReach(patch, value, width));
    write(bytes, field, width, value);
  }
  return faults;
}

function write(bytes: Uint8Array, at: number, width: number, value: bigint): void {
  for (let index = 0; index < width; index++) bytes[at + index] = Number((value >> BigInt(8 * index)) & 0xffn);
}

function unknownAddress({ start, end }: Patch): Fault {
  return new Fault(
    "unknown-address",
    "a label's address is not known, since the code can be put anywhere",
    start,
    end,
    "lea rax, [label] finds it at run time; the option address says where the code will be",
  );
}

function outOfReach({ field, start, end }: Patch, value: bigint, width: number): Fault {
  const range = width === 1 ? "-128 to 127" : `a number of ${8 * width} bits`;
  const what = field === "branch" || field === "memory" ? "the distance" : "the value";
  return new Fault("out-of-reach", `${what} ${value} does not fit; expected ${range}`, start, end);
}
