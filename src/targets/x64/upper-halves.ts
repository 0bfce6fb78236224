/**
 * Which i32 values have zeros in the upper half of their register. Instructions of 32 bits clear it (SDM volume 1,
 * 3.4.1.1), so an unsigned extension of such a value is a copy, or nothing inside an address. Not so for parameters, which
 * the caller may leave anything above, and for what lowering computes in 64 bits; nor for block parameters that one of those reaches.
 */
import { type Block, edgesOf, type Value } from "../../ir/function.ts";
import { shapes } from "../../ir/opcode-shapes.ts";
import type { Opcode } from "../../ir/opcodes.ts";

const dirtyOpcodes: Partial<Record<Opcode, boolean>> = {
  wrap: true,
  "to-int32": true,
  "trunc-s": true,
  "trunc-u": true,
  "trunc-sat-s": true,
  "trunc-sat-u": true,
  bitcast: true,
  call: true,
};

/** By opcode number. */
const isDirtyOpcode: readonly boolean[] = shapes.map(({ opcode }) => dirtyOpcodes[opcode] === true);

/** A shift by a constant that is no shift becomes a copy, of whatever there is above. */
function mayCopy({ shape, operands }: Value): boolean {
  const count = isShift[shape.number] === true ? operands[1] : undefined;
  return count?.opcode === "const" && (Number(count.immediate) & 31) === 0;
}

const shifts: readonly Opcode[] = ["shl", "sshr", "ushr", "rotl", "rotr"];
/** By opcode number. */
const isShift: readonly boolean[] = shapes.map(({ opcode }) => shifts.includes(opcode));

/** By value id, for the i32 values of these blocks: whether the upper half may hold anything. The first block is the entry. */
export function findDirtyUpperHalves(blocks: readonly Block[], valueCount: number): boolean[] {
  const dirty = new Array<boolean>(valueCount).fill(false);
  const pending: Value[] = [];
  const mark = (value: Value): void => {
    if (value.type !== "i32" || dirty[value.id]) return;
    dirty[value.id] = true;
    pending.push(value);
  };
  blocks[0]?.parameters.forEach(mark);
  // By argument: the parameters that it is passed to.
  const receivers: (Value[] | undefined)[] = [];
  for (const block of blocks) {
    for (const value of block.instructions) if (isDirtyOpcode[value.shape.number] || mayCopy(value)) mark(value);
    for (const edge of edgesOf(block.terminator)) {
      edge.arguments.forEach((argument, index) => {
        const parameter = edge.block.parameters[index];
        if (argument.type !== "i32" || parameter === undefined) return;
        let list = receivers[argument.id];
        if (list === undefined) {
          list = [];
          receivers[argument.id] = list;
        }
        list.push(parameter);
      });
    }
  }
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) receivers[value.id]?.forEach(mark);
  return dirty;
}
