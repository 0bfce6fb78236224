import { describe, expect, it } from "vitest";
import { computeLiveRanges, type LiveRanges } from "./live-ranges.ts";
import {
  firstVirtual,
  general,
  MachineBlock,
  MachineCode,
  MachineEdge,
  MachineInstruction,
  MachineLoop,
  MachineOpcode,
  noRegister,
  role,
} from "./machine-code.ts";

const define = new MachineOpcode("define", [role.write, 0, 0, 0]);
const use = new MachineOpcode("use", [role.read, 0, 0, 0]);
const add = new MachineOpcode("add", [role.modify, role.read, 0, 0]);
const early = new MachineOpcode("early", [role.write | role.whole, role.read | role.memory, 0, 0]);
const call = new MachineOpcode("call", [0, 0, 0, 0], [1], [0, 1, 2]);
const move = new MachineOpcode("move", [role.write, role.read, 0, 0], [], [], true);
const jump = new MachineOpcode("jump", [0, 0, 0, 0]);

const v = (number: number): number => firstVirtual + number;

/** Code of blocks, each a list of [opcode, r0, r1]; edges by block. */
function codeOf(
  blocks: readonly (readonly (readonly [MachineOpcode, number?, number?])[])[],
  edges: readonly (readonly number[])[] = [],
): MachineCode {
  const code = new MachineCode("toy");
  blocks.forEach((instructions, index) => {
    const block = new MachineBlock(index, index);
    block.first = code.instructions.length;
    for (const [opcode, r0 = noRegister, r1 = noRegister] of instructions) {
      for (const register of [r0, r1]) while (register >= firstVirtual + code.virtualCount) code.newVirtual(general);
      code.instructions.push(new MachineInstruction(opcode, r0, r1, noRegister, noRegister, null, 0, 0, undefined));
    }
    block.end = code.instructions.length;
    code.blocks.push(block);
  });
  edges.forEach((targets, from) => {
    for (const target of targets) {
      code.blocks[from]?.successors.push(new MachineEdge(target, []));
      code.blocks[target]?.predecessors.push(from);
    }
  });
  return code;
}

/** `from..to` of each interval. */
function intervals(ranges: LiveRanges, virtual: number): string[] {
  const texts: string[] = [];
  for (let each = ranges.intervals[virtual] ?? null; each !== null; each = each.next)
    texts.push(`${each.from}..${each.to}`);
  return texts;
}

function fixed(ranges: LiveRanges, register: number): string[] {
  const texts: string[] = [];
  for (let k = ranges.firstFixed[register] ?? -1; k !== -1; k = ranges.nextFixed[k] ?? -1)
    texts.push(`${ranges.fixedFrom[k]}..${ranges.fixedTo[k]}`);
  return texts;
}

function uses(ranges: LiveRanges, virtual: number): number[] {
  const positions: number[] = [];
  for (let k = ranges.firstUse[virtual] ?? -1; k !== -1; k = ranges.nextUse[k] ?? -1)
    positions.push(ranges.usePosition[k] ?? -1);
  return positions;
}

describe("live ranges", () => {
  it("go from a write to the last read; a result that nobody reads lives for its instruction", () => {
    const ranges = computeLiveRanges(
      codeOf([
        [
          [define, v(0)],
          [define, v(1)],
          [add, v(0), v(1)],
          [use, v(0)],
        ],
      ]),
    );
    expect(intervals(ranges, 0)).toEqual(["1..7"]);
    expect(intervals(ranges, 1)).toEqual(["3..5"]);
    expect(intervals(computeLiveRanges(codeOf([[[define, v(0)], [jump]]])), 0)).toEqual(["1..2"]);
  });

  it("begin before the operands are read where a result is written early", () => {
    const ranges = computeLiveRanges(
      codeOf([
        [
          [define, v(0)],
          [early, v(1), v(0)],
          [use, v(1)],
        ],
      ]),
    );
    expect(intervals(ranges, 0)).toEqual(["1..3"]);
    expect(intervals(ranges, 1)).toEqual(["2..5"]);
  });

  it("of the machine's registers are what calls read and destroy", () => {
    const ranges = computeLiveRanges(codeOf([[[define, v(0)], [move, 1, v(0)], [call], [use, v(0)]]]));
    expect(fixed(ranges, 0)).toEqual(["5..6"]);
    expect(fixed(ranges, 1)).toEqual(["3..5", "5..6"]);
    expect(ranges.hintFixed[0]).toBe(1);
  });

  it("leave out blocks that a value does not reach", () => {
    // b0 → b1, b2; v0 is used in b2 only, which stands behind b1.
    const blocks = [[[define, v(0)], [jump]], [[jump], [jump]], [[use, v(0)]]] as const;
    const ranges = computeLiveRanges(codeOf(blocks, [[1, 2]]));
    expect(intervals(ranges, 0)).toEqual(["1..4", "8..9"]);
    expect(ranges.liveIn[2]).toEqual([v(0)]);
  });

  it("count what a loop uses as used at its end", () => {
    // b1 is a loop: v0 is used in it, v1 only behind it.
    const blocks = [[[define, v(0)], [define, v(1)], [jump]], [[use, v(0)], [jump]], [[use, v(1)]]] as const;
    const code = codeOf(blocks, [[1], [1, 2]]);
    const [, body] = code.blocks;
    if (body !== undefined) body.loop = new MachineLoop(null, 1);
    const ranges = computeLiveRanges(code);
    expect(intervals(ranges, 0)).toEqual(["1..10"]);
    expect(uses(ranges, 0)).toEqual([1, 6, 9]);
    expect(uses(ranges, 1)).toEqual([3, 10]);
  });
});
