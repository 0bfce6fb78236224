/** Lowering of polls of the fuel where it is in its register (pinned-fuel.ts). */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Block } from "../../ir/function.ts";
import { effectOf } from "../../opt/memory.ts";
import { pinnedFuel } from "./calling-convention.ts";
import { fitsInt8 } from "./lower-integers.ts";
import { immediate32, type Lowering } from "./lowering.ts";
import { condition, isa } from "./opcodes.ts";
import { isFuel } from "./pinned-fuel.ts";

/**
 * Emits a poll, which takes from the fuel and asks whether that is below zero, as one instruction on the register; gives the
 * condition. Undefined, and nothing done, if the block does not end in one.
 */
export function emitPoll(lowering: Lowering, { instructions, terminator }: Block): number | undefined {
  if (!lowering.pinsFuel || terminator?.kind !== "branch") return undefined;
  const { uses } = lowering;
  const asked = terminator.condition;
  const [left, zero] = asked.operands;
  if (asked.opcode !== "slt" || left?.opcode !== "iadd" || zero === undefined || immediate32(zero) !== 0)
    return undefined;
  const [load, added] = left.operands;
  const by = added === undefined ? undefined : immediate32(added);
  if (load?.opcode !== "load" || by === undefined || !isFuel(load)) return undefined;
  if (uses[asked.id] !== 1 || uses[left.id] !== 2 || uses[load.id] !== 1) return undefined; // ids are dense
  // The store of it is the block's last effect, and the load the one before.
  const effects = instructions.filter((value) => effectOf(value) !== undefined || value.callee !== undefined);
  const store = effects.at(-1);
  if (store === undefined || !isFuel(store) || store.operands[0] !== left || effects.at(-2) !== load) return undefined;
  for (const value of [asked, left, load, store]) uses[value.id] = -1;
  const opcode = fitsInt8(by) ? isa.add.byte[0] : isa.add.imm[0];
  lowering.emit(opcode, pinnedFuel, noRegister, noRegister, by);
  return condition.sign;
}
