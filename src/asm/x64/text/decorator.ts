/** What stands in braces behind an operand, or before a mnemonic: `{k1}`, `{z}`, `{1to8}`, `{rn-sae}`, `{vex}`. */
import { Fault, quoted } from "./fault.ts";
import type { Scanner } from "./scanner.ts";

/** What stands in braces, and its place. */
export interface Decorator {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** Longer ones are none. */
const longestDecorator = 32;

/** Reads `{…}` from the current token on. */
export function readDecorator(scanner: Scanner): Decorator {
  const { text, start } = scanner;
  const piece = /^\{([^}\n]*)\}/.exec(text.slice(start, start + longestDecorator));
  if (piece === null) throw new Fault("missing-bracket", "this { has no }", start, scanner.end);
  const [written, inside = ""] = piece;
  const end = start + written.length;
  scanner.rewind(end - 1); // the closing brace
  scanner.advance();
  return { word: inside.replace(/\s/g, "").toLowerCase(), start, end };
}

export function unknownDecorator({ text }: Scanner, { start, end }: Decorator): Fault {
  const known = "expected {k1} to {k7}, {z}, {1to8} and its like, {rn-sae}, {rd-sae}, {ru-sae}, {rz-sae} or {sae}";
  return new Fault("bad-decorator", `${quoted(text, start, end)} means nothing here; ${known}`, start, end);
}
