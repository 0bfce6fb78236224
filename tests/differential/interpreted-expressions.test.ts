/** The front end alone against JavaScript: random expressions, built to IR and interpreted, before and after the optimiser. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { verify } from "../../src/analysis/verify.ts";
import { TrapError } from "../../src/base/errors.ts";
import { Source } from "../../src/base/source.ts";
import { callContext } from "../../src/codegen/call-context.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import { interpret } from "../../src/ir/interpret.ts";
import { buildScalarFunction } from "../../src/lang/javascript/build-ir.ts";
import { checkExpression } from "../../src/lang/javascript/check.ts";
import { parseExpression } from "../../src/lang/javascript/parse.ts";
import type { NumberType, ValueType } from "../../src/lang/javascript/tree.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { runsOr, seed } from "../random-runs.ts";
import {
  integerArbitrary,
  modelPrelude,
  numberArbitrary,
  numberExpression,
  typedSample,
} from "./expression-generator.ts";

const runs = { numRuns: runsOr(200), seed };
console.log(`interpreted-expressions.test.ts: seed ${seed}, ${runs.numRuns} runs`);

function build(
  text: string,
  parameters: readonly string[],
  types: ReadonlyMap<string, NumberType>,
): { fn: IrFunction; type: ValueType } {
  const source = new Source(text);
  const expression = checkExpression(source, parseExpression(source), { parameters, types });
  return { fn: buildScalarFunction(expression), type: expression.result.type };
}

function evaluate(fn: IrFunction, type: ValueType, args: readonly number[]): number | boolean | string {
  const bytes = new Uint8Array(callContext.bytes);
  try {
    const result = interpret(fn, args, { memory: { address: 4096n, bytes }, context: 4096n });
    const isBoolean = new Int32Array(bytes.buffer)[callContext.isBoolean >> 2];
    if (type === "bool" || isBoolean === 1) return result !== 0;
    return Number(result);
  } catch (error) {
    if (error instanceof TrapError) return "trap";
    throw error;
  }
}

function evaluateModel(
  model: (...args: number[]) => number | boolean,
  args: readonly number[],
): number | boolean | string {
  try {
    return model(...args);
  } catch (error) {
    if (error === "trap") return "trap";
    throw error;
  }
}

function agree(
  text: string,
  parameters: readonly string[],
  types: ReadonlyMap<string, NumberType>,
  model: (...args: number[]) => number | boolean,
  rows: readonly (readonly number[])[],
): void {
  const { fn, type } = build(text, parameters, types);
  verify(fn);
  const before = rows.map((args) => evaluate(fn, type, args));
  optimize(fn, { verify: true });
  rows.forEach((args, index) => {
    const expected = evaluateModel(model, args);
    expect(before[index], `${text} at ${args.join(", ")}`).toBe(expected);
    expect(evaluate(fn, type, args), `${text} at ${args.join(", ")}, optimised`).toBe(expected);
  });
}

test("numbers and booleans", () => {
  const rows = fc.array(fc.tuple(numberArbitrary, numberArbitrary, numberArbitrary), { minLength: 4, maxLength: 8 });
  fc.assert(
    fc.property(numberExpression, rows, (text, list) => {
      const model = new Function("x", "y", "z", `return ${text};`) as (...args: number[]) => number | boolean; // its text is an expression
      agree(text, ["x", "y", "z"], new Map(), model, list);
    }),
    runs,
  );
});

test("declared i32 values", () => {
  const rows = fc.array(
    fc.tuple(integerArbitrary, integerArbitrary, integerArbitrary, numberArbitrary, numberArbitrary),
    { minLength: 4, maxLength: 8 },
  );
  const types = new Map<string, NumberType>([
    ["a", "i32"],
    ["b", "i32"],
    ["c", "i32"],
  ]);
  fc.assert(
    fc.property(typedSample, rows, ({ text, model: modelText }, list) => {
      const model = new Function("a", "b", "c", "x", "y", `${modelPrelude} return ${modelText};`) as (
        ...args: number[]
      ) => number | boolean; // as above
      agree(text, ["a", "b", "c", "x", "y"], types, model, list);
    }),
    runs,
  );
});
