/** What a lesson is, for those who list and start lessons. */

/** A stream that takes text, such as `process.stdout`. */
export interface TextOutput {
  write(text: string): unknown;
}

/** One of the small JIT compilers that this project comes from, told step by step. */
export interface Lesson {
  /** What the user types. */
  readonly name: string;
  /** One line for the list of lessons. */
  readonly title: string;
  /** The article's title: the idea and the bytes are its author's, words and code are ours. */
  readonly article: string;
  /** What may stand after the name, such as `N`. `--plain` is understood by all. */
  readonly usage: string;
  /**
   * Tells the lesson, or with `--plain` among the arguments prints only what the article's program prints.
   * Returns the exit status of the article's program, after sysexits: 0, or 64 when the arguments make no sense (then
   * `complaints` got a line). Throws `MemoryError` when the operating system refuses memory; its exit status is 71.
   */
  run(args: readonly string[], out: TextOutput, complaints?: TextOutput): number | Promise<number>;
}
