/**
 * Gathers read their index while they write their destination, so that the two have to be different registers, and of
 * AVX2 the mask a third one; otherwise the CPU raises #UD (SDM volume 2, VPGATHERDD).
 */
import { EncodingError } from "../../base/errors.ts";
import type { Encode } from "./encode-rm.ts";
import { formOf } from "./form.ts";
import { noRegister, Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** Whether the row reads a vector of addresses into a register. */
export function isGather({ operands }: Row): boolean {
  return operands[0]?.register !== undefined && operands[1]?.vectorIndex !== undefined;
}

/** The row's encoder behind a check that its registers are different ones. */
export function distinctRegisters(row: Row): Encode {
  const { encode } = formOf(row);
  const hasMask = row.operands.length === 3;
  return (buffer, destination, memory, mask) => {
    if (destination instanceof Operand && memory instanceof Operand) {
      const { code } = destination;
      const maskCode = hasMask && mask instanceof Operand ? mask.code : noRegister;
      if (code === memory.index || code === maskCode || memory.index === maskCode) {
        const given = hasMask ? `${destination}, ${memory}, ${mask}` : `${destination}, ${memory}`;
        const parts = hasMask ? "destination, index and mask" : "destination and index";
        throw new EncodingError(`${row.mnemonic} ${given}: ${parts} have to be different registers`);
      }
    }
    encode(buffer, destination, memory, mask);
  };
}
