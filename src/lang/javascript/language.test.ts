/** docs/language.md: every example compiles and gives the value beside it; the tables are those of the source. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CompileError } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { callContext } from "../../codegen/call-context.ts";
import { interpret } from "../../ir/interpret.ts";
import { isArrayKind } from "./array-kinds.ts";
import { buildScalarFunction } from "./build-ir.ts";
import { buildProgram } from "./build-program.ts";
import { checkExpression } from "./check.ts";
import { mathFunctions } from "./functions.ts";
import { parseExpression } from "./parse.ts";
import { parseFunction } from "./parse-function.ts";
import { checkProgram, type SourceFunction } from "./program.ts";
import type { NumberType, ParameterType } from "./tree.ts";

const pageAt = new URL("../../../docs/language.md", import.meta.url);
const page = readFileSync(pageAt, "utf8");

interface Example {
  readonly line: string;
  readonly text: string;
  readonly types: ReadonlyMap<string, NumberType>;
  readonly names: readonly string[];
  readonly values: readonly (number | bigint)[];
  readonly expected: number | bigint | boolean;
}

function readValue(text: string): number | bigint | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+n$/.test(text) ? BigInt(text.slice(0, -1)) : Number(text);
}

function readExample(line: string): Example {
  const [text = "", comment = ""] = line.split("//").map((part) => part.trim());
  const [given = "", answer = ""] = comment.split("→").map((part) => part.trim());
  const assignments =
    given === "" ? [] : given.split(", ").map((part) => /^(\w+)(?:: (i32|i64|f32))? = (\S+)$/.exec(part));
  const types = new Map<string, NumberType>();
  const names: string[] = [];
  const values: (number | bigint)[] = [];
  for (const match of assignments) {
    if (match === null) throw new Error(`no example: ${line}`);
    const [, name = "", type, value = ""] = match;
    names.push(name);
    values.push(type === "i64" ? BigInt(value) : Number(value));
    if (type === "i32" || type === "i64" || type === "f32") types.set(name, type);
  }
  const expected = readValue(answer);
  return { line, text, types, names, values, expected };
}

const examples = [...page.matchAll(/```js\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block.trim().split("\n").map(readExample),
);

/** A function's example has arguments and answer in the comment of its first line. */
const functionExamples = [...page.matchAll(/```js function\n([\s\S]*?)```/g)].map(([, text = ""]) => {
  const match = /\/\/ \((.*)\) → (\S+)$/m.exec(text);
  if (match === null) throw new Error(`no example: ${text}`);
  const [, list = "", answer = ""] = match;
  const words = list.match(/\w+Array \[[^\]]*\]|[^,\s]+/g) ?? [];
  return { text: text.replace(/\/\/.*/, ""), words, expected: readValue(answer) };
});

/** Parses the text, checks it with the options, and executes it; arrays stand behind the context. */
function runFunction(text: string, words: readonly string[]): unknown {
  const source = new Source(text);
  const node = parseFunction(source);
  const bytes = new Uint8Array(1024);
  new Int32Array(bytes.buffer)[callContext.fuel >> 2] = 1_000_000;
  const types = new Map<string, ParameterType>();
  let at = 128;
  const args = words.flatMap((word, index): (number | bigint)[] => {
    const [, kind = "", elements = ""] = /^(\w+Array) \[(.*)\]$/.exec(word) ?? [];
    if (!isArrayKind(kind)) return [Number(word)];
    const parameter = node.params[index];
    if (parameter?.type === "Identifier") types.set(parameter.name, kind);
    const values = elements.split(",").map(Number);
    const array = kind === "Uint8Array" ? Uint8Array.from(values) : Float64Array.from(values);
    bytes.set(new Uint8Array(array.buffer), at);
    at += 128;
    return [BigInt(at - 128 + 4096), array.length];
  });
  const program = checkProgram({ name: "f", source, node }, { types });
  return interpret(buildProgram(program), args, { memory: { address: 4096n, bytes }, context: 4096n });
}

describe("docs/language.md", () => {
  test.each(functionExamples)("$text", ({ text, words, expected }) => {
    expect(runFunction(text, words)).toBe(expected);
    // JavaScript itself says so, too.
    const model = new Function(`return (${text});`)() as (...args: unknown[]) => unknown; // a function's text
    const values = words.map((word): unknown => {
      const [, kind = "", elements = ""] = /^(\w+Array) \[(.*)\]$/.exec(word) ?? [];
      const list = elements.split(",").map(Number);
      return kind === "" ? Number(word) : kind === "Uint8Array" ? Uint8Array.from(list) : Float64Array.from(list);
    });
    expect(model(...values)).toBe(expected);
  });

  test.each(examples)("$line", ({ text, types, names, values, expected }) => {
    const source = new Source(text);
    const expression = checkExpression(source, parseExpression(source), { parameters: names, types });
    const bytes = new Uint8Array(callContext.bytes);
    const result = interpret(buildScalarFunction(expression), values, {
      memory: { address: 64n, bytes },
      context: 64n,
    });
    const isBoolean =
      expression.result.type === "bool" || new Int32Array(bytes.buffer)[callContext.isBoolean >> 2] !== 0;
    expect(isBoolean ? result !== 0 : result).toBe(expected);
  });

  test("there are examples", () => {
    expect(examples.length).toBeGreaterThan(40);
  });

  test("the table of functions is that of the source", () => {
    const rows = [...mathFunctions.values()].map(({ name, arity, meaning, i32, error, isExtra }) => {
      const count = arity.to === Number.POSITIVE_INFINITY ? "any number" : String(arity.to);
      const places = error === undefined ? "exact" : `${error} ULP`;
      const written = isExtra === true ? `${meaning}; not in JavaScript` : meaning;
      return `| \`${name}\` | ${count} | ${written} | ${i32 === undefined ? "f64" : "i32"} | ${places} |`;
    });
    const pattern = /(\| function \| arguments .*\n\|[-|]*\n)(?:\|.*\n)*/;
    expect(page).toMatch(pattern);
    const expected = page.replace(pattern, (_, head: string) => `${head}${rows.join("\n")}\n`);
    if (process.env.BLESS === "1") writeFileSync(pageAt, expected);
    else expect(page).toBe(expected);
  });

  const table = page.slice(page.indexOf("| code | of a function |"), page.indexOf("## What is not in\n"));
  const refusedFunctions = [...table.matchAll(/^\| (`[^|]*`) \| (.*?) \| [^|]*\|$/gm)].flatMap(
    ([, codes = "", cell = ""]) => {
      const known = [...codes.matchAll(/`([a-z-]+)`/g)].map(([, code = ""]) => code);
      const [texts = "", given = ""] = cell.split(" with ");
      return [...texts.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => ({ known, text, given }));
    },
  );

  test.each(refusedFunctions)("$known: $text", ({ known, text, given }) => {
    const types = new Map<string, ParameterType>(given.startsWith("n: i32") ? [["n", "i32"]] : []);
    const functions = new Map<string, SourceFunction>();
    const helper = /^g: `(.*)`$/.exec(given)?.[1];
    if (helper !== undefined) {
      const source = new Source(helper, "g");
      functions.set("g", { name: "g", source, node: parseFunction(source) });
    }
    let codes: string[] = [];
    try {
      const source = new Source(text);
      checkProgram({ name: "f", source, node: parseFunction(source) }, { types, functions });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      codes = error.diagnostics.map(({ code }) => code);
    }
    expect(known.filter((code) => codes.includes(code))).not.toEqual([]);
  });

  test("the refused functions were found", () => {
    expect(refusedFunctions.length).toBeGreaterThan(25);
  });

  const refused = [
    ...page.slice(page.indexOf("## What is not in\n")).matchAll(/^\| `([a-z-]+)` \| (.*?) \| [^|]*\|$/gm),
  ]
    .filter(([, code = ""]) => !mathFunctions.has(code))
    .flatMap(([, code = "", cell = ""]) => {
      const texts = [...cell.matchAll(/``\s(.+?)\s``|`([^`]+)`/g)].map(([, double, single]) =>
        (double ?? single ?? "").replaceAll("\\|", "|"),
      );
      const withParameters = cell.includes("{ parameters");
      return (withParameters ? texts.slice(0, 1) : texts).map((text) => ({
        code,
        text: text.includes("…") ? "(".repeat(300) : text,
        cell,
      }));
    });

  test.each(refused)("$code: $text", ({ code, text, cell }) => {
    const source = new Source(text);
    const types = new Map<string, NumberType>(cell.includes("a: i32") ? [["a", "i32"]] : []);
    const parameters = cell.includes("{ parameters") ? ["price"] : undefined;
    let codes: string[] = [];
    try {
      checkExpression(source, parseExpression(source), { types, parameters });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      codes = error.diagnostics.map((diagnostic) => diagnostic.code);
    }
    expect(codes).toContain(code);
  });

  test("the refused examples were found", () => {
    expect(refused.length).toBeGreaterThan(30);
  });
});
