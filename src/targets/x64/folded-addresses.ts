/**
 * Addresses that nobody computes: `base + scaled index` where every user is a load, a store or a prefetch, which adds by itself.
 *
 * What has one user in its block is taken in as lowering comes by (`Lowering.address`). Here are those with several users,
 * as in `xs[i] += y`, or behind a check in another block: no register holds the sum, and none the scaled index, if all that
 * it is for are such sums. A sum from outside of a loop is better made once, unless the loop has its base in a register anyway,
 * as where it reads both xs[i] and xs[j]: then the index alone takes one, for however many arrays.
 */
import type { Loop } from "../../analysis/loops.ts";
import type { Block, Value } from "../../ir/function.ts";
import { shapes } from "../../ir/opcode-shapes.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { isVector } from "../../ir/types.ts";

/** By opcode: which operand is the address. */
const addressOperand: Partial<Record<Opcode, 0 | 1>> = {
  load: 0,
  "load8-s": 0,
  "load8-u": 0,
  "load16-s": 0,
  "load16-u": 0,
  "prefetch-write": 0,
  store: 1,
  store8: 1,
  store16: 1,
};

/** By opcode number: the same, or -1. */
const placeOf: readonly number[] = shapes.map(({ opcode }) => addressOperand[opcode] ?? -1);

const none: ReadonlySet<Value> = new Set();

/** Marks them in `uses` with -1, as taken in by all users; returns them. `blockOf` and `uses` are by value id. */
export function findFoldedAddresses(
  blocks: readonly Block[],
  innermost: readonly (Loop | undefined)[],
  blockOf: readonly number[],
  uses: number[],
): ReadonlySet<Value> {
  let asAddress: Map<Value, number> | undefined;
  /** Uses of sums from outside of their loop. */
  const fromOutside: { readonly address: Value; readonly loop: Loop | undefined }[] = [];
  const basesIn = new Map<Loop | undefined, Set<Value>>();
  for (const block of blocks)
    for (const value of block.instructions) {
      const place = placeOf[value.shape.number]!; // every opcode has one
      if (place < 0) continue;
      const address = value.operands[place];
      if (address?.opcode !== "iadd" || isVector(value.type)) continue;
      const loop = innermost[block.id];
      asAddress ??= new Map();
      if (loop === innermost[blockOf[address.id] ?? -1]) {
        asAddress.set(address, (asAddress.get(address) ?? 0) + 1);
        const [base] = address.operands;
        if (loop === undefined || base === undefined) continue;
        const bases = basesIn.get(loop);
        if (bases === undefined) basesIn.set(loop, new Set([base]));
        else bases.add(base);
      } else if (scaledOperand(address) === address.operands[1]) fromOutside.push({ address, loop });
    }
  if (asAddress === undefined) return none;
  for (const { address, loop } of fromOutside)
    if (loop === undefined || basesIn.get(loop)?.has(address.operands[0]!))
      asAddress.set(address, (asAddress.get(address) ?? 0) + 1); // it has two
  const folded = new Set<Value>();
  const asIndex = new Map<Value, number>();
  for (const [address, count] of asAddress) {
    const [left, right] = address.operands;
    if (count !== uses[address.id] || left?.opcode === "const" || right?.opcode === "const") continue;
    folded.add(address);
    const scaled = scaledOperand(address);
    if (scaled !== undefined) asIndex.set(scaled, (asIndex.get(scaled) ?? 0) + 1);
  }
  for (const [scaled, count] of asIndex) if (count === uses[scaled.id]) folded.add(scaled);
  for (const { id } of folded) uses[id] = -1;
  return folded;
}

/** The operand that is an index times 2, 4 or 8. */
export function scaledOperand({ operands }: Value): Value | undefined {
  for (const operand of [operands[1], operands[0]])
    if (operand?.opcode === "shl" && operand.type === "i64" && operand.operands[0]?.opcode !== "const") {
      const by = operand.operands[1]?.immediate;
      if (by === 1n || by === 2n || by === 3n) return operand;
    }
  return undefined;
}
