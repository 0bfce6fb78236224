/** The entry of the engine: source to a callable function, on a host. Equal text and options share one compilation. */
import { Compilation } from "./compilation.ts";
import { CompilationCache } from "./compilation-cache.ts";
import { type Answer, type CompiledFrom, type CompiledFunction, makeCompiledFunction } from "./compiled-function.ts";
import type { Host } from "./host.ts";
import { type CompileOptions, describe, functionText, readCompileOptions } from "./options.ts";

/**
 * Compiles an expression or a plain function of JavaScript to machine code.
 *
 *     const f = compile("(x + 5) * 3");
 *     f(4);                                   // 27
 *     f.map({ x: new Float64Array([1, 2]) }); // Float64Array [18, 21]
 *     f.dispose();
 *
 *     const sum = compile((n: number) => { let s = 0; for (let i = 0; i < n; i++) s += i * i; return s; });
 *     sum(10);                                // 285
 *
 * An expression's parameters are its variables by first appearance, unless the options list them. A function is never called and
 * its text never evaluated: what it uses from around itself is passed in `constants` and `functions`. Of a text, `Result` is what the
 * caller knows it to give; it is not checked. docs/language.md has the language.
 *
 * Throws `CompileError` with every fault of the text, `TypeError` for wrong options, `UnsupportedError` where this
 * platform has no back end, `MemoryError` when code memory is full.
 */
export interface Compile {
  <Result extends Answer = number | boolean>(text: string, options?: CompileOptions): CompiledFunction<Result>;
  <F extends (...args: never[]) => unknown>(fn: F, options?: CompileOptions): CompiledFrom<F>;
}

export interface Engine {
  readonly compile: Compile;
  /** How many different compilations are installed. */
  readonly liveCompilations: () => number;
}

/** Binds `compile` to a host, with a cache of its own. */
export function createEngine(host: Host): Engine {
  const cache = new CompilationCache();
  const compile = (source: unknown, options?: CompileOptions): CompiledFunction => {
    const text = sourceText(source);
    const read = readCompileOptions(options);
    const { cpuFeatures } = host;
    const own = { ...read, fma: cpuFeatures.has("fma") && (host.architecture !== "x64" || cpuFeatures.has("avx")) };
    const settings = typeof source === "function" ? { ...own, name: nameOf(source), isFunction: true } : own;
    const key = `${settings.key}\0${settings.name ?? ""}\0${text}`; // settings are JSON, which holds no U+0000
    let compilation = cache.get(key);
    if (compilation === undefined) {
      compilation = new Compilation(text, settings, host, () => cache.delete(key));
      cache.add(key, compilation);
    }
    return makeCompiledFunction(compilation);
  };
  return { compile: compile as Compile, liveCompilations: () => cache.size }; // the types are the caller's word
}

/** The name that a function is known by, if its text may use it. */
function nameOf({ name }: { readonly name: string }): string | undefined {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : undefined;
}

function sourceText(source: unknown): string {
  if (typeof source === "string") return source;
  if (typeof source === "function") return functionText(source, "the source");
  throw new TypeError(
    `compile: the source is ${describe(source)}; expected a function, or the text of a function or expression, such as "(x + 5) * 3"`,
  );
}
