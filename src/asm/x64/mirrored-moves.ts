/**
 * The shorter of a VEX move's two register forms.
 *
 * `vmovaps xmm1, xmm9` can be a load (destination in reg, source in r/m) or a store (the other way round). Only B, the
 * fourth bit of r/m, needs the three-byte prefix, so a source from xmm8 up is better off in reg. Assemblers choose so.
 * The mirrored form is a row of its own, or of vmovss and vmovsd the encoding that the row lists second.
 */
import type { Encode } from "./encode-rm.ts";
import { formOf } from "./form.ts";
import { rowsOf } from "./instructions.ts";
import { Operand } from "./operand.ts";
import { alternativesOf, type Row } from "./row.ts";

/** The row's encoder, or one that uses the mirrored row where that is shorter. */
export function encodeMirrored(row: Row): Encode {
  const { encode } = formOf(row);
  const mirrored = mirrorOf(row);
  if (mirrored === undefined) return encode;
  const other = formOf(mirrored).encode;
  const rmFirst = row.operands[0]?.field === "rm";
  const threeOperands = row.operands.length === 3;
  return (buffer, a, b, c) => {
    const last = threeOperands ? c : b;
    const reg = rmFirst ? last : a;
    const rm = rmFirst ? a : last;
    const isShorter =
      rm instanceof Operand && reg instanceof Operand && rm.modrm >= 0xc0 && rm.rex === 1 && reg.rex === 0;
    (isShorter ? other : encode)(buffer, a, b, c);
  };
}

/** The row of the same move with `reg` and `r/m` exchanged. */
function mirrorOf(row: Row): Row | undefined {
  if (row.space !== "VEX" || row.w === 1 || row.map !== 1 || row.immediates.length > 0) return undefined;
  const registers = row.operands.map(({ register }) => register);
  if (registers.length < 2 || registers.some((register) => register === undefined || register !== registers[0])) {
    return undefined;
  }
  const exchanged = row.operands.map(({ field }) => (field === "reg" ? "rm" : field === "rm" ? "reg" : field));
  return [...rowsOf(row.mnemonic), ...alternativesOf(row)].find(
    ({ operands, space, l }) =>
      space === "VEX" &&
      l === row.l &&
      operands.length === exchanged.length &&
      operands.every(({ register, field }, index) => register === registers[0] && field === exchanged[index]),
  );
}
