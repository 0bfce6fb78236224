/**
 * Why the instruction set refused the operands that a text gives, and which of them is at fault: the assembler's
 * `EncodingError` says that something is wrong, this finds out where by trying the operands with one of them changed.
 */
import { EncodingError } from "../../../base/errors.ts";
import { Dispatch } from "../dispatch.ts";
import type { Argument } from "../encode-rm.ts";
import { Operand, operandFlag, operandKind } from "../operand.ts";
import { byte, dword, qword, word, xmmword, ymmword, zmmword } from "../operands.ts";
import { rax } from "../registers.ts";
import { Fault } from "./fault.ts";
import type { OperandReader } from "./operand-reader.ts";

const sizes = { byte, word, dword, qword, xmmword, ymmword, zmmword };

/** `start` and `end`: the whole statement's place. */
export function rejection(
  mnemonic: string,
  reader: OperandReader,
  error: EncodingError,
  start: number,
  end: number,
): Fault {
  const given = reader.values.slice(0, reader.count);
  const place = (index: number): [number, number] => [reader.starts[index] ?? start, reader.ends[index] ?? end];
  if (isTaken(mnemonic, given)) {
    const high = given.findIndex((value) => value instanceof Operand && (value.rex & operandFlag.noRex) !== 0);
    if (high >= 0) return new Fault("high-byte-with-rex", error.message, ...place(high));
    return new Fault("no-such-form", error.message, start, end);
  }
  const unsized = given.findIndex((value) => value instanceof Operand && value.kind === operandKind.m);
  if (unsized >= 0) {
    const fitting = Object.entries(sizes).filter(([, make]) => isTaken(mnemonic, given.with(unsized, make(rax))));
    if (fitting.length > 1) {
      const names = fitting.map(([name]) => name).join(", ");
      return new Fault(
        "unknown-size",
        `${mnemonic}: the size of the memory is not known here`,
        ...place(unsized),
        `write one of ${names} before it`,
      );
    }
  }
  const number = given.findIndex((value) => typeof value === "number" || typeof value === "bigint");
  if (number >= 0 && [2, 1].some((small) => isTaken(mnemonic, given.with(number, small)))) {
    return new Fault("immediate-out-of-range", `${given[number]} is out of range: ${error.message}`, ...place(number));
  }
  const from = reader.count === 0 ? start : place(0)[0];
  const to = reader.count === 0 ? end : place(reader.count - 1)[1];
  return new Fault("no-such-form", error.message, from, to);
}

/** Whether a form takes these operands. */
function isTaken(mnemonic: string, given: readonly (Argument | undefined)[]): boolean {
  try {
    new Dispatch(mnemonic).resolve(0, given);
    return true;
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}
