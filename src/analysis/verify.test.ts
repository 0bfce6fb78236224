/** The rules that no text can break, because the parser cannot write such functions; the others are filetests. */
import { describe, expect, it } from "vitest";
import { VerifyError } from "../base/errors.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import { type Constant, IrFunction } from "../ir/function.ts";
import type { Type } from "../ir/types.ts";
import { findViolations, verify } from "./verify.ts";

/** `fn @f(v0: i32) -> i32 { v1 = iadd v0, v0; return v1 }` */
function valid(): FunctionBuilder {
  const builder = new FunctionBuilder("f", ["i32"], "i32");
  builder.return(builder.emit("iadd", builder.parameter(0), builder.parameter(0)));
  return builder;
}

describe("verify", () => {
  it("throws every violation, with the function's text", () => {
    const { function: fn, block } = valid();
    block.instructions[0]?.operands.pop();
    block.terminator = { kind: "return", value: undefined };
    expect(() => verify(valid().function)).not.toThrow();
    const error = captured(() => verify(fn));
    expect(error).toBeInstanceOf(VerifyError);
    expect(error).toMatchObject({
      code: "VERIFY",
      violations: [
        "rule 6, v1 in b0: iadd takes 2 operands, not 1",
        "rule 12, b0: return gives nothing, the function i32",
      ],
      message: `@f breaks 2 rules of the IR:
  rule 6, v1 in b0: iadd takes 2 operands, not 1
  rule 12, b0: return gives nothing, the function i32
fn @f(v0: i32) -> i32 {
b0:
  v1 = iadd v0
  return
}
`,
    });
  });

  it("rule 1: a function has a block", () => {
    expect(findViolations(new IrFunction("f", undefined))).toEqual(["rule 1, @f: there is no block"]);
  });

  it("rule 2: numbers are in range and block numbers unique", () => {
    const { function: fn } = valid();
    const stranger = valid().function;
    stranger.createBlock();
    stranger.createValue("const", "i32", [], 1);
    const foreign = stranger.createValue("const", "i32", [], 1);
    fn.entry.instructions.push(foreign);
    expect(findViolations(fn)).toEqual(["rule 2, v3 in b0: value numbers go up to 1"]);
    const twice = valid().function;
    twice.blocks.push(twice.entry);
    expect(findViolations(twice)).toContain("rule 2, b0: the number stands for two blocks");
  });

  it("rule 4: a value is defined once", () => {
    const { function: fn, block } = valid();
    const [sum] = block.instructions;
    if (sum !== undefined) block.instructions.push(sum);
    expect(findViolations(fn)).toEqual(["rule 4, v1 in b0: already defined in b0"]);
  });

  it("rule 5: parameters and instructions do not mix", () => {
    const { function: fn, block } = valid();
    block.instructions.push(fn.createValue("parameter", "i32", []));
    block.parameters.push(fn.createValue("const", "i32", [], 1));
    expect(findViolations(fn)).toEqual([
      "rule 5, v3 in b0: const in a parameter list",
      "rule 5, v2 in b0: parameter in an instruction list",
    ]);
  });

  it("rule 8: operands are defined here, and stores have no result", () => {
    const { function: fn, block } = valid();
    const lost = fn.createValue("const", "i32", [], 1);
    const user = fn.createValue("iadd", "i32", [lost, lost]);
    block.instructions.push(user);
    expect(findViolations(fn)).toEqual([
      "rule 8, v3 in b0: v2 is not defined in this function",
      "rule 8, v3 in b0: v2 is not defined in this function",
    ]);
    const other = new FunctionBuilder("f", ["i64"], undefined);
    const address = other.parameter(0);
    other.store(address, address);
    const [store] = other.block.instructions;
    if (store !== undefined) other.emit("iadd", address, store);
    other.return();
    expect(findViolations(other.function)).toEqual(["rule 8, v2 in b0: v1 is a store, which has no result"]);
  });

  it("rule 10: edges stay in the function", () => {
    const builder = new FunctionBuilder("f", [], undefined);
    const elsewhere = new FunctionBuilder("g", [], undefined).createBlock();
    builder.jump(elsewhere);
    expect(findViolations(builder.function)).toEqual(["rule 10, b0: b1 is not a block of this function"]);
  });

  it.each<[Type, Constant | undefined, boolean]>([
    ["i32", 2 ** 31 - 1, true],
    ["i32", 2 ** 31, false],
    ["i32", -0, false],
    ["i32", 0.5, false],
    ["i32", 1n, false],
    ["i64", -(2n ** 63n), true],
    ["i64", 2n ** 63n, false],
    ["i64", 1, false],
    ["f32", Math.fround(0.1), true],
    ["f32", 0.1, false],
    ["f32", Number.NaN, true],
    ["f64", -0, true],
    ["f64", 1n, false],
    ["bool", true, true],
    ["bool", 1, false],
    ["bool", undefined, false],
  ])("rule 13: a constant of %s may be %s: %s", (type, constant, isValid) => {
    const builder = new FunctionBuilder("f", [], undefined);
    const value = builder.constant(type, 0);
    value.immediate = constant;
    builder.return();
    expect(findViolations(builder.function).map((violation) => violation.slice(0, 7))).toEqual(
      isValid ? [] : ["rule 13"],
    );
  });

  it("rule 14: only loads and stores have an offset", () => {
    const { function: fn, block } = valid();
    const [sum] = block.instructions;
    if (sum !== undefined) sum.immediate = 8;
    expect(findViolations(fn)).toEqual(["rule 14, v1 in b0: iadd has no immediate, yet here is 8"]);
  });

  it("rule 15: only calls have a callee, and they have one", () => {
    const { function: fn, block } = valid();
    const [sum] = block.instructions;
    if (sum !== undefined) sum.callee = fn;
    expect(findViolations(fn)).toEqual(["rule 15, v1 in b0: iadd has no callee, yet here is @f"]);
    const caller = new FunctionBuilder("g", [], "i32");
    const call = caller.call(fn, caller.constant("i32", 1));
    caller.return(call);
    expect(findViolations(caller.function)).toEqual([]);
    call.type = "f64";
    expect(findViolations(caller.function)).toContain("rule 15, v1 in b0: @f gives i32, not f64");
    call.callee = undefined;
    expect(findViolations(caller.function)).toContain("rule 15, v1 in b0: call of no function");
  });

  it("rule 8: a call of a function that gives nothing has no result", () => {
    const nothing = new FunctionBuilder("nothing", [], undefined);
    nothing.return();
    const caller = new FunctionBuilder("g", [], "i32");
    caller.return(caller.call(nothing.function));
    expect(findViolations(caller.function)).toEqual(["rule 8, b0: v0 is a call, which has no result"]);
  });
});

function captured(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
