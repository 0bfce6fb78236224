/** `disasm`: the instructions in bytes, and which bits of each are which field. */
import { readFile } from "node:fs/promises";
import { type AnatomyField, anatomy } from "../../../src/asm/x64/anatomy.ts";
import { disassembly } from "../../../src/asm/x64/disassembler.ts";
import { addressText, parseAddress } from "../address.ts";
import { UsageError } from "../exit-status.ts";
import { parseHexBytes } from "../hex-bytes.ts";
import { hexText } from "../hex-text.ts";
import { LongOutput } from "../long-output.ts";
import { bytesOfStdin, textOrStdin } from "../stdin.ts";

/** As main.ts declares them. */
export interface DisasmOptions {
  readonly address: string;
  readonly file?: string;
  readonly raw?: true;
  readonly anatomy?: true;
  readonly json?: true;
}

export async function disasm(hex: string | undefined, options: DisasmOptions): Promise<void> {
  const address = parseAddress(options.address);
  const bytes = await input(hex, options);
  const long = new LongOutput();
  if (options.json) await long.jsonRows(jsonRows(bytes, address, options.anatomy === true));
  else {
    for (const instruction of disassembly(bytes, { address })) {
      const place = addressText(address + BigInt(instruction.offset));
      await long.line(`${place}  ${hexText(instruction.bytes).padEnd(32)}  ${instruction.text}`);
      if (options.anatomy) for (const line of anatomyLines(instruction.bytes)) await long.line(line);
    }
  }
  await long.finish();
}

async function input(hex: string | undefined, { file, raw }: DisasmOptions): Promise<Uint8Array> {
  if ((hex === undefined) === (file === undefined))
    throw new UsageError("disasm takes bytes: as an argument such as '48 89 f8 c3', or with --file FILE");
  const isStdin = hex === "-" || file === "-";
  if (raw) {
    if (!isStdin && file === undefined)
      throw new UsageError("--raw says that --file FILE or stdin holds bytes, not hex");
    return isStdin ? bytesOfStdin() : readFile(file ?? "");
  }
  return parseHexBytes(
    isStdin ? await textOrStdin("-") : file === undefined ? (hex ?? "") : await readFile(file, "utf8"),
  );
}

function* jsonRows(bytes: Uint8Array, address: bigint, withAnatomy: boolean): Iterable<unknown> {
  for (const instruction of disassembly(bytes, { address })) {
    const encoded = instruction.bytes;
    const row = { offset: instruction.offset, bytes: Buffer.from(encoded).toString("hex"), text: instruction.text };
    yield withAnatomy ? { ...row, fields: anatomy(encoded).map(fieldJson) } : row;
  }
}

function fieldJson({ value, ...field }: AnatomyField): unknown {
  return { ...field, value: typeof value === "bigint" ? value.toString() : value };
}

/** A line for every field: its byte, its bits in their places, name, value and meaning. */
function* anatomyLines(bytes: Uint8Array): Iterable<string> {
  let shown = -1;
  for (const field of anatomy(bytes)) {
    const { name, offset, bytes: count, value, meaning } = field;
    const hex = offset === shown ? "" : hexText(bytes.subarray(offset, offset + count));
    shown = offset;
    const bits = count === 1 ? bitsInPlace(field) : "";
    const number = count === 1 && bits.includes(".") ? String(value) : `0x${value.toString(16)}`;
    yield `      ${hex.padEnd(count > 1 ? 13 : 4)}${bits.padEnd(count > 1 ? 0 : 9)} ${name.padEnd(11)} ${number.padEnd(10)} ${meaning}`.trimEnd();
  }
}

/** `..111...`: the bits of a field where they stand in the byte. */
function bitsInPlace({ high, low, value }: AnatomyField): string {
  const digits = value.toString(2).padStart(high - low + 1, "0");
  return ".".repeat(7 - high) + digits + ".".repeat(low);
}
