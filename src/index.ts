/** The public names of the platform-independent part; a platform's entry, such as node/index.ts, adds the host. */
export { CompileError, type Diagnostic, renderDiagnostic } from "./base/diagnostics.ts";
export {
  DisposedError,
  EncodingError,
  InternalError,
  isJitError,
  JitError,
  type JitErrorCode,
  MemoryError,
  SignatureError,
  type TrapCode,
  TrapError,
  type TrapFrame,
  UnsupportedError,
  VerifyError,
} from "./base/errors.ts";
export { Source, type Span } from "./base/source.ts";
export type { Column, Columns, MapOptions, ResultArray, ResultArrayOf, RowOptions } from "./engine/columns.ts";
export type { Reduced, ReductionName } from "./engine/combination.ts";
export { type Compile, createEngine, type Engine } from "./engine/compile.ts";
export type {
  Answer,
  Argument,
  CompiledFrom,
  CompiledFunction,
  CompiledMembers,
  SelectedColumns,
} from "./engine/compiled-function.ts";
export type { ColumnArray, ElementKind } from "./engine/element-kinds.ts";
export type { CodeView, KernelView, Stage } from "./engine/explain.ts";
export type { Host, InstalledCode, RawCall } from "./engine/host.ts";
export type { MapAsyncOptions } from "./engine/map-async.ts";
export type { CompileOptions, FunctionSource } from "./engine/options.ts";
export { reductionNames } from "./engine/reduce.ts";
export type { ReduceAsyncOptions } from "./engine/reduce-async.ts";
export type { Reducer } from "./engine/reducer.ts";
export type { ThreadOptions } from "./engine/thread-run.ts";
export type { ArrayKind } from "./lang/javascript/array-kinds.ts";
export type { NumberType, ParameterType, ValueType } from "./lang/javascript/tree.ts";
