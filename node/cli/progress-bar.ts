/**
 * A progress bar on a terminal's stderr, and nothing anywhere else. Thirty lines of our own, since the packages for it
 * (cli-progress, progress) have had no release for years.
 */
const width = 30;
const redrawMilliseconds = 80;

export class ProgressBar {
  readonly #what: string;
  readonly #total: number;
  readonly #isShown: boolean = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  #done = 0;
  #drawnAt = 0;

  /** `total` is in bytes; 0 where it is not known. */
  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  advance(bytes: number): void {
    this.#done += bytes;
    const now = performance.now();
    if (!this.#isShown || now - this.#drawnAt < redrawMilliseconds) return;
    this.#drawnAt = now;
    const megabytes = `${(this.#done / 1e6).toFixed(0)} MB`;
    const share = this.#total > 0 ? Math.min(1, this.#done / this.#total) : 0;
    const bar = "#".repeat(Math.round(share * width)).padEnd(width, ".");
    const meter = this.#total > 0 ? `[${bar}] ${Math.floor(share * 100)} %, ${megabytes}` : megabytes;
    process.stderr.write(`\r\x1b[K${this.#what} ${meter}`);
  }

  /** Removes the bar, so that what is printed next stands alone. */
  clear(): void {
    if (this.#isShown && this.#drawnAt > 0) process.stderr.write("\r\x1b[K");
  }
}
