/**
 * MOVDIR64B and ENQCMD store to the address that their register holds. The prefix 67 makes that register 32 bits wide, and
 * the addresses of memory as well (SDM volume 2, MOVDIR64B): both are of one width.
 */
import { EncodingError } from "../../base/errors.ts";
import type { Encode } from "./encode-rm.ts";
import { formOf } from "./form.ts";
import { noRegister, Operand, operandFlag, ripBase } from "./operand.ts";
import type { Row } from "./row.ts";

/** Whether the row's register is an address besides its memory. */
export function hasAddressedRegister({ mnemonic, operands }: Row): boolean {
  return operands.length === 2 && (mnemonic === "movdir64b" || mnemonic === "enqcmd");
}

/** The row's encoder behind a check that both addresses are of one width. */
export function sameAddressWidth(row: Row): Encode {
  const { encode } = formOf(row);
  const isNarrow = row.operands[0]?.register === "r32";
  return (buffer, destination, memory) => {
    if (memory instanceof Operand) {
      const hasRegister = memory.index !== noRegister || memory.code >= 0 || memory.code === ripBase;
      if (hasRegister && ((memory.rex & operandFlag.address32) !== 0) !== isNarrow) {
        throw new EncodingError(
          `${row.mnemonic} ${destination}, ${memory}: both hold addresses and have to be of one width`,
        );
      }
    }
    encode(buffer, destination, memory);
  };
}
