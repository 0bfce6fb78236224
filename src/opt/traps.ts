/** Whether an instruction can stop the function, which its row says for the opcode and its divisor for the instance. */
import type { Value } from "../ir/function.ts";
import { isInteger } from "./rules/rule.ts";

/** False if the instruction never traps: by its row, because it calls what is pure, or because it divides by a constant that no dividend traps with. */
export function mayTrap(value: Value): boolean {
  if (!value.shape.traps || value.callee?.isPure === true) return false;
  if (value.opcode === "call") return true;
  const divisor = value.operands[1];
  if (divisor?.opcode !== "const") return true;
  return isInteger(divisor, 0) || (value.opcode === "sdiv" && isInteger(divisor, -1));
}
