/** A user's source text, and places in it. Offsets are UTF-16 code units, as acorn and JavaScript strings count them. */

/** A half-open range of offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** The text that it is of, where that is not the text that was compiled: another function that it calls. */
  readonly source?: Source;
  /** The call that it is executed for, where a function was inlined into itself. */
  readonly call?: Span;
}

/** A text with a name for messages, such as `expression` or a file's path. */
export class Source {
  readonly name: string;
  readonly text: string;
  /** Where every `stride`th line starts: a text of many lines needs no table of them all. */
  #starts: readonly number[] | undefined;

  constructor(text: string, name = "expression") {
    this.text = text;
    this.name = name;
  }

  /** Line and column, both from 1. */
  position(offset: number): { line: number; column: number } {
    const starts = this.#strideStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    let line = low * stride;
    let start = starts[low] ?? 0;
    for (let next = this.#after(start); next >= 0 && next <= offset; next = this.#after(start)) {
      start = next;
      line++;
    }
    return { line: line + 1, column: offset - start + 1 };
  }

  /** The text of line `line` (from 1), without its line break. */
  line(line: number): string {
    let start = this.#strideStarts()[Math.floor((line - 1) / stride)] ?? -1;
    for (let left = (line - 1) % stride; left > 0 && start >= 0; left--) start = this.#after(start);
    if (start < 0) return "";
    const next = this.#after(start);
    return this.text.slice(start, next < 0 ? this.text.length : next - 1).replace(/\r$/, "");
  }

  /** Where the line after the one that starts at `start` starts, or -1. */
  #after(start: number): number {
    return this.text.indexOf("\n", start) + 1 || -1;
  }

  #strideStarts(): readonly number[] {
    if (this.#starts === undefined) {
      const starts: number[] = [];
      let line = 0;
      for (let start = 0; start >= 0; start = this.#after(start)) if (line++ % stride === 0) starts.push(start);
      this.#starts = starts;
    }
    return this.#starts;
  }
}

const stride = 64;
