/** `jitsmith/ir`: the intermediate representation as a library: build, print, parse, verify, interpret, optimise. */
export { findViolations, verify } from "../src/analysis/verify.ts";
export { expressionToIr } from "../src/engine/compilation.ts";
export { FunctionBuilder } from "../src/ir/builder.ts";
export {
  Block,
  type Constant,
  type Edge,
  edgesOf,
  IrFunction,
  type Terminator,
  Value,
} from "../src/ir/function.ts";
export { type InterpretOptions, interpret, interpretBits, interpretLanes } from "../src/ir/interpret.ts";
export type { InterpreterMemory } from "../src/ir/interpret-lanes.ts";
export { isOpcode, type Opcode, type OpcodeRow, opcodeRow, opcodes } from "../src/ir/opcodes.ts";
export { parseFunction, parseFunctions } from "../src/ir/parse.ts";
export { type PrintOptions, printFunction } from "../src/ir/print.ts";
export {
  elementOf,
  isType,
  isVector,
  lanesOf,
  type Scalar,
  type Type,
  types,
  type Vector,
  vectorOf,
} from "../src/ir/types.ts";
export { constraints, type OptimizeOptions, optimize, type Pass, passes } from "../src/opt/pipeline.ts";
