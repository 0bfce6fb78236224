/**
 * Arguments that begin with a dash and are not options: `eval '-x' x=4`, `calc '- * +'`, `--input -5`. Commander takes
 * every such word for an option, so they travel through it with a mark in front and lose it before a command sees them.
 *
 * An option is `--` and a letter, or one of the short ones below. Everything after `--` is an argument in any case.
 */

const shortOptions: ReadonlySet<string> = new Set(["-h", "-V"]);
/** No argument can hold it: the system ends arguments at a zero byte. */
const mark = "\0";

/** Marks the words that only look like options. */
export function markDashWords(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.map((word, index) => (onlyLooksLikeOption(word) && (end < 0 || index < end) ? mark + word : word));
}

function onlyLooksLikeOption(word: string): boolean {
  return (
    word.length > 1 && word.startsWith("-") && word !== "--" && !/^--[A-Za-z]/.test(word) && !shortOptions.has(word)
  );
}

/** Takes the mark off again, also inside lists. */
export function unmark<T>(value: T): T {
  if (typeof value === "string") return (value.startsWith(mark) ? value.slice(1) : value) as T; // a string for a string
  if (Array.isArray(value)) return value.map(unmark) as T; // an array of the same for an array
  return value;
}
