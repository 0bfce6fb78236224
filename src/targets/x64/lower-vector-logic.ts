/**
 * `and`, `or` and `xor` of integer vectors, as trees. AVX-512 does any function of three inputs in one instruction, by its
 * truth table (SDM volume 2, VPTERNLOG), so operands that are such operations themselves, and nobody else's, are taken in while
 * the inputs are no more than three. AVX2 has one tree of its own, `andn`.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf } from "../../ir/types.ts";
import { scalarBits } from "./constant-bits.ts";
import { isVectorConstant, type VectorLowering } from "./vector-lowering.ts";
import { emitPlain } from "./vector-operations.ts";

/** The tables of the three inputs: that of `a and b` is `table(a) & table(b)`. */
const inputTables = [0xf0, 0xcc, 0xaa] as const;

const isLogic = (value: Value): boolean => value.opcode === "and" || value.opcode === "or" || value.opcode === "xor";

/** 0 or 255 for what has no bit or every bit, else undefined. */
function trivialTable(value: Value): number | undefined {
  const scalar = value.opcode === "splat" ? value.operands[0] : undefined;
  if (scalar?.opcode !== "const") return undefined;
  const bits = scalarBits(scalar);
  const all = elementOf(value.type) === "i64" ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  return bits === 0n ? 0 : bits === all ? 255 : undefined;
}

export function lowerVectorLogic(vectors: VectorLowering, value: Value): void {
  const result = vectors.lowering.result(value);
  if (vectors.is512 && emitTernary(vectors, value, result)) return;
  if (!vectors.is512 && value.opcode === "and" && emitAndNot(vectors, value, result)) return;
  emitPlain(vectors, value, result);
}

/** The leaves of a tree: what is taken in, and what it is made of. */
function leavesOf(vectors: VectorLowering, root: Value): { leaves: Value[]; inner: Set<Value> } {
  const inner = new Set<Value>([root]);
  let leaves = distinctLeaves(root, inner);
  for (let grown = true; grown; ) {
    grown = false;
    for (const leaf of leaves) {
      if (!isLogic(leaf) || !vectors.lowering.canAbsorb(leaf)) continue;
      inner.add(leaf);
      const more = distinctLeaves(root, inner);
      if (more.length <= 3) {
        leaves = more;
        grown = true;
        break;
      }
      inner.delete(leaf);
    }
  }
  return { leaves, inner };
}

function distinctLeaves(root: Value, inner: ReadonlySet<Value>): Value[] {
  const leaves: Value[] = [];
  const visit = (value: Value): void => {
    if (inner.has(value)) value.operands.forEach(visit);
    else if (trivialTable(value) === undefined && !leaves.includes(value)) leaves.push(value);
  };
  visit(root);
  return leaves;
}

function tableOf(value: Value, inner: ReadonlySet<Value>, leaves: readonly Value[]): number {
  if (!inner.has(value)) return trivialTable(value) ?? inputTables[leaves.indexOf(value)] ?? 0;
  const left = tableOf(value.operands[0]!, inner, leaves); // two operands
  const right = tableOf(value.operands[1]!, inner, leaves); // two operands
  return value.opcode === "and" ? left & right : value.opcode === "or" ? left | right : left ^ right;
}

/** Emits the tree in one instruction, if that takes in anything. */
function emitTernary(vectors: VectorLowering, value: Value, result: number): boolean {
  const { lowering } = vectors;
  const { leaves, inner } = leavesOf(vectors, value);
  if (inner.size === 1 || leaves.length === 0) return false;
  // Whoever ends here gives its register to the result; what can be memory stands last.
  const [first = value, ...others] = leaves.slice().sort((a, b) => order(vectors, a) - order(vectors, b));
  const sorted = [first, ...others];
  const table = tableOf(value, inner, sorted);
  for (const each of inner) if (each !== value) lowering.absorb(each);
  const bytes = vectors.bytesOf(value.type);
  const opcode = vectors.op3i(elementOf(value.type) === "i64" ? "vpternlogq" : "vpternlogd", bytes);
  const tied = lowering.register(first);
  const second = others[0] === undefined ? undefined : lowering.register(others[0]);
  const third = others[1] === undefined ? undefined : vectors.operand(others[1], opcode.vector?.broadcastBytes);
  lowering.emit(vectors.moveOpcode(value.type), result, tied);
  // The table of fewer inputs does not ask the others, so any register may stand there.
  vectors.emit3(opcode, result, second ?? result, third ?? second ?? result, noRegister, table);
  return true;
}

/** What ends here first, then what lives on, then memory. */
function order(vectors: VectorLowering, value: Value): number {
  return vectors.isMemory(value) ? (isVectorConstant(value) ? 2 : 3) : vectors.lowering.livesOn(value) ? 1 : 0;
}

/** (x xor ones) and y */
function emitAndNot(vectors: VectorLowering, value: Value, result: number): boolean {
  const { lowering } = vectors;
  const [left, right] = value.operands as [Value, Value]; // two operands
  for (const [inverted, kept] of [
    [left, right],
    [right, left],
  ] as const) {
    if (inverted.opcode !== "xor" || !lowering.canAbsorb(inverted)) continue;
    const [source, ones] = inverted.operands as [Value, Value]; // two operands
    if (trivialTable(ones) !== 255) continue;
    lowering.absorb(inverted);
    const first = lowering.register(source);
    vectors.emit3(vectors.op3("vpandn", vectors.bytesOf(value.type)), result, first, vectors.operand(kept));
    return true;
  }
  return false;
}
