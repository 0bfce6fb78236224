/**
 * Which virtual registers of lowered code a block still needs from outside: backward from each read that no write of its
 * block precedes, along the edges until a block that writes the register (Appel, "Modern Compiler Implementation", 10.1, a
 * register at a time). For the allocation checker, which shares no tables with the allocator and so does not ask its ranges.
 *
 * Before: lowered code and its operands as they were recorded before the allocation. Time and space grow with the answer.
 */
import { firstVirtual, type MachineCode, role } from "./machine-code.ts";

/** By block: the virtual registers that are live on entry; the block's parameters are none of them. */
export function findLiveSymbols(
  { blocks, instructions }: MachineCode,
  recorded: Int32Array,
  perInstruction: number,
): readonly ReadonlySet<number>[] {
  const live = blocks.map(() => new Set<number>());
  const written = blocks.map(({ parameters }) => new Set(parameters));
  const predecessors = blocks.map((): number[] => []);
  const pending: [block: number, symbol: number][] = [];
  const need = (block: number, symbol: number) => {
    if (symbol < firstVirtual || written[block]!.has(symbol) || live[block]!.has(symbol)) return; // blocks are numbered
    live[block]!.add(symbol); // as above
    pending.push([block, symbol]);
  };
  for (const [index, block] of blocks.entries()) {
    for (let i = block.first; i < block.end; i++) {
      const { roles } = instructions[i]!.opcode; // i is in range
      const operand = (k: number) => recorded[i * perInstruction + k]!; // recorded for each instruction
      for (let k = 0; k < perInstruction; k++)
        if (k >= 4 || ((roles[k] ?? 0) & role.read) !== 0) need(index, operand(k));
      for (let k = 0; k < 4; k++)
        if (((roles[k] ?? 0) & role.write) !== 0 && operand(k) >= firstVirtual) written[index]!.add(operand(k)); // as above
    }
    for (const edge of block.successors) {
      predecessors[edge.block]!.push(index); // edges name blocks
      for (const argument of edge.arguments) need(index, argument);
    }
  }
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [block, symbol] = next;
    for (const predecessor of predecessors[block]!) need(predecessor, symbol); // as above
  }
  return live;
}
