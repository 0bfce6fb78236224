/**
 * The shorter of a VEX move's two register forms.
 *
 * `vmovaps xmm1, xmm9` can be a load (destination in reg, source in r/m) or a store (the other way round). Only B, the
 * fourth bit of r/m, needs the three-byte prefix, so a source from xmm8 up is better off in reg. Assemblers choose so.
 */
import type { Encode } from "./encode-rm.ts";
import { formOf } from "./form.ts";
import { rowsOf } from "./instructions.ts";
import { Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** The row's encoder, or one that uses the mirrored row where that is shorter. */
export function encodeMirrored(row: Row): Encode {
  const { encode } = formOf(row);
  const mirrored = mirrorOf(row);
  if (mirrored === undefined) return encode;
  const other = formOf(mirrored).encode;
  const rmFirst = row.operands[0]?.field === "rm";
  return (buffer, a, b) => {
    const reg = rmFirst ? b : a;
    const rm = rmFirst ? a : b;
    const isShorter =
      rm instanceof Operand && reg instanceof Operand && rm.modrm >= 0xc0 && rm.rex === 1 && reg.rex === 0;
    (isShorter ? other : encode)(buffer, a, b);
  };
}

/** The row of the same move with `reg` and `r/m` exchanged. */
function mirrorOf(row: Row): Row | undefined {
  const [first, second] = row.operands;
  if (row.space !== "VEX" || row.operands.length !== 2 || row.w === 1 || row.map !== 1) return undefined;
  if (row.immediates.length > 0 || first?.register === undefined || first.register !== second?.register)
    return undefined;
  return rowsOf(row.mnemonic).find(
    ({ operands, space, l }) =>
      space === "VEX" &&
      l === row.l &&
      operands.length === 2 &&
      operands[0]?.register === first.register &&
      operands[1]?.register === second.register &&
      operands[0]?.field === second.field &&
      operands[1]?.field === first.field,
  );
}
