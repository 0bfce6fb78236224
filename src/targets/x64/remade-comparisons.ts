/**
 * Comparisons of integers that no register holds the answer of, because only branches ask for it: each makes the comparison by
 * itself, in one instruction with its jump, where it would have to test the answer otherwise.
 *
 * One that stands in the block of its only branch is taken in as lowering comes by (`emitCondition`). Here are those with several
 * branches, or with one in another block: what an inner loop asks of what comes from outside, say, which was moved in front of it.
 */
import type { Block, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";

const comparisons: ReadonlySet<Opcode> = new Set([
  "ieq",
  "ine",
  "slt",
  "sle",
  "sgt",
  "sge",
  "ult",
  "ule",
  "ugt",
  "uge",
]);

const none: ReadonlySet<Value> = new Set();

/**
 * Marks them in `uses`, which is by value id, with -1, and counts each branch as a user of what is compared. `blockOf` is by value
 * id as well.
 */
export function findRemadeComparisons(
  blocks: readonly Block[],
  blockOf: readonly number[],
  uses: number[],
): ReadonlySet<Value> {
  let branches: Map<Value, number> | undefined;
  for (const { id, terminator } of blocks) {
    if (terminator?.kind !== "branch") continue;
    const { condition } = terminator;
    const count = uses[condition.id]!; // ids are dense
    if (!comparisons.has(condition.opcode) || (count === 1 && blockOf[condition.id] === id)) continue;
    const type = condition.operands[0]?.type;
    if (type !== "i32" && type !== "i64") continue;
    branches ??= new Map();
    branches.set(condition, (branches.get(condition) ?? 0) + 1);
  }
  if (branches === undefined) return none;
  const remade = new Set<Value>();
  for (const [condition, count] of branches) {
    if (count !== uses[condition.id]) continue;
    remade.add(condition);
    uses[condition.id] = -1;
    for (const { id } of condition.operands) uses[id]! += count - 1; // as above
  }
  return remade;
}
