/**
 * What `compile` and `map` take besides their subject, checked before anything else happens. Wrong options are the
 * calling program's fault, not the source text's, and so `TypeError`s that name what came and what is accepted.
 */
import { UnsupportedError } from "../base/errors.ts";
import { nearestWord } from "../base/spelling.ts";
import { mostParameters, type NumberType } from "../lang/javascript/tree.ts";

export interface CompileOptions {
  /** The parameters in order. Without it: the variables, by first appearance. */
  readonly parameters?: readonly string[];
  /** The types of parameters that are not plain numbers: `{ a: "i32" }`. */
  readonly types?: Readonly<Record<string, NumberType>>;
  /** Checks the IR after each pass and the register allocation. Slower; for finding bugs of jitsmith's own. */
  readonly verify?: boolean;
}

/** `CompileOptions` after checking. */
export interface CompileSettings {
  readonly parameters: readonly string[] | undefined;
  readonly types: ReadonlyMap<string, NumberType> | undefined;
  readonly verify: boolean;
  /** Equal for equal options. */
  readonly key: string;
}

const withoutOptions: CompileSettings = { parameters: undefined, types: undefined, verify: false, key: "" };

/** Checks the options of `compile`. Throws `TypeError`, and `UnsupportedError` for types of a later version. */
export function readCompileOptions(options: CompileOptions | undefined): CompileSettings {
  if (options === undefined) return withoutOptions;
  requireObject("compile", "options", options);
  requireKnownKeys("compile", options, ["parameters", "types", "verify"]);
  const { parameters, types, verify = false } = options;
  if (typeof verify !== "boolean") throw new TypeError(`compile: verify is ${describe(verify)}; expected a boolean`);
  const names = parameters === undefined ? undefined : readParameters(parameters);
  const typeMap = types === undefined ? undefined : readTypes(types, names);
  const key = JSON.stringify([names ?? null, typeMap === undefined ? null : [...typeMap].sort(), verify]);
  return { parameters: names, types: typeMap, verify, key };
}

/** Checks that every declared type is of a parameter; only the checked expression knows the parameters. */
export function requireParametersOfTypes(
  settings: CompileSettings,
  parameters: readonly { readonly name: string }[],
): void {
  for (const name of settings.types?.keys() ?? []) {
    if (parameters.some((parameter) => parameter.name === name)) continue;
    const names = parameters.map((parameter) => parameter.name);
    throw new TypeError(
      `compile: types declares ${name}, which is not a parameter; ${suggestion(name, names, "the parameters are")}`,
    );
  }
}

function readParameters(parameters: unknown): string[] {
  if (!Array.isArray(parameters))
    throw new TypeError(`compile: parameters is ${describe(parameters)}; expected an array of names`);
  if (parameters.length > mostParameters)
    throw new TypeError(`compile: ${parameters.length} parameters; at most ${mostParameters} are accepted`);
  const seen = new Set<string>();
  for (const name of parameters) {
    if (typeof name !== "string") throw new TypeError(`compile: a parameter is ${describe(name)}; expected a name`);
    requireName(name);
    if (seen.has(name)) throw new TypeError(`compile: parameter ${name} is declared twice`);
    seen.add(name);
  }
  return [...seen];
}

/** Words that JavaScript's grammar or this language gives another meaning wherever they stand. */
const reservedWords = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if import in instanceof new null return super switch this throw true try typeof undefined var void while with".split(
    " ",
  ),
);

function requireName(name: string): void {
  if (reservedWords.has(name)) throw new TypeError(`compile: parameter ${name} is a reserved word`);
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name)) {
    const shown = JSON.stringify(name.length <= 40 ? name : `${name.slice(0, 40)}…`);
    throw new TypeError(
      `compile: parameter ${shown} is not a name; expected letters, digits, _ and $, not starting with a digit`,
    );
  }
}

function readTypes(types: unknown, parameters: readonly string[] | undefined): Map<string, NumberType> {
  requireObject("compile", "types", types);
  const result = new Map<string, NumberType>();
  for (const [name, type] of Object.entries(types)) {
    if (type === "i64" || type === "f32" || type === "bool")
      throw new UnsupportedError(`compile: type ${type} of ${name} is for a later version; accepted are f64 and i32`);
    if (type !== "f64" && type !== "i32")
      throw new TypeError(`compile: the type of ${name} is ${describe(type)}; accepted are "f64" and "i32"`);
    if (parameters !== undefined && !parameters.includes(name))
      throw new TypeError(
        `compile: types declares ${name}, which is not a parameter; ${suggestion(name, parameters, "the parameters are")}`,
      );
    result.set(name, type);
  }
  return result;
}

// ---- words for every check of arguments

export function requireObject(caller: string, what: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null)
    throw new TypeError(`${caller}: ${what} is ${describe(value)}; expected an object`);
}

export function requireKnownKeys(caller: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new TypeError(`${caller}: unknown option ${key}; ${suggestion(key, known, "the options are")}`);
  }
}

/** "did you mean x?" or the whole list. */
export function suggestion(word: string, words: readonly string[], introduction: string): string {
  const nearest = nearestWord(word, words);
  if (nearest !== undefined) return `did you mean ${nearest}?`;
  return words.length === 0 ? `${introduction} none` : `${introduction} ${words.slice(0, 20).join(", ")}`;
}

/** What a wrong argument is, for a message: `a string`, `an Uint8Array`, `undefined`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "object") {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
  }
  if (typeof value === "string") return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 40)}…`);
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}
