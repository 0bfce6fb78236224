/** `calc`: compiles and runs a calculator program, from the command line or from a file of any size. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type CalculatorFunction, type CalculatorOptions, call, compile, StreamingCompiler } from "../../calculator.ts";
import { UsageError } from "../exit-status.ts";
import { ProgressBar } from "../progress-bar.ts";
import { textOrStdin } from "../stdin.ts";
import { print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface CalcOptions {
  readonly bytes?: true;
  readonly optimize?: true;
  readonly input?: string;
  readonly file?: string;
  readonly strict?: true;
  readonly json?: true;
}

/** Code that `--bytes` prints in full; of more it shows the beginning. */
const mostShownBytes = 1 << 16;
const pieceBytes = 1 << 20;

export async function calc(program: string | undefined, options: CalcOptions): Promise<void> {
  if ((program === undefined) === (options.file === undefined))
    throw new UsageError("calc takes one program: as an argument such as '+ + * - /', or with --file FILE");
  const input = options.input === undefined ? undefined : parseInput(options.input);
  const settings: CalculatorOptions = {
    optimize: options.optimize === true,
    strict: options.strict === true,
    input: input !== undefined,
  };
  if (options.file !== undefined) {
    report(await compileFile(options.file, settings), `in ${options.file}`, input, options);
    return;
  }
  const text = await textOrStdin(program ?? "");
  report(compile(text, settings), `"${text}"`, input, options);
}

function parseInput(text: string): bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new UsageError(`--input ${text}: expected a whole number`);
  const value = BigInt(text.trim().replace(/^\+/, ""));
  if (BigInt.asIntN(64, value) !== value)
    throw new UsageError(`--input ${text}: expected a number of 64 bits, -2^63 to 2^63 - 1`);
  return value;
}

async function compileFile(file: string, settings: CalculatorOptions): Promise<CalculatorFunction> {
  const isStdin = file === "-";
  const compiler = new StreamingCompiler({ ...settings, name: isStdin ? "stdin" : file });
  const bar = new ProgressBar("compiling", isStdin ? 0 : (await stat(file)).size);
  try {
    const pieces: AsyncIterable<Buffer> = isStdin
      ? process.stdin
      : createReadStream(file, { highWaterMark: pieceBytes });
    for await (const piece of pieces) {
      compiler.feed(piece);
      bar.advance(piece.length);
    }
  } finally {
    bar.clear();
  }
  return compiler.finish();
}

function report(f: CalculatorFunction, program: string, input: bigint | undefined, options: CalcOptions): void {
  const value = call(f, input);
  const shown = options.bytes ? f.code.subarray(0, mostShownBytes) : undefined;
  if (options.json) {
    const bytes = shown === undefined ? undefined : Buffer.from(shown).toString("hex");
    printJson({ value, codeBytes: f.codeBytes, optimized: options.optimize === true, bytes });
    return;
  }
  const from = input === undefined ? "" : ` from the input ${input}`;
  print(`The program ${program} calculates the value ${value}${from}`);
  if (shown === undefined) return;
  print(`${f.codeBytes} bytes of machine code:`);
  for (let at = 0; at < shown.length; at += 16)
    print(
      Buffer.from(shown.subarray(at, at + 16))
        .toString("hex")
        .replace(/..(?=.)/g, "$& "),
    );
  if (f.codeBytes > shown.length) print(`… and ${f.codeBytes - shown.length} more`);
}
