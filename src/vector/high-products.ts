/**
 * The high half of a product of 32 bits, where a row function takes it out of a product of 64, as divisions by constants do
 * (opt/strength-reduction.ts): vectors of i32 have twice the lanes, and the machine multiplies 32 bits to 64 in one instruction,
 * but 64 bits to 64 in several.
 *
 *     wrap((sext x * m) >> k)   ->   mulh-s(x, m) >> (k - 32)             where 32 <= k and m fits an i32
 *                               ->   (mulh-s(x, m - 2^32) + x) >> (k - 32)   where m fits 32 bits without a sign
 *     wrap((zext x * m) >>> k)  ->   mulh-u(x, m) >>> (k - 32)
 *
 * In the second, x * (m - 2^32) lacks x * 2^32, which is x in the high half; the sum is that of a product whose high half fits.
 * Scalar code keeps the product of 64 bits: there it costs no more.
 */
import type { IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { removeDeadCode } from "../opt/dead-code.ts";
import { become } from "../opt/rules/rule.ts";

const two32 = 1n << 32n;

/** Changes the row function. */
export function takeHighProducts(fn: IrFunction): void {
  let isChanged = false;
  for (const block of fn.blocks) {
    let kept: Value[] | undefined;
    block.instructions.forEach((value, index) => {
      const found = findHighProduct(value);
      if (found !== undefined) {
        kept ??= block.instructions.slice(0, index);
        rewrite(fn, kept, value, found);
      }
      kept?.push(value);
    });
    if (kept === undefined) continue;
    block.instructions = kept;
    isChanged = true;
  }
  if (isChanged) removeDeadCode(fn);
}

interface HighProduct {
  readonly x: Value;
  readonly multiplier: bigint;
  readonly shift: number;
  readonly isSigned: boolean;
}

function findHighProduct({ opcode, operands, type }: Value): HighProduct | undefined {
  const [shifted] = operands;
  if (opcode !== "wrap" || type !== "i32" || (shifted?.opcode !== "sshr" && shifted?.opcode !== "ushr"))
    return undefined;
  const isSigned = shifted.opcode === "sshr";
  const [product, count] = shifted.operands;
  if (product?.opcode !== "imul" || count?.opcode !== "const") return undefined;
  const shift = Number(count.immediate);
  const factor = product.operands.find((each) => each.opcode === "const");
  const extended = product.operands.find((each) => each.opcode === (isSigned ? "sext" : "zext"));
  const x = extended?.operands[0];
  if (factor === undefined || x?.type !== "i32" || !(shift >= 32 && shift < 64)) return undefined;
  const multiplier = BigInt(Number(factor.immediate));
  const least = isSigned ? -two32 / 2n : 0n;
  return multiplier >= least && multiplier < two32 ? { x, multiplier, shift, isSigned } : undefined;
}

function rewrite(fn: IrFunction, list: Value[], value: Value, { x, multiplier, shift, isSigned }: HighProduct): void {
  const push = (made: Value): Value => {
    list.push(made);
    return made;
  };
  const constant = (number: number) => push(fn.createValue("const", "i32", [], number));
  const emit = (opcode: Opcode, left: Value, right: Value) =>
    push(fn.createValue(opcode, "i32", [left, right], undefined, value.span));
  let high = emit(isSigned ? "mulh-s" : "mulh-u", x, constant(Number(BigInt.asIntN(32, multiplier))));
  if (isSigned && multiplier >= two32 / 2n) high = emit("iadd", high, x);
  become(value, isSigned ? "sshr" : "ushr", high, constant(shift - 32));
}
