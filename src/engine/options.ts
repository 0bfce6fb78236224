/**
 * What `compile` and `map` take besides their subject, checked before anything else happens. Wrong options are the
 * calling program's fault, not the source text's, and so `TypeError`s that name what came and what is accepted.
 */
import { UnsupportedError } from "../base/errors.ts";
import { nearestWord } from "../base/spelling.ts";
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { looksLikeFunction } from "../lang/javascript/parse-function.ts";
import { mostParameters, type ParameterType } from "../lang/javascript/tree.ts";

export interface CompileOptions {
  /** The parameters in order. Without it: the variables, by first appearance. */
  readonly parameters?: readonly string[];
  /** The types of parameters that are not plain numbers: `{ a: "i32", xs: "Float64Array" }`; of a function also its variables. */
  readonly types?: Readonly<Record<string, ParameterType>>;
  /** What names stand for that a function uses but does not declare: `{ limit: 256 }`. */
  readonly constants?: Readonly<Record<string, number | boolean | bigint>>;
  /** The functions that a function may call, by name: as they are, as text, or compiled. */
  readonly functions?: Readonly<Record<string, FunctionSource>>;
  /** How many iterations of loops, and calls of recursive functions, one call may take; 10 billion without it. */
  readonly maxIterations?: number;
  /**
   * Floating point may be computed in another order, and as if there were no NaN, infinity and -0; mathematical functions may be up
   * to 4 units in the last place off, instead of 1.
   */
  readonly fastMath?: boolean;
  /** Checks the IR after each pass and the register allocation. Slower; for finding bugs of jitsmith's own. */
  readonly verify?: boolean;
}

/** `CompileOptions` after checking. */
export interface CompileSettings {
  readonly parameters: readonly string[] | undefined;
  readonly types: ReadonlyMap<string, ParameterType> | undefined;
  readonly constants: ReadonlyMap<string, number | boolean | bigint> | undefined;
  /** The texts of functions, by name. */
  readonly functions: ReadonlyMap<string, string> | undefined;
  readonly maxIterations: number;
  readonly fastMath: boolean;
  /** Whether the machine has FMA, on which mathematical functions then stand. */
  readonly fma: boolean;
  readonly verify: boolean;
  /** The name that a function is known by outside its text. */
  readonly name?: string | undefined;
  /** True where the text is that of a function that was passed, whatever it looks like. */
  readonly isFunction?: boolean;
  /** Equal for equal options. */
  readonly key: string;
}

/** About ten seconds of the shortest loop. */
export const defaultMaxIterations = 1e10;

const withoutOptions: CompileSettings = {
  parameters: undefined,
  types: undefined,
  constants: undefined,
  functions: undefined,
  maxIterations: defaultMaxIterations,
  fastMath: false,
  fma: true,
  verify: false,
  key: "",
};

/** Checks the options of `compile`. Throws `TypeError`, and `UnsupportedError` for types of a later version. */
export function readCompileOptions(options: CompileOptions | undefined): CompileSettings {
  if (options === undefined) return withoutOptions;
  requireObject("compile", "options", options);
  requireKnownKeys("compile", options, [
    "parameters",
    "types",
    "constants",
    "functions",
    "maxIterations",
    "fastMath",
    "verify",
  ]);
  const { parameters, types, constants, functions, maxIterations = defaultMaxIterations, verify = false } = options;
  const { fastMath = false } = options;
  if (typeof fastMath !== "boolean")
    throw new TypeError(`compile: fastMath is ${describe(fastMath)}; expected a boolean`);
  if (typeof verify !== "boolean") throw new TypeError(`compile: verify is ${describe(verify)}; expected a boolean`);
  const names = parameters === undefined ? undefined : readParameters(parameters);
  const typeMap = types === undefined ? undefined : readTypes(types, names);
  if (!Number.isInteger(maxIterations) || maxIterations < 0 || maxIterations > Number.MAX_SAFE_INTEGER)
    throw new TypeError(
      `compile: maxIterations is ${describe(maxIterations)}; expected a whole number from 0 to 2^53 - 1`,
    );
  const constantMap = constants === undefined ? undefined : readConstants(constants);
  const functionMap = functions === undefined ? undefined : readFunctions(functions);
  const key = JSON.stringify([
    names ?? null,
    sorted(typeMap),
    sorted(constantMap)?.map(([name, value]) => [name, typeof value, Object.is(value, -0) ? "-0" : String(value)]),
    sorted(functionMap),
    maxIterations,
    fastMath,
    verify,
  ]);
  return {
    parameters: names,
    types: typeMap,
    constants: constantMap,
    functions: functionMap,
    maxIterations,
    fastMath,
    fma: true,
    verify,
    key,
  };
}

/** Refuses declared types that belong to no parameter and no variable; only the checked tree knows those. */
export function requireTypesAreUsed(unused: readonly string[], names: readonly string[]): void {
  for (const name of unused)
    throw new TypeError(
      `compile: types declares ${name}, which is not a parameter; ${suggestion(name, names, "the parameters are")}`,
    );
}

/** An expression's variables are its parameters, so nothing can be passed in. */
export function refuseExpressionOptions({ types, constants, functions }: CompileSettings): void {
  for (const [name, type] of types ?? [])
    if (isArrayKind(type))
      throw new TypeError(`compile: ${name} is declared a ${type}; arrays are for functions: write (${name}, i) => …`);
  if (constants === undefined && functions === undefined) return;
  const option = constants === undefined ? "functions" : "constants";
  throw new TypeError(`compile: ${option} are for functions; write (x) => …, or pass the value as a parameter`);
}

/** A function names its parameters itself. */
export function refuseFunctionOptions({ parameters }: CompileSettings): void {
  if (parameters !== undefined)
    throw new TypeError("compile: the option parameters is for expressions; a function names its parameters itself");
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

function requireName(name: string, what = "parameter"): void {
  if (reservedWords.has(name)) throw new TypeError(`compile: ${what} ${name} is a reserved word`);
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name)) {
    const shown = JSON.stringify(name.length <= 40 ? name : `${name.slice(0, 40)}…`);
    throw new TypeError(
      `compile: ${what} ${shown} is not a name; expected letters, digits, _ and $, not starting with a digit`,
    );
  }
}

const scalarTypes: readonly unknown[] = ["f64", "i32", "i64", "f32", "bool"];
const arrayNames =
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array";

function readTypes(types: unknown, parameters: readonly string[] | undefined): Map<string, ParameterType> {
  requireObject("compile", "types", types);
  const result = new Map<string, ParameterType>();
  for (const [name, type] of Object.entries(types)) {
    if (type === "BigUint64Array" || type === "Float16Array")
      throw new UnsupportedError(
        `compile: the type of ${name} is ${type}, whose elements are of no type of the language; accepted are ${arrayNames}`,
      );
    if (!scalarTypes.includes(type) && !isArrayKind(type))
      throw new TypeError(
        `compile: the type of ${name} is ${describe(type)}; accepted are ${scalarTypes.join(", ")}, and for arrays ${arrayNames}`,
      );
    if (parameters !== undefined && !parameters.includes(name))
      throw new TypeError(
        `compile: types declares ${name}, which is not a parameter; ${suggestion(name, parameters, "the parameters are")}`,
      );
    result.set(name, type as ParameterType); // one of the two
  }
  return result;
}

function readConstants(constants: unknown): Map<string, number | boolean | bigint> {
  requireObject("compile", "constants", constants);
  const result = new Map<string, number | boolean | bigint>();
  for (const [name, value] of Object.entries(constants)) {
    requireName(name, "constant");
    if (
      typeof value === "bigint"
        ? BigInt.asIntN(64, value) !== value
        : typeof value !== "number" && typeof value !== "boolean"
    )
      throw new TypeError(
        `compile: constant ${name} is ${describe(value)}; expected a number, a boolean, or a bigint of 64 bits`,
      );
    result.set(name, value);
  }
  return result;
}

/** A function of JavaScript, whose text is compiled; or its text; or a compiled function. */
export type FunctionSource = ((...args: never[]) => unknown) | string;

function readFunctions(functions: unknown): Map<string, string> {
  requireObject("compile", "functions", functions);
  const result = new Map<string, string>();
  for (const [name, value] of Object.entries(functions)) {
    requireName(name, "function");
    result.set(name, functionText(value, `function ${name}`));
  }
  return result;
}

/** The text of what is passed as a function. */
export function functionText(value: unknown, what: string): string {
  if (typeof value === "function") {
    // A compiled function has the text it was compiled from.
    if ("source" in value && typeof value.source === "string" && "dispose" in value) {
      if (looksLikeFunction(value.source)) return value.source;
      const names = "parameters" in value && Array.isArray(value.parameters) ? value.parameters : [];
      return `(${names.join(", ")}) => (${value.source})`;
    }
    return Function.prototype.toString.call(value);
  }
  if (typeof value === "string") return value;
  throw new TypeError(`compile: ${what} is ${describe(value)}; expected a function or its text`);
}

function sorted<Value>(map: ReadonlyMap<string, Value> | undefined): [string, Value][] | undefined {
  return map === undefined ? undefined : [...map].sort(([a], [b]) => (a < b ? -1 : 1));
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
