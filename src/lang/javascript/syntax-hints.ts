/**
 * What was probably meant where a token cannot stand: syntax of TypeScript, operators of other languages, characters of word
 * processors. A hint beside the diagnostic, from the text around the place; the parsers know nothing of these.
 */
import type { Span } from "../../base/source.ts";

const typesHint =
  'types as in TypeScript are not accepted in a text: remove them, or pass the function itself; other types than f64 go to the option types: { x: "i32" }';

/** Words between operands that other languages have as operators. */
const operatorWords: ReadonlyMap<string, string> = new Map([
  ["and", "write &&"],
  ["or", "write ||"],
  ["xor", "write !== for booleans, ^ for integers"],
  ["mod", "write %"],
  ["div", "write Math.trunc(x / y)"],
  ["is", "write ==="],
]);

/** Characters that look like others. */
const characters: ReadonlyMap<string, string> = new Map([
  ["–", "write -"],
  ["—", "write -"],
  ["−", "write -"],
  ["×", "write *"],
  ["·", "write *"],
  ["⋅", "write *"],
  ["∗", "write *"],
  ["÷", "write /"],
  ["∕", "write /"],
  ["≤", "write <="],
  ["≥", "write >="],
  ["≠", "write !=="],
  ["²", "write ** 2"],
  ["³", "write ** 3"],
  ["√", "write sqrt(x)"],
  ["∞", "write Infinity"],
  ["（", "write ("],
  ["）", "write )"],
  ["，", "write a plain comma"],
]);

/** A hint for the token at a place; undefined where none comes to mind. `isFunction`: types may only stand in functions. */
export function hintAt(text: string, { start, end }: Span, isFunction: boolean): string | undefined {
  const before = text.slice(Math.max(0, start - 200), start);
  const after = text.slice(end, end + 200);
  const token = text.slice(start, end);
  const isOperand = /[\w$)\]]\s*$/.test(before);
  if (isFunction || text.includes("=>") || /^(?:as|satisfies)$/.test(token)) {
    if (token === ":" && /[\w$)\]}?]\s*$/.test(before) && /^\s*[\w$({["'`]/.test(after)) return typesHint;
    if ((token === "as" || token === "satisfies") && isOperand && /^\s+[\w$({["'`]/.test(after)) return typesHint;
    if (token === "<" && /\bfunction\s*[\w$]*\s*$|(?:[(,=?:]|=>)\s*$|^\s*$/.test(before)) return typesHint;
    if (token === "!" && isOperand && !/^\s*[\w$(]/.test(after)) return typesHint;
    const name = /\bconst\s(?:[^;{}]*,)?\s*([\w$]+)\s*$/.exec(before)?.[1];
    if (name !== undefined && /^[;,}\w]/.test(token))
      return `a constant has a value from its start: write const ${name} = …, or let ${name}`;
  }
  if (/^\s*(?:interface|type|namespace|declare|abstract)\s+$/.test(before)) return typesHint;
  if (isOperand && operatorWords.has(token)) return operatorWords.get(token);
  if (/(?:^|[\s(])not\s+$/.test(before)) return "write ! for not";
  if (token === ">" && before.endsWith("<")) return "write !== for not equal";
  if (token === "^" && before.endsWith("^")) return "write ** for a power; ^ combines the bits of integers";
  return undefined;
}

/** A hint for an assignment sign at a place, behind which may stand what makes it a comparison elsewhere. */
export function comparisonAt(text: string, { end }: Span): string {
  const next = text[end];
  return next === "<" || next === ">" ? `write ${next}=` : "to compare, write == or ===";
}

/** What is to be told of a character that JavaScript has no use for. */
export function characterFault(text: string, position: number): { readonly name: string; readonly hint?: string } {
  const character = String.fromCodePoint(text.codePointAt(position) ?? 0);
  const hint =
    characters.get(character) ?? (/["'“”„‘’«»]/.test(character) ? "text is no value: values are numbers" : undefined);
  // What nobody can see is told by its number.
  const isVisible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character);
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const name = isVisible ? `\`${character}\`` : `U+${number}, which cannot be seen,`;
  if (hint === undefined && !isVisible) return { name, hint: "remove it" };
  return hint === undefined ? { name } : { name, hint };
}
