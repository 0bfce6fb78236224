/** Output of any length on stdout: lines are gathered, and the next piece waits until the reader took the last one. */

const pieceLength = 1 << 16;

export class LongOutput {
  #pending: string[] = [];
  #length = 0;

  /** Adds a line. Await the result: it waits for the reader once enough was gathered. */
  line(text: string): Promise<void> | undefined {
    this.#pending.push(text);
    this.#length += text.length + 1;
    return this.#length < pieceLength ? undefined : this.finish();
  }

  /** Writes what is left. */
  finish(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve();
    const text = `${this.#pending.join("\n")}\n`;
    this.#pending = [];
    this.#length = 0;
    return new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Adds rows as a JSON array, a row a line. */
  async jsonRows(rows: Iterable<unknown>): Promise<void> {
    let last: string | undefined;
    for (const row of rows) {
      if (last !== undefined) await this.line(`${last},`);
      last = `${last === undefined ? "[" : " "}${JSON.stringify(row)}`;
    }
    await this.line(last === undefined ? "[]" : `${last}]`);
  }
}
