/**
 * x86-64 assembly text, Intel syntax, to bytes.
 *
 * One pass over the lines writes into an `Assembler`, whose layout finds the shortest branches; what that cannot express
 * is patched afterwards (`patches.ts`). Only if a branch to a bare address turns out too short is the text read again.
 * A fault ends its statement and reading goes on with the next line, so that one run tells all faults.
 *
 * The syntax: SDM volume 2, section 2 (operands); NASM's manual, chapter 3 (numbers, labels, data); GNU as' and LLVM's
 * Intel syntax where they differ in spelling.
 */
import { CompileError } from "../../../base/diagnostics.ts";
import { EncodingError } from "../../../base/errors.ts";
import { Source, type Span } from "../../../base/source.ts";
import { Assembler } from "../assembler.ts";
import { DirectiveWriter } from "./directives.ts";
import { ExpressionReader, unexpected } from "./expression.ts";
import { Fault } from "./fault.ts";
import { InstructionWriter } from "./instruction-writer.ts";
import { Labels } from "./labels.ts";
import { applyPatches, type Patch } from "./patches.ts";
import { Scanner, tokenKind } from "./scanner.ts";
import { unknownMnemonic } from "./unknown-mnemonic.ts";
import { knownWords } from "./words.ts";

export interface AssembleOptions {
  /**
   * Where the first byte will be loaded. With it numbers after branches are addresses, as in `disassemble` with an address,
   * and labels have addresses as well (`dq name`, `mov rax, offset name`). Without it numbers after branches are distances
   * from the end of the instruction, as `disassemble` prints them then.
   */
  readonly address?: bigint | number | undefined;
  /** What diagnostics call the text, such as a file's path; by default `assembly`. */
  readonly name?: string | undefined;
}

/** One statement that made bytes: an instruction, data or padding. */
export interface AssembledLine {
  /** The statement as it was written, without label and comment. */
  readonly text: string;
  /** Where its bytes start, counted from the first byte of all. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Its place in the text, in UTF-16 code units. */
  readonly span: Span;
}

export interface AssembledText {
  readonly bytes: Uint8Array;
  readonly lines: readonly AssembledLine[];
  /** Labels and their offsets; a local label `.name` stands as `outer.name`. */
  readonly labels: ReadonlyMap<string, number>;
}

/**
 * The bytes of an assembly text.
 *
 *     assemble("mov rax, rdi\nadd rax, 4\nret");   // Uint8Array 48 89 f8 48 83 c0 04 c3
 *
 * Throws one `CompileError` with a `Diagnostic` for every fault of the text, in order.
 */
export function assemble(text: string, options: AssembleOptions = {}): Uint8Array {
  return assembled(text, options, false).bytes;
}

/** As `assemble`, and what each line made of it. */
export function assembleText(text: string, options: AssembleOptions = {}): AssembledText {
  const { pass, bytes } = assembled(text, options, true);
  return { bytes, lines: pass.linesIn(bytes), labels: pass.labels.offsets() };
}

/** After so many readings every branch that may be too short is long. */
const mostReadings = 8;
const mostFaults = 50;
/** The size of code at which `times` stops. */
const mostRepeated = 1 << 28;

function assembled(text: string, options: AssembleOptions, keepsLines: boolean): { pass: Pass; bytes: Uint8Array } {
  // Untyped callers may pass anything.
  if (typeof text !== "string") throw new EncodingError(`assemble: expected assembly text, got ${typeof text}`);
  const address = options.address === undefined ? undefined : BigInt(options.address);
  const source = new Source(text, options.name ?? "assembly");
  const grown = new Set<number>();
  for (let reading = 1; ; reading++) {
    const pass = new Pass(text, address, grown, keepsLines);
    pass.read();
    pass.throwFaults(source);
    const bytes = pass.assembler.toBytes();
    const before = grown.size;
    const faults = applyPatches(bytes, pass.patches, pass.assembler, address, (branch) => grown.add(branch));
    if (grown.size === before) {
      if (faults.length > 0) throw compileError(source, faults);
      return { pass, bytes };
    }
    if (reading === mostReadings) for (const { growing } of pass.patches) if (growing >= 0) grown.add(growing);
  }
}

function compileError(source: Source, faults: readonly Fault[]): CompileError {
  const diagnostics = faults.map(({ diagnostic }) => diagnostic);
  return new CompileError(
    source,
    diagnostics.sort((a, b) => a.span.start - b.span.start),
  );
}

/** One reading of the text. */
class Pass {
  readonly assembler = new Assembler();
  readonly labels: Labels;
  readonly patches: Patch[] = [];
  readonly #scanner: Scanner;
  readonly #address: bigint | undefined;
  readonly #instructions: InstructionWriter;
  readonly #directives: DirectiveWriter;
  readonly #faults: Fault[] = [];
  /** Six numbers for each statement: its place in the text, and emission offset and fixups before and behind it. */
  #lines: Int32Array | undefined;
  #lineCount = 0;
  #isEmpty = true;

  constructor(text: string, address: bigint | undefined, grown: ReadonlySet<number>, keepsLines: boolean) {
    const scanner = new Scanner(text, knownWords());
    this.#scanner = scanner;
    this.#address = address;
    this.labels = new Labels(this.assembler);
    const { assembler, labels, patches } = this;
    const expressions = new ExpressionReader(scanner, labels);
    this.#instructions = new InstructionWriter(scanner, expressions, assembler, labels, patches, grown);
    this.#directives = new DirectiveWriter(scanner, expressions, assembler, labels, patches);
    this.#lines = keepsLines ? new Int32Array(6 * 64) : undefined;
  }

  /** Reads all statements and keeps their faults. */
  read(): void {
    const scanner = this.#scanner;
    for (;;) {
      try {
        scanner.advance();
        if (scanner.kind === tokenKind.end) {
          if (scanner.isAtEnd) break;
          continue;
        }
        this.#isEmpty = false;
        this.#statement();
        if (scanner.kind !== tokenKind.end) throw unexpected(scanner, "expected the end of the line");
        if (scanner.isAtEnd) break;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        this.#faults.push(error);
        scanner.hasEscapes = false;
        scanner.skipLine();
        if (this.#faults.length === mostFaults) {
          const { start } = scanner;
          this.#faults.push(
            new Fault("too-many-faults", `${mostFaults} faults; what follows was not read`, start, start),
          );
          return;
        }
        if (scanner.isAtEnd) break;
      }
    }
    if (this.#isEmpty) {
      this.#faults.push(
        new Fault("empty-text", "the text has no instruction; expected one a line, such as `ret`", 0, 0),
      );
    }
  }

  throwFaults(source: Source): void {
    // Labels below a fault may be missing only because of it, but most are not; and all faults in one go is what we want.
    const isComplete = this.#faults.at(-1)?.diagnostic.code !== "too-many-faults";
    const undefinedNames = isComplete ? this.labels.undefinedNames(mostFaults) : [];
    const faults = [...this.#faults, ...undefinedNames];
    if (faults.length > 0) throw compileError(source, faults);
  }

  /** What each statement made. */
  linesIn(bytes: Uint8Array): AssembledLine[] {
    const { growth } = this.assembler.buffer.layout();
    const { text } = this.#scanner;
    const numbers = this.#lines ?? new Int32Array();
    const lines: AssembledLine[] = [];
    for (let at = 0; at < 6 * this.#lineCount; at += 6) {
      const [start = 0, end = 0, from = 0, fixupsBefore = 0, to = 0, fixupsBehind = 0] = numbers.subarray(at, at + 6);
      const offset = from + (growth[fixupsBefore] ?? 0);
      const stop = to + (growth[fixupsBehind] ?? 0);
      if (stop > offset) {
        lines.push({ text: text.slice(start, end), offset, bytes: bytes.subarray(offset, stop), span: { start, end } });
      }
    }
    return lines;
  }

  /** From the current token to the line's end. */
  #statement(): void {
    const scanner = this.#scanner;
    while (this.#label()) if (scanner.kind === tokenKind.end) return;
    const { buffer } = this.assembler;
    const { start } = scanner;
    const from = buffer.length;
    const fixups = buffer.fixupCount;
    this.#command();
    if (this.#lines !== undefined) this.#keepLine(start, from, fixups);
  }

  #keepLine(start: number, from: number, fixups: number): void {
    let lines = this.#lines ?? new Int32Array();
    const at = 6 * this.#lineCount++;
    if (at + 6 > lines.length) {
      const longer = new Int32Array(2 * lines.length);
      longer.set(lines);
      this.#lines = lines = longer;
    }
    const { buffer } = this.assembler;
    lines.set([start, this.#scanner.previousEnd, from, fixups, buffer.length, buffer.fixupCount], at);
  }

  #command(): void {
    const scanner = this.#scanner;
    const { word, kind } = scanner;
    if (kind === tokenKind.word && word !== undefined) {
      if (word.prefix !== 0) {
        if (word.method === undefined || !isLineEnd(scanner.peek())) {
          this.#instructions.writePrefixed(this.#address);
          return;
        }
      }
      if (word.directive === "times") {
        this.#repeat();
        return;
      }
      if (word.directive !== undefined) {
        this.#directives.write(word.directive);
        return;
      }
      if (word.method !== undefined || word.habit === "string") {
        this.#instructions.write(word, this.#address);
        return;
      }
    }
    if (scanner.is(0x7b)) {
      this.#instructions.writeInSpace(this.#address);
      return;
    }
    if (scanner.is(0x5b)) {
      this.#directives.writeBracketed();
      return;
    }
    throw unknownMnemonic(scanner);
  }

  /** `times N …`: what stands behind the number, so many times. */
  #repeat(): void {
    const scanner = this.#scanner;
    const count = this.#directives.repetitions();
    const { start } = scanner;
    if (count === 0) scanner.skipLine();
    for (let time = 0; time < count; time++) {
      if (time > 0) scanner.rewind(start);
      this.#command();
      if (this.assembler.buffer.length > mostRepeated) {
        throw new Fault("bad-number", `more than ${mostRepeated} bytes`, start, scanner.previousEnd);
      }
    }
  }

  /** Defines the label that stands here. False where none does. */
  #label(): boolean {
    const scanner = this.#scanner;
    const { kind, start, end, word } = scanner;
    if (kind !== tokenKind.word && kind !== tokenKind.number) return false;
    const next = scanner.peek();
    if (next === 0x3a) {
      const name = scanner.lexeme;
      scanner.advance();
      if (kind === tokenKind.number) {
        if (!/^\d{1,9}$/.test(name)) throw new Fault("bad-label", "a numbered label has decimal digits", start, end);
        this.labels.defineNumber(name);
      } else {
        if (word?.isReserved === true || /^[.$]{1,2}$/.test(name)) {
          throw new Fault("bad-label", `${name} is a word of the syntax and names no label`, start, end);
        }
        this.labels.define(name, start, end);
      }
      scanner.advance();
      return true;
    }
    if (kind === tokenKind.number) return false;
    // `name db 1` and `name equ 2`: an unknown word before a directive.
    if (
      word !== undefined &&
      (word.method !== undefined || word.directive !== undefined || word.prefix !== 0 || word.isReserved)
    ) {
      return false;
    }
    const isWordNext = (next | 0x20) === 0x64 || (next | 0x20) === 0x65 || (next | 0x20) === 0x72 || next === 0x3d;
    if (!isWordNext) return false;
    const name = scanner.lexeme;
    scanner.advance();
    const directive = scanner.kind === tokenKind.word ? scanner.word?.directive : undefined;
    if (scanner.is(0x3d) || directive === "equate") {
      this.#directives.equate(name, start, end);
      return true;
    }
    if (directive !== undefined && directive in dataDirectives) {
      this.labels.define(name, start, end);
      return true;
    }
    scanner.rewind(start);
    return false;
  }
}

/** Directives that may stand behind a label without a colon. */
const dataDirectives: Readonly<Record<string, true>> = {
  bytes: true,
  words: true,
  dwords: true,
  qwords: true,
  zeros: true,
};

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x3b || code === 0x23;
}
