/**
 * The syntax of WebAssembly's text format, as far as it is parentheses: WebAssembly core specification 2.0, section 6.3,
 * and number literals as exact bit patterns (section 6.3.1 and 6.3.2).
 */

/** A word, a string in quotes, or a list. */
export type Node = string | { readonly quoted: string } | readonly Node[];
export type List = readonly Node[];

export const isList = (node: Node | undefined): node is List => Array.isArray(node);
export const headOf = (node: Node | undefined): string => (isList(node) && typeof node[0] === "string" ? node[0] : "");

/** Reads a whole script: the list of its top-level expressions. */
export function readExpressions(text: string): List {
  const token = /\s+|;;.*|\(;|([()])|"((?:[^"\\]|\\.)*)"|([^\s();"]+)/y;
  const top: Node[] = [];
  const open: Node[][] = [top];
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (match === null)
      throw new SyntaxError(`unexpected ${JSON.stringify(text.slice(start, start + 20))} at ${start}`);
    const [whole, bracket, quoted, word] = match;
    const list = open.at(-1) ?? top;
    if (whole === "(;") token.lastIndex = endOfComment(text, token.lastIndex);
    else if (bracket === "(") open.push([]);
    else if (bracket === ")") {
      open.pop();
      const outer = open.at(-1);
      if (outer === undefined) throw new SyntaxError(`unexpected ) at ${start}`);
      outer.push(list);
    } else if (quoted !== undefined) list.push({ quoted });
    else if (word !== undefined) list.push(word);
  }
  if (open.length > 1) throw new SyntaxError("a list is not closed");
  return top;
}

/** Block comments nest. */
function endOfComment(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (depth > 0) {
    const begin = text.indexOf("(;", at);
    const end = text.indexOf(";)", at);
    if (end < 0) throw new SyntaxError("a comment is not closed");
    const isNested = begin >= 0 && begin < end;
    depth += isNested ? 1 : -1;
    at = (isNested ? begin : end) + 2;
  }
  return at;
}

/** The bits of an integer literal, decimal or hexadecimal, signed or not. */
export function integerBits(literal: string, bits: 32 | 64): bigint {
  const text = literal.replaceAll("_", "");
  const isNegative = text.startsWith("-");
  const magnitude = BigInt(text.replace(/^[-+]/, ""));
  return BigInt.asUintN(bits, isNegative ? -magnitude : magnitude);
}

interface FloatFormat {
  readonly bits: number;
  readonly fraction: number;
  readonly bias: number;
}
const formats: Readonly<Record<"f32" | "f64", FloatFormat>> = {
  f32: { bits: 32, fraction: 23, bias: 127 },
  f64: { bits: 64, fraction: 52, bias: 1023 },
};

/** The bits of a float literal, rounded once, to nearest and ties to even. `nan:0x…` gives that payload. */
export function floatBits(literal: string, type: "f32" | "f64"): bigint {
  const format = formats[type];
  const text = literal.replaceAll("_", "");
  const sign = text.startsWith("-") ? 1n << BigInt(format.bits - 1) : 0n;
  const magnitude = text.replace(/^[-+]/, "");
  const infinity = BigInt(2 * format.bias + 1) << BigInt(format.fraction);
  if (magnitude === "inf") return sign | infinity;
  if (magnitude === "nan") return sign | infinity | (1n << BigInt(format.fraction - 1));
  if (magnitude.startsWith("nan:")) return sign | infinity | BigInt(magnitude.slice(4));
  const [numerator, denominator] = rationalOf(magnitude);
  const rounded = roundRational(numerator, denominator, format);
  return sign | (rounded > infinity ? infinity : rounded);
}

/** A decimal or hexadecimal literal as a fraction. */
function rationalOf(text: string): [bigint, bigint] {
  const match =
    /^0x(?<whole>[\da-f]*)\.?(?<part>[\da-f]*)(?:p(?<power>[-+]?\d+))?$/i.exec(text) ??
    /^(?<whole>\d*)\.?(?<part>\d*)(?:e(?<power>[-+]?\d+))?$/i.exec(text);
  if (match?.groups === undefined) throw new SyntaxError(`${text} is not a number`);
  const { whole = "", part = "", power = "0" } = match.groups;
  const isHexadecimal = text.startsWith("0x");
  const digits = BigInt(`${isHexadecimal ? "0x" : ""}${whole}${part}` || "0");
  const base = isHexadecimal ? 2n : 10n;
  const exponent = BigInt(power) - BigInt(part.length * (isHexadecimal ? 4 : 1));
  return exponent >= 0n ? [digits * base ** exponent, 1n] : [digits, base ** -exponent];
}

const lengthOf = (value: bigint): number => value.toString(2).length;

function roundRational(numerator: bigint, denominator: bigint, { fraction, bias }: FloatFormat): bigint {
  if (numerator === 0n) return 0n;
  let exponent = lengthOf(numerator) - lengthOf(denominator);
  const isBelow =
    exponent >= 0 ? numerator < denominator << BigInt(exponent) : numerator << BigInt(-exponent) < denominator;
  if (isBelow) exponent--;
  const unit = Math.max(exponent, 1 - bias) - fraction; // the weight of the last bit
  const top = unit >= 0 ? numerator : numerator << BigInt(-unit);
  const bottom = unit >= 0 ? denominator << BigInt(unit) : denominator;
  const quotient = top / bottom;
  const rest = 2n * (top % bottom);
  const isUp = rest > bottom || (rest === bottom && (quotient & 1n) === 1n);
  // The leading one of a normal number adds itself to the exponent field; so does a carry.
  return (BigInt(unit + fraction + bias - 1) << BigInt(fraction)) + quotient + (isUp ? 1n : 0n);
}
