/**
 * What an instruction does, whichever of its forms it has: for texts that have a shorter form than the bytes they were printed
 * of. Numbers count modulo the operation's size, and xchg reads either way.
 */
import type { Instruction } from "../../src/asm/x64/disassembler.ts";

/** What an instruction does, in whichever form. */
export function meaning(instruction: Instruction): string {
  // Where a branch goes stands in the text, counted from wherever the instruction ends.
  if (instruction.row?.branchBytes !== undefined) return instruction.text;
  const bits = instruction.row?.operationBits ?? 64;
  const operands = instruction.operands.map((operand) =>
    typeof operand === "object"
      ? String(operand).replace("[1*", "[")
      : BigInt.asUintN(bits, BigInt(operand)).toString(),
  );
  // movabs is what mov with eight bytes is called.
  const mnemonic = instruction.mnemonic === "movabs" ? "mov" : instruction.mnemonic;
  // 66 90 exchanges ax with itself, which is printed as the nop that it is.
  if (mnemonic === "xchg" && operands.every((operand) => operand === "ax")) return "nop";
  // vpcmpd with the predicate 0 is vpcmpeqd, which has a shorter opcode of its own; so with 6, greater than.
  const compare = /^vpcmp(u?[bwdq])$/.exec(mnemonic);
  const named = compare === null ? undefined : { 0: "eq", 6: "gt" }[operands.at(-1) ?? ""];
  if (named !== undefined) return `vpcmp${named}${compare?.[1]} ${operands.slice(0, -1).join(", ")}`;
  // Segments and the widths of addresses of string instructions are no operands.
  if (operands.length === 0) return instruction.text.replace(/\b[cdes]s:(?=\[[re]si\])/, "");
  return `${mnemonic} ${(mnemonic === "xchg" ? operands.sort() : operands).join(", ")}`;
}
