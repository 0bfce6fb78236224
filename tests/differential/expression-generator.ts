/**
 * Random expressions for differential tests.
 *
 * A `Sample` carries its text in jitsmith's language and a model: plain JavaScript that computes the same. For numbers and
 * booleans the two are one text, since the language is JavaScript. For declared i32 values the model spells out what the
 * language reference says: wrap with `| 0`, `Math.imul`, and a division that throws where the language traps.
 */
import fc from "fast-check";

export interface Sample {
  readonly text: string;
  readonly model: string;
}

/** Numbers at which floating-point code goes wrong. */
export const specialNumbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  0.49999999999999994,
  -0.49999999999999994,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
  -Number.MIN_VALUE,
  2 ** -1022,
  2 ** -1022 - Number.MIN_VALUE,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.EPSILON,
  2 ** 31,
  2 ** 31 - 1,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 52 - 0.5,
  2 ** 52 + 1,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53) - 2,
  2 ** 63,
  -(2 ** 63),
  1e300,
  0.1,
  123456.789,
];

export const numberArbitrary: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...specialNumbers),
  fc.double(),
  fc.integer({ min: -10, max: 10 }),
  fc.double({ min: -100, max: 100 }),
);

export const specialIntegers: readonly number[] = [
  0,
  1,
  -1,
  2,
  -2,
  3,
  7,
  -10,
  31,
  32,
  33,
  255,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 30,
  -(2 ** 31) + 1,
];

export const integerArbitrary: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...specialIntegers),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.integer({ min: -20, max: 20 }),
);

const numberLeaves = [
  ..."x y z x y z x y z".split(" "),
  ..."0 1 2 3 0.5 -1 -0 1e308 5e-324 2147483648 4503599627370497 0x7fffffff 0b101 0o17 1_000.25 .5 3. NaN Infinity true false".split(
    " ",
  ),
  ..."Math.PI Math.E Math.SQRT1_2 Number.EPSILON Number.MAX_VALUE".split(" "),
];

const unaryOperators = ["-", "+", "!", "- -", "!!", "~"];
const binaryOperators = "+ - * / + - * / + - * / < <= > >= == != === !== && || && || & | ^ << >> >>>".split(" ");
const functions = ["sqrt", "abs", "floor", "ceil", "trunc", "round", "sign", "fround", "clz32"];

/** Expressions over x, y, z of numbers and booleans. The text is JavaScript as it stands. */
export const numberExpression: fc.Arbitrary<string> = fc.letrec<{ expression: string }>((tie) => {
  const expression = tie("expression");
  const parenthesized = (text: string, wrap: boolean) => (wrap ? `(${text})` : text);
  return {
    expression: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.constantFrom(...numberLeaves),
      fc
        .tuple(expression, fc.constantFrom(...binaryOperators), expression, fc.boolean())
        .map(([left, operator, right, wrap]) =>
          // Without parentheses the text parses otherwise than it was made, which is fine: it is its own model.
          parenthesized(`${left} ${operator} ${right}`, wrap),
        ),
      fc.tuple(fc.constantFrom(...unaryOperators), expression).map(([operator, operand]) => `${operator} (${operand})`),
      fc
        .tuple(expression, expression, expression, fc.boolean())
        .map(([test, first, second, wrap]) => parenthesized(`${test} ? ${first} : ${second}`, wrap)),
      fc
        .tuple(fc.constantFrom(...functions), expression, fc.boolean())
        .map(([name, operand]) => `Math.${name}(${operand})`),
      fc.tuple(expression, expression).map(([left, right]) => `Math.imul(${left}, ${right})`),
      fc
        .tuple(fc.constantFrom("min", "max", "min", "max"), fc.array(expression, { maxLength: 4 }))
        .map(([name, list]) => `Math.${name}(${list.join(", ")})`),
    ),
  };
}).expression;

type Typed = {
  integer: Sample;
  number: Sample;
  boolean: Sample;
};

const same = (text: string): Sample => ({ text, model: text });

const integerMeaning: Readonly<Record<string, (a: string, b: string) => string>> = {
  "+": (a, b) => `((${a} + ${b}) | 0)`,
  "-": (a, b) => `((${a} - ${b}) | 0)`,
  "*": (a, b) => `Math.imul(${a}, ${b})`,
  "/": (a, b) => `divide(${a}, ${b})`,
  "%": (a, b) => `remainder(${a}, ${b})`,
  "&": (a, b) => `(${a} & ${b})`,
  "|": (a, b) => `(${a} | ${b})`,
  "^": (a, b) => `(${a} ^ ${b})`,
  "<<": (a, b) => `(${a} << ${b})`,
  ">>": (a, b) => `(${a} >> ${b})`,
  ">>>": (a, b) => `((${a} >>> ${b}) | 0)`,
};

/** What the models of i32 expressions refer to. Division throws "trap" where the language traps. */
export const modelPrelude = `
  const integerNegate = (a) => (0 - a) | 0;
  const integerAbs = (a) => (a < 0 ? (0 - a) | 0 : a);
  const divide = (a, b) => { if (b === 0 || (a === -2147483648 && b === -1)) throw "trap"; return (a / b) | 0; };
  const remainder = (a, b) => { if (b === 0) throw "trap"; return (a % b) | 0; };
`;

/** Expressions over i32 parameters a, b, c and number parameters x, y. */
const typedExpression: fc.LetrecValue<Typed> = fc.letrec<Typed>((tie) => {
  const integer = tie("integer");
  const number = tie("number");
  const boolean = tie("boolean");
  const either = fc.oneof(integer, number);
  return {
    integer: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("a", "b", "c").map(same),
      fc.tuple(integer, fc.constantFrom(...Object.keys(integerMeaning)), integer).map(([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        model: integerMeaning[operator]?.(left.model, right.model) ?? "",
      })),
      fc
        .tuple(
          integer,
          fc.constantFrom("+", "-", "*", "/", "%", "&", "<<", ">>>"),
          fc.constantFrom(-3, -1, 0, 1, 2, 7, 31, 2147483647, -2147483648),
        )
        .map(([left, operator, literal]) => ({
          text: `(${left.text} ${operator} ${literal})`,
          model: integerMeaning[operator]?.(left.model, `(${literal})`) ?? "",
        })),
      integer.map((operand) => ({ text: `(- ${operand.text})`, model: `integerNegate(${operand.model})` })),
      integer.map((operand) => ({ text: `(~ ${operand.text})`, model: `(~ ${operand.model})` })),
      integer.map((operand) => ({ text: `abs(${operand.text})`, model: `integerAbs(${operand.model})` })),
      fc.tuple(fc.constantFrom("min", "max"), integer, integer).map(([name, left, right]) => ({
        text: `${name}(${left.text}, ${right.text})`,
        model: `Math.${name}(${left.model}, ${right.model})`,
      })),
      fc.tuple(boolean, integer, integer).map(([test, left, right]) => ({
        text: `(${test.text} ? ${left.text} : ${right.text})`,
        model: `(${test.model} ? ${left.model} : ${right.model})`,
      })),
    ),
    number: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("x", "y").map(same),
      integer.map((operand) => ({ text: `Number(${operand.text})`, model: operand.model })),
      fc.tuple(number, fc.constantFrom("+", "-", "*", "/", "|", ">>>"), either).map(([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        model: `(${left.model} ${operator} ${right.model})`,
      })),
      fc.tuple(boolean, integer, number).map(([test, left, right]) => ({
        text: `(${test.text} ? ${left.text} : ${right.text})`,
        model: `(${test.model} ? ${left.model} : ${right.model})`,
      })),
    ),
    boolean: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc
        .tuple(either, fc.constantFrom("<", "<=", ">", ">=", "==", "!=", "===", "!=="), either)
        .map(([left, operator, right]) => ({
          text: `(${left.text} ${operator} ${right.text})`,
          model: `(${left.model} ${operator} ${right.model})`,
        })),
      fc.tuple(boolean, fc.constantFrom("&&", "||", "===", "!="), boolean).map(([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        model: `(${left.model} ${operator} ${right.model})`,
      })),
      either.map((operand) => ({ text: `(! ${operand.text})`, model: `(! ${operand.model})` })),
    ),
  };
});

/** Any of the three kinds, and choices between values of unlike kinds. */
export const typedSample: fc.Arbitrary<Sample> = fc.oneof(
  typedExpression.integer,
  typedExpression.number,
  typedExpression.boolean,
  fc
    .tuple(typedExpression.boolean, fc.constantFrom("&&", "||"), typedExpression.integer)
    .map(([left, operator, right]) => ({
      text: `${left.text} ${operator} ${right.text}`,
      model: `${left.model} ${operator} ${right.model}`,
    })),
  fc
    .tuple(typedExpression.integer, fc.constantFrom("&&", "||"), typedExpression.boolean)
    .map(([left, operator, right]) => ({
      text: `${left.text} ${operator} ${right.text}`,
      model: `${left.model} ${operator} ${right.model}`,
    })),
);
