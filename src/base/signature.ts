/**
 * Signatures of machine code functions, as text: `i64(i64, f64)`, `void(ptr, i32)`, `f64()`. The C calling convention of
 * the platform. The types below turn the text into the type of the JavaScript function; a text that does not parse makes
 * a function that accepts no argument list (`never`).
 */
import { SignatureError } from "./errors.ts";

/**
 * What each word means in JavaScript, and what a checked call accepts:
 *   - `i32`: a number that is a whole one from -2^31 to 2^31 - 1 (write `value | 0` to wrap a larger one)
 *   - `i64`: a bigint from -2^63 to 2^63 - 1 (`BigInt.asIntN(64, value)` wraps); results are bigints, small ones too
 *   - `f32`: a number, rounded to the nearest f32; `f64`: a number
 *   - `ptr`: a TypedArray or DataView, whose first byte's address is passed; its memory is borrowed for the call.
 *     Only a parameter: a result that is an address is an `i64`
 *   - `void`: only a result, `undefined`
 */
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
export type ResultWord = Exclude<SignatureWord, "ptr">;

/** The most parameters a signature may have. */
export const mostParameters = 128;

/** A signature's text. Any string is accepted by the type; `parseSignature` is what checks it. */
export type SignatureText = string;

export interface Signature {
  readonly text: string;
  readonly result: ResultWord;
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
  : S extends string
    ? Trim<S> extends `${infer Result}(${infer List})`
      ? (...args: Parameters<List>) => SignatureWords[Trim<Result> & ResultWord]
      : never
    : never;

const parameterWords = ["i32", "i64", "f32", "f64", "ptr"] as const satisfies readonly ParameterWord[];
const resultWords = ["i32", "i64", "f32", "f64", "void"] as const satisfies readonly ResultWord[];
const isParameter = (text: string): text is ParameterWord => (parameterWords as readonly string[]).includes(text);
const isResult = (text: string): text is ResultWord => (resultWords as readonly string[]).includes(text);

/** Reads a signature's text. Throws `SignatureError` that names the word that does not fit and those that do. */
export function parseSignature(text: SignatureText): Signature {
  if (typeof text !== "string") {
    throw new SignatureError(`expected a signature as text, such as "i64(i64, f64)", not ${typeof text}`);
  }
  const quoted = JSON.stringify(text);
  const match = /^\s*(\w*)\s*\(([^()]*)\)\s*$/.exec(text);
  if (match === null) {
    throw new SignatureError(`signature ${quoted}: expected result(parameter, …), such as i64(i64, f64)`);
  }
  const [, result = "", list = ""] = match;
  if (!isResult(result)) {
    const hint = result === "ptr" ? "; an address as a result is an i64" : "";
    throw new SignatureError(
      `signature ${quoted}: result ${JSON.stringify(result)} is not one of ${resultWords.join(" ")}${hint}`,
    );
  }
  const parameters: ParameterWord[] = [];
  for (const part of list.trim() === "" ? [] : list.split(",")) {
    const word = part.trim();
    if (!isParameter(word)) {
      const hint = word === "void" ? "; no parameters are written ()" : "";
      throw new SignatureError(
        `signature ${quoted}: parameter ${parameters.length + 1}, ${JSON.stringify(word)}, is not one of ${parameterWords.join(" ")}${hint}`,
      );
    }
    parameters.push(word);
  }
  if (parameters.length > mostParameters) {
    throw new SignatureError(
      `a signature has at most ${mostParameters} parameters, not ${parameters.length}; pass an array as ptr`,
    );
  }
  return { text: `${result}(${parameters.join(", ")})`, result, parameters };
}
