/**
 * A file that appears complete or not at all: it is written under another name in the same folder, flushed to the disk,
 * and then takes its name in one step (rename; link where nothing may be overwritten). A failed or interrupted run
 * leaves nothing behind.
 */
import { unlinkSync } from "node:fs";
import { chmod, type FileHandle, link, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The output exists and may not be overwritten. */
export class ExistingFileError extends Error {
  override readonly name = "ExistingFileError";
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class NewFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #overwrite: boolean;
  readonly #onSignal: (signal: NodeJS.Signals) => void;

  private constructor(path: string, temporary: string, file: FileHandle, overwrite: boolean) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#overwrite = overwrite;
    this.#onSignal = (signal) => {
      unlinkSync(this.#temporary);
      this.#forgetSignals();
      process.kill(process.pid, signal);
    };
    for (const signal of endingSignals) process.on(signal, this.#onSignal);
  }

  /** Begins the file. Throws `ExistingFileError`, or the system's error. */
  static async create(name: string, overwrite: boolean): Promise<NewFile> {
    const existing = await stat(name).catch(() => undefined);
    if (existing !== undefined && !overwrite) throw new ExistingFileError(`${name} exists already`);
    const path = existing === undefined ? name : await realpath(name);
    const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    const file = await open(temporary, "wx").catch((error: NodeJS.ErrnoException) => {
      error.path = name;
      throw error;
    });
    if (existing !== undefined) await chmod(temporary, existing.mode & 0o777);
    return new NewFile(path, temporary, file, overwrite);
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let from = 0; from < bytes.length; )
        from += (await this.#file.write(bytes, from, bytes.length - from)).bytesWritten;
    } catch (error) {
      throw Object.assign(error as NodeJS.ErrnoException, { path: this.#path }); // file system calls reject with nothing else
    }
  }

  /** Flushes the file and gives it its name. */
  async finish(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    if (this.#overwrite) await rename(this.#temporary, this.#path);
    else await this.#takeFreeName();
    this.#forgetSignals();
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    this.#forgetSignals();
    await this.#file.close().catch(() => {}); // closed already when the name could not be taken
    await unlink(this.#temporary).catch(() => {}); // gone already when its folder is gone
  }

  /** `rename` would overwrite a file that appeared meanwhile; `link` does not, but some file systems lack it. */
  async #takeFreeName(): Promise<void> {
    try {
      await link(this.#temporary, this.#path);
      await unlink(this.#temporary);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code; // file system calls reject with nothing else
      if (code === "EEXIST") throw new ExistingFileError(`${this.#path} was created by someone else meanwhile`);
      await rename(this.#temporary, this.#path);
    }
  }

  #forgetSignals(): void {
    for (const signal of endingSignals) process.off(signal, this.#onSignal);
  }
}
