/**
 * The compiler without thought: each operation becomes its own fixed piece of code, one after another. This is the
 * code that the calculator challenge arrived at, byte for byte; where our assembler would choose a shorter encoding,
 * the row is named.
 *
 *     start   mov rax, 0                    with an input: mov rax, rdi
 *     +       add rax, 1
 *     -       sub rax, 1
 *     *       shl rax, 1
 *     /       mov rcx, 2; cqo; idiv rcx     cqo extends the sign to rdx, idiv rounds toward zero
 *     end     ret
 *
 * The four pieces have 4, 4, 4 and 12 bytes, so they are copied as words of 32 bits.
 */
import { Assembler } from "../../asm/x64/assembler.ts";
import { form } from "../../asm/x64/form.ts";
import { rax, rcx, rdi } from "../../asm/x64/registers.ts";
import { assert } from "../../base/errors.ts";
import type { CodeSink } from "./code-chunks.ts";
import { minus, type ProgramReader, plus, slash, star } from "./operations.ts";

interface Pieces {
  readonly startWithZero: Uint8Array;
  readonly startWithInput: Uint8Array;
  readonly addOne: number;
  readonly subtractOne: number;
  readonly double: number;
  readonly halve: readonly [number, number, number];
  readonly end: Uint8Array;
}

let assembled: Pieces | undefined;

/** The pieces, assembled once. */
function pieces(): Pieces {
  assembled ??= assemblePieces();
  return assembled;
}

function assemblePieces(): Pieces {
  const shiftBy = form("shl", "rm64, uimm8"); // shl rax, 1 has a shorter form without an immediate
  const halve = assemble((a) => {
    a.mov(rcx, 2);
    a.cqo();
    a.idiv(rcx);
  });
  return {
    startWithZero: assemble((a) => a.mov(rax, 0)),
    startWithInput: assemble((a) => a.mov(rax, rdi)),
    addOne: oneWord(assemble((a) => a.add(rax, 1))),
    subtractOne: oneWord(assemble((a) => a.sub(rax, 1))),
    double: oneWord(assemble((a) => shiftBy.encode(a.buffer, rax, 1))),
    halve: threeWords(halve),
    end: assemble((a) => a.ret()),
  };
}

function assemble(write: (assembler: Assembler) => void): Uint8Array {
  const assembler = new Assembler();
  write(assembler);
  return assembler.toBytes();
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset, true);
}

function oneWord(bytes: Uint8Array): number {
  assert(bytes.length === 4, `a piece of 4 bytes has ${bytes.length}`);
  return wordAt(bytes, 0);
}

function threeWords(bytes: Uint8Array): [number, number, number] {
  assert(bytes.length === 12, `a piece of 12 bytes has ${bytes.length}`);
  return [wordAt(bytes, 0), wordAt(bytes, 4), wordAt(bytes, 8)];
}

/** How many words are passed on at once: few at first, because most programs are small. */
const firstStagedWords = 0x40;
const stagedWords = 0x2000;
const mostWordsOfPiece = 3;

export class PlainEmitter implements ProgramReader {
  readonly #sink: CodeSink;
  #staged = new Int32Array(firstStagedWords);
  #used = 0;

  constructor(sink: CodeSink, options: { readonly input: boolean }) {
    this.#sink = sink;
    sink.write(options.input ? pieces().startWithInput : pieces().startWithZero);
  }

  feed(bytes: Uint8Array): void {
    let staged = this.#staged;
    const { addOne, subtractOne, double, halve } = pieces();
    const [halve0, halve1, halve2] = halve;
    let used = this.#used;
    for (let index = 0; index < bytes.length; index++) {
      if (used > staged.length - mostWordsOfPiece) {
        this.#leave(used);
        if (staged.length < stagedWords) staged = this.#staged = new Int32Array(stagedWords);
        used = 0;
      }
      switch (bytes[index]) {
        case plus:
          staged[used++] = addOne;
          break;
        case minus:
          staged[used++] = subtractOne;
          break;
        case star:
          staged[used++] = double;
          break;
        case slash:
          staged[used] = halve0;
          staged[used + 1] = halve1;
          staged[used + 2] = halve2;
          used += 3;
          break;
      }
    }
    this.#used = used;
  }

  /** Passes the first `words` words on. x86-64 is little endian, as were the words when they were read. */
  #leave(words: number): void {
    this.#sink.write(new Uint8Array(this.#staged.buffer, 0, 4 * words));
  }

  /** Ends the function. */
  finish(): void {
    this.#leave(this.#used);
    this.#used = 0;
    this.#sink.write(pieces().end);
  }
}
