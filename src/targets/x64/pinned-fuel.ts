/**
 * The fuel of functions that are compiled together because one calls the other: `r14d`, from the blob's entry to its leave.
 *
 * In memory, each entry of a recursive function would load what the entry before has stored, which takes five cycles or so,
 * one after the other; that is more than all else a small function does. The IR goes on loading and storing `fuel` of the
 * call context (codegen/call-context.ts): such loads and stores are copies here. They are known by their address, so the
 * context may have no other use in the blob than to be the address of loads and stores.
 */
import { callContext } from "../../codegen/call-context.ts";
import { edgesOf, type IrFunction, type Value } from "../../ir/function.ts";
import { types } from "../../ir/types.ts";

/** Whether it loads or stores the fuel. */
export function isFuel({ opcode, operands, immediate }: Value): boolean {
  const address = opcode === "load" ? operands[0] : opcode === "store" ? operands[1] : undefined;
  return address?.opcode === "context" && immediate === callContext.fuel;
}

/** Whether any of the functions asks for the fuel, and all do so in a way that is seen. */
export function mayPinFuel(functions: readonly IrFunction[]): boolean {
  let isAsked = false;
  for (const { blocks } of functions)
    for (const { instructions, terminator } of blocks) {
      for (const value of instructions) {
        if (isFuel(value)) {
          isAsked = true;
          if (typeOfAccess(value) !== "i32") return false;
        } else if (value.operands.some(isContext) && !isElsewhere(value)) return false;
      }
      if (edgesOf(terminator).some((edge) => edge.arguments.some(isContext))) return false;
      if (terminator?.kind === "return" && terminator.value !== undefined && isContext(terminator.value)) return false;
    }
  return isAsked;
}

function isContext({ opcode }: Value): boolean {
  return opcode === "context";
}

function typeOfAccess({ opcode, type, operands }: Value): string | undefined {
  return opcode === "load" ? type : operands[0]?.type;
}

/** Whether it loads or stores something in the context that is not the fuel. */
function isElsewhere({ opcode, type, operands, immediate }: Value): boolean {
  if (opcode !== "load" && opcode !== "store") return false;
  const accessed = opcode === "load" ? type : operands[0]?.type;
  if (accessed === undefined || (opcode === "store" && operands[0]?.opcode === "context")) return false;
  const from = Number(immediate);
  return from >= callContext.fuel + types.i32.bytes || from + types[accessed].bytes <= callContext.fuel;
}
