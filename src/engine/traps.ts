/** What a call's context says after generated code has trapped, as the error that the caller gets. */
import { InternalError, type TrapCode, TrapError, trapCodes } from "../base/errors.ts";
import type { Source, Span } from "../base/source.ts";
import { callContext } from "../codegen/call-context.ts";
import type { TrapSite } from "../codegen/compiled-code.ts";

const messages: Readonly<Record<TrapCode, string>> = {
  "integer-divide-by-zero": "integer division by zero",
  "integer-overflow": "the quotient of the least integer and -1 is not one",
  "invalid-conversion-to-integer": "the number is no integer of the type",
  "out-of-bounds": "an index outside its array",
  "iteration-limit": "a loop went past its limit of iterations",
  stopped: "the call was stopped",
  "stack-exhausted": "calls went too deep for the stack",
  unreachable: "unreachable code was reached",
};

/** Reads the context's status and site, resets it, and makes the error. `firstRow`: of a call over columns. */
export function takeTrap(
  words: Int32Array,
  compiled: Source,
  sites: readonly TrapSite[],
  firstRow?: number,
): TrapError {
  const status = words[callContext.status >> 2] ?? 0;
  const site = sites[words[callContext.site >> 2] ?? 0];
  const low = words[callContext.row >> 2] ?? 0;
  const high = words[(callContext.row >> 2) + 1] ?? 0;
  words[callContext.status >> 2] = 0;
  const trap = (Object.keys(trapCodes) as TrapCode[]).find((code) => trapCodes[code] === status); // its own keys
  if (trap === undefined) throw new InternalError(`generated code left status ${status}, which is no trap`);
  const span = site?.span;
  const source = span?.source ?? compiled;
  const row = firstRow === undefined ? undefined : firstRow + (low >>> 0) + high * 2 ** 32;
  const excerpt = span === undefined ? "" : ` in ${shorten(source.text.slice(span.start, span.end))}`;
  const place = span === undefined ? "" : ` (${positionOf(source, span)})`;
  const where = row === undefined ? "" : ` at row ${row}`;
  return new TrapError(`${messages[trap]}${excerpt}${place}${where}`, trap, span, row, source);
}

function positionOf(source: Source, span: Span): string {
  const { line, column } = source.position(span.start);
  return `${source.name}:${line}:${column}`;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
