import { describe, expect, it } from "vitest";
import { disassemble } from "../../asm/x64/disassembler.ts";
import { UnsupportedError } from "../../base/errors.ts";
import { FunctionBuilder } from "../../ir/builder.ts";
import type { IrFunction } from "../../ir/function.ts";
import { compileFunction } from "./target.ts";

const features = new Set(["sse4_1"]);

/** a / b + a * 2, each operation with its place in that text. */
function quotientAndMore(): IrFunction {
  const builder = new FunctionBuilder("f", ["i32", "i32"], "i32");
  const [a, b] = [builder.parameter(0), builder.parameter(1)];
  builder.span = { start: 0, end: 5 };
  const quotient = builder.emit("sdiv", a, b);
  builder.span = { start: 8, end: 13 };
  const product = builder.emit("imul", a, builder.constant("i32", 7));
  builder.span = { start: 0, end: 13 };
  builder.return(builder.emit("iadd", quotient, product));
  return builder.function;
}

describe("the x86-64 target", () => {
  it("says where the code of each operation starts", () => {
    const { bytes, codeBytes, lines } = compileFunction(quotientAndMore(), { features });
    const code = disassemble(bytes.subarray(0, codeBytes));
    const mnemonicAt = (offset: number): string | undefined => code.find((each) => each.offset === offset)?.mnemonic;
    const startOf = (start: number, end: number): number =>
      lines.find(({ span }) => span?.start === start && span.end === end)?.offset ?? -1;
    expect(mnemonicAt(startOf(8, 13))).toBe("imul");
    expect(mnemonicAt(startOf(0, 13))).toBe("add");
    expect(lines.map(({ offset }) => offset)).toEqual(lines.map(({ offset }) => offset).toSorted((a, b) => a - b));
  });

  it("gives each trap a site with its code and span", () => {
    const { trapSites, mayTrap } = compileFunction(quotientAndMore(), { features });
    expect(mayTrap).toBe(true);
    expect(trapSites).toEqual([
      { code: "integer-divide-by-zero", span: { start: 0, end: 5 }, functionName: "f", frameBytes: 0 },
      { code: "integer-overflow", span: { start: 0, end: 5 }, functionName: "f", frameBytes: 0 },
    ]);
  });

  it("divides by a constant without checks, and cannot trap then", () => {
    const builder = new FunctionBuilder("f", ["i32"], "i32");
    builder.return(builder.emit("sdiv", builder.parameter(0), builder.constant("i32", 10)));
    expect(compileFunction(builder.function, { features })).toMatchObject({ mayTrap: false, trapSites: [] });
  });

  it("keeps each constant once, behind the code, at its alignment", () => {
    const builder = new FunctionBuilder("f", ["f64", "f32"], "f64");
    let sum = builder.emit("fneg", builder.parameter(0));
    for (let k = 0; k < 40; k++) sum = builder.emit("fadd", sum, builder.constant("f64", 0.5 + (k % 12)));
    builder.return(builder.emit("fadd", sum, builder.emit("promote", builder.constant("f32", 1.5))));
    const { bytes, codeBytes } = compileFunction(builder.function, { features });
    // One mask of 16 bytes, twelve doubles, one single, behind code that is padded to 16.
    expect(bytes.length).toBe(Math.ceil(codeBytes / 16) * 16 + 16 + 12 * 8 + 4);
  });

  it("refuses a CPU without SSE4.1, and says what it has", () => {
    expect(() => compileFunction(quotientAndMore(), { features: new Set(["sse2"]) })).toThrow(UnsupportedError);
    expect(() => compileFunction(quotientAndMore(), { features: new Set(["sse2"]) })).toThrow(/sse4_1.*it has sse2/);
  });
});
