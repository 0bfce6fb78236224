/** The entry `jitsmith/memory`: executable memory, and calls of what stands in it. */
export { DisposedError, MemoryError, SignatureError, UnsupportedError } from "../src/base/errors.ts";
export {
  type CallableOf,
  mostParameters,
  type ParameterWord,
  parseSignature,
  type ResultWord,
  type Signature,
  type SignatureText,
  type SignatureWords,
} from "../src/base/signature.ts";
export type { InstalledCode } from "../src/engine/host.ts";
export { CodeArena, type CodeArenaOptions, type CodeArenaStatistics, type MemoryMode } from "./memory/code-arena.ts";
export { whyUnsupported } from "./memory/foreign-calls.ts";
export { ExecutableRegion, WritableRegion } from "./memory/region.ts";
export { threadArena } from "./memory/thread-arena.ts";
export { type MachineFunction, type MachineFunctionMembers, toFunction } from "./memory/to-function.ts";
