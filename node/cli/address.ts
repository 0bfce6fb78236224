/** The option `--address` of asm and disasm. */
import { UsageError } from "./exit-status.ts";

/** Reads an address of 64 bits, decimal or hexadecimal. Throws `UsageError`. */
export function parseAddress(text: string): bigint {
  if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text) || BigInt(text) >= 1n << 64n)
    throw new UsageError(`--address ${text}: expected a number of 64 bits, such as 0x1000`);
  return BigInt(text);
}

/** As listings show it: hexadecimal, four digits or more. */
export function addressText(address: bigint): string {
  return BigInt.asUintN(64, address).toString(16).padStart(4, "0");
}
