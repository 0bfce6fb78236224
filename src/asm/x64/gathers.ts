/**
 * Gathers read their index while they write their destination, so that the two have to be different registers, and of
 * AVX2 the mask a third one; otherwise the CPU raises #UD (SDM volume 2, VPGATHERDD).
 */
import { EncodingError } from "../../base/errors.ts";
import type { Encode } from "./encode-rm.ts";
import { Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** The row's encoder behind a check that its registers are different ones. */
export function distinctRegisters(row: Row, encode: Encode): Encode {
  return (buffer, destination, memory, mask, d, e) => {
    if (destination instanceof Operand && memory instanceof Operand) {
      const { index } = memory;
      const maskCode = mask instanceof Operand ? mask.code : -1;
      if (destination.code === index || destination.code === maskCode || index === maskCode) {
        const others = mask instanceof Operand ? `, ${memory} and ${mask}` : ` and ${memory}`;
        throw new EncodingError(
          `${row.mnemonic}: ${destination}${others}: destination, index${mask instanceof Operand ? " and mask" : ""} have to be different registers`,
        );
      }
    }
    encode(buffer, destination, memory, mask, d, e);
  };
}
