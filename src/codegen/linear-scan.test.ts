import { describe, expect, it } from "vitest";
import { checkAllocation, recordOperands } from "./allocation-checker.ts";
import { type Allocation, allocateRegisters, type RegisterFile } from "./linear-scan.ts";
import {
  firstVirtual,
  general,
  isSlot,
  MachineBlock,
  MachineCode,
  MachineInstruction,
  MachineOpcode,
  noRegister,
  role,
} from "./machine-code.ts";

const define = new MachineOpcode("define", [role.write, 0, 0, 0]);
const use = new MachineOpcode("use", [role.read, 0, 0, 0]);
const useAnywhere = new MachineOpcode("use-anywhere", [role.read | role.memory, 0, 0, 0]);
const call = new MachineOpcode("call", [0, 0, 0, 0], [], [0, 1]);
const move = new MachineOpcode("move", [role.write, role.read, 0, 0], [], [], true);

const v = (number: number): number => firstVirtual + number;
const file = (...registers: readonly number[]): RegisterFile => ({
  allocatable: [registers, [16]],
  scratch: 31,
  scratchFor: () => 31,
  canExchange: (location) => location >= 0 && location < 16,
});

/** Allocates one block and proves it right; the instructions hold locations afterwards. */
function allocate(
  registers: RegisterFile,
  instructions: readonly (readonly [MachineOpcode, number?, number?])[],
): { code: MachineCode; allocation: Allocation } {
  const code = new MachineCode("toy");
  const block = new MachineBlock(0, 0);
  code.blocks.push(block);
  for (const [opcode, r0 = noRegister, r1 = noRegister] of instructions) {
    for (const register of [r0, r1]) while (register >= firstVirtual + code.virtualCount) code.newVirtual(general);
    code.instructions.push(new MachineInstruction(opcode, r0, r1, noRegister, noRegister, null, 0, 0, undefined));
  }
  block.end = code.instructions.length;
  const recorded = recordOperands(code);
  const allocation = allocateRegisters(code, registers);
  checkAllocation(code, recorded, allocation, registers);
  return { code, allocation };
}

describe("linear scan", () => {
  it("takes registers in order of preference and gives them out again", () => {
    const { code, allocation } = allocate(file(3, 5), [
      [define, v(0)],
      [use, v(0)],
      [define, v(1)],
      [use, v(1)],
    ]);
    expect(code.instructions.map(({ r0 }) => r0)).toEqual([3, 3, 3, 3]);
    expect(allocation.moves).toEqual([]);
    expect(allocation.used[5]).toBe(false);
  });

  it("makes copies vanish where the source ends", () => {
    const { code } = allocate(file(3, 5), [
      [define, v(0)],
      [move, v(1), v(0)],
      [use, v(1)],
    ]);
    expect(code.instructions[1]).toMatchObject({ r0: 3, r1: 3 });
  });

  it("prefers the register that an argument has to be in", () => {
    const { code } = allocate(file(3, 1), [[define, v(0)], [move, 1, v(0)], [call]]);
    expect(code.instructions[0]?.r0).toBe(1);
  });

  it("keeps what lives across a call in a register that the call leaves alone, while there is one", () => {
    const { code, allocation } = allocate(file(0, 1, 5), [[define, v(0)], [call], [use, v(0)]]);
    expect(code.instructions[0]?.r0).toBe(5);
    expect(allocation.slotBytes.length).toBe(0);
  });

  it("else in its slot, stored once, and read from there where memory will do", () => {
    const { code, allocation } = allocate(file(0, 1), [
      [define, v(0)],
      [call],
      [useAnywhere, v(0)],
      [call],
      [use, v(0)],
    ]);
    expect(allocation.slotBytes.length).toBe(1);
    expect(isSlot(code.instructions[2]?.r0 ?? 0)).toBe(true);
    expect(isSlot(code.instructions[4]?.r0 ?? -2)).toBe(false);
    expect(allocation.moves.length / 4).toBe(2); // the store, the way back
  });

  it("lets whoever is needed last give way", () => {
    const { code } = allocate(file(0, 1), [
      [define, v(0)],
      [define, v(1)],
      [define, v(2)],
      [use, v(2)],
      [use, v(0)],
      [useAnywhere, v(1)],
    ]);
    expect(isSlot(code.instructions[4]?.r0 ?? -2)).toBe(false);
    expect(isSlot(code.instructions[5]?.r0 ?? 0)).toBe(true);
  });
});
