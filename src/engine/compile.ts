/** The entry of the engine: text to a callable function, on a host. Equal text and options share one compilation. */
import { Compilation } from "./compilation.ts";
import { type CompiledFunction, makeCompiledFunction } from "./compiled-function.ts";
import type { Host } from "./host.ts";
import { type CompileOptions, describe, readCompileOptions } from "./options.ts";

/**
 * Compiles an expression of JavaScript to machine code.
 *
 *     const f = compile("(x + 5) * 3");
 *     f(4);                                   // 27
 *     f.map({ x: new Float64Array([1, 2]) }); // Float64Array [18, 21]
 *     f.dispose();
 *
 * The parameters are the variables by first appearance, unless the options list them. `Result` is what the caller knows the
 * expression to give; it is not checked. docs/language.md has the language.
 *
 * Throws `CompileError` with every fault of the text, `TypeError` for wrong options, `UnsupportedError` where this
 * platform has no back end, `MemoryError` when code memory is full.
 */
export type Compile = <Result extends number | boolean = number | boolean>(
  text: string,
  options?: CompileOptions,
) => CompiledFunction<Result>;

export interface Engine {
  readonly compile: Compile;
  /** How many different compilations are installed. */
  readonly liveCompilations: () => number;
}

/** Binds `compile` to a host, with a cache of its own. */
export function createEngine(host: Host): Engine {
  const cache = new Map<string, Compilation>();
  const compile = (text: string, options?: CompileOptions): CompiledFunction => {
    requireText(text);
    const settings = readCompileOptions(options);
    const key = `${settings.key}\0${text}`; // settings are JSON, which holds no U+0000
    let compilation = cache.get(key);
    if (compilation === undefined) {
      compilation = new Compilation(text, settings, host, () => cache.delete(key));
      cache.set(key, compilation);
    }
    return makeCompiledFunction(compilation);
  };
  return { compile: compile as Compile, liveCompilations: () => cache.size }; // the result type is the caller's word
}

function requireText(text: unknown): asserts text is string {
  if (typeof text === "string") return;
  if (typeof text === "function")
    throw new TypeError(
      'compile: functions are for a later version; expected the text of an expression, such as "(x + 5) * 3"',
    );
  throw new TypeError(
    `compile: the source is ${describe(text)}; expected the text of an expression, such as "(x + 5) * 3"`,
  );
}
