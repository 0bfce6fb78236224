/**
 * The System V calling convention for AMD64 (psABI 1.0, section 3.2), for functions of ours: the call context's address is
 * the first integer argument, the IR's parameters follow. Integers and bools take rdi rsi rdx rcx r8 r9, floats xmm0 to
 * xmm7, each class in order; the rest stands on the stack, 8 bytes each. The result comes in rax or xmm0.
 *
 * Functions that call each other keep to the same places and the same callee-saved registers, so that their entry from
 * outside moves no register; but the context stays in `pinnedContext`, and rdi is one more free register; what counts keeps its
 * fuel in `pinnedFuel`.
 */

import type { RegisterFile } from "../../codegen/linear-scan.ts";
import { firstMask, firstVector } from "../../codegen/machine-code.ts";
import type { Type } from "../../ir/types.ts";

export const stackPointer = 4;

/** rdi rsi rdx rcx r8 r9 */
export const integerArguments: readonly number[] = [7, 6, 2, 1, 8, 9];
export const floatArgumentCount = 8;

/** rbx rbp r12 r13 r14 r15: whoever uses them saves them. All vector registers belong to the callee. */
export const calleeSaved: readonly number[] = [3, 5, 12, 13, 14, 15];

/** Everything that a call may change: all but the callee-saved registers and the stack pointer. */
export const callClobbers: readonly number[] = [
  ...[0, 1, 2, 6, 7, 8, 9, 10, 11],
  ...Array.from({ length: 16 }, (_, number) => firstVector + number),
];

/** The same, with the registers that vectors may be in besides. */
export const vectorCallClobbers: readonly number[] = [
  ...callClobbers,
  ...Array.from({ length: 16 }, (_, number) => firstVector + 16 + number),
  ...Array.from({ length: 8 }, (_, number) => firstMask + number),
];

/**
 * r15 holds the context's address all the time in code that calls: no function passes it on or saves it, and a check of the
 * stack limit and a trap find it in place. It costs such functions one register.
 */
export const pinnedContext = 15;

/**
 * r14d holds the fuel all the time in code that calls and counts: an entry of a recursive function takes from it without
 * waiting for what the last one stored (pinned-fuel.ts).
 */
export const pinnedFuel = 14;

/** Free ones first, and among those the ones without REX bits; those to be saved last. */
const generalOrder = [0, 1, 2, 6, 7, 8, 9, 10, 11, ...calleeSaved];
/** xmm15 is the scratch register. */
const vectorOrder = Array.from({ length: 15 }, (_, number) => firstVector + number);
export const scratchVector: number = firstVector + 15;

/** k0 cannot mask; it is the masks' scratch register. */
const maskOrder = Array.from({ length: 7 }, (_, number) => firstMask + 1 + number);
const scratchMask = firstMask;
/** What only EVEX reaches comes first: scalar floats cannot be there. */
const vectorOrder512 = [...Array.from({ length: 16 }, (_, number) => firstVector + 16 + number), ...vectorOrder];

export const registerFile: RegisterFile = file(generalOrder, vectorOrder);

/** For functions that are compiled together because one calls the other. */
export const callingRegisterFile: RegisterFile = file(
  generalOrder.filter((register) => register !== pinnedContext),
  vectorOrder,
);

/** The same where they keep the fuel. */
export const countingRegisterFile: RegisterFile = file(
  generalOrder.filter((register) => register !== pinnedContext && register !== pinnedFuel),
  vectorOrder,
);

function file(
  general: readonly number[],
  vector: readonly number[],
  masks: readonly number[] = maskOrder,
  wide: readonly number[] = vector,
): RegisterFile {
  return {
    allocatable: [general, vector, masks, wide, wide, wide],
    scratch: scratchVector,
    scratchFor: (register) => (register >= firstMask ? scratchMask : scratchVector),
    canExchange: (location) => location >= 0 && location < firstVector,
  };
}

/** The same registers for functions with vectors of AVX-512: all 32, and those above the lower 16 first. */
export function withAllVectors({ allocatable: [general = [], vector = [], masks] }: RegisterFile): RegisterFile {
  return file(general, vector, masks, vectorOrder512);
}

/** The first `count` registers of each class, to try the allocator under pressure. At least 2. */
export function restrictedRegisterFile(count: number, full: RegisterFile = registerFile): RegisterFile {
  const [general = [], vector = [], masks = []] = full.allocatable;
  const most = Math.max(2, count);
  // Instructions on vectors read as many as three registers at once.
  return file(general.slice(0, most), vector.slice(0, most), masks.slice(0, most), vector.slice(0, Math.max(3, count)));
}

/** Where a parameter arrives: a register, or its place among the stack arguments in bytes. */
export type ArgumentPlace =
  | { readonly kind: "register"; readonly register: number }
  | { readonly kind: "stack"; readonly offset: number };

/** Where the context (first) and the parameters arrive. */
export function argumentPlaces(parameters: readonly Type[]): ArgumentPlace[] {
  const places: ArgumentPlace[] = [{ kind: "register", register: integerArguments[0]! }]; // six of them
  let integers = 1;
  let floats = 0;
  let stack = 0;
  for (const type of parameters) {
    const isFloat = type === "f32" || type === "f64";
    const register = isFloat
      ? floats < floatArgumentCount
        ? firstVector + floats++
        : undefined
      : integerArguments[integers++];
    if (register !== undefined) places.push({ kind: "register", register });
    else {
      places.push({ kind: "stack", offset: stack });
      stack += 8;
    }
  }
  return places;
}
