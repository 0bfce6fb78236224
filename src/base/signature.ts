/**
 * Signatures of machine code functions, as text: `i64(i64, f64)`, `void(ptr, i32)`, `f64()`. The C calling convention of
 * the platform. The types below turn the text into the type of the JavaScript function.
 */
import { SignatureError } from "./errors.ts";

/** What each word means in JavaScript. `ptr` takes a TypedArray or DataView; its memory is borrowed for the call. */
export interface SignatureWords {
  i32: number;
  i64: bigint;
  f32: number;
  f64: number;
  ptr: ArrayBufferView;
  void: undefined;
}

export type SignatureWord = keyof SignatureWords;
export type ParameterWord = Exclude<SignatureWord, "void">;

/** A signature's text. Any string is accepted by the type; `parseSignature` is what checks it. */
export type SignatureText = string;

export interface Signature {
  readonly text: string;
  readonly result: SignatureWord;
  readonly parameters: readonly ParameterWord[];
}

type Trim<S extends string> = S extends ` ${infer R}` | `${infer R} ` ? Trim<R> : S;
type Parameters<S extends string> =
  Trim<S> extends ""
    ? []
    : S extends `${infer First},${infer Rest}`
      ? [SignatureWords[Trim<First> & ParameterWord], ...Parameters<Rest>]
      : [SignatureWords[Trim<S> & ParameterWord]];

/** The JavaScript function type of a signature's text: `CallableOf<"i64(i64)">` is `(...args: [bigint]) => bigint`. */
export type CallableOf<S extends string> = string extends S
  ? (...args: (number | bigint | ArrayBufferView)[]) => number | bigint | undefined
  : S extends `${infer Result}(${infer List})`
    ? (...args: Parameters<List>) => SignatureWords[Trim<Result> & SignatureWord]
    : never;

const words = ["i32", "i64", "f32", "f64", "ptr", "void"] as const satisfies readonly SignatureWord[];
const isWord = (text: string): text is SignatureWord => (words as readonly string[]).includes(text);

/** Reads a signature's text. Throws `SignatureError` that names the word that does not fit and those that do. */
export function parseSignature(text: SignatureText): Signature {
  const match = /^\s*(\w*)\s*\(([^()]*)\)\s*$/.exec(text);
  if (match === null)
    throw new SignatureError(`signature ${JSON.stringify(text)}: expected result(parameter, …), such as i64(i64, f64)`);
  const [, result = "", list = ""] = match;
  if (!isWord(result))
    throw new SignatureError(
      `signature ${JSON.stringify(text)}: result ${JSON.stringify(result)} is not one of ${words.join(" ")}`,
    );
  const parameters: ParameterWord[] = [];
  for (const part of list.trim() === "" ? [] : list.split(",")) {
    const word = part.trim();
    if (!isWord(word) || word === "void") {
      throw new SignatureError(
        `signature ${JSON.stringify(text)}: parameter ${JSON.stringify(word)} is not one of ${words.filter((w) => w !== "void").join(" ")}`,
      );
    }
    parameters.push(word);
  }
  return { text: `${result}(${parameters.join(", ")})`, result, parameters };
}
