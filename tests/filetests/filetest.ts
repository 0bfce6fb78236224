/**
 * The format of a filetest, as pure functions on text (docs/filetests.md):
 *
 *     ; test optimize dead-code          what to do, one line for each command
 *     ; What this shows.
 *
 *     fn @f() …                          the input, for every command
 *
 *     ; expect:                          what the command gives, as comments
 *     ; fn @f() …
 */

/** A command: a pure function from text to text. Options are the words after its name in the header. */
export type Command = (input: string, options: readonly string[]) => string;
export type Commands = Readonly<Record<string, Command>>;

interface Filetest {
  /** The lines up to the first that is no comment, and the input, both as they stand. */
  readonly head: string;
  readonly input: string;
  /** The `test` lines, such as `optimize dead-code`. */
  readonly tests: readonly string[];
}

function readFiletest(text: string): Filetest {
  const lines = text.split("\n");
  const headLength = lines.findIndex((line) => !line.startsWith(";"));
  const head = lines.slice(0, headLength < 0 ? lines.length : headLength);
  const expectation = lines.findIndex((line) => /^; expect\b.*:$/.test(line));
  const input = lines.slice(head.length, expectation < 0 ? lines.length : expectation);
  const tests = head.flatMap((line) => /^; test (.+)$/.exec(line)?.[1]?.trim() ?? []);
  return { head: head.join("\n"), input: input.join("\n").trim(), tests };
}

/** The whole file with the expectations that the commands give now. Throws where a command does. */
export function runFiletest(text: string, commands: Commands): string {
  const { head, input, tests } = readFiletest(text);
  if (tests.length === 0) throw new SyntaxError("the header has no line `; test COMMAND`");
  const parts = [head, input];
  for (const test of tests) {
    const [name = "", ...options] = test.split(/[\s,]+/);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined)
      throw new SyntaxError(`unknown command ${name}; there are ${Object.keys(commands).join(", ")}`);
    const output = command(`${input}\n`, options).trimEnd();
    if (output === "") continue;
    const label = tests.length === 1 ? "; expect:" : `; expect ${test}:`;
    parts.push([label, ...output.split("\n").map((line) => (line === "" ? ";" : `; ${line}`))].join("\n"));
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The lines that differ, with `-` what the file has and `+` what the commands give, and one equal line around. */
export function diffLines(before: string, after: string): string {
  const old = before.split("\n");
  const now = after.split("\n");
  // The longest common subsequence; filetests are short.
  const lengths: number[][] = Array.from({ length: old.length + 1 }, () => new Array(now.length + 1).fill(0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row !== undefined) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(`  ${old[i]}`);
      i++;
      j++;
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${old[i++]}`);
    else lines.push(`+ ${now[j++]}`);
  }
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - 1), index + 2).some((line) => !line.startsWith(" "));
  return lines.filter((_, index) => isNear(index)).join("\n");
}
