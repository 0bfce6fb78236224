/** `disasm`: the instructions in bytes. */
import { disassemble } from "../../../src/asm/x64/disassembler.ts";
import { UsageError } from "../exit-status.ts";
import { parseHexBytes } from "../hex-bytes.ts";
import { textOrStdin } from "../stdin.ts";
import { print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface DisasmOptions {
  readonly address: string;
  readonly json?: true;
}

export async function disasm(hex: string, options: DisasmOptions): Promise<void> {
  const address = parseAddress(options.address);
  const instructions = disassemble(parseHexBytes(await textOrStdin(hex)), { address });
  const rows = instructions.map(({ offset, bytes, text }) => ({
    offset,
    bytes: Buffer.from(bytes).toString("hex"),
    text,
  }));
  if (options.json) {
    printJson(rows);
    return;
  }
  for (const { offset, bytes, text } of rows) {
    const place = (address + BigInt(offset)).toString(16).padStart(4, "0");
    print(`${place}  ${bytes.replace(/..(?=.)/g, "$& ").padEnd(32)}  ${text}`);
  }
}

function parseAddress(text: string): bigint {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw new UsageError(`--address ${text}: expected a number, such as 0x1000`);
  return BigInt(text);
}
