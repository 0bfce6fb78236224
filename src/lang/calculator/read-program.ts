/** Feeds a whole program, text or bytes, to whoever reads one. */
import type { ProgramReader } from "./operations.ts";
import { checkStrict, StrictReader } from "./strict.ts";

/** A program's text, or its bytes in ASCII or UTF-8. */
export type Program = string | Uint8Array;

const pieceBytes = 0x10000;

/** Throws `CompileError` for foreign characters under `strict`, `TypeError` for what is no program. */
export function readProgram(
  program: Program,
  reader: ProgramReader,
  options: { readonly strict?: boolean; readonly name?: string },
): void {
  if (typeof program === "string") {
    if (options.strict) checkStrict(program, options.name);
    readText(program, reader);
  } else if (program instanceof Uint8Array) {
    (options.strict ? new StrictReader(reader, options.name) : reader).feed(program);
  } else {
    throw new TypeError(`a calculator program is a string or a Uint8Array, not ${typeof program}`);
  }
}

/** Characters beyond ASCII are no operations and arrive as 0. */
function readText(text: string, reader: ProgramReader): void {
  const piece = new Uint8Array(Math.min(pieceBytes, text.length));
  for (let start = 0; start < text.length; start += pieceBytes) {
    const length = Math.min(pieceBytes, text.length - start);
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(start + index);
      piece[index] = code < 0x80 ? code : 0;
    }
    reader.feed(length === piece.length ? piece : piece.subarray(0, length));
  }
}
