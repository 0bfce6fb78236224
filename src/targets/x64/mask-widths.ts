/**
 * Widths of masks that are vectors (AVX2): four lanes of 32 bits are chosen by a mask as narrow, while masks of four lanes are kept
 * with 64 bits each.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { VectorBytes, VectorLowering } from "./vector-lowering.ts";

/** AVX2: four lanes of 32 bits to four of 64. */
export function widenMask(vectors: VectorLowering, result: number, narrow: number): void {
  vectors.lowering.emit(vectors.row("vpmovsxdq", "ymm, xmm/m128"), result, narrow);
}

/** AVX2: a mask as wide as what it is for, of four lanes of 32 bits where that has 16 bytes. */
export function narrowMask(vectors: VectorLowering, mask: number, lanes: number, bytes: VectorBytes): number {
  if (lanes !== 4 || bytes !== 16) return mask;
  const { lowering } = vectors;
  const high = vectors.temporary(16);
  const narrow = vectors.temporary(16);
  lowering.emit(vectors.row("vextracti128", "xmm/m128, ymm, uimm8"), high, mask, noRegister, 1);
  lowering.emit(vectors.row("vshufps", "xmm, xmm, xmm/m128, uimm8"), narrow, mask, high, 0x88);
  return narrow;
}
