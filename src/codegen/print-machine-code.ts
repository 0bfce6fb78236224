/**
 * Machine code as text, at every stage:
 *
 *     b0: → b1(v2), b3
 *       v3 = mov v1
 *       v3 = addsd v3, [v4 + 8*v5 + 16]
 *       ; [0] = xmm3                        a move that allocation put into a gap; [0] is spill slot 0
 *
 * What is written stands on the left of `=`, what is read on the right; an operand that is both stands on both sides.
 */
import type { Allocation } from "./linear-scan.ts";
import { inSlot } from "./live-ranges.ts";
import {
  firstConstantSlot,
  firstVirtual,
  isConstant,
  isSlot,
  type MachineAddress,
  type MachineBlock,
  type MachineCode,
  type MachineInstruction,
  noRegister,
  role,
  slotLocation,
  slotOf,
} from "./machine-code.ts";
import { step } from "./parallel-move.ts";

/** More registers than these are destroyed by calls only. */
const mostNamed = 4;

type RegisterName = (register: number) => string;

/** `v3`, `[2]` for a spill slot, `[=v3]` for the constant that v3 holds, or the target's name for a register. */
export function printLocation(location: number, name: RegisterName): string {
  if (location >= firstVirtual) return `v${location - firstVirtual}`;
  if (isConstant(location)) return `[=v${slotOf(location) - firstConstantSlot}]`;
  return isSlot(location) ? `[${slotOf(location)}]` : name(location);
}

/** The whole function. `moves` are those of an allocation (linear-scan.ts). */
export function printMachineCode(code: MachineCode, name: RegisterName, moves: readonly number[] = []): string {
  const lines: string[] = [`machine code @${code.name}`];
  let move = 0;
  for (const block of code.blocks) {
    lines.push(printBlockHead(block, name));
    for (let i = block.first; i < block.end; i++) {
      for (; moves[move] === i; move += 4) {
        const [kind = 0, from = 0, to = 0] = moves.slice(move + 1, move + 4);
        const sign = kind === step.exchange ? "<->" : "=";
        lines.push(`  ; ${printLocation(to, name)} ${sign} ${printLocation(from, name)}`);
      }
      const instruction = code.instructions[i];
      if (instruction !== undefined) lines.push(`  ${printInstruction(instruction, name)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function printBlockHead(block: MachineBlock, name: RegisterName): string {
  const list = (registers: readonly number[]): string =>
    registers.length === 0 ? "" : `(${registers.map((register) => printLocation(register, name)).join(", ")})`;
  const targets = block.successors.map((edge) => `b${edge.block}${list(edge.arguments)}`);
  return `b${block.index}${list(block.parameters)}:${targets.length === 0 ? "" : ` → ${targets.join(", ")}`}`;
}

export function printInstruction(instruction: MachineInstruction, name: RegisterName): string {
  const { opcode, address, immediate, detail } = instruction;
  const registers = [instruction.r0, instruction.r1, instruction.r2, instruction.r3];
  const written: string[] = [];
  const read: string[] = [];
  registers.forEach((register, index) => {
    if (register === noRegister) return;
    const bits = opcode.roles[index] ?? 0;
    if ((bits & role.write) !== 0) written.push(printLocation(register, name));
    if ((bits & role.read) !== 0) read.push(printLocation(register, name));
  });
  if (address !== null) read.push(printAddress(address, name));
  if (opcode.implicitWrites.length > mostNamed) written.push("<caller-saved>");
  else for (const register of opcode.implicitWrites) written.push(`<${name(register)}>`);
  for (const register of opcode.implicitReads) read.push(`<${name(register)}>`);
  if (immediate !== 0) read.push(String(immediate));
  if (detail !== 0) read.push(`#${detail}`);
  return `${written.length === 0 ? "" : `${written.join(", ")} = `}${opcode.name}${read.length === 0 ? "" : ` ${read.join(", ")}`}`;
}

function printAddress(address: MachineAddress, name: RegisterName): string {
  switch (address.kind) {
    case "argument":
    case "outgoing":
      return `[${address.kind} + ${address.displacement}]`;
    case "constant": {
      const hex = address.bits0.toString(16).padStart(Math.min(16, 2 * address.bytes), "0");
      if (address.bytes === 16) return `[${address.bits1.toString(16).padStart(16, "0")}_${hex}]`;
      return address.bytes > 16 ? `[constant of ${address.bytes} bytes]` : `[0x${hex}]`;
    }
    case "registers": {
      const terms = address.base === noRegister ? [] : [printLocation(address.base, name)];
      if (address.index !== noRegister) terms.push(`${address.scale}*${printLocation(address.index, name)}`);
      if (address.displacement !== 0) terms.push(String(address.displacement));
      return `[${terms.join(" + ")}]${address.bytes === 0 ? "" : ` in every lane`}`;
    }
  }
}

/** The live intervals and where each one is: `v3  12..20 xmm1  20..34 [0]`. */
export function printLive(code: MachineCode, allocation: Allocation, name: RegisterName): string {
  const lines: string[] = [`live intervals @${code.name}`];
  allocation.ranges.intervals.forEach((first, virtual) => {
    const parts: string[] = [];
    for (let interval = first; interval !== null; interval = interval.next) {
      const where =
        interval.location === inSlot
          ? printLocation(slotLocation(allocation.slots[virtual] ?? noRegister), name)
          : name(interval.location);
      parts.push(`${interval.from}..${interval.to} ${where}`);
    }
    if (parts.length > 0) lines.push(`  v${virtual}  ${parts.join("  ")}`);
  });
  return `${lines.join("\n")}\n`;
}
