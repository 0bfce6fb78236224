/**
 * Faults in the user's source text, as data: a code, a message, the place, and what to write instead.
 * A front end collects as many as it can and throws one `CompileError`.
 */
import { JitError } from "./errors.ts";
import type { Source, Span } from "./source.ts";

/** One fault in a source text. */
export interface Diagnostic {
  /** Literal and stable, such as `unknown-function`; docs and tests refer to it. */
  readonly code: string;
  /** Lower case, subject first: what was found and what would be accepted. */
  readonly message: string;
  readonly span: Span;
  /** What to write instead, where there is something. */
  readonly hint?: string;
}

/** The source text has faults; `diagnostics` holds them in source order. */
export class CompileError extends JitError {
  readonly diagnostics: readonly Diagnostic[];
  readonly source: Source;

  constructor(source: Source, diagnostics: readonly Diagnostic[]) {
    super("COMPILE", diagnostics.map((diagnostic) => renderDiagnostic(source, diagnostic)).join("\n"));
    this.name = "CompileError";
    this.source = source;
    this.diagnostics = diagnostics;
  }
}

/** The longest part of a source line that a rendered diagnostic shows. */
const widestExcerpt = 100;

/**
 * A diagnostic as text for people:
 *
 *     expression:1:5: unknown-function: sine is not a function here
 *       x + sine(y)
 *           ^~~~
 *       hint: write sin(y)
 */
export function renderDiagnostic(source: Source, diagnostic: Diagnostic): string {
  const { line, column } = source.position(diagnostic.span.start);
  const text = source.line(line).replaceAll("\t", " ");
  const from =
    text.length <= widestExcerpt
      ? 0
      : Math.max(0, Math.min(column - 1 - widestExcerpt / 2, text.length - widestExcerpt));
  const to = Math.min(text.length, from + widestExcerpt);
  const before = from > 0 ? "…" : "";
  const after = to < text.length ? "…" : "";
  const length = Math.max(1, Math.min(diagnostic.span.end - diagnostic.span.start, to - (column - 1)));
  const caret = `${" ".repeat(before.length + column - 1 - from)}^${"~".repeat(length - 1)}`;
  const lines = [
    `${source.name}:${line}:${column}: ${diagnostic.code}: ${diagnostic.message}`,
    `  ${before}${text.slice(from, to)}${after}`,
    `  ${caret}`,
  ];
  if (diagnostic.hint !== undefined) lines.push(`  hint: ${diagnostic.hint}`);
  return lines.join("\n");
}
