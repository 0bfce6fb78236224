/** `eval --input`: formulas over the rows of a CSV, Arrow or Parquet file, from and to files, pipes and devices. */
import { fstatSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import type { ReductionName } from "../../../src/engine/combination.ts";
import type { CompiledFunction } from "../../../src/engine/compiled-function.ts";
import { looksLikeFunction } from "../../../src/lang/javascript/parse-function.ts";
import { compiledFormula } from "../../files/compiled-formula.ts";
import { type Formula, type TableReduction, tableTask } from "../../files/compute-table.ts";
import type { Field, NumberType, TableWriter } from "../../files/table.ts";
import { type TableAggregate, withoutAggregates } from "../../files/table-aggregates.ts";
import { parseFileTypes, splitAssignment } from "../assignments.ts";
import { compileTyped, refuseUnused, variablesOf } from "../compile-typed.ts";
import { UsageError } from "../exit-status.ts";
import { openOutput } from "../output-file.ts";
import { ProgressBar } from "../progress-bar.ts";
import { delimiterOf, formatOfOutput, inputOf, readTable, writerFor } from "../table-files.ts";
import { paint, printJson } from "../terminal.ts";
import type { EvalOptions } from "./eval.ts";
import { fieldCheck } from "./eval-fields.ts";
import { TablePlot } from "./eval-plot.ts";
import { printReductions, reductionNames, TableReducer } from "./eval-reduce.ts";

/** A formula with the expression that it comes from, for messages. */
export interface NamedFormula extends Formula {
  readonly expression: string;
}

/** The argument of an aggregate. */
interface AggregateFormula extends NamedFormula {
  readonly aggregate: TableAggregate;
}

/** Computes on a table. Throws `UsageError`, `InputError`, and what the compiler and the system throw. */
export async function evaluateTable(
  expression: string,
  values: ReadonlyMap<string, number>,
  options: EvalOptions & { readonly input: string },
): Promise<void> {
  const work = readOptions(expression, values, options); // what is wrong with them shows before anything is opened
  await refuseSameFile(options.input, options.output);
  const { delimiter } = options;
  const input = await inputOf(
    options.input,
    options.from,
    delimiterOf(delimiter, options.input),
    missingOf(options.missing),
  );
  const started = performance.now();
  await findAggregates(work, input);
  if (work.reduce !== undefined) {
    const reducer = new TableReducer(work.formulas, work.reduce);
    const counts = await run(work, input, reducer);
    printReductions(reducer, counts, options.json === true);
    reducer.dispose();
    return;
  }
  const format = formatOfOutput(options.output, options.to, input.format);
  const plot = options.plot ? new TablePlot(options.name) : undefined;
  const output =
    plot !== undefined && options.output === "-" ? undefined : await openOutput(options.output, options.force === true);
  let counts: { rows: number; kept: number };
  try {
    const writer =
      output === undefined
        ? undefined
        : await writerFor(format, output, delimiterOf(delimiter, options.output), options.output === "-");
    // A row group is written whole; a record batch need not wait for a slow pipe.
    const wantsLargeBatches = format === "parquet" || (format === "arrow" && options.input !== "-");
    counts = await run(
      work,
      input,
      plot === undefined ? requireWriter(writer) : plot.before(writer),
      wantsLargeBatches,
    );
    await writer?.finish();
    await output?.finish();
  } catch (error) {
    await output?.discard();
    throw error;
  }
  plot?.print();
  if (options.output !== "-") report(options, work.formulas, counts, (performance.now() - started) / 1000);
}

interface Work {
  readonly formulas: readonly NamedFormula[];
  readonly condition: NamedFormula | undefined;
  readonly reduce: readonly ReductionName[] | undefined;
  /** What is found in passes before. */
  readonly aggregates: readonly AggregateFormula[];
  /** Variables with one value for all rows; those of aggregates get theirs in the passes before. */
  readonly scalars: Map<string, number | bigint>;
  readonly check: (fields: readonly Field[]) => void;
}

function readOptions(
  expression: string,
  values: ReadonlyMap<string, number>,
  options: EvalOptions & { readonly input: string },
): Work {
  const types = parseFileTypes(options.type ?? []);
  const columns = new Map(
    (options.column ?? []).map((word) => splitAssignment(word, "name=header, such as 'p=unit price'")),
  );
  const texts: [name: string, text: string][] = [
    [options.name, expression],
    ...(options.add ?? []).map((word) => splitName(word)),
  ];
  const names = new Set<string>();
  for (const [name] of texts) {
    if (names.has(name))
      throw new UsageError(`two new columns are called ${JSON.stringify(name)}; give each a name of its own`);
    names.add(name);
  }
  if (options.filter !== undefined) texts.push(["--filter", joinedFilters(options.filter)]);
  const scalars = new Map<string, number | bigint>(values);
  const aggregates: AggregateFormula[] = [];
  const used = new Set<string>();
  const formulaOf = (name: string, text: string, own: NumberTypes): NamedFormula => {
    const fn = compileTyped(text, typesIn(text, { ...types, ...own }));
    for (const variable of fn.parameters) if (!Object.hasOwn(own, variable)) used.add(variable);
    return makeFormula(name, text, fn, types, scalars, columns);
  };
  const all = texts.map(([name, text]): NamedFormula => {
    const split = withoutAggregates(text, typesIn(text, types), aggregates.length);
    const own: Record<string, NumberType> = {};
    for (const aggregate of split.aggregates) {
      const { variable, argument, type } = aggregate;
      aggregates.push({ ...formulaOf(variable, argument, own), aggregate });
      own[variable] = type;
      scalars.set(variable, Number.NaN);
    }
    return formulaOf(name, split.text, own);
  });
  for (const given of [values.keys(), columns.keys(), Object.keys(types)]) refuseUnused(given, [...used]);
  const reduce = options.reduce === undefined ? undefined : reductionNames(options.reduce);
  if (reduce !== undefined)
    for (const [given, option] of [
      [options.output !== "-", "--output"],
      [options.plot, "--plot"],
    ] as const)
      if (given) throw new UsageError(`--reduce prints single values; it does not go with ${option}`);
  const condition = options.filter === undefined ? undefined : all.pop();
  return {
    formulas: all,
    condition,
    reduce,
    aggregates,
    scalars,
    check: fieldCheck(options.input, reduce === undefined ? names : new Set(), values, columns, [
      ...aggregates,
      ...all,
      ...(condition === undefined ? [] : [condition]),
    ]),
  };
}

type NumberTypes = Readonly<Record<string, NumberType>>;

/** The types of those variables that a text has. */
function typesIn(text: string, types: NumberTypes): NumberTypes {
  const variables = variablesOf(text, Object.keys(types));
  return Object.fromEntries(Object.entries(types).filter(([variable]) => variables.includes(variable)));
}

/** One condition of all that are given. */
function joinedFilters(texts: readonly string[]): string {
  const [only = "true"] = texts;
  if (texts.length <= 1) return only;
  const fn = texts.find(looksLikeFunction);
  if (fn !== undefined)
    throw new UsageError(
      `--filter ${JSON.stringify(fn)}: a function cannot be joined with others; give one --filter, or expressions`,
    );
  return texts.map((text) => `(${text}\n)`).join(" && ");
}

/** `name=expression`. */
function splitName(word: string): [name: string, text: string] {
  const equals = word.indexOf("=");
  if (equals <= 0 || word[equals + 1] === "=")
    throw new UsageError(`--add ${JSON.stringify(word)}: expected name=expression, such as 'tax=price * 0.2'`);
  return [word.slice(0, equals).trim(), word.slice(equals + 1)];
}

function makeFormula(
  name: string,
  expression: string,
  compiled: CompiledFunction,
  types: Readonly<Record<string, NumberType>>,
  scalars: ReadonlyMap<string, number | bigint>,
  headers: ReadonlyMap<string, string>,
): NamedFormula {
  if (compiled.resultType === "void")
    throw new UsageError(`${name}: the function gives nothing; expected a number for each row`);
  return { ...compiledFormula(name, compiled, { headers, scalars, types }), expression };
}

/** Finds the values of the aggregates, those that others use first. */
async function findAggregates(work: Work, input: Input): Promise<void> {
  const { aggregates, scalars } = work;
  if (aggregates.length === 0) return;
  if (input.path === undefined || input.bytes === 0)
    throw new UsageError(
      "sum, mean and count in an expression take a pass of their own; expected a file, not stdin or a pipe",
    );
  const passes = Math.max(...aggregates.map(({ aggregate }) => aggregate.pass));
  for (let pass = 1; pass <= passes; pass++) {
    const now = aggregates.filter(({ aggregate }) => aggregate.pass === pass);
    const reducer = new TableReducer(now, ["sum", "mean", "count"]);
    await run({ ...work, formulas: now, condition: undefined }, input, reducer);
    reducer.results().forEach(({ values }, index) => {
      const { name, variable, type } = now[index]?.aggregate ?? { name: "sum", variable: "", type: "f64" };
      const value = values[name];
      scalars.set(
        variable,
        typeof value === "bigint" ? value : type === "f32" ? Math.fround(Number(value)) : Number(value),
      );
    });
    reducer.dispose();
  }
}

type Input = Awaited<ReturnType<typeof inputOf>>;

/** Reads the whole table through the formulas. */
async function run(
  work: Work,
  input: Input,
  output: TableWriter | TableReduction,
  wantsLargeBatches = false,
): Promise<{ rows: number; kept: number }> {
  const bar = new ProgressBar("eval", input.bytes);
  const { task, counts } = tableTask({
    formulas: work.formulas,
    condition: work.condition,
    output,
    check: work.check,
    onBatch: (rows) => bar.advanceRows(rows),
  });
  try {
    await readTable(input, task, (bytes) => bar.advance(bytes), wantsLargeBatches);
  } finally {
    bar.clear();
  }
  return counts;
}

function requireWriter(writer: TableWriter | undefined): TableWriter {
  if (writer === undefined) throw new UsageError("there is nowhere to write to; give --output");
  return writer;
}

function report(
  { output, json }: EvalOptions,
  formulas: readonly NamedFormula[],
  { rows, kept }: { rows: number; kept: number },
  seconds: number,
): void {
  const names = formulas.map(({ name }) => name);
  if (json) {
    printJson({ rows, kept, output, name: names[0], names, seconds });
    return;
  }
  const added = `${names.length === 1 ? "new column" : "new columns"} ${names.join(", ")}`;
  const count = kept === rows ? `${rows} ${rows === 1 ? "row" : "rows"}` : `${kept} of ${rows} rows`;
  process.stderr.write(`${paint(process.stderr, "green", output)}: ${count}, ${added} (${seconds.toFixed(2)} s)\n`);
}

function missingOf(text: string | undefined): "error" | "nan" | "null" {
  if (text === undefined) return "error";
  const known = text.toLowerCase();
  if (known === "nan" || known === "null") return known;
  throw new UsageError(`--missing ${text}: expected nan or null`);
}

async function refuseSameFile(input: string, output: string): Promise<void> {
  if (input === "-") return;
  const from = await stat(input);
  const to = output === "-" ? stdoutFacts() : await stat(output).catch(() => undefined);
  if (to?.isFile() && to.dev === from.dev && to.ino === from.ino)
    throw new UsageError(`${output === "-" ? "stdout" : output} is the input too; write to another file`);
}

/** Undefined where stdout is closed. */
function stdoutFacts(): Stats | undefined {
  try {
    return fstatSync(1);
  } catch {
    return undefined;
  }
}
