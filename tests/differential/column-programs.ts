/**
 * Random programs for columns in which all types meet: functions with loops, early returns and arrays that every row sees whole,
 * arrow functions, and expressions with aggregates. Each has a model in JavaScript, whose mathematical functions are given
 * to it, since their last place is not V8's. The grammar is that of mixed-program-generator.ts, without what is not widened.
 */
import fc from "fast-check";
import {
  composed,
  leaves,
  mixedArrays,
  mixedOptions,
  mixedPrelude,
  type Rule,
  rules,
  type Sort,
  samplesOf,
  statements,
} from "./mixed-program-generator.ts";
import type { Sample } from "./program-generator.ts";

export type ScalarType = "f64" | "f32" | "i32" | "i64" | "bool";

export const scalarTypes = { x: "f64", y: "f64", p: "i32", r: "i64", q: "f32", g: "bool" } as const;
export type ScalarName = keyof typeof scalarTypes;
export type ArrayName = keyof typeof mixedArrays;

export interface ColumnProgram {
  /** The text to compile, and its options. */
  readonly text: string;
  readonly types: Readonly<Record<string, string>>;
  readonly functions: Readonly<Record<string, string>> | undefined;
  /** What it takes, in order. */
  readonly parameters: readonly (ScalarName | ArrayName)[];
  /** Of its result; `f64` also where it is a boolean at times. */
  readonly result: ScalarType;
  /** `(…parameters, …aggregates) => value` */
  readonly model: string;
  /** The aggregates of an expression: their names, and models of their arguments. */
  readonly aggregates: readonly {
    readonly name: "sum" | "mean" | "count";
    readonly model: string;
    readonly type: ScalarType;
  }[];
}

const unary = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log log2 log10 log1p cbrt".split(
  " ",
);
/** Functions that models are given as `M`: of one number, with `32` behind the name of an f32, and of two numbers. */
export const modelledFunctions: readonly string[] = [...unary, "exp2", "exp10", "erf", "erfc"];
export const modelledPairs: readonly string[] = ["pow", "atan2", "hypot"];

const functionRules: readonly Rule[] = [
  ...unary.flatMap((name): Rule[] => [[`Math.${name}({f0})`, `M.${name}({f0})`]]),
  ["Math.pow({f0}, {f1})", "M.pow({f0}, {f1})"],
  ["(({f0}) ** {f1})", "M.pow({f0}, {f1})"],
  ["Math.atan2({f0}, {f1})", "M.atan2({f0}, {f1})"],
  ["Math.hypot({f0}, {f1})", "M.hypot({f0}, {f1})"],
  ["(({f0}) ** 2)", "({f0} * {f0})"],
];
const floatRules: readonly Rule[] = ["exp", "log", "sin", "tanh", "cbrt", "atan"].map(
  (name): Rule => [`Math.${name}({s0})`, `M.${name}32({s0})`],
);
const moreConditions: readonly Rule[] = rules(`
  ({f0} < {f1} < {f2})
  ({i0} <= {i1} === {b0})
  ({f0} == {i0})
  ({b0} != {f0})
  ({b0} < {b1})
`);

const stores =
  /\b[fgsiuhvbcld]s\[[^\]]*\] ?(?:[-+*/%|&^]?=[^=]|\+\+|--)|\b[fgsiuhvbcld]s\[.*\] ?(?:[-+*/%|&^]|<<|>>>?)?= |^\w+\[\{i0\} & 7\]\+\+|\b(?:put|fill|down|even|odd|tree)\(/;
const isReadOnly = (rule: Rule): boolean => !rule.some((template) => stores.test(template ?? ""));
const gathers = rules(`
  for (let i = 0; i < 4; i++) a += gs[2 * i + 1] * fs[7 - i];
  for (let i = 0; i < 8; i++) { if (is[i] > k) continue; c -= us[i]; if ({b0}) break; }
  for (let i = 7; i > 0; i -= 2) a = Math.max(a, hs[i]) + bs[i - 1];
  for (let i = 0; i < 8; i++) { k ^= is[(i * 3 + n) & 7]; }
  for (let m = 0; m < {f0} && m < 6; m++) { {B0} a += fs[(k + m) & 7]; }
  while (c > 1) { c = c / 2; if (++n > 20) return {f0}; {B0} }
  { let lo = 0, hi = 8; while (lo < hi) { const mid = (lo + hi) >> 1; if (gs[mid] < {f0}) lo = mid + 1; else hi = mid; } a += lo; }
`);

const ofFunctions = samplesOf(
  { ...leaves, b: [...leaves.b, "g"] },
  {
    ...composed,
    f: [...composed.f, ...functionRules].filter(isReadOnly),
    s: [...composed.s, ...floatRules],
    b: [...composed.b, ...moreConditions],
    B: [],
  },
  [...statements, ...gathers].filter(isReadOnly),
);

/** What expressions have: no assignments, arrays, locals or own functions. */
const isPure = (rule: Rule): boolean =>
  isReadOnly(rule) &&
  !rule.some(
    (template) =>
      /\b[ackzwt] = |\+\+|--|\+= |\w+s\[|half|early|times|sum\(|, \{f1\}\)$/.test(template ?? "") &&
      !/Math\.|M\./.test(template ?? ""),
  );
const ofExpressions = samplesOf(
  {
    f: "x y x y x y 0 1 0.5 3 -1 -0 1e308 2147483648 NaN Infinity".split(" "),
    i: ["p"],
    l: ["r"],
    s: ["q"],
    b: ["g", "true", "false"],
    B: [""],
  },
  {
    f: [...composed.f, ...functionRules].filter(isPure),
    i: composed.i.filter(isPure),
    l: composed.l.filter(isPure),
    s: [...composed.s, ...floatRules].filter(isPure),
    b: [...composed.b, ...moreConditions].filter(isPure),
    B: [],
  },
  [[""]],
);

const results = { f: "f64", i: "i32", l: "i64", s: "f32", b: "bool" } as const;
const typeOfSort = (sort: Exclude<Sort, "B">): ScalarType => results[sort];

const locals: Readonly<Record<string, string>> = { a: "x", c: "y", n: "0", k: "p", z: "r", w: "q", t: "x < y" };
const uses = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
const helpers = ["half", "early", "times", "sum"] as const;

function parametersOf(text: string): (ScalarName | ArrayName)[] {
  const names = [...Object.keys(scalarTypes), ...Object.keys(mixedArrays)] as (ScalarName | ArrayName)[]; // their keys
  return names.filter((name) => name === "x" || uses(text, name));
}

function typesOf(parameters: readonly (ScalarName | ArrayName)[]): Record<string, string> {
  const types: Record<string, string> = {};
  for (const name of parameters) {
    const type = name in mixedArrays ? mixedArrays[name as ArrayName] : scalarTypes[name as ScalarName]; // one or the other
    if (type !== "f64") types[name] = type;
  }
  return types;
}

function functionsIn(text: string): Record<string, string> | undefined {
  const used = helpers.filter((name) => text.includes(`${name}(`));
  if (used.length === 0) return undefined;
  return Object.fromEntries(used.map((name) => [name, String(mixedOptions.functions?.[name])]));
}

function programOf(sort: Exclude<Sort, "B">, [first, second, last]: readonly [Sample, Sample, Sample]): ColumnProgram {
  const all = `${first.text} ${second.text} ${last.text}`;
  const isUsed = (name: string) => uses(all, name) || uses(`${first.model} ${second.model} ${last.model}`, name);
  const own = Object.keys(locals).filter(isUsed);
  const declared = own.map((name) => `${name} = ${locals[name]}`).join(", ");
  const hasI = isUsed("i");
  const hasJ = isUsed("j");
  const head = `${hasI ? "const i = 3; " : ""}${hasJ ? "const j = p; " : ""}${own.length > 0 ? `let ${declared};` : ""}`;
  const parameters = parametersOf(`${head} ${all}`);
  const write = (pick: (sample: Sample) => string) =>
    `(${parameters.join(", ")}) => { ${head} ${pick(first)} ${pick(second)} return ${pick(last)}; }`;
  const types = typesOf(parameters);
  const localTypes: Record<string, string> = { k: "i32", j: "i32", z: "i64", w: "f32", t: "bool" };
  for (const [name, type] of Object.entries(localTypes))
    if (own.includes(name) || (name === "j" && hasJ)) types[name] = type;
  const text = write((sample) => sample.text);
  return {
    text,
    types,
    functions: functionsIn(text),
    parameters,
    result: typeOfSort(sort),
    model: write((sample) => sample.model),
    aggregates: [],
  };
}

/** `return {f}` in a body of a function that gives something else is not wanted there. */
const returning: Readonly<Record<Exclude<Sort, "B">, (text: string) => boolean>> = {
  f: () => true,
  i: (text) => !/\breturn\b/.test(text),
  l: (text) => !/\breturn\b/.test(text),
  s: (text) => !/\breturn\b/.test(text),
  b: (text) => !/\breturn\b/.test(text),
};

const sorts = ["f", "f", "f", "i", "l", "s", "b"] as const;

const functionProgram: fc.Arbitrary<ColumnProgram> = fc.constantFrom(...sorts).chain((sort) =>
  fc
    .tuple(ofFunctions.B, ofFunctions.B, ofFunctions[sort])
    .filter((parts) => returning[sort](parts.map(({ text }) => text).join(" ")))
    .map((parts) => programOf(sort, parts)),
);

function expressionOf(sort: Exclude<Sort, "B">, sample: Sample, isArrow: boolean): ColumnProgram {
  const found = parametersOf(sample.text);
  const parameters = isArrow ? found : found.filter((name) => uses(sample.text, name));
  return {
    text: isArrow ? `(${parameters.join(", ")}) => ${sample.text}` : sample.text,
    types: typesOf(parameters),
    functions: undefined,
    parameters,
    result: typeOfSort(sort),
    model: `(${parameters.join(", ")}) => ${sample.model}`,
    aggregates: [],
  };
}

const expressionProgram: fc.Arbitrary<ColumnProgram> = fc.constantFrom(...sorts).chain((sort) =>
  fc
    .tuple(ofExpressions[sort], fc.boolean())
    .map(([sample, isArrow]) => expressionOf(sort, sample, isArrow))
    .filter(({ parameters }) => parameters.length > 0),
);

const aggregateProgram: fc.Arbitrary<ColumnProgram> = fc
  .tuple(
    ofExpressions.f,
    fc.constantFrom("sum", "mean", "count"),
    fc.constantFrom(...sorts).chain((sort) => ofExpressions[sort].map((sample) => ({ sort, sample }))),
    fc.constantFrom("sum", "mean"),
    fc.constantFrom("+", "-", "*", "<"),
  )
  .filter(
    ([value, name, { sort, sample }]) => !(sort === "l" && name === "sum") && /[xypqrg]/.test(value.text + sample.text),
  )
  .map(([value, name, { sort, sample }, other, operator]): ColumnProgram => {
    const write = (v: string, first: string, second: string) => `(${v} ${operator} Number(${first})) / ${second}`;
    const text = write(value.text, `${name}(${sample.text})`, `${other}(${value.text})`);
    const parameters = parametersOf(text).filter((parameter) => uses(text, parameter));
    const list = parameters.join(", ");
    return {
      text,
      types: typesOf(parameters),
      functions: undefined,
      parameters,
      result: "f64",
      model: `(${[...parameters, "_0", "_1"].join(", ")}) => ${write(value.model, "_0", "_1")}`,
      aggregates: [
        { name: name as "sum" | "mean" | "count", model: `(${list}) => ${sample.model}`, type: typeOfSort(sort) }, // one of them
        { name: other as "sum" | "mean", model: `(${list}) => ${value.model}`, type: "f64" }, // as above
      ],
    };
  });

export const columnProgram: fc.Arbitrary<ColumnProgram> = fc.oneof(
  { weight: 5, arbitrary: functionProgram },
  { weight: 3, arbitrary: expressionProgram },
  { weight: 1, arbitrary: aggregateProgram },
);

/** The model as a function of JavaScript; `M` has the mathematical functions. */
export function modelOf(
  model: string,
  functions: ColumnProgram["functions"],
  M: object,
): (...args: unknown[]) => unknown {
  const own = Object.entries(functions ?? {}).map(([name, text]) => `const ${name} = ${text};`);
  return new Function("M", `${mixedPrelude} ${own.join("\n")} return ${model};`)(M) as (...args: unknown[]) => unknown; // a function's text
}
