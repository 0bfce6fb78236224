/**
 * A progress bar on a terminal's stderr, and nothing anywhere else: how far, how quick, and how long it still takes. Some
 * lines of our own, since the packages for it (cli-progress, progress) have had no release for years.
 */
const width = 30;
const redrawMilliseconds = 80;

export class ProgressBar {
  readonly #what: string;
  readonly #total: number;
  readonly #isShown: boolean = process.stderr.isTTY === true && process.env.TERM !== "dumb";
  readonly #startedAt = performance.now();
  #done = 0;
  #rows = 0;
  #drawnAt = 0;

  /** `total` is in bytes; 0 where it is not known. */
  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  advance(bytes: number): void {
    this.#done += bytes;
    this.#draw();
  }

  /** Counts rows, for work on tables. */
  advanceRows(rows: number): void {
    this.#rows += rows;
    this.#draw();
  }

  /** Removes the bar, so that what is printed next stands alone. */
  clear(): void {
    if (this.#isShown && this.#drawnAt > 0) process.stderr.write("\r\x1b[K");
  }

  #draw(): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#drawnAt < redrawMilliseconds) return;
    this.#drawnAt = now;
    process.stderr.write(
      `\r\x1b[K${this.#what} ${progressText(this.#done, this.#total, this.#rows, (now - this.#startedAt) / 1000)}`,
    );
  }
}

/** `[####....] 40 %, 12 MB, 3.1 MB/s, 0.8 M rows, 6 s left`. */
export function progressText(done: number, total: number, rows: number, seconds: number): string {
  const words = [`${(done / 1e6).toFixed(0)} MB`];
  const rate = seconds > 0 ? done / seconds : 0;
  if (seconds >= 0.5) words.push(`${(rate / 1e6).toPrecision(2)} MB/s`);
  if (rows > 0) words.push(rows < 1e6 ? `${rows} rows` : `${(rows / 1e6).toFixed(1)} M rows`);
  if (total === 0) return words.join(", ");
  const share = Math.min(1, done / total);
  if (seconds >= 0.5 && rate > 0) words.push(`${timeText((total - done) / rate)} left`);
  const bar = "#".repeat(Math.round(share * width)).padEnd(width, ".");
  return `[${bar}] ${Math.floor(share * 100)} %, ${words.join(", ")}`;
}

function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
