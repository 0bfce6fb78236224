/**
 * Which vectors a CPU has, and which operations on them it has instructions for: what widening asks before it makes vector
 * IR, and expansion before it replaces what is not there by simpler operations.
 *
 * AVX-512 as Skylake-X and Zen 4 brought it: F with DQ, BW, VL and CD, and opmask registers. AVX2 with FMA: masks are vectors of
 * all-ones lanes, 64 bits wide for four lanes and 32 bits for eight. Vectors of two lanes are never native.
 */
import { isOpcode, type Opcode } from "../../ir/opcodes.ts";
import { elementOf, isVector, lanesOf, type Type, types } from "../../ir/types.ts";

/** What a CPU offers for columns. */
export interface VectorSupport {
  readonly name: "avx512" | "avx2";
  /** Bytes of the widest vector. */
  readonly bytes: 64 | 32;
  readonly vectorRegisters: 32 | 16;
  /** Instructions of a square root of f64 that is computed beside the divider (software-square-roots.ts), where it is. */
  readonly rootInstructions?: number | undefined;
  /**
   * Whether lowering takes an operation whose result (of a store: the stored value; of `mask-any` and its like: the mask) has this type.
   * `from` is the operand's type where a conversion's result does not tell.
   */
  natively(opcode: Opcode, type: Type, from?: Type): boolean;
}

/**
 * Ports that a computed root of 64 bytes keeps busy. AMD's dividers, since Zen 4, are about as quick; `sse4a` only AMD has.
 */
export const rootInstructions = 18;

const avx512Features = ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd", "avx2", "fma", "bmi2", "popcnt"];
const avx2Features = ["avx2", "fma", "bmi2", "popcnt"];

const notNative512: readonly Opcode[] = ["ctz"];
const notNative2: readonly Opcode[] = [
  "ctz",
  "clz",
  "popcnt",
  "rotl",
  "rotr",
  "sext32",
  "trunc-sat-u",
  "convert-u",
  "to-int32",
  "masked-load8-s",
  "masked-load8-u",
  "masked-load16-s",
  "masked-load16-u",
  "masked-store8",
  "masked-store16",
];
/** Of vectors of i64. */
const notNative2Wide: readonly Opcode[] = ["sshr", "sext8", "sext16", "trunc-sat-s"];
const never: readonly Opcode[] = ["sdiv", "udiv", "srem", "urem", "trunc-s", "trunc-u", "call", "context", "const"];

const known = new WeakMap<ReadonlySet<string>, VectorSupport>();

/** The best that a CPU with these features (names of `/proc/cpuinfo`) offers; undefined if it has neither. The set is not to change. */
export function vectorSupport(features: ReadonlySet<string>): VectorSupport | undefined {
  let support = known.get(features);
  if (support === undefined) {
    support = find(features);
    if (support !== undefined) known.set(features, support);
  }
  return support;
}

function find(features: ReadonlySet<string>): VectorSupport | undefined {
  if (avx512Features.every((feature) => features.has(feature))) {
    const missing = new Set([...never, ...notNative512]);
    if (!features.has("avx512_vpopcntdq")) missing.add("popcnt");
    return {
      name: "avx512",
      bytes: 64,
      vectorRegisters: 32,
      rootInstructions: features.has("sse4a") ? undefined : rootInstructions,
      natively: (opcode, type, from) =>
        fits(type, 64) && (from === undefined || fits(from, 64)) && !missing.has(opcode) && isOpcode(opcode),
    };
  }
  if (!avx2Features.every((feature) => features.has(feature))) return undefined;
  const missing = new Set([...never, ...notNative2]);
  const missingWide = new Set(notNative2Wide);
  return {
    name: "avx2",
    bytes: 32,
    vectorRegisters: 16,
    natively(opcode, type, from) {
      if (!fits(type, 32) || (from !== undefined && !fits(from, 32)) || missing.has(opcode)) return false;
      if (elementOf(type) === "i64" && missingWide.has(opcode)) return false;
      return opcode !== "convert-s" || from === undefined || elementOf(from) !== "i64";
    },
  };
}

/** Whether registers of so many bytes hold a value of this type. Masks fit if there are vectors with as many lanes. */
function fits(type: Type, bytes: number): boolean {
  if (!isVector(type)) return true;
  const lanes = lanesOf(type);
  return lanes >= 4 && lanes <= bytes / 4 && types[type].bytes <= bytes;
}
