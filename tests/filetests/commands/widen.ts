/**
 * `widen LANES [UNIFORM…]`: a row function in one vector of so many lanes, then tidied: parameters are vectors, but those whose
 * numbers are named, which are the same for all rows. Where scalar code would take over, it traps as unreachable.
 */
import { verify } from "../../../src/analysis/verify.ts";
import type { IrFunction } from "../../../src/ir/function.ts";
import { parseFunctions } from "../../../src/ir/parse.ts";
import { printFunction } from "../../../src/ir/print.ts";
import { SsaBuilder } from "../../../src/ir/ssa-builder.ts";
import { elementOf, vectorOf } from "../../../src/ir/types.ts";
import { optimize } from "../../../src/opt/pipeline.ts";
import { appendRow, isRefusal, leaveTurn, prepareRow } from "../../../src/vector/kernel.ts";
import { isVarying, KernelConstants, LaneBuilder } from "../../../src/vector/lane-builder.ts";
import type { Commands } from "../filetest.ts";

const tidy = ["simplification", "branch-simplification", "block-simplification", "value-numbering", "dead-code"];

function widen(fn: IrFunction, lanes: number, uniform: readonly number[]): string {
  const inputs = fn.parameters.map((_, index) =>
    uniform.includes(index) ? ({ kind: "scalar" } as const) : ({ kind: "column", element: "f64" } as const),
  );
  const row = prepareRow(fn, inputs);
  if (isRefusal(row)) return `@${fn.name} is refused: ${row.refused}`;
  if (fn.result === undefined) return `@${fn.name} gives nothing`;
  const types = fn.parameters.map(({ type }, index) =>
    uniform.includes(index) ? type : vectorOf(elementOf(type), lanes),
  );
  const builder = new SsaBuilder(fn.name, types, vectorOf(elementOf(fn.result), lanes));
  const builderOfLanes = new LaneBuilder(builder, new KernelConstants(builder), lanes, 1);
  const parameters = builder.function.parameters.map((value, index) => (uniform.includes(index) ? value : [value]));
  const handOver = builder.createLaterBlock();
  const body = builder.createLaterBlock();
  builder.jump(body);
  builder.continueIn(body);
  const ways = { handOver, abandon: handOver };
  const limit = { maxIterations: 1000, stopWord: 16 };
  const widened = appendRow(row, builderOfLanes, parameters, undefined, ways, limit);
  leaveTurn(builderOfLanes, widened, ways);
  const [result] = isVarying(widened.result) ? widened.result : builderOfLanes.spread(widened.result);
  builder.return(result);
  builder.continueIn(handOver);
  builder.trap("unreachable");
  builder.finish();
  verify(builder.function);
  optimize(builder.function, { passes: tidy, verify: true });
  return printFunction(builder.function);
}

export const widenCommands: Commands = {
  widen: (input, [lanes = "4", ...uniform]) =>
    parseFunctions(input)
      .map((fn) => widen(fn, Number(lanes), uniform.map(Number)))
      .join("\n"),
};
