/** This thread's scratch memory for `map` of few rows (src/engine/small-map.ts). The view cannot be detached, and stays inside. */
import { scratchBytes } from "../../src/engine/small-map.ts";
import { foreignCalls } from "./foreign-calls.ts";
import { Mapping } from "./mapping.ts";
import { mapAnonymous, wholePages } from "./system-calls.ts";

interface SmallScratch {
  readonly address: number;
  readonly f64: Float64Array;
}

let scratch: SmallScratch | undefined;

export function smallScratch(): SmallScratch {
  if (scratch === undefined) {
    const bytes = wholePages(scratchBytes);
    const { address } = new Mapping(mapAnonymous(bytes), bytes);
    scratch = { address, f64: new Float64Array(foreignCalls().koffi.view(BigInt(address), bytes)) };
  }
  return scratch;
}
