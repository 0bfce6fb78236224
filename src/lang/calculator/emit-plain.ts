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
 */
import { Assembler } from "../../asm/x64/assembler.ts";
import { form } from "../../asm/x64/form.ts";
import { rax, rcx, rdi } from "../../asm/x64/registers.ts";
import type { CodeSink } from "./code-chunks.ts";
import { minus, type ProgramReader, plus, slash, star } from "./operations.ts";

type Pieces = Readonly<
  Record<"startWithZero" | "startWithInput" | "addOne" | "subtractOne" | "double" | "halve" | "end", Uint8Array>
>;

let assembled: Pieces | undefined;

/** The pieces, assembled once. */
function pieces(): Pieces {
  const shiftBy = form("shl", "rm64, uimm8"); // shl rax, 1 has a shorter form without an immediate
  assembled ??= {
    startWithZero: assemble((a) => a.mov(rax, 0)),
    startWithInput: assemble((a) => a.mov(rax, rdi)),
    addOne: assemble((a) => a.add(rax, 1)),
    subtractOne: assemble((a) => a.sub(rax, 1)),
    double: assemble((a) => shiftBy.encode(a.buffer, rax, 1)),
    halve: assemble((a) => {
      a.mov(rcx, 2);
      a.cqo();
      a.idiv(rcx);
    }),
    end: assemble((a) => a.ret()),
  };
  return assembled;
}

function assemble(write: (assembler: Assembler) => void): Uint8Array {
  const assembler = new Assembler();
  write(assembler);
  return assembler.toBytes();
}

const stagingBytes = 0x8000;

export class PlainEmitter implements ProgramReader {
  readonly #pieces = pieces();
  readonly #sink: CodeSink;
  readonly #staging = new Uint8Array(stagingBytes);
  #used = 0;

  constructor(sink: CodeSink, options: { readonly input: boolean }) {
    this.#sink = sink;
    this.#append(options.input ? this.#pieces.startWithInput : this.#pieces.startWithZero);
  }

  feed(bytes: Uint8Array): void {
    const { addOne, subtractOne, double, halve } = this.#pieces;
    for (let index = 0; index < bytes.length; index++) {
      switch (bytes[index]) {
        case plus:
          this.#append(addOne);
          break;
        case minus:
          this.#append(subtractOne);
          break;
        case star:
          this.#append(double);
          break;
        case slash:
          this.#append(halve);
          break;
      }
    }
  }

  #append(piece: Uint8Array): void {
    const staging = this.#staging;
    if (this.#used + piece.length > staging.length) this.#leave();
    const at = this.#used;
    for (let index = 0; index < piece.length; index++) staging[at + index] = piece[index] ?? 0;
    this.#used = at + piece.length;
  }

  #leave(): void {
    this.#sink.write(this.#staging.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Ends the function. */
  finish(): void {
    this.#append(this.#pieces.end);
    this.#leave();
  }
}
