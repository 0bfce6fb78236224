/**
 * Numbers in assembly text, in all spellings of NASM, MASM and GNU as:
 *
 *     200  0200  200d  0d200     decimal (a leading zero is no octal, as with NASM)
 *     0xc8  0hc8  0c8h           hexadecimal; the suffix needs a digit in front
 *     0b1100_1000  11001000b     binary, also y
 *     0o310  0q310  310o  310q   octal
 *
 * An underscore may stand between digits. A number has at most 64 bits.
 */

const baseOfLetter: Readonly<Record<string, 2 | 8 | 10 | 16>> = {
  b: 2,
  y: 2,
  o: 8,
  q: 8,
  d: 10,
  t: 10,
  h: 16,
};
const digitsOfBase = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[0-9a-f]+$/ } as const;
const prefixOfBase = { 2: "0b", 8: "0o", 10: "", 16: "0x" } as const;

/** No number of 64 bits has more digits, whatever its base. */
const mostDigits = 64;
const largest = 0xffff_ffff_ffff_ffffn;

/** The number, a BigInt where it is not a safe integer; "too large" or "not a number". */
export function parseNumberLiteral(literal: string): number | bigint | "too large" | "not a number" {
  const text = literal.toLowerCase();
  if (text.includes("_") && !/^[0-9a-z]+(?:_[0-9a-z]+)*$/.test(text)) return "not a number";
  const plain = text.replaceAll("_", "");
  const last = plain.at(-1) ?? "";
  // `0bh` is eleven, `0b1` is one, `0b` is zero: the suffix h first, then prefixes, then the other suffixes.
  return (
    (last === "h" ? valueInBase(plain.slice(0, -1), 16) : undefined) ??
    valueInBase(plain, 10) ??
    (plain[0] === "0"
      ? valueInBase(plain.slice(2), plain[1] === "x" ? 16 : baseOfLetter[plain[1] ?? ""])
      : undefined) ??
    valueInBase(plain.slice(0, -1), baseOfLetter[last]) ??
    "not a number"
  );
}

/** Undefined where the text has other characters than digits of the base. */
function valueInBase(digits: string, base: 2 | 8 | 10 | 16 | undefined): number | bigint | "too large" | undefined {
  if (base === undefined || !digitsOfBase[base].test(digits)) return undefined;
  const significant = digits.replace(/^0+(?=.)/, "");
  if (significant.length > mostDigits) return "too large";
  const number = Number.parseInt(significant, base);
  if (Number.isSafeInteger(number)) return number;
  const exact = BigInt(prefixOfBase[base] + significant);
  return exact > largest ? "too large" : exact;
}
