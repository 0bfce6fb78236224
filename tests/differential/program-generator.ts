/**
 * Random functions: nested blocks that shadow, branches, loops of all kinds with labelled exits, arrays, calls. All of them
 * end: loops are counted, or count a variable that nothing else changes. A sample has the text to compile and the model's,
 * which is the same for numbers, and spells the declared arithmetic out for i32, i64 and f32.
 */
import fc from "fast-check";
import type { CompileOptions } from "../../src/engine/options.ts";

export interface Sample {
  readonly text: string;
  readonly model: string;
}

const same = (text: string): Sample => ({ text, model: text });

/** Fills `$0`, `$1`, … in both texts. */
function fill(template: string, parts: readonly Sample[], modelTemplate = template): Sample {
  const into = (pattern: string, pick: (part: Sample) => string) =>
    pattern.replace(/\$(\d)/g, (_, index: string) => pick(parts[Number(index)] ?? same("")));
  return { text: into(template, (part) => part.text), model: into(modelTemplate, (part) => part.model) };
}

/** The expressions of one kind of program. */
interface Kit {
  readonly leaves: readonly string[];
  /** `$0` and `$1` are values; with the model's text where it differs. */
  readonly operators: readonly (readonly [text: string, model?: string])[];
  readonly assignments: readonly (readonly [text: string, model?: string])[];
  readonly conditions: readonly string[];
  readonly zero: string;
  readonly options: CompileOptions;
}

const arrayReads = ["xs[$0 & 7]", "ys[$0 & 7]", "zs[$0 & 7]"] as const;

const numbers: Kit = {
  leaves: "a b c x y a b c x y n 0 1 2 0.5 -1 -0 1e308 3 2147483648 NaN Infinity true false xs.length zs[3]".split(" "),
  operators: [
    ..."+ - * / % + - * < <= == !== === & | ^ << >> >>> && ||"
      .split(" ")
      .map((operator) => [`($0 ${operator} $1)`] as const),
    ["($0 ? $1 : a)"],
    ["(- $0 + $1)"],
    ["!$0"],
    ["~$0"],
    ["Math.floor($0)"],
    ["Math.min($0, $1)"],
    ["Math.imul($0, $1)"],
    ["Number.isNaN($0)"],
    ["g($0, $1)"],
    ["h($0, $1)"],
    ["r($0 & 3, $1)"],
    ["(b = $0, $1)"],
    ["(a += $0)"],
    ["($0 && (c = $1))"],
    ["a++"],
    ["--c"],
    ["(xs[$0 & 7] = $1)"],
    ["(zs[$0 & 7] += $1)"],
    ["ys[$0 & 7]++"],
    ...arrayReads.map((read) => [read] as const),
  ],
  assignments: [
    ..."= += -= *= /= %= &= |= ^= <<= >>= >>>= &&= ||=".split(" ").map((operator) => [`$v ${operator} $0;`] as const),
    ["$v++;"],
    ["--$v;"],
    ["xs[$0 & 7] = $1;"],
    ["ys[$0 & 7] -= $1;"],
    ["zs[$0 & 7] ||= $1;"],
    ["us[$0 & 7] = $1;"],
    ["spread($0, xs);"],
  ],
  conditions: ["$0", "$0 < $1", "$0 > $1 && $1 < $0", "!($0 >= $1)", "xs[$0 & 7] > $1 || $0"],
  zero: "0",
  options: {
    types: { xs: "Float64Array", ys: "Int32Array", zs: "Uint8ClampedArray", us: "Float32Array" },
    functions: {
      g: "(p, q) => p * 0.5 + q",
      h: "(p, q) => { let s = p; for (let i = 0; i < 3; i++) { if (s > q) return s; s += i; } return q > 0; }",
      r: "(depth, p) => depth <= 0 ? p : r(depth - 1, p + depth) + 1",
      spread: "(p, array) => { for (let i = 0; i < array.length; i += 2) { if (p > i) continue; array[i] = p; } }",
    },
  },
};

const wrap32 = (operator: string) => [`($0 ${operator} $1)`, `(($0 ${operator} $1) | 0)`] as const;
const integers: Kit = {
  leaves: "a b c x y a b c x y".split(" "),
  operators: [
    ..."+ - & | ^ << >>".split(" ").map(wrap32),
    ["($0 * $1)", "Math.imul($0, $1)"],
    ["($0 >>> $1)", "(($0 >>> $1) | 0)"],
    ["($0 + 1)", "(($0 + 1) | 0)"],
    ["($0 * -7)", "Math.imul($0, -7)"],
    ["($0 / 3)", "(($0 / 3) | 0)"],
    ["($0 % 5)", "(($0 % 5) | 0)"],
    ["($0 / $1)", "divide($0, $1)"],
    ["(- $0)", "(- $0 | 0)"],
    ["(~$0)"],
    ["($0 < $1 ? $0 : $1)"],
    ["($0 || $1)"],
    ["(b = $0)"],
    ["a++", "((a = (a + 1) | 0), (a - 1) | 0)"],
    ["g($0, $1)", "(($0 - $1) | 0)"],
  ],
  assignments: [
    ["$v = $0;"],
    ["$v += $0;", "$v = ($v + $0) | 0;"],
    ["$v *= $0;", "$v = Math.imul($v, $0);"],
    ["$v ^= $0;"],
    ["$v <<= $0;"],
    ["$v--;", "$v = ($v - 1) | 0;"],
    ["xs[$0 & 7] = $1;"],
    ["$v = xs[$0 & 7] | 0;"],
  ],
  conditions: ["$0", "$0 < $1", "$0 >= $1 && $1 !== $0", "!$0"],
  zero: "0",
  options: {
    types: { a: "i32", b: "i32", c: "i32", x: "i32", y: "i32", xs: "Int32Array" },
    functions: { g: "(p, q) => p - q" },
  },
};

const wrap64 = (operator: string) => [`($0 ${operator} $1)`, `BigInt.asIntN(64, $0 ${operator} $1)`] as const;
const bigints: Kit = {
  leaves: "a b c x y a b c 0n 1n -1n 9223372036854775807n 3n 100000n BigInt.asIntN(8,x)".split(" "),
  operators: [
    ..."+ - * & | ^".split(" ").map(wrap64),
    ["($0 << $1)", "BigInt.asIntN(64, $0 << ($1 & 63n))"],
    ["($0 >> $1)", "BigInt.asIntN(64, $0 >> ($1 & 63n))"],
    ["($0 / 3n)"],
    ["($0 / $1)", "divide64($0, $1)"],
    ["($0 % $1)", "remainder64($0, $1)"],
    ["(- $0)", "BigInt.asIntN(64, - $0)"],
    ["(~$0)"],
    ["($0 < $1 ? $0 : $1)"],
    ["($0 && $1)"],
    ["(b = $0)"],
    ["a++", "((a = BigInt.asIntN(64, a + 1n)), BigInt.asIntN(64, a - 1n))"],
    ["g($0, $1)", "BigInt.asIntN(64, $0 - $1)"],
    ["BigInt(Number($0 & 1023n) / 1)"],
    ["BigInt($0 > $1)"],
  ],
  assignments: [
    ["$v = $0;"],
    ["$v += $0;", "$v = BigInt.asIntN(64, $v + $0);"],
    ["$v *= $0;", "$v = BigInt.asIntN(64, $v * $0);"],
    ["$v ^= $0;"],
    ["$v--;", "$v = BigInt.asIntN(64, $v - 1n);"],
    ["xs[Number($0 & 7n)] = $1;"],
    ["$v = xs[Number($0 & 7n)];"],
  ],
  conditions: ["$0", "$0 < $1", "$0 >= $1 && $1 !== $0", "!$0", "$0 > 5"],
  zero: "0n",
  options: { types: { x: "i64", y: "i64", xs: "BigInt64Array" }, functions: { g: "(p, q) => p - q" } },
};

const round = (operator: string) => [`($0 ${operator} $1)`, `Math.fround($0 ${operator} $1)`] as const;
const floats: Kit = {
  leaves: "a b c x y a b c x y".split(" "),
  operators: [
    ..."+ - * / + - *".split(" ").map(round),
    ["($0 * 0.5)", "Math.fround($0 * 0.5)"],
    ["($0 % $1)"],
    ["(- $0)"],
    ["Math.sqrt($0)", "Math.fround(Math.sqrt($0))"],
    ["Math.abs($0)"],
    ["Math.max($0, $1)"],
    ["($0 < $1 ? $0 : $1)"],
    ["($0 || $1)"],
    ["(b = $0)"],
    ["g($0, $1)", "Math.fround($0 - $1)"],
  ],
  assignments: [
    ["$v = $0;"],
    ["$v += $0;", "$v = Math.fround($v + $0);"],
    ["$v /= $0;", "$v = Math.fround($v / $0);"],
    ["$v++;", "$v = Math.fround($v + 1);"],
    ["$v = Math.fround(Number($0) + 0.1);"],
    ["xs[$0 & 7] = $1;"],
    ["$v = xs[$0 & 7];"],
  ],
  conditions: ["$0", "$0 < $1", "$0 >= $1 && $1 !== $0", "!$0"],
  zero: "0",
  options: {
    types: { a: "f32", b: "f32", c: "f32", x: "f32", y: "f32", xs: "Float32Array" },
    functions: { g: "(p, q) => p - q" },
  },
};

export const kits = { numbers, integers, bigints, floats } as const;

/** What the models refer to. */
export const modelPrelude = `
  const divide = (a, b) => { if (b === 0 || (a === -2147483648 && b === -1)) throw "trap"; return (a / b) | 0; };
  const lowest = -9223372036854775808n;
  const divide64 = (a, b) => { if (b === 0n || (a === lowest && b === -1n)) throw "trap"; return a / b; };
  const remainder64 = (a, b) => { if (b === 0n) throw "trap"; return a % b; };
`;

/** Functions of `x`, `y` and the kit's arrays. */
export function programArbitrary(
  { leaves, operators, assignments, conditions, zero }: Kit,
  arrays: string,
): fc.Arbitrary<Sample> {
  const { statement, expression } = fc.letrec<{ expression: Sample; statement: Sample; body: Sample }>((tie) => {
    const value = tie("expression");
    const body = tie("body");
    const condition = fc.tuple(fc.constantFrom(...conditions), value, value).map(([text, p, q]) => fill(text, [p, q]));
    const wrapped = (template: string, ...parts: fc.Arbitrary<Sample>[]) =>
      fc.tuple(...parts).map((list) => fill(template, list));
    /** Labels are unique, since one may not stand inside another of its name. */
    const labelled = (template: string, ...parts: fc.Arbitrary<Sample>[]) =>
      fc.tuple(fc.noShrink(fc.nat({ max: 1e9 })), wrapped(template, ...parts)).map(([id, { text, model }]) => ({
        text: text.replaceAll("@", `L${id}`),
        model: model.replaceAll("@", `L${id}`),
      }));
    const variable = fc.constantFrom("a", "b", "c");
    return {
      expression: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom(...leaves).map(same),
        fc.tuple(fc.constantFrom(...operators), value, value).map(([[text, model], p, q]) => fill(text, [p, q], model)),
      ),
      statement: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc
          .tuple(fc.constantFrom(...assignments), variable, value, value)
          .map(([[text, model], name, p, q]) =>
            fill(text.replaceAll("$v", name), [p, q], model?.replaceAll("$v", name)),
          ),
        wrapped("if ($0) { $1 }", condition, body),
        wrapped("if ($0) { $1 } else { $2 }", condition, body, body),
        wrapped("if ($0) { $1 } else if ($3) { $2 }", condition, body, body, condition),
        fc
          .tuple(fc.integer({ min: 0, max: 4 }), body)
          .map(([count, inner]) => fill(`for (let i = 0; i < ${count}; i++) { $0 }`, [inner])),
        wrapped("while (n++ < 12) { $0 }", body),
        wrapped("do { $0 } while (n++ < 9);", body),
        labelled(
          "@: for (let i = 0, j = 5; i < j; i++, j--) { $0 if ($1) continue @; $2 if ($3) break @; }",
          body,
          condition,
          body,
          condition,
        ),
        labelled("@: { $0 if ($1) break @; $2 }", body, condition, body),
        labelled("@: { for (let k = 0; ; k++) { if (k > 3) break @; if ($0) continue; $1 } }", condition, body),
        wrapped("{ const d = $0; { let a = d; $1 b = a; } }", value, body),
        wrapped(
          "switch (n & 3) { case 0: $0 case 1: $1 break; case 2: { $2 } default: c = $3; }",
          body,
          body,
          body,
          value,
        ),
        wrapped("if ($0) return $1;", condition, value),
      ),
      body: fc.array(tie("statement"), { maxLength: 3, depthIdentifier: "body" }).map((list) => ({
        text: list.map(({ text }) => text).join(" "),
        model: list.map(({ model }) => model).join(" "),
      })),
    };
  });
  return fc.tuple(fc.array(statement, { minLength: 1, maxLength: 6 }), expression).map(([list, result]) => {
    const whole = (pick: (sample: Sample) => string) =>
      `(x, y, ${arrays}) => {\n  let a = x, b = y, c = ${zero === "0" ? "x" : zero}, n = 0;\n  ${list.map(pick).join("\n  ")}\n  return ${pick(result)};\n}`;
    return { text: whole(({ text }) => text), model: whole(({ model }) => model) };
  });
}
