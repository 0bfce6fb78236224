/** `eval --input`: a new column over a CSV file, from and to files, pipes and devices. */
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CompileError, type Diagnostic } from "../../../src/base/diagnostics.ts";
import { Source } from "../../../src/base/source.ts";
import { nearestWord } from "../../../src/base/spelling.ts";
import { addCsvColumn, type CsvFormula } from "../../files/csv-column.ts";
import { ExistingFileError, NewFile } from "../../files/new-file.ts";
import { isName, type NumberTypes, parseTypes, splitAssignment } from "../assignments.ts";
import { compileTyped, refuseUnused } from "../compile-typed.ts";
import { UsageError } from "../exit-status.ts";
import { numberText, paint, printJson } from "../terminal.ts";
import type { EvalOptions } from "./eval.ts";

/** Adds the column. Throws `UsageError`, `InputError`, and what the compiler and the system throw. */
export async function evaluateColumn(
  expression: string,
  values: ReadonlyMap<string, number>,
  options: EvalOptions & { readonly input: string },
): Promise<void> {
  const delimiter = delimiterOf(options.delimiter);
  if (options.missing !== undefined && options.missing.toLowerCase() !== "nan")
    throw new UsageError(`--missing ${options.missing}: expected nan`);
  const headers = new Map(
    (options.column ?? []).map((word) => splitAssignment(word, "name=header, such as 'p=unit price'")),
  );
  // The expression's own faults show before anything is opened.
  const formulaOf = columnFormula(expression, parseTypes(options.type ?? []), values, headers, options.input);
  await refuseSameFile(options.input, options.output);

  const started = performance.now();
  const output = await openOutput(options);
  let rows: number;
  try {
    rows = await addCsvColumn({
      input: options.input === "-" ? process.stdin : createReadStream(options.input),
      inputName: options.input === "-" ? "stdin" : options.input,
      delimiter,
      name: options.name,
      headers,
      missingIsNaN: options.missing !== undefined,
      prepare: formulaOf,
      write: output.write,
    });
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  }
  if (options.output === "-") return;
  const seconds = (performance.now() - started) / 1000;
  if (options.json) printJson({ rows, output: options.output, name: options.name, seconds });
  else
    process.stderr.write(
      `${paint(process.stderr, "green", options.output)}: ${rows} ${rows === 1 ? "row" : "rows"}, new column ${options.name} (${seconds.toFixed(2)} s)\n`,
    );
}

/** Compiles the expression now; says what to compute once the file's header is known. */
function columnFormula(
  expression: string,
  types: NumberTypes,
  values: ReadonlyMap<string, number>,
  headers: ReadonlyMap<string, string>,
  inputName: string,
): (header: readonly string[]) => CsvFormula {
  const compiled = compileTyped(expression, types);
  const { parameters } = compiled;
  refuseUnused(values.keys(), parameters);
  refuseUnused(headers.keys(), parameters);
  const variables = parameters
    .filter((name) => !values.has(name))
    .map((name) => ({ name, type: types[name] ?? ("f64" as const) }));
  return (header) => {
    for (const name of values.keys())
      if (header.includes(name))
        throw new UsageError(`${name}=…: ${inputName} has a column ${name} too; expected one or the other`);
    for (const { name } of variables)
      if (!headers.has(name) && !header.includes(name)) throw unknownColumn(name, expression, header, inputName);
    if (variables.length === 0) {
      const value = Number(compiled(...parameters.map((name) => values.get(name) ?? Number.NaN)));
      return { variables, map: (_columns, rows) => new Float64Array(rows).fill(value), cellText: numberText };
    }
    return {
      variables,
      map: (columns) => {
        const named: Record<string, Float64Array | Int32Array | number> = Object.fromEntries(values);
        variables.forEach(({ name }, i) => {
          named[name] = columns[i] ?? Number.NaN;
        });
        return compiled.map(named);
      },
      cellText: numberText,
    };
  };
}

/** A variable that no column has, in the form of the compiler's own diagnostics. */
function unknownColumn(name: string, expression: string, header: readonly string[], inputName: string): CompileError {
  const start = new RegExp(`(?<![\\w$.])${name.replace(/[$]/g, "\\$&")}(?![\\w$])`, "u").exec(expression)?.index ?? 0;
  const nearest = nearestWord(name, header);
  const hint =
    nearest !== undefined
      ? `did you mean ${isName(nearest) ? nearest : `--column '${name}=${nearest}'`}?`
      : `the columns are ${header.join(", ")}; or give it a value: ${name}=4`;
  const diagnostic: Diagnostic = {
    code: "unknown-column",
    message: `${name} is not a column of ${inputName}`,
    span: { start, end: start + name.length },
    hint,
  };
  return new CompileError(new Source(expression), [diagnostic]);
}

function delimiterOf(text: string): string {
  const delimiter = text === "tab" || text === "\\t" ? "\t" : text;
  if ([...delimiter].length !== 1 || /["\r\n]/.test(delimiter))
    throw new UsageError(
      `--delimiter ${JSON.stringify(text)}: expected one character that is not a quote or a line end`,
    );
  return delimiter;
}

async function refuseSameFile(input: string, output: string): Promise<void> {
  if (input === "-") return;
  const from = await stat(input);
  if (output === "-") return;
  const to = await stat(output).catch(() => undefined);
  if (to?.isFile() && to.dev === from.dev && to.ino === from.ino)
    throw new UsageError(`${output} is the input too; write to another file`);
}

interface Output {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

async function openOutput(options: EvalOptions): Promise<Output> {
  const { output } = options;
  if (output === "-") return streamOutput(process.stdout);
  const existing = await stat(output).catch(() => undefined);
  if (existing !== undefined && !existing.isFile() && !existing.isDirectory())
    return streamOutput(createWriteStream(output)); // a device or a named pipe cannot be replaced
  if (existing?.isDirectory()) throw new UsageError(`--output ${output} is a folder; expected a file`);
  try {
    const file = await NewFile.create(output, options.force === true);
    return { write: (bytes) => file.write(bytes), finish: () => file.finish(), discard: () => file.discard() };
  } catch (error) {
    if (error instanceof ExistingFileError) throw new UsageError(`${error.message}; --force overwrites it`);
    throw error;
  }
}

function streamOutput(stream: NodeJS.WritableStream): Output {
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => stream.write(bytes, (error) => (error ? reject(error) : resolve())));
  return {
    write,
    finish: async () => {
      if (stream !== process.stdout) await new Promise<void>((resolve) => stream.end(resolve));
    },
    discard: async () => {},
  };
}
