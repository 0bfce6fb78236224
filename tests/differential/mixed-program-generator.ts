/**
 * Random functions in which all types meet: numbers, declared i32, i64, f32 and bool values, arrays of every kind of element
 * that may be one memory, indices that are no elements, loops over arrays with steps and offsets and near 2^31, labels,
 * functions that call themselves and each other. All of them end. As in program-generator.ts, a sample has the text to
 * compile and the model's, which spells declared arithmetic and traps out for JavaScript.
 *
 * A rule is a template, and the model's where it differs: `{f0}` stands for a value of type f64, `{i1}` of i32, `{l}` i64,
 * `{s}` f32, `{b}` bool, `{B}` for statements; the same digit is the same text.
 */
import fc from "fast-check";
import type { CompileOptions } from "../../src/engine/options.ts";
import type { Sample } from "./program-generator.ts";

export type Rule = readonly [text: string, model?: string];
export const rules = (list: string): Rule[] =>
  list.split("\n").flatMap((line) => (line.trim() === "" ? [] : [[line.trim()]]));

/** The arrays, each of eight elements. */
export const mixedArrays = {
  fs: "Float64Array",
  gs: "Float64Array",
  ss: "Float32Array",
  is: "Int32Array",
  us: "Uint32Array",
  hs: "Int16Array",
  vs: "Uint16Array",
  bs: "Int8Array",
  cs: "Uint8Array",
  ds: "Uint8ClampedArray",
  ls: "BigInt64Array",
} as const;
const numberArrays = Object.keys(mixedArrays).filter((name) => name !== "ls");

export const mixedOptions: CompileOptions = {
  types: { ...mixedArrays, k: "i32", p: "i32", j: "i32", z: "i64", r: "i64", w: "f32", q: "f32", t: "bool" },
  functions: {
    half: "(v, o) => v * 0.5 + o",
    early: "(v, o) => { for (let m = 0; m < 4; m++) { if (v > o) return v; v += m; } return o > 0 ? v : o; }",
    times: "(v, o) => v * o - (v >> 1)",
    down: "(depth, v) => depth <= 0 ? v : down(depth - 1, v + depth) + 1",
    even: "(depth, v) => depth <= 0 ? v : odd(depth - 1, v * 2)",
    odd: "(depth, v) => depth <= 0 ? -v : v > 1e6 ? even(depth - 2, v) : even(depth - 1, v + 1)",
    tree: "(depth, v) => { if (depth < 1) return v; const left = tree(depth - 1, v * 0.5); return left + tree(depth - 2, left - v); }",
    fill: "(array, v) => { for (let m = 0; m < array.length; m += 2) { if (v > m) continue; array[m] = v; } }",
    sum: "(array, from) => { let s = 0; for (let m = from; m < array.length; m++) s += array[m]; return s; }",
  },
};

const reads = numberArrays.flatMap((name): Rule[] => [[`${name}[{i0} & 7]`], [`${name}[i]`]]);
const wrap = (operator: string): Rule => [`({i0} ${operator} {i1})`, `(({i0} ${operator} {i1}) | 0)`];
const long = (operator: string): Rule => [`({l0} ${operator} {l1})`, `BigInt.asIntN(64, {l0} ${operator} {l1})`];
const round = (operator: string): Rule => [`({s0} ${operator} {s1})`, `Math.fround({s0} ${operator} {s1})`];
const binary = (sort: string, operators: string): Rule[] =>
  operators.split(" ").map((operator): Rule => [`({${sort}0} ${operator} {${sort}1})`]);

export const leaves = {
  f: "a c x y a c x y i i n 0 1 0.5 3 -1 -0 1e308 2147483648 -2147483649 4294967295 NaN Infinity fs.length".split(" "),
  i: "k p j k p".split(" "),
  l: "z r z r 0n 1n -1n 3n 9223372036854775807n 4294967296n".split(" "),
  s: "w q w".split(" "),
  b: "t t true false".split(" "),
  B: ["", "a = c;", "k++;"],
};
export type Sort = keyof typeof leaves;

export const composed: Readonly<Record<Sort, readonly Rule[]>> = {
  f: [
    ...binary("f", "+ - * / % + - * & | ^ << >> >>> && ||"),
    ...reads,
    ["fs[{i0}]", "at(fs, {i0})"],
    ...rules(`
      ({b0} ? {f0} : {f1})
      ({b0} ? {i0} : Number({f1}))
      ({b0} ? Number({f0}) : {s1})
      (({b0} && {f0}) + {f1})
      ({i0} + Number({f0}))
      (Number({f0}) * {i1})
      ({s0} - Number({f1}))
      ({i0} + {s1})
      ({b0} + {b1})
      (- {f0})
      (~{f0})
      Number({l0})
      Number({i0})
      +{b0}
      Math.floor({f0})
      Math.ceil({f0})
      Math.trunc({f0})
      Math.round({f0})
      Math.sign({f0})
      Math.abs({f0})
      Math.sqrt({f0})
      Math.fround({f0})
      Math.min({f0}, {f1})
      Math.max(Number({f0}), {i1}, {b2})
      Math.imul({f0}, {f1})
      Math.clz32({f0})
      half({f0}, {f1})
      early({f0}, {f1})
      down({f0} & 3, {f1})
      even({f0} & 7, {f1})
      tree({f0} & 3, {f1})
      sum(gs, {f0} & 7)
      (c = {f0}, {f1})
      (a += {f0})
      a++
      --c
      fs[i] = {f0}
    `).map(([text]): Rule => [/ = /.test(text) && !text.startsWith("(") ? `(${text})` : text]),
  ],
  i: [
    ...["+", "-", "&", "|", "^", "<<", ">>"].map(wrap),
    ["({i0} * {i1})", "Math.imul({i0}, {i1})"],
    ["({i0} >>> {i1})", "(({i0} >>> {i1}) | 0)"],
    ["({i0} + 1)", "(({i0} + 1) | 0)"],
    ["({i0} * -7)", "Math.imul({i0}, -7)"],
    ["({i0} / 3)", "(({i0} / 3) | 0)"],
    ["({i0} % 5)", "(({i0} % 5) | 0)"],
    ["({i0} / {i1})", "divide({i0}, {i1})"],
    ["({i0} % {i1})", "remainder({i0}, {i1})"],
    ["(- {i0})", "(- {i0} | 0)"],
    ["(~{i0})"],
    ["({b0} ? {i0} : {i1})"],
    ["Math.min({i0}, {i1})"],
    ["Math.abs({i0})", "(Math.abs({i0}) | 0)"],
    ["times({i0}, {i1})", "times32({i0}, {i1})"],
    ["(k = {i0})"],
    ["k++", "((k = (k + 1) | 0), (k - 1) | 0)"],
  ],
  l: [
    ...["+", "-", "*", "&", "|", "^"].map(long),
    ["({l0} << {l1})", "BigInt.asIntN(64, {l0} << ({l1} & 63n))"],
    ["({l0} >> {l1})", "BigInt.asIntN(64, {l0} >> ({l1} & 63n))"],
    ["({l0} / {l1})", "divide64({l0}, {l1})"],
    ["({l0} % {l1})", "remainder64({l0}, {l1})"],
    ["({l0} / 10n)"],
    ["(- {l0})", "BigInt.asIntN(64, - {l0})"],
    ["(~{l0})"],
    ["({b0} ? {l0} : {l1})"],
    ["BigInt({i0})"],
    ["BigInt({b0})"],
    ["BigInt({f0} | 0)"],
    ["BigInt({f0} * 1)", "whole({f0} * 1)"],
    ["BigInt.asIntN(32, {l0})"],
    ["BigInt.asUintN(17, {l0})"],
    ["ls[{i0} & 7]"],
    ["(z = {l0})"],
  ],
  s: [
    ...["+", "-", "*", "/"].map(round),
    ["({s0} * 0.5)", "Math.fround({s0} * 0.5)"],
    ["({s0} % {s1})"],
    ["(- {s0})"],
    ["Math.sqrt({s0})", "Math.fround(Math.sqrt({s0}))"],
    ["Math.abs({s0})"],
    ["Math.floor({s0})"],
    ["Math.max({s0}, {s1})"],
    ["({b0} ? {s0} : {s1})"],
    ["(w = {s0})"],
  ],
  b: [
    ...["f", "i", "l", "s"].flatMap((sort) => binary(sort, "< <= > >= === !==")),
    ...rules(`
      ({i0} < Number({f1}))
      ({s0} >= Number({f1}))
      ({l0} > 5)
      !{f0}
      !{b0}
      ({b0} && {b1})
      ({b0} || {b1})
      ({b0} ? {b1} : {b2})
      ({b0} === {b1})
      Number.isNaN({f0})
      Number.isInteger({f0})
      Boolean({f0})
      (t = {b0})
    `),
  ],
  B: [],
};

/** A store to an element, a loop over arrays, in each way that this sort of statement comes. */
export const statements: readonly Rule[] = [
  ...numberArrays.flatMap((name): Rule[] => [
    [`${name}[{i0} & 7] = {f0};`],
    [`${name}[i] += {f0};`],
    [`${name}[{i0} & 7]++;`],
    [`for (let i = 0; i < ${name}.length; i++) ${name}[i] = {f0};`],
    [`for (let i = 0; i < ${name}.length; i++) a += ${name}[i];`],
  ]),
  ...["= += -= *= /= %= &= |= ^= <<= >>= >>>= &&= ||="].flatMap((list) =>
    list.split(" ").flatMap((operator): Rule[] => [[`a ${operator} {f0};`], [`c ${operator} {f0};`]]),
  ),
  ["fs[{i0}] = {f0};", "put(fs, {i0}, {f0});"],
  ["k = {f0} | 0;"],
  ["k = {i0};"],
  ["k += {i0};", "k = (k + {i0}) | 0;"],
  ["k *= {i0};", "k = Math.imul(k, {i0});"],
  ["k ^= {i0};"],
  ["k--;", "k = (k - 1) | 0;"],
  ["z = {l0};"],
  ["z += {l0};", "z = BigInt.asIntN(64, z + {l0});"],
  ["z *= {l0};", "z = BigInt.asIntN(64, z * {l0});"],
  ["ls[{i0} & 7] = {l0};"],
  ["for (let i = 0; i < ls.length; i++) z ^= ls[i];"],
  ["w = {s0};"],
  ["w = Math.fround({f0});"],
  ["w -= {s0};", "w = Math.fround(w - {s0});"],
  ["ss[{i0} & 7] = {s0};"],
  ...rules(`
    t = {b0};
    fill(gs, {f0});
    { const d = {f0}; { let a = d; {B0} c = a; } }
    { let m = {f0}; for (let i = 0; i < 3; i++) { m = {b0} ? m : {i0}; {B0} } a = m; }
    if ({b0}) { {B0} }
    if ({f0}) { {B0} } else { {B1} }
    if ({b0}) { {B0} } else if ({b1}) { {B1} } else if ({l0} > 7n) { {B2} } else { {B3} }
    if (n === 0) { {B0} } else if (n === 1) { {B1} } else if (n === 2) a = {f0}; else c = {f1};
    if ({b0}) return {f0};
    switch (k) { case 0: {B0} case 1: {B1} break; case -1: { {B2} } case 7: a = {f0}; break; default: c = {f1}; }
    switch (n % 3) { case 0: { {B0} } break; default: {B1} case 2: {B2} }
    while (n++ < 12) { {B0} }
    do { {B0} } while (n++ < 9 && {b0});
    for (let i = 0; i < 4; i++) { {B0} }
    for (let i = 7; i >= 0; i--) { {B0} if ({b0}) continue; {B1} }
    for (let i = 1; i < 8; i += 2) { {B0} }
    for (let i = 0; i < (k & 7); i++) { {B0} }
    for (let i = 0; i < n; i++) { {B0} if (i > 7) break; }
    for (let j = 0; j < 6; j++) { {B0} }
    for (let j = 5; j > 0; j--) { k = {i0}; {B0} }
    for (let j = 2147483640; j < 2147483647; j++) { a = {f0}; }
    for (let i = 0, m = 2147483640; i < 8; i++, m++) { a += m | 0; c = (m * 2) | 0; {B0} }
    for (let i = 0, m = -2147483640; i < 8; i++, m -= 3) { a ^= m; c = m >> 2; fs[i] = m; }
    for (let i = 0; i < 8; i++) if (fs[i] === {f0}) return i;
    for (let i = 0; i < 7; i++) fs[i] = fs[i + 1] * {f0};
    for (let i = 0; i < 7; i++) gs[i + 1] = gs[i] + fs[i];
    for (let i = 0; i < 8; i++) fs[i] = gs[7 - i] - c;
    for (let i = 0; i < 4; i++) gs[2 * i + 1] = fs[i] + gs[2 * i];
    for (let i = 0; i < 8; i++) { const d = fs[i]; fs[i] = gs[i]; gs[i] = d; }
    for (let i = 0, m = 7; i < m; i++, m--) { const d = is[i]; is[i] = is[m]; is[m] = d; }
    for (let i = 0; i < 8; i++) { cs[i] = us[i] >>> (i & 7); us[i] = Math.imul(us[i], 2654435761) ^ cs[i]; }
    for (let i = 0; i < 8; i++) { is[i] = (is[i] << 5) - is[i] + bs[i]; a = Math.max(a, is[i]); }
    for (let i = 0; i < 8; i++) ss[i] = ss[i] * w + q;
    for (let i = 0; i < 8; i++) { ls[i] = ls[i] ^ z; }
    @: for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if ({b0}) continue @; {B0} if ({b1}) break @; a += i * j; } }
    @: for (let i = 0, m = 5; i < m; i++, m--) { {B0} if ({b0}) continue @; {B1} if ({b1}) break @; }
    @: { {B0} if ({b0}) break @; {B1} }
    @: { for (let m = 0; ; m++) { if (m > 3) break @; if ({b0}) continue; {B0} } }
    @: do { for (let i = 0; i < 3; i++) { if ({b0}) continue @; a = half(a, i); } {B0} } while (n++ < 5);
  `),
];

/** What the models refer to. */
export const mixedPrelude = `
  const divide = (a, b) => { if (b === 0 || (a === -2147483648 && b === -1)) throw "trap"; return (a / b) | 0; };
  const remainder = (a, b) => { if (b === 0) throw "trap"; return (a % b) | 0; };
  const times32 = (a, b) => (Math.imul(a, b) - (a >> 1)) | 0;
  const lowest = -9223372036854775808n;
  const divide64 = (a, b) => { if (b === 0n || (a === lowest && b === -1n)) throw "trap"; return a / b; };
  const remainder64 = (a, b) => { if (b === 0n) throw "trap"; return a % b; };
  const whole = (x) => { if (!Number.isInteger(x) || BigInt.asIntN(64, BigInt(x)) !== BigInt(x)) throw "trap"; return BigInt(x); };
  const at = (array, index) => { if (!(index in array)) throw "trap"; return array[index]; };
  const put = (array, index, value) => { if (!(index in array)) throw "trap"; array[index] = value; };
`;

type Samples = Readonly<Record<Sort, fc.Arbitrary<Sample>>>;

/** What rules make of leaves: an expression of each sort, and lists of statements. */
export function samplesOf(
  ends: Readonly<Record<Sort, readonly string[]>>,
  expressions: Readonly<Record<Sort, readonly Rule[]>>,
  bodies: readonly Rule[],
): Samples {
  return fc.letrec<Record<Sort | "statement", Sample>>((tie) => {
    const from = (list: readonly Rule[]): fc.Arbitrary<Sample> =>
      fc.constantFrom(...list).chain(([text, model = text]) => {
        const names = [...new Set(text.match(/\{\w\d\}/g) ?? [])];
        const parts = names.map((name) => tie(name[1] as Sort)); // templates name sorts
        const label = fc.noShrink(fc.nat({ max: 1e9 }));
        return fc.tuple(label, ...parts).map(([id, ...samples]) => {
          const into = (template: string, pick: (sample: Sample) => string) =>
            template
              .replace(/\{\w\d\}/g, (name) => pick(samples[names.indexOf(name)] as Sample)) // one for each name
              .replaceAll("@", `L${id}`);
          return { text: into(text, (part) => part.text), model: into(model, (part) => part.model) };
        });
      });
    const expression = (sort: Sort) =>
      fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom(...ends[sort]).map((text) => ({ text, model: text })),
        from(expressions[sort]),
      );
    return {
      f: expression("f"),
      i: expression("i"),
      l: expression("l"),
      s: expression("s"),
      b: expression("b"),
      statement: from(bodies),
      B: fc.array(tie("statement"), { maxLength: 3, depthIdentifier: "body" }).map((list) => ({
        text: list.map(({ text }) => text).join(" "),
        model: list.map(({ model }) => model).join(" "),
      })),
    };
  });
}

/** Functions of `x`, `y`, `p` (i32), `r` (i64), `q` (f32) and the arrays. */
export function mixedProgram(): fc.Arbitrary<Sample> {
  const { B: body, f: result } = samplesOf(leaves, composed, statements);
  return fc.tuple(body, body, result).map((parts) => {
    const whole = (pick: (sample: Sample) => string) => {
      const [first, second, last] = parts.map(pick);
      return `(x, y, p, r, q, ${Object.keys(mixedArrays).join(", ")}) => {
  const i = 3, j = p;
  let a = x, c = y, n = 0, k = p, z = r, w = q, t = x < y;
  ${first}
  ${second}
  return ${last};
}`;
    };
    return { text: whole(({ text }) => text), model: whole(({ model }) => model) };
  });
}
