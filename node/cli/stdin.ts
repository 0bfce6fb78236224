/** `-` in place of a program means: read it from stdin. */
import { UsageError } from "./exit-status.ts";

/** The largest program that is read into memory as one text; larger ones have streaming options. */
const mostBytes = 256 << 20;

/** The text itself, or for `-` all of stdin without its last line break. */
export async function textOrStdin(text: string): Promise<string> {
  if (text !== "-") return text;
  return (await bytesOfStdin()).toString("utf8").replace(/\r?\n$/, "");
}

/** All of stdin. */
export async function bytesOfStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) throw new UsageError(`stdin: the text is longer than ${mostBytes >> 20} MiB`);
  }
  return Buffer.concat(chunks);
}
