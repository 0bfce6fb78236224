/** What passes must know about memory before they move a load. */
import type { Value } from "../ir/function.ts";

/**
 * True for a load from the call context, or from where something in it points: another thread writes the stop word there,
 * and a loop that asks for it must ask anew each time.
 */
export function readsCallContext(load: Value): boolean {
  let address = load.operands.at(-1); // behind the mask, if there is one
  while (
    address !== undefined &&
    (address.opcode === "load" || address.opcode === "iadd" || address.opcode === "splat")
  )
    [address] = address.operands;
  return address?.opcode === "context";
}

/** What an instruction does to memory; a call of a pure function does nothing. */
export function effectOf({ shape, callee }: Value): "read" | "write" | undefined {
  return callee?.isPure === true ? undefined : shape.effect;
}
