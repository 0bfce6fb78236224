/** Bytes as people write them: `48 89 f8`, `4889f8`, `0x48,0x89,0xf8`, `\x48\x89\xf8`, `{0x48, 0x89}`, `48:89:f8`, `48h`. */
import { InputError } from "../files/input-error.ts";

/** Reads the bytes. Throws `InputError` that names the first part that is none. */
export function parseHexBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  // In a list such as `0xb8, 0, 0` a lone digit is a byte; in a run such as `48 8b 8` a digit was lost.
  const isList = text.includes(",");
  const body = text.trim().replace(/^[{[("']+|[}\])"';]+$/g, "");
  for (const word of body.split(/[\s,;:_|-]+|(?=\\x)/i)) {
    if (word === "") continue;
    const digits = /^(?:0x|\\x|x|\$|#)?([0-9a-f]+)h?$/i.exec(word)?.[1];
    if (digits === undefined)
      throw new InputError(`${JSON.stringify(shortened(word))} is not a byte in hexadecimal, such as c3`);
    const isLoneDigit = digits.length === 1 && (isList || word.length > 1);
    if (digits.length % 2 === 1 && !isLoneDigit)
      throw new InputError(
        `${JSON.stringify(shortened(word))} has an odd number of hexadecimal digits; expected two for each byte`,
      );
    for (const pair of isLoneDigit ? [digits] : (digits.match(/../g) ?? [])) bytes.push(Number.parseInt(pair, 16));
  }
  if (bytes.length === 0) throw new InputError("there are no bytes; expected hexadecimal, such as 'b8 2a 00 00 00 c3'");
  return Uint8Array.from(bytes);
}

function shortened(word: string): string {
  return word.length <= 24 ? word : `${word.slice(0, 24)}…`;
}
