/** `lesson`: the list of lessons, or one of them. */
import { nearestWord } from "../../../src/base/spelling.ts";
import { lessons } from "../../lessons/lessons.ts";
import { type ExitStatus, exitStatus, UsageError } from "../exit-status.ts";
import { print, table } from "../terminal.ts";

/** As main.ts declares them. */
export interface LessonOptions {
  readonly plain?: true;
}

export async function lesson(
  name: string | undefined,
  words: readonly string[],
  options: LessonOptions,
): Promise<number> {
  if (name === undefined) return list();
  const found = lessons.find((candidate) => candidate.name === name);
  if (found === undefined) {
    const names = lessons.map((candidate) => candidate.name);
    const nearest = nearestWord(name, names);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    throw new UsageError(`there is no lesson ${JSON.stringify(name)}${hint}\nLessons: ${names.join(" ")}`);
  }
  return found.run(options.plain ? [...words, "--plain"] : words, process.stdout, process.stderr);
}

function list(): ExitStatus {
  print("Small JIT compilers, each from an article, step by step:");
  print();
  const rows = lessons.map(({ name, usage, title }) => [`${name} ${usage}`.trim(), title]);
  for (const line of table(rows, "left")) print(`  ${line}`);
  print();
  print("jitsmith lesson NAME tells one; with --plain behind it, it prints only what the article's program prints.");
  return exitStatus.done;
}
