/**
 * Every operation on variables, on the result of arithmetic, and on special constants, and every pair of operations one
 * over the other: what the optimiser makes of it gives the same bits for special arguments. This is where a wrong rule of
 * the simplifier shows, and a missing case of -0 or NaN.
 */
import { describe, expect, it } from "vitest";
import { findViolations } from "../../src/analysis/verify.ts";
import { TrapError } from "../../src/base/errors.ts";
import { FunctionBuilder } from "../../src/ir/builder.ts";
import { Slots } from "../../src/ir/evaluate.ts";
import type { IrFunction, Value } from "../../src/ir/function.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { type OpcodeShape, shapes } from "../../src/ir/opcode-shapes.ts";
import { printFunction } from "../../src/ir/print.ts";
import type { Scalar } from "../../src/ir/types.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { specialConstants } from "./random-ir.ts";

const operations = shapes.filter((shape) => shape.operands.length > 0 && shape.effect === undefined);
const types: readonly Scalar[] = ["i32", "i64", "f32", "f64", "bool"];

/** A value of a given type, made where the builder stands from two parameters of that type. */
type Leaf = (builder: FunctionBuilder) => Value;
const x: Leaf = (builder) => builder.parameter(0);
const y: Leaf = (builder) => builder.parameter(1);
/** Out of arithmetic, so no signalling NaN. */
const sum: Leaf = (builder) => {
  const [a, b] = [x(builder), y(builder)];
  return builder.emit(a.type === "f32" || a.type === "f64" ? "fadd" : a.type === "bool" ? "and" : "iadd", a, b);
};
const constants = (type: Scalar): Leaf[] =>
  specialConstants[type].map((constant) => (builder) => builder.constant(type, constant));

/** Every result type that an operation may have for these operands, with the operation applied. */
function applications(builder: FunctionBuilder, shape: OpcodeShape, operands: readonly Value[]): (() => Value)[] {
  if (!shape.explicit) return [() => builder.emit(shape.opcode, ...operands)];
  const [operand] = operands;
  if (operand === undefined) return [];
  return (shape.result?.accepts ?? []).map((type) => () => builder.convert(shape.opcode, type, operand));
}

/** Bits of special arguments, with a signalling NaN among them. */
function bitsOf(type: Scalar): bigint[] {
  const slots = new Slots(1);
  const bits = specialConstants[type].map((constant) => {
    slots.setConstant(0, type, constant);
    return slots.bits(0, type);
  });
  if (type === "f32") bits.push(0x7fa00001n, 0xffc00000n);
  if (type === "f64") bits.push(0x7ff4000000000001n, 0xfff8000000000000n);
  return bits;
}

/** Pairs of arguments: each with itself, and with some others. */
function argumentPairs(type: Scalar): [bigint, bigint][] {
  const bits = bitsOf(type);
  return [1, 2, 5]
    .flatMap((step) =>
      bits.map((one, index): [bigint, bigint] => [one, bits[(index * step + step - 1) % bits.length] ?? one]),
    )
    .concat(bits.map((one) => [one, one]));
}

function outcomeOf(fn: IrFunction, args: readonly bigint[]): string {
  try {
    return String(interpretBits(fn, args)?.toString(16));
  } catch (error) {
    if (!(error instanceof TrapError)) throw error;
    return error.trap;
  }
}

let tried = 0;
let simplified = 0;

/** Builds the function twice and compares it with its optimised self. */
function compare(type: Scalar, result: (builder: FunctionBuilder) => Value): void {
  const build = (): IrFunction => {
    const builder = new FunctionBuilder("f", [type, type], "i32");
    const value = result(builder);
    builder.return(value);
    return Object.assign(builder.function, { result: value.type });
  };
  const plain = build();
  if (findViolations(plain).length > 0) return; // a combination of types that the rows do not allow
  const optimized = build();
  optimize(optimized, { verify: true });
  const before = printFunction(plain);
  const after = printFunction(optimized);
  tried++;
  if (after === before) return;
  if (after.split("\n").length < before.split("\n").length) simplified++;
  for (const args of argumentPairs(type)) {
    const expected = outcomeOf(plain, args);
    const found = outcomeOf(optimized, args);
    if (found !== expected)
      expect.fail(
        `${before}\n${after}\narguments ${args.map((bits) => `0x${bits.toString(16)}`)}: ${found}, expected ${expected}`,
      );
  }
}

/** All lists of operands for an operation that use a variable, from values of one type and, for `select`, a comparison. */
function operandLists(shape: OpcodeShape, type: Scalar, variables: readonly Leaf[], leaves: readonly Leaf[]): Leaf[][] {
  const isSelect = shape.opcode === "select";
  const own = shape.operands.slice(isSelect ? 1 : 0);
  if (!own.every((operand) => operand.accepts.includes(type))) return [];
  const lists =
    own.length === 1
      ? variables.map((one) => [one])
      : variables.flatMap((one) =>
          leaves.flatMap((other) => [
            [one, other],
            [other, one],
          ]),
        );
  if (own.length === 3)
    return lists.flatMap(([one = x, other = x]) => [
      [one, other, y],
      [y, other, one],
    ]);
  if (!isSelect) return lists;
  const condition: Leaf = (builder) => {
    const [a, b] = [x(builder), y(builder)];
    return a.type === "bool" ? a : builder.emit(a.type === "i32" || a.type === "i64" ? "slt" : "flt", a, b);
  };
  return lists.map((list) => [condition, ...list]);
}

describe("the optimiser keeps every bit", () => {
  it.each(types)("of one operation on %s", (type) => {
    const leaves = [x, y, sum, ...constants(type)];
    for (const shape of operations) {
      for (const list of operandLists(shape, type, [x, sum], leaves)) {
        const count = shape.explicit ? (shape.result?.accepts.length ?? 0) : 1;
        for (let target = 0; target < count; target++)
          compare(type, (builder) => {
            const make = applications(
              builder,
              shape,
              list.map((leaf) => leaf(builder)),
            )[target];
            if (make === undefined) throw new RangeError("a target for each count");
            return make();
          });
      }
    }
  });

  it.each(types)("of one operation on another on %s", (type) => {
    for (const inner of operations) {
      const [list] = operandLists(inner, type, [x], [y]);
      if (list === undefined) continue;
      const innerCount = inner.explicit ? (inner.result?.accepts.length ?? 0) : 1;
      for (let innerTarget = 0; innerTarget < innerCount; innerTarget++) {
        const value: Leaf = (builder) =>
          applications(
            builder,
            inner,
            list.map((leaf) => leaf(builder)),
          )[innerTarget]?.() ?? x(builder);
        const resultType = inner.explicit ? inner.result?.accepts[innerTarget] : (inner.resultType ?? type);
        if (resultType === undefined) continue;
        for (const outer of operations) {
          if (outer.opcode === "select" || !outer.operands.every((operand) => operand.accepts.includes(resultType)))
            continue;
          const outerCount = outer.explicit ? (outer.result?.accepts.length ?? 0) : 1;
          const partners = resultType === type ? [x, y] : constants(resultType).slice(0, 3);
          const lists =
            outer.operands.length === 1
              ? [[value]]
              : partners.flatMap((other) => [
                  [value, other],
                  [other, value],
                ]);
          for (const outerList of lists)
            for (let target = 0; target < outerCount; target++)
              compare(type, (builder) => {
                const make = applications(
                  builder,
                  outer,
                  outerList.map((leaf) => leaf(builder)),
                )[target];
                if (make === undefined) throw new RangeError("a target for each count");
                return make();
              });
        }
      }
    }
  });

  it("did simplify many of them", () => {
    console.log(`${tried} small functions, ${simplified} of them shorter after the optimiser`);
    expect(simplified).toBeGreaterThan(500);
  });
});
