/** `explain`: the stages of a compilation as text or as data; all of them, one, or what the optimiser's passes did. */
import { readFile } from "node:fs/promises";
import type { DiffLine } from "../../../src/base/line-differences.ts";
import { nearestWord } from "../../../src/base/spelling.ts";
import type { Stage } from "../../../src/engine/explain.ts";
import { passChanges, passNames, stagesAfter } from "../../../src/engine/pass-history.ts";
import { parseParameterTypes } from "../assignments.ts";
import { compileTyped } from "../compile-typed.ts";
import { UsageError } from "../exit-status.ts";
import { textOrStdin } from "../stdin.ts";
import { paint, print, printJson } from "../terminal.ts";

/** As main.ts declares them. */
export interface ExplainOptions {
  readonly file?: string;
  readonly type?: readonly string[];
  readonly stage?: string;
  readonly after?: string;
  readonly diff?: true;
  readonly json?: true;
}

export async function explain(text: string | undefined, options: ExplainOptions): Promise<void> {
  const { file, stage, after, diff, json } = options;
  if ((text === undefined) === (file === undefined))
    throw new UsageError("explain takes one text: as an argument such as '(x + 5) * 3', or with --file FILE");
  if ([stage, after, diff].filter((option) => option !== undefined).length > 1)
    throw new UsageError("--stage, --after and --diff each choose what to show; take one");
  if (after !== undefined) requireKnown("pass", after, passNames);
  const compiled = compileTyped(await sourceText(text, file), parseParameterTypes(options.type ?? []));
  const { stages } = compiled;
  if (diff === true) showChanges(stages, json === true);
  else if (stage !== undefined) {
    const names = stages.map(({ name }) => name);
    requireKnown("stage", stage, names);
    show(
      stages.filter(({ name }) => name === stage),
      json === true,
    );
  } else if (after !== undefined) show(stagesAfter(stages, after), json === true);
  else if (json) printJson(stages);
  else print(compiled.explain());
}

async function sourceText(text: string | undefined, file: string | undefined): Promise<string> {
  if (file === undefined || file === "-") return textOrStdin(text ?? "-");
  return (await readFile(file, "utf8")).trimEnd();
}

function requireKnown(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  throw new UsageError(
    `there is no ${what} ${JSON.stringify(name)}${hint}\nThere are: ${[...new Set(known)].join(", ")}`,
  );
}

/** The texts alone, so that they can be read by other programs. */
function show(stages: readonly Stage[], asJson: boolean): void {
  if (asJson) printJson(stages);
  else print(stages.map(({ text }) => text).join("\n\n"));
}

function showChanges(stages: readonly Stage[], asJson: boolean): void {
  const changes = passChanges(stages);
  if (asJson) {
    printJson(changes);
    return;
  }
  if (changes.length === 0) print("no pass changed anything");
  changes.forEach(({ name, lines }, index) => {
    if (index > 0) print();
    print(`== ${name}`);
    for (const line of nearChanges(lines)) print(line);
  });
}

/** Equal lines that are shown around changed ones. */
const context = 2;

function nearChanges(lines: readonly DiffLine[]): string[] {
  const shown: string[] = [];
  const isNear = new Uint8Array(lines.length);
  lines.forEach(({ sign }, at) => {
    if (sign !== " ") isNear.fill(1, Math.max(0, at - context), at + context + 1);
  });
  lines.forEach(({ sign, text }, at) => {
    if (isNear[at] === 1) {
      const line = `${sign} ${text}`.trimEnd();
      shown.push(sign === " " ? line : paint(process.stdout, sign === "-" ? "red" : "green", line));
    } else if (at === 0 || isNear[at - 1] === 1) shown.push("  …");
  });
  return shown;
}
