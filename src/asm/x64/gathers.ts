/**
 * Gathers read their index while they write their destination, so that the two have to be different registers, and of
 * AVX2 the mask a third one; otherwise the CPU raises #UD (SDM volume 2, VPGATHERDD).
 */
import { EncodingError } from "../../base/errors.ts";
import type { Encode } from "./encode-rm.ts";
import { formOf } from "./form.ts";
import { Operand } from "./operand.ts";
import type { Row } from "./row.ts";

/** Whether the row reads a vector of addresses into a register. */
export function isGather({ operands }: Row): boolean {
  return operands[0]?.register !== undefined && operands[1]?.vectorIndex !== undefined;
}

/** The row's encoder behind a check that its registers are different ones. */
export function distinctRegisters(row: Row): Encode {
  const { encode } = formOf(row);
  return (buffer, destination, memory, mask) => {
    const codes = [destination, memory, mask].flatMap((operand) =>
      operand instanceof Operand ? [operand === memory ? operand.index : operand.code] : [],
    );
    if (new Set(codes).size < codes.length) {
      const given = [destination, memory, mask].filter((operand) => operand !== undefined).join(", ");
      throw new EncodingError(
        `${row.mnemonic} ${given}: ${codes.length === 3 ? "destination, index and mask" : "destination and index"} have to be different registers`,
      );
    }
    encode(buffer, destination, memory, mask);
  };
}
