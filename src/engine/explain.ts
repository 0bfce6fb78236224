/**
 * Every stage between text and bytes, as data and as text. Compiling keeps none of it: to explain, the compilation runs
 * again from its text with observers, and must come to the same bytes.
 */
import { reachedFunctions } from "../analysis/call-graph.ts";
import { assert } from "../base/errors.ts";
import type { Source } from "../base/source.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import type { IrFunction } from "../ir/function.ts";
import { printFunction } from "../ir/print.ts";
import type { Compilation } from "./compilation.ts";
import { printListing } from "./listing.ts";
import { buildMapKernel } from "./map-kernel.ts";
import { analyze, type Subject } from "./subject.ts";
import { translate } from "./translate.ts";

/** One stage of a compilation. */
export interface Stage {
  /** Short and stable, such as `tree`, `ir`, `after value-numbering`, `assembly`. */
  readonly name: string;
  readonly text: string;
  /** Of IR: whose it is. Of `map`'s kernels, with the mask in front, as in the name. */
  readonly function?: string;
  /** Of IR: the pass that made it; absent for what the passes start from. */
  readonly pass?: string;
}

/** The machine code of a compiled function, and where it runs. */
export interface CodeView {
  /** What stands in memory: code, and the constants behind it. */
  readonly bytes: Uint8Array;
  /** Assembly with offsets, bytes and source. */
  readonly listing: string;
  /** The instruction set and the features that the code may use, such as `x86-64 (avx2 …)`. */
  readonly target: string;
  /** How executable memory is made: `dual` mappings, or pages that `flip`. */
  readonly memory: string;
  /** How JavaScript calls the code with single numbers: directly, or through koffi. */
  readonly call: string;
  /** Where the code starts. For reading only: the address is reused when the function is disposed. */
  readonly address: number;
}

/** The stages of the scalar function, and of the kernels that `map` has needed so far. */
export function stagesOf(compilation: Compilation): Stage[] {
  const { source, settings } = compilation;
  const subject = analyze(source, settings);
  const stages: Stage[] = [
    { name: "source", text: source.text },
    { name: "tree", text: subject.print() },
  ];
  explainFunction(compilation, subject.buildScalar(), "", stages);
  for (const mask of compilation.kernelMasks) {
    const isColumn = [...mask].map((letter) => letter === "c");
    explainFunction(
      compilation,
      buildMapKernel(subject, isColumn, settings.maxIterations),
      `${describeMask(subject, isColumn)}: `,
      stages,
    );
  }
  return stages;
}

/** All stages as one text. */
export function explain(compilation: Compilation): string {
  return stagesOf(compilation)
    .map(({ name, text }) => `== ${name}\n${text}\n`)
    .join("\n");
}

export function viewCode(compilation: Compilation): CodeView {
  const { host, installed } = compilation;
  const code = compileAgain(compilation);
  return {
    bytes: code.bytes,
    listing: printListing(code, compilation.source),
    target: `x86-64 ${host.cpuFeatures.has("avx") ? "avx" : "sse4.1"}`,
    memory: host.memoryMode,
    call: compilation.callPath,
    address: installed.address,
  };
}

function compileAgain(compilation: Compilation): CompiledCode {
  const fn = analyze(compilation.source, compilation.settings).buildScalar();
  const code = translate(fn, compilation.host, compilation.settings.verify);
  assert(code.bytes.length === compilation.installed.bytes, "the same text compiled to other code");
  return code;
}

function explainFunction(compilation: Compilation, fn: IrFunction, prefix: string, stages: Stage[]): void {
  const add = (name: string, text: string) => stages.push({ name: `${prefix}${name}`, text: text.trimEnd() });
  const titles: Readonly<Record<string, string>> = {
    lower: "machine code over virtual registers",
    live: "live ranges",
    regalloc: "registers allocated",
  };
  const addIr = (of: IrFunction, pass?: string) => {
    const name = pass === undefined ? "ir" : `after ${pass}`;
    stages.push({
      name: `${prefix}${of === fn ? "" : `${of.name}: `}${name}`,
      text: printFunction(of).trimEnd(),
      function: `${prefix}${of.name}`,
      ...(pass !== undefined && { pass }),
    });
  };
  for (const reached of reachedFunctions(fn).reverse()) addIr(reached);
  const code = translate(fn, compilation.host, compilation.settings.verify, {
    onPass: (name, changed, isChanged) => {
      if (isChanged) addIr(changed, name);
    },
    onStage: (name, text) => add(titles[name] ?? name, text),
  });
  add("assembly", describeCode(code, compilation.source));
}

function describeCode(code: CompiledCode, source: Source): string {
  return `${printListing(code, source)}\n${code.codeBytes} bytes of code, ${code.bytes.length - code.codeBytes} of constants`;
}

/** `map(x[], k)`: which parameters are columns. */
function describeMask({ parameters }: Subject, isColumn: readonly boolean[]): string {
  const inputs = parameters.map(({ name }, index) => (isColumn[index] === true ? `${name}[]` : name));
  return `map(${inputs.join(", ")})`;
}
