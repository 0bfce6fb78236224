/**
 * The listing of an assembler's code: offset, bytes and text of every instruction, labels where they stand, and the
 * constant pool behind.
 *
 *     0000                           loop:
 *     0000  48 01 f8                 add rax, rdi
 *     0003  75 fb                    jne -5
 *
 * Data between instructions is shown as the instructions that the CPU would see.
 */
import type { CodeBuffer } from "../code-buffer.ts";
import { disassemble } from "./disassembler.ts";

const bytesOnALine = 8;

export function listingOf(buffer: CodeBuffer): string {
  const bytes = buffer.toBytes();
  const { codeLength, poolStart } = buffer.layout();
  const digits = Math.max(4, bytes.length.toString(16).length);
  const lines: string[] = [];
  const line = (offset: number, shown: Uint8Array, text: string): void => {
    const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    lines.push(`${offset.toString(16).padStart(digits, "0")}  ${hex.padEnd(3 * bytesOnALine - 1)}  ${text}`.trimEnd());
  };
  const labels = buffer.namedLabels();
  let next = 0;
  const labelsUpTo = (offset: number): void => {
    for (; next < labels.length && (labels[next]?.offset ?? 0) <= offset; next++) {
      line(labels[next]?.offset ?? 0, new Uint8Array(), `${labels[next]?.name}:`);
    }
  };
  for (const { offset, bytes: encoded, text } of disassemble(bytes.subarray(0, codeLength))) {
    labelsUpTo(offset);
    line(offset, encoded.subarray(0, bytesOnALine), text);
    if (encoded.length > bytesOnALine) line(offset + bytesOnALine, encoded.subarray(bytesOnALine), "");
  }
  labelsUpTo(codeLength);
  for (let at = poolStart; at < bytes.length; at += bytesOnALine) {
    line(at, bytes.subarray(at, at + bytesOnALine), "constants");
  }
  return lines.join("\n");
}
