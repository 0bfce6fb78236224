/** docs/language.md: every example compiles and gives the value beside it; the tables are those of the source. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CompileError } from "../../base/diagnostics.ts";
import { Source } from "../../base/source.ts";
import { callContext } from "../../codegen/call-context.ts";
import { interpret } from "../../ir/interpret.ts";
import { buildScalarFunction } from "./build-ir.ts";
import { checkExpression } from "./check.ts";
import { mathFunctions } from "./functions.ts";
import { parseExpression } from "./parse.ts";
import type { NumberType } from "./tree.ts";

const page = readFileSync(new URL("../../../docs/language.md", import.meta.url), "utf8");

interface Example {
  readonly line: string;
  readonly text: string;
  readonly types: ReadonlyMap<string, NumberType>;
  readonly names: readonly string[];
  readonly values: readonly number[];
  readonly expected: number | boolean;
}

function readExample(line: string): Example {
  const [text = "", comment = ""] = line.split("//").map((part) => part.trim());
  const [given = "", answer = ""] = comment.split("→").map((part) => part.trim());
  const assignments = given === "" ? [] : given.split(", ").map((part) => /^(\w+)(?:: (i32))? = (\S+)$/.exec(part));
  const types = new Map<string, NumberType>();
  const names: string[] = [];
  const values: number[] = [];
  for (const match of assignments) {
    if (match === null) throw new Error(`no example: ${line}`);
    const [, name = "", type, value = ""] = match;
    names.push(name);
    values.push(Number(value));
    if (type === "i32") types.set(name, "i32");
  }
  const expected = answer === "true" ? true : answer === "false" ? false : Number(answer);
  return { line, text, types, names, values, expected };
}

const examples = [...page.matchAll(/```js\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
  block.trim().split("\n").map(readExample),
);

describe("docs/language.md", () => {
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
    const rows = [...mathFunctions.values()].map(({ name, arity, meaning, i32 }) => {
      const count = arity.to === Number.POSITIVE_INFINITY ? "any number" : String(arity.to);
      return `| \`${name}\` | ${count} | ${meaning} | ${i32 === undefined ? "f64" : "i32"} |`;
    });
    expect(page).toContain(rows.join("\n"));
  });

  const refused = [...page.matchAll(/^\| `([a-z-]+)` \| (.*?) \| [^|]*\|$/gm)]
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
