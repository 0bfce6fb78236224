/**
 * `mulh-s` and `mulh-u` on vectors. `vpmuldq` and `vpmuludq` multiply the even lanes to 64 bits, so each half of the lanes has its
 * product, the odd ones shifted down before; the high halves of the even lanes are shifted down behind, and the two are merged.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import type { VectorLowering } from "./vector-lowering.ts";

export function lowerVectorHighProduct(vectors: VectorLowering, value: Value): void {
  const { lowering, is512 } = vectors;
  const [left, right] = value.operands as [Value, Value]; // two operands
  const bytes = vectors.bytesOf(value.type);
  const r = vectors.nameOf(bytes);
  const multiply = vectors.op3(value.opcode === "mulh-s" ? "vpmuldq" : "vpmuludq", bytes);
  const shift = vectors.row("vpsrlq", is512 ? `${r}, ${r}/m${8 * bytes}, uimm8` : `${r}, ${r}, uimm8`);
  const shiftedDown = (register: number): number => {
    const result = vectors.temporary(bytes);
    lowering.emit(shift, result, register, noRegister, 32);
    return result;
  };
  const a = lowering.register(left);
  const b = lowering.register(right);
  const result = lowering.result(value);
  const even = vectors.temporary(bytes);
  const odd = is512 ? result : vectors.temporary(bytes);
  lowering.emit(multiply, even, a, b);
  const oddA = left.opcode === "splat" ? a : shiftedDown(a);
  const oddB = right.opcode === "splat" ? b : left === right ? oddA : shiftedDown(b);
  lowering.emit(multiply, odd, oddA, oddB);
  const evenHigh = shiftedDown(even);
  if (is512) {
    // (odd and the odd lanes) or evenHigh; operands are numbered 4, 2, 1 in the index of the truth table (SDM volume 2, VPTERNLOG).
    const lanes = vectors.constantBits(0xffff_ffff_0000_0000n, 8, bytes);
    vectors.emit3(vectors.op3i("vpternlogq", bytes), result, evenHigh, lanes, noRegister, 0b1110_1100);
  } else vectors.emit3(vectors.op3i("vpblendd", bytes), result, evenHigh, odd, noRegister, 0b1010_1010);
}
