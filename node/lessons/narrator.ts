/**
 * The voice of the lessons: numbered steps, paragraphs, listings, and the lines that the article's program prints.
 * Those lines stand alone, unindented, so that they can be found; a plain narrator prints nothing else.
 */
import { disassemble } from "../../src/asm/x64/disassembler.ts";
import type { TextOutput } from "./lesson.ts";

const paragraphWidth = 88;

export class Narrator {
  readonly #out: TextOutput;
  readonly #isPlain: boolean;
  #steps = 0;

  constructor(out: TextOutput, options: { readonly plain: boolean }) {
    this.#out = out;
    this.#isPlain = options.plain;
  }

  title(text: string): void {
    this.#tell(`${text}\n${"=".repeat(text.length)}\n\n`);
  }

  /** Begins a step. */
  step(title: string): void {
    this.#steps++;
    this.#tell(`${this.#steps}. ${title}\n\n`);
  }

  /** A paragraph; line breaks in `text` are spaces. */
  say(text: string): void {
    this.#tell(`${wrap(text, paragraphWidth).join("\n")}\n\n`);
  }

  /** What we do otherwise than the article, and why. */
  safer(text: string): void {
    this.#tell(
      `${wrap(text, paragraphWidth - 4)
        .map((line, index) => `${index === 0 ? "  ! " : "    "}${line}`)
        .join("\n")}\n\n`,
    );
  }

  /** Lines of a table, a memory map or the like, indented. */
  show(...lines: readonly string[]): void {
    this.#tell(`${lines.map((line) => `    ${line}`.trimEnd()).join("\n")}\n\n`);
  }

  /** Machine code, one instruction a line: offset, bytes, text. */
  code(bytes: Uint8Array, notes: readonly string[] = []): void {
    this.show(...listing(bytes, notes));
  }

  /** A line that the article's program prints. */
  result(line: string): void {
    this.#out.write(`${line}\n${this.#isPlain ? "" : "\n"}`);
  }

  #tell(text: string): void {
    if (!this.#isPlain) this.#out.write(text);
  }
}

/** Machine code as lines `00  48 89 f8              mov rax, rdi       note`. */
export function listing(bytes: Uint8Array, notes: readonly string[] = []): string[] {
  const digits = bytes.length > 0x100 ? 4 : 2;
  return disassemble(bytes).map((instruction, index) => {
    const offset = instruction.offset.toString(16).padStart(digits, "0");
    const own = hex(bytes.subarray(instruction.offset, instruction.offset + instruction.length));
    const note = notes[index];
    const text = note === undefined || note === "" ? instruction.text : `${instruction.text.padEnd(22)} ${note}`;
    return `${offset}  ${own.padEnd(20)}  ${text}`;
  });
}

/** Two columns side by side under their headings. */
export function sideBySide(left: readonly string[], right: readonly string[]): string[] {
  const width = Math.max(...left.map((line) => line.length)) + 4;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${(left[index] ?? "").padEnd(width)}${right[index] ?? ""}`.trimEnd(),
  );
}

/** `48 89 f8` */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
