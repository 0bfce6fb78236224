/** What a call's context says after generated code has trapped, as the error that the caller gets. */
import { InternalError, type TrapCode, TrapError, type TrapFrame, trapCodes } from "../base/errors.ts";
import type { Source, Span } from "../base/source.ts";
import { callContext, mostStackWords } from "../codegen/call-context.ts";
import type { CompiledCode } from "../codegen/compiled-code.ts";
import { type StackFrame, stackTrace } from "../codegen/stack-trace.ts";

const messages: Readonly<Record<TrapCode, string>> = {
  "integer-divide-by-zero": "integer division by zero",
  "integer-overflow": "the result is beyond the integers of its type",
  "invalid-conversion-to-integer": "the number is no integer of the type",
  "out-of-bounds": "an index outside its array",
  "iteration-limit": "a loop went past its limit of iterations",
  stopped: "the call was stopped",
  "stack-exhausted": "calls went too deep for the stack",
  unreachable: "unreachable code was reached",
};

/** Code that may have trapped, and what it was made of. */
export interface TrappingCode extends Pick<CompiledCode, "trapSites" | "callSites"> {
  /** Where it stands. */
  readonly address: number;
  readonly source: Source;
  /** The name of the function that was compiled. */
  readonly name: string;
}

/** Reads the context's status, site and stack, resets it, and makes the error. `firstRow`: of a call over columns. */
export function takeTrap(words: Int32Array, code: TrappingCode, firstRow?: number): TrapError {
  const status = words[callContext.status >> 2] ?? 0;
  const low = words[callContext.row >> 2] ?? 0;
  const high = words[(callContext.row >> 2) + 1] ?? 0;
  words[callContext.status >> 2] = 0;
  const trap = (Object.keys(trapCodes) as TrapCode[]).find((key) => trapCodes[key] === status); // its own keys
  if (trap === undefined) throw new InternalError(`generated code left status ${status}, which is no trap`);
  const frames = stackTrace(code, words, code.address);
  const functions = sourceFunctions(frames, code);
  const isCut = frames.length > 1 && (words[callContext.stackCount >> 2] ?? 0) >= mostStackWords;
  const [innermost] = frames;
  const span = innermost?.span;
  const source = span?.source ?? code.source;
  const row = firstRow === undefined ? undefined : firstRow + (low >>> 0) + high * 2 ** 32;
  const excerpt = span === undefined ? "" : ` in ${shorten(source.text.slice(span.start, span.end))}`;
  const place = span === undefined ? "" : ` (${positionOf(source, span)})`;
  const where = row === undefined ? "" : ` at row ${row}`;
  const calls = functions.length === 0 ? "" : `; calls: ${chainOf(functions, isCut ? code.name : undefined)}`;
  return new TrapError(`${messages[trap]}${excerpt}${place}${where}${calls}`, trap, span, row, source, functions);
}

/** The names of kernels, in the IR. */
const kernelNames: ReadonlySet<string> = new Set(["map", "filter", "select", "reduce"]);

/** Frames as functions of the source: a function that was inlined stands before the one whose frame it used. */
function sourceFunctions(frames: readonly StackFrame[], code: TrappingCode): TrapFrame[] {
  const functions: TrapFrame[] = [];
  for (const { functionName, span } of frames) {
    const source = span?.source ?? code.source;
    const outer = kernelNames.has(functionName) ? code.name : functionName.replace(/\.\d+$/, ""); // `g.2` is g for other types
    const name = span === undefined ? outer : source === code.source ? code.name : source.name;
    functions.push({ name, span, source: span && source });
    if (name !== outer) functions.push({ name: outer, span: undefined, source: undefined });
  }
  return functions.length > 1 ? functions : [];
}

/** The most names that a message has of each end of a chain of calls. */
const mostNames = 4;

/** `f → g × 3`, outermost first. `root`: the function that the chain begins with where its first part is not known. */
function chainOf(functions: readonly TrapFrame[], root: string | undefined): string {
  const runs: { readonly name: string; count: number }[] = [];
  for (const { name } of functions.toReversed()) {
    const last = runs.at(-1);
    if (last?.name === name) last.count++;
    else runs.push({ name, count: 1 });
  }
  const names = runs.map(({ name, count }) => (count === 1 ? name : `${name} × ${count}`));
  if (root !== undefined) names.unshift(root, "…");
  if (names.length > 2 * mostNames) names.splice(mostNames, names.length - 2 * mostNames, "…");
  return names.join(" → ");
}

function positionOf(source: Source, span: Span): string {
  const { line, column } = source.position(span.start);
  return `${source.name}:${line}:${column}`;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
