/**
 * The page through which this thread calls generated code. Arguments travel in memory, since one koffi call without
 * arguments costs half of one with three: JavaScript stores them here through typed arrays and calls a gate.
 *
 *     slot (8 bytes)   0      1       2        3        4 … 131            132 … 259
 *                      code   thunk   result   unused   pointers           other arguments
 *                      f64    f64     any      -        in order           by position; i32 and f32 in the low half
 *
 * Addresses are doubles, exact below 2^53. A gate (koffi's way in, one per number of pointers) stores the pointers that
 * koffi passes, and jumps to the thunk, which loads the registers that a signature asks for (thunk.ts).
 * The views cannot be detached, so they stay inside this folder. The call context lies behind the slots, in a view of its own.
 */
import { foreignCalls } from "./foreign-calls.ts";
import { Mapping } from "./mapping.ts";
import { mapAnonymous, pageBytes } from "./system-calls.ts";

export const slot = { code: 0, thunk: 1, result: 2, pointers: 4, values: 132 } as const;
export const slotBytes = 8;
export const mostPointers = slot.values - slot.pointers;
const slotsEnd = 260 * slotBytes;
/** Where the call context starts, on a cache line of its own. */
export const contextOffset = 2112;

export interface CallPage {
  readonly address: number;
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly context: { readonly address: number; readonly words: Int32Array };
}

let page: CallPage | undefined;

export function callPage(): CallPage {
  if (page !== undefined) return page;
  const { koffi } = foreignCalls();
  const bytes = pageBytes();
  const mapping = new Mapping(mapAnonymous(bytes), bytes);
  const slots = koffi.view(BigInt(mapping.address), slotsEnd);
  const contextAddress = mapping.address + contextOffset;
  const context = koffi.view(BigInt(contextAddress), bytes - contextOffset);
  page = {
    address: mapping.address,
    f64: new Float64Array(slots),
    f32: new Float32Array(slots),
    i32: new Int32Array(slots),
    i64: new BigInt64Array(slots),
    context: { address: contextAddress, words: new Int32Array(context) },
  };
  return page;
}
