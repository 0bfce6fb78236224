/** Where a command's output goes: a new file, stdout, or a device. */
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ExistingFileError, NewFile } from "../files/new-file.ts";
import { UsageError } from "./exit-status.ts";

export interface OutputFile {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Leaves nothing behind, as far as that is possible. */
  discard(): Promise<void>;
}

/** Opens `name`; `-` is stdout. Throws `UsageError` for a folder, and for a file that exists unless `overwrite`. */
export async function openOutput(name: string, overwrite: boolean): Promise<OutputFile> {
  if (name === "-") return streamOutput(process.stdout);
  const existing = await stat(name).catch(() => undefined);
  if (existing !== undefined && !existing.isFile() && !existing.isDirectory())
    return streamOutput(createWriteStream(name), name); // a device or a named pipe cannot be replaced
  if (existing?.isDirectory()) throw new UsageError(`--output ${name} is a folder; expected a file`);
  try {
    const file = await NewFile.create(name, overwrite);
    return { write: (bytes) => file.write(bytes), finish: () => file.finish(), discard: () => file.discard() };
  } catch (error) {
    if (error instanceof ExistingFileError) throw new UsageError(`${error.message}; --force overwrites it`);
    throw error;
  }
}

function streamOutput(stream: NodeJS.WritableStream, name?: string): OutputFile {
  if (stream !== process.stdout) stream.on("error", () => {}); // `write` and `finish` tell of it
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) =>
      stream.write(bytes, (error) => (error ? reject(Object.assign(error, { path: name })) : resolve())),
    );
  return {
    write,
    finish: async () => {
      if (stream === process.stdout) return;
      await new Promise<void>((resolve, reject) => {
        stream.once("error", reject);
        stream.end(resolve);
      });
    },
    discard: async () => {},
  };
}
