/** `x=4 y=-0.5` on the command line: names and numbers. */
import { UsageError } from "./exit-status.ts";

/** Reads the words in order. Throws `UsageError` for a word that is not `name=number`, and for a name given twice. */
export function parseAssignments(words: readonly string[]): Map<string, number> {
  const values = new Map<string, number>();
  for (const word of words) {
    const [name, text] = splitAssignment(word, "name=number, such as x=4");
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isNaN(value) && text.trim() !== "NaN")
      throw new UsageError(`${word}: ${JSON.stringify(text)} is not a number`);
    if (values.has(name)) throw new UsageError(`${word}: ${name} has a value already (${values.get(name)})`);
    values.set(name, value);
  }
  return values;
}

/** The declared types of variables. */
export type NumberTypes = Readonly<Record<string, "f64" | "i32">>;

/** Reads `a=i32 b=f64`. Throws `UsageError` for another type. */
export function parseTypes(words: readonly string[]): NumberTypes {
  const types: Record<string, "f64" | "i32"> = {};
  for (const word of words) {
    const [name, type] = splitAssignment(word, "name=type, such as a=i32");
    if (type !== "f64" && type !== "i32")
      throw new UsageError(`--type ${word}: expected f64 (a JavaScript number) or i32`);
    types[name] = type;
  }
  return types;
}

/** Splits at the first `=`; the part before it must be a JavaScript name. */
export function splitAssignment(word: string, expected: string): [name: string, text: string] {
  const equals = word.indexOf("=");
  const name = equals < 0 ? "" : word.slice(0, equals).trim();
  if (!isName(name)) throw new UsageError(`${JSON.stringify(word)}: expected ${expected}`);
  return [name, word.slice(equals + 1)];
}

/** Whether the text can stand for a variable in an expression. */
export function isName(text: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(text);
}
