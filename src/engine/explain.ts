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
import { buildScalarKernel, type ListedKernel } from "./column-kernels.ts";
import type { Compilation } from "./compilation.ts";
import { describeShape } from "./kernel-shape.ts";
import { printListing } from "./listing.ts";
import { analyze, type Subject } from "./subject.ts";
import { translate } from "./translate.ts";
import { buildVectorKernel } from "./vector-kernels.ts";

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
  /** What has been compiled for columns so far. */
  readonly kernels: readonly KernelView[];
}

/** Code over columns of certain kinds. */
export interface KernelView {
  /** The operation and the kinds of its columns, such as `map(x: Float64Array, k) to Float64Array`. */
  readonly name: string;
  /** The vectors that it uses, or why it takes one row at a time. */
  readonly how: string;
  /** How long the code is, and where it starts. */
  readonly bytes: number;
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
  if (compilation.installed !== undefined) explainFunction(compilation, subject.buildScalar(), "", stages);
  for (const listed of compilation.kernels.listed) {
    const { shape, typed, how, isVector } = listed;
    const own = analyze(source, typed.settings);
    const prefix = `${describeShape(own, listed.shape)}: `;
    stages.push({ name: `${prefix}computed`, text: how });
    if (isVector) explainVector(compilation, own, listed, prefix, stages);
    else explainFunction(compilation, buildScalarKernel(own, shape, settings.maxIterations), prefix, stages);
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
  const code = installed === undefined ? undefined : compileAgain(compilation, installed.bytes);
  return {
    bytes: code?.bytes ?? new Uint8Array(0),
    listing: code === undefined ? "" : printListing(code, compilation.source),
    target: `x86-64 ${host.cpuFeatures.has("avx") ? "avx" : "sse4.1"}`,
    memory: host.memoryMode,
    call: compilation.callPath,
    address: installed?.address ?? 0,
    kernels: compilation.kernels.listed.map((listed) => {
      const { typed, how, installed: own } = listed;
      const name = describeShape(analyze(compilation.source, typed.settings), listed.shape);
      return { name, how, bytes: own.bytes, address: own.address };
    }),
  };
}

function compileAgain(compilation: Compilation, bytes: number): CompiledCode {
  const fn = analyze(compilation.source, compilation.settings).buildScalar();
  const code = translate(fn, compilation.host, compilation.settings);
  assert(code.bytes.length === bytes, "the same text compiled to other code");
  return code;
}

const machineStages: Readonly<Record<string, string>> = {
  lower: "machine code over virtual registers",
  live: "live ranges",
  regalloc: "registers allocated",
};

function explainFunction(compilation: Compilation, fn: IrFunction, prefix: string, stages: Stage[]): void {
  const add = (name: string, text: string) => stages.push({ name: `${prefix}${name}`, text: text.trimEnd() });
  const addIr = (of: IrFunction, pass?: string) => {
    const name = pass === undefined ? "ir" : `after ${pass}`;
    stages.push(irStage(prefix, of === fn ? name : `${of.name}: ${name}`, of, pass));
  };
  for (const reached of reachedFunctions(fn).reverse()) addIr(reached);
  const code = translate(fn, compilation.host, compilation.settings, {
    onPass: (name, changed, isChanged) => {
      if (isChanged) addIr(changed, name);
    },
    onStage: (name, text) => add(machineStages[name] ?? name, text),
  });
  add("assembly", describeCode(code, compilation.source));
}

function irStage(prefix: string, name: string, of: IrFunction, pass?: string): Stage {
  return {
    name: `${prefix}${name}`,
    text: printFunction(of).trimEnd(),
    function: `${prefix}${of.name}`,
    ...(pass !== undefined && { pass }),
  };
}

function describeCode(code: CompiledCode, source: Source): string {
  return `${printListing(code, source)}\n${code.codeBytes} bytes of code, ${code.bytes.length - code.codeBytes} of constants`;
}

/** A kernel with many rows at once: the function of one row, what it is widened to, and so on. */
function explainVector(
  compilation: Compilation,
  subject: Subject,
  { shape, typed }: ListedKernel,
  prefix: string,
  stages: Stage[],
): void {
  const { host, source } = compilation;
  const add = (name: string, text: string) => stages.push({ name: `${prefix}${name}`, text: text.trimEnd() });
  let row: IrFunction | undefined;
  const { code } = buildVectorKernel(subject, shape, host, typed.settings, {
    observer: {
      onIr(stage, fn) {
        if (stage === "row") row = fn;
        // Its callees are put in place later.
        stages.push(irStage(prefix, stage, fn));
      },
      onPass(name, fn, isChanged) {
        if (isChanged) stages.push(irStage(prefix, `${fn === row ? "row " : ""}after ${name}`, fn, name));
      },
      onStage: (name, text) => add(machineStages[name] ?? name, text),
    },
  });
  if (code !== undefined) add("assembly", describeCode(code, source));
}
