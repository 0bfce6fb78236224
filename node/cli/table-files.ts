/** Which format a file has, and the reader or writer for it. Formats other than CSV are loaded when they are met. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { readCsv } from "../files/csv-file.ts";
import { CsvTableWriter } from "../files/csv-writer.ts";
import { InputError } from "../files/input-error.ts";
import type { ByteSink, TableTask, TableWriter } from "../files/table.ts";
import { UsageError } from "./exit-status.ts";

const formats = ["csv", "arrow", "parquet"] as const;
export type TableFormat = (typeof formats)[number];

export interface TableInput {
  /** Undefined for stdin. */
  readonly path: string | undefined;
  readonly format: TableFormat;
  /** The file's size, 0 where it is not known. */
  readonly bytes: number;
  /** Undefined for what the header has between its cells. */
  readonly delimiter: string | undefined;
  readonly missing: "error" | "nan" | "null";
}

/** How much text a batch is made of, and where batches are to be large, as for row groups. */
const piece = 1 << 18;
const largePiece = 8 << 20;

/** What stands at the input. A file's first bytes tell its format, else its name; `from` overrides both. */
export async function inputOf(
  name: string,
  from: string | undefined,
  delimiter: string | undefined,
  missing: TableInput["missing"],
): Promise<TableInput> {
  const path = name === "-" ? undefined : name;
  const facts = path === undefined ? undefined : await stat(path);
  if (facts?.isDirectory()) throw new InputError(`${name} is a folder; expected a file`);
  const given = from === undefined ? undefined : formatCalled("--from", from);
  const format =
    given ??
    (path !== undefined && facts?.isFile() ? await formatOfContent(path) : undefined) ??
    formatOfName(name) ??
    "csv";
  if (format === "parquet" && !facts?.isFile())
    throw new UsageError("Parquet is read from its end; expected a file, not stdin or a pipe");
  return { path, format, bytes: facts?.isFile() ? facts.size : 0, delimiter, missing };
}

/** The format to write: as `to` says, as the name says, or that of the input. */
export function formatOfOutput(name: string, to: string | undefined, input: TableFormat): TableFormat {
  if (to !== undefined) return formatCalled("--to", to);
  return formatOfName(name) ?? (name === "-" ? "csv" : input);
}

function formatCalled(option: string, text: string): TableFormat {
  const format = formats.find((each) => each === text.toLowerCase());
  if (format === undefined) throw new UsageError(`${option} ${text}: expected ${formats.join(", ")}`);
  return format;
}

function formatOfName(name: string): TableFormat | undefined {
  switch (extname(name).toLowerCase()) {
    case ".csv":
    case ".tsv":
    case ".txt":
      return "csv";
    case ".arrow":
    case ".arrows":
    case ".feather":
    case ".ipc":
      return "arrow";
    case ".parquet":
    case ".pq":
      return "parquet";
    default:
      return undefined;
  }
}

/** Parquet begins with PAR1, Arrow files with ARROW1, Arrow streams with the mark of a message. */
async function formatOfContent(path: string): Promise<TableFormat | undefined> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    const start = buffer.subarray(0, bytesRead).toString("latin1");
    if (start.startsWith("PAR1")) return "parquet";
    if (start === "ARROW1" || start.startsWith("\xff\xff\xff\xff")) return "arrow";
    return undefined;
  } finally {
    await handle.close();
  }
}

/** Reads the table; `advance` is told how many bytes have been read. */
export async function readTable(
  input: TableInput,
  task: TableTask,
  advance: (bytes: number) => void,
  wantsLargeBatches: boolean,
): Promise<void> {
  const { path, format } = input;
  if (format === "parquet") {
    const { readParquet } = await import("../files/parquet-file.ts");
    await readParquet(path ?? "", task, advance); // inputOf made sure that there is a path
    return;
  }
  if (format === "arrow") {
    const { readArrow, readArrowStream } = await import("../files/arrow-file.ts");
    if (path !== undefined) await readArrow(path, task, advance);
    else await readArrowStream(process.stdin, "stdin", task, advance);
    return;
  }
  const stream = path === undefined ? process.stdin : createReadStream(path, { highWaterMark: piece });
  // What comes through a pipe, maybe slowly, is dealt with as it comes.
  const least = wantsLargeBatches ? largePiece : path === undefined ? 0 : piece;
  const bytes = joined(unpacked(stream, advance, path ?? "stdin"), least);
  await readCsv({ bytes, name: path ?? "stdin", delimiter: input.delimiter, missing: input.missing }, task);
}

type Chunks = AsyncIterable<Uint8Array>;

/** The bytes of a stream, those of gzip decompressed; `advance` is told of each as it comes. */
async function* unpacked(
  stream: AsyncIterable<Uint8Array | string>,
  advance: (bytes: number) => void,
  name: string,
): AsyncGenerator<Uint8Array> {
  const chunks = counted(stream, advance);
  const first = await chunks.next();
  if (first.done === true) return;
  const start = first.value;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield start;
    yield* chunks;
  };
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* all();
    return;
  }
  const source = Readable.from(all());
  const gunzip = createGunzip({ chunkSize: piece });
  source.on("error", (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip) as Chunks; // without an encoding, a stream's chunks are bytes
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^Z_/.test(code)) throw error;
    const fault = code === "Z_BUF_ERROR" ? "ends too early; is it cut off?" : "is damaged";
    throw new InputError(`${name}: is compressed with gzip and ${fault}`);
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array | string>,
  advance: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    advance(bytes.length);
    yield bytes;
  }
}

/** Chunks joined to pieces of at least `least` bytes. */
async function* joined(chunks: Chunks, least: number): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of chunks) {
    waiting.push(bytes);
    size += bytes.length;
    if (size < least) continue;
    yield waiting.length === 1 ? bytes : Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

/** The writer of a format. Arrow goes to a pipe as a stream, to a file as a file. */
export async function writerFor(
  format: TableFormat,
  sink: ByteSink,
  delimiter: string | undefined,
  isPipe: boolean,
): Promise<TableWriter> {
  switch (format) {
    case "csv":
      return new CsvTableWriter(sink, delimiter);
    case "arrow": {
      const { ArrowTableWriter } = await import("../files/arrow-file.ts");
      return new ArrowTableWriter(sink, isPipe);
    }
    case "parquet": {
      const { ParquetTableWriter } = await import("../files/parquet-writer.ts");
      return new ParquetTableWriter(sink);
    }
  }
}

/** The character between cells, where it is told; a file called .tsv has tabs. Throws `UsageError`. */
export function delimiterOf(text: string | undefined, fileName: string): string | undefined {
  if (text === undefined) return extname(fileName).toLowerCase() === ".tsv" ? "\t" : undefined;
  const delimiter = text === "tab" || text === "\\t" ? "\t" : text;
  if ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter))
    throw new UsageError(
      `--delimiter ${JSON.stringify(text)}: expected one character that is not a quote or a line end`,
    );
  return delimiter;
}
