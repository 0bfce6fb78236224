/** `asm`: assembly text to bytes. */
import { readFile, stat } from "node:fs/promises";
import { type AssembledText, assemble, assembleText } from "../../../src/asm/x64/text/assemble.ts";
import { InputError } from "../../files/input-error.ts";
import { ExistingFileError, NewFile } from "../../files/new-file.ts";
import { addressText, parseAddress } from "../address.ts";
import { UsageError } from "../exit-status.ts";
import { hexText } from "../hex-text.ts";
import { LongOutput } from "../long-output.ts";
import { textOrStdin } from "../stdin.ts";

/** As main.ts declares them. */
export interface AsmOptions {
  readonly file?: string;
  readonly address: string;
  readonly listing?: true;
  readonly json?: true;
  readonly output?: string;
  readonly force?: true;
}

/** Bytes that one line of a listing shows. */
const bytesOnALine = 8;

export async function asm(words: readonly string[], options: AsmOptions): Promise<void> {
  const address = parseAddress(options.address);
  if ((words.length === 0) === (options.file === undefined))
    throw new UsageError("asm takes assembly text: as arguments such as 'mov rax, rdi' 'ret', or with --file FILE");
  if (options.listing && options.json) throw new UsageError("--listing and --json are two ways to print; take one");
  const { text, name } = await source(words, options.file);
  const long = new LongOutput();
  const isPrinted = options.listing === true || options.json === true;
  const assembled = isPrinted ? assembleText(text, { address, name }) : undefined;
  const bytes = assembled?.bytes ?? assemble(text, { address, name });
  if (options.output !== undefined) await writeBytes(bytes, options.output, options.force === true);
  if (assembled !== undefined && options.json) await long.jsonRows(jsonRows(assembled));
  else if (assembled !== undefined) for (const line of listing(assembled, address)) await long.line(line);
  else if (options.output === undefined) await long.line(hexText(bytes));
  await long.finish();
}

async function source(words: readonly string[], file: string | undefined): Promise<{ text: string; name: string }> {
  if (file === undefined && words.length === 1 && words[0] === "-")
    return { text: await textOrStdin("-"), name: "stdin" };
  if (file === undefined) return { text: words.map(withLineBreaks).join("\n"), name: "assembly" };
  if (file === "-") return { text: await textOrStdin("-"), name: "stdin" };
  const { size } = await stat(file);
  if (size > mostBytes) throw new InputError(`${file}: the text is longer than ${mostBytes >> 20} MiB`);
  return { text: await readFile(file, "utf8"), name: file };
}

/** JavaScript's strings end not far above. */
const mostBytes = 256 << 20;

/** In an argument `\n` is a line break, outside of quotes. */
function withLineBreaks(word: string): string {
  return word.replace(/"[^"]*"|'[^']*'|`[^`]*`|\\n/g, (piece) => (piece === "\\n" ? "\n" : piece));
}

async function writeBytes(bytes: Uint8Array, output: string, force: boolean): Promise<void> {
  const existing = await stat(output).catch(() => undefined);
  if (existing?.isDirectory()) throw new UsageError(`--output ${output} is a folder; expected a file`);
  let file: NewFile;
  try {
    file = await NewFile.create(output, force);
  } catch (error) {
    if (error instanceof ExistingFileError) throw new UsageError(`${error.message}; --force overwrites it`);
    throw error;
  }
  try {
    await file.write(bytes);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function* jsonRows({ lines }: AssembledText): Iterable<unknown> {
  for (const { text, offset, bytes } of lines) yield { text, offset, bytes: Buffer.from(bytes).toString("hex") };
}

/** Address, bytes and statement of each line, labels where they stand. */
function* listing({ lines, labels }: AssembledText, address: bigint): Iterable<string> {
  const places = [...labels].sort(([, a], [, b]) => a - b);
  let next = 0;
  function* labelsUpTo(offset: number): Iterable<string> {
    for (let place = places[next]; place !== undefined && place[1] <= offset; place = places[++next]) {
      yield row(address + BigInt(place[1]), "", `${place[0]}:`);
    }
  }
  for (const { text, offset, bytes } of lines) {
    yield* labelsUpTo(offset);
    for (let from = 0; from < bytes.length; from += bytesOnALine) {
      const shown = hexText(bytes.subarray(from, from + bytesOnALine));
      yield row(address + BigInt(offset + from), shown, from === 0 ? `  ${text}` : "");
    }
  }
  yield* labelsUpTo(Number.POSITIVE_INFINITY);
}

function row(address: bigint, hex: string, text: string): string {
  return `${addressText(address)}  ${hex.padEnd(3 * bytesOnALine - 1)}  ${text}`.trimEnd();
}
