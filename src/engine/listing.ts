/**
 * Compiled code as assembly text: offset, bytes, instruction, and the source where the code of a new place starts.
 *
 *     0000  c5 fb 58 05 10 00 00 00   vaddsd xmm0, xmm0, qword ptr [rip + 0x10]    ; x + 5
 */
import { disassemble } from "../asm/x64/disassembler.ts";
import type { Source } from "../base/source.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";

const bytesColumn = 6;
const textColumn = 32;
const sourceColumn = 80;
const widestExcerpt = 50;

export function printListing(code: CompiledCode, source: Source): string {
  const { bytes, codeBytes } = code;
  const excerpts = new Map<number, string>();
  for (const { offset, span } of code.lines) {
    if (span === undefined) continue;
    const text = (span.source ?? source).text.slice(span.start, span.end).replace(/\s+/g, " ");
    excerpts.set(offset, text.length <= widestExcerpt ? text : `${text.slice(0, widestExcerpt - 1)}…`);
  }
  const lines: string[] = [];
  for (const instruction of disassemble(bytes.subarray(0, codeBytes))) {
    const { offset, length, text } = instruction;
    const start = `${hex(offset, 4)}  ${spaced(bytes.subarray(offset, offset + length))}`;
    const line = `${start.padEnd(textColumn)}  ${text}`;
    const excerpt = excerpts.get(offset);
    lines.push(excerpt === undefined ? line : `${line.padEnd(sourceColumn)}  ; ${excerpt}`);
  }
  for (let offset = (codeBytes + 7) & ~7; offset < bytes.length; offset += 8) {
    const part = bytes.subarray(offset, Math.min(offset + 8, bytes.length));
    const start = `${hex(offset, 4)}  ${spaced(part)}`;
    lines.push(`${start.padEnd(textColumn)}  ${constant(part)}`);
  }
  return lines.join("\n");
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function spaced(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => hex(byte, 2))
    .join(" ")
    .padEnd(textColumn - bytesColumn);
}

/** Eight bytes of constants, read as a number, which most are. */
function constant(bytes: Uint8Array): string {
  if (bytes.length < 8) return `.byte ${Array.from(bytes).join(", ")}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const value = view.getFloat64(0, true);
  const quad = `.quad 0x${hex(view.getUint32(4, true), 8)}${hex(view.getUint32(0, true), 8)}`;
  return `${quad.padEnd(sourceColumn - textColumn - 2)}  ; ${Object.is(value, -0) ? "-0" : value}`;
}
