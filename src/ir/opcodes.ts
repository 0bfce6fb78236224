/**
 * The operations of the IR, one row each. Printer, parser, verifier, interpreter, folder and lowering read these rows.
 *
 * Integer, float and conversion operations mean exactly what WebAssembly's do (WebAssembly core specification 2.0,
 * section 4.3, "Numerics"), traps included; the row's `wasm` says which one. Shift counts are taken modulo the width.
 *
 * signature   operand types -> result type. A lower-case name is that type, `T` any type of the row's `types`,
 *             the same wherever it stands. Where the result does not follow from the operands, the text form writes it
 *             after the mnemonic: `v2 = convert-s.f64 v1`, and `explicit` is true.
 *             All of these stand for vectors as well, all of one instruction with the same number of lanes, and the
 *             operation is done in each lane. What `scalar` stands before has one lane even then.
 * lanes       how many lanes an instruction may have, where it is not as it likes: `one`, or `many`: two or more.
 * types       what `T` may be, or a lane of it.
 * commutative a op b = b op a, to the bit (but for which NaN comes out).
 * traps       may stop the function; such a row is neither removed, moved over another effect, nor speculated.
 * effect      `read` or `write` of memory; `write` is never removed.
 * immediate   what stands beside the operands: a constant's value, the byte offset of a memory access, the number of a
 *             lane, or the function that a call calls.
 * A signature of `...` stands for what the function called takes and gives.
 */
import type { Scalar } from "./types.ts";

export interface OpcodeRow {
  readonly signature: string;
  readonly lanes?: "one" | "many";
  readonly types?: readonly Scalar[];
  /** Types of the operand where it differs from the result, for conversions. */
  readonly from?: readonly Scalar[];
  readonly wasm?: string;
  readonly commutative?: true;
  readonly traps?: true;
  readonly effect?: "read" | "write";
  readonly immediate?: "constant" | "offset" | "lane" | "callee";
  readonly explicit?: true;
}

const int = ["i32", "i64"] as const;
const float = ["f32", "f64"] as const;
const intOrBool = ["i32", "i64", "bool"] as const;
const number = ["i32", "i64", "f32", "f64"] as const;
const any = ["i32", "i64", "f32", "f64", "bool"] as const;

export const opcodes = {
  // Where values come from
  parameter: { signature: " -> T", types: any, explicit: true }, // of a block; never in an instruction list
  const: { signature: " -> scalar T", types: any, immediate: "constant", explicit: true },
  context: { signature: " -> scalar i64" }, // address of the call context, see codegen/call-context.ts

  // Integers
  iadd: { signature: "T, T -> T", types: int, wasm: "add", commutative: true },
  isub: { signature: "T, T -> T", types: int, wasm: "sub" },
  imul: { signature: "T, T -> T", types: int, wasm: "mul", commutative: true },
  "mulh-s": { signature: "i32, i32 -> i32", commutative: true }, // the high half of the product of 64 bits
  "mulh-u": { signature: "i32, i32 -> i32", commutative: true }, // the same without signs
  sdiv: { signature: "T, T -> T", lanes: "one", types: int, wasm: "div_s", traps: true },
  udiv: { signature: "T, T -> T", lanes: "one", types: int, wasm: "div_u", traps: true },
  srem: { signature: "T, T -> T", lanes: "one", types: int, wasm: "rem_s", traps: true },
  urem: { signature: "T, T -> T", lanes: "one", types: int, wasm: "rem_u", traps: true },
  and: { signature: "T, T -> T", types: intOrBool, wasm: "and", commutative: true },
  or: { signature: "T, T -> T", types: intOrBool, wasm: "or", commutative: true },
  xor: { signature: "T, T -> T", types: intOrBool, wasm: "xor", commutative: true },
  shl: { signature: "T, T -> T", types: int, wasm: "shl" },
  sshr: { signature: "T, T -> T", types: int, wasm: "shr_s" },
  ushr: { signature: "T, T -> T", types: int, wasm: "shr_u" },
  rotl: { signature: "T, T -> T", types: int, wasm: "rotl" },
  rotr: { signature: "T, T -> T", types: int, wasm: "rotr" },
  clz: { signature: "T -> T", types: int, wasm: "clz" },
  ctz: { signature: "T -> T", types: int, wasm: "ctz" },
  popcnt: { signature: "T -> T", types: int, wasm: "popcnt" },
  sext8: { signature: "T -> T", types: int, wasm: "extend8_s" },
  sext16: { signature: "T -> T", types: int, wasm: "extend16_s" },
  sext32: { signature: "i64 -> i64", wasm: "extend32_s" },

  // Booleans
  not: { signature: "bool -> bool" },

  // Comparisons of integers
  ieq: { signature: "T, T -> bool", types: int, wasm: "eq", commutative: true },
  ine: { signature: "T, T -> bool", types: int, wasm: "ne", commutative: true },
  slt: { signature: "T, T -> bool", types: int, wasm: "lt_s" },
  sle: { signature: "T, T -> bool", types: int, wasm: "le_s" },
  sgt: { signature: "T, T -> bool", types: int, wasm: "gt_s" },
  sge: { signature: "T, T -> bool", types: int, wasm: "ge_s" },
  ult: { signature: "T, T -> bool", types: int, wasm: "lt_u" },
  ule: { signature: "T, T -> bool", types: int, wasm: "le_u" },
  ugt: { signature: "T, T -> bool", types: int, wasm: "gt_u" },
  uge: { signature: "T, T -> bool", types: int, wasm: "ge_u" },

  // Floating point, IEEE 754 round-to-nearest-even, never contracted
  fadd: { signature: "T, T -> T", types: float, wasm: "add", commutative: true },
  fsub: { signature: "T, T -> T", types: float, wasm: "sub" },
  fmul: { signature: "T, T -> T", types: float, wasm: "mul", commutative: true },
  fdiv: { signature: "T, T -> T", types: float, wasm: "div" },
  fmin: { signature: "T, T -> T", types: float, wasm: "min", commutative: true },
  fmax: { signature: "T, T -> T", types: float, wasm: "max", commutative: true },
  fcopysign: { signature: "T, T -> T", types: float, wasm: "copysign" },
  fneg: { signature: "T -> T", types: float, wasm: "neg" },
  fabs: { signature: "T -> T", types: float, wasm: "abs" },
  fsqrt: { signature: "T -> T", types: float, wasm: "sqrt" },
  fceil: { signature: "T -> T", types: float, wasm: "ceil" },
  ffloor: { signature: "T -> T", types: float, wasm: "floor" },
  ftrunc: { signature: "T -> T", types: float, wasm: "trunc" },
  fnearest: { signature: "T -> T", types: float, wasm: "nearest" },
  fma: { signature: "T, T, T -> T", types: float }, // a * b + c, rounded once; only on CPUs that have it

  // Comparisons of floating point: false when unordered, but for fne
  feq: { signature: "T, T -> bool", types: float, wasm: "eq", commutative: true },
  fne: { signature: "T, T -> bool", types: float, wasm: "ne", commutative: true },
  flt: { signature: "T, T -> bool", types: float, wasm: "lt" },
  fle: { signature: "T, T -> bool", types: float, wasm: "le" },
  fgt: { signature: "T, T -> bool", types: float, wasm: "gt" },
  fge: { signature: "T, T -> bool", types: float, wasm: "ge" },

  // Choice: the second operand if the first is true, else the third; both are evaluated
  select: { signature: "bool, T, T -> T", types: any, wasm: "select" },

  // Conversions
  wrap: { signature: "i64 -> i32", wasm: "wrap" },
  sext: { signature: "i32 -> i64", wasm: "extend_s" },
  zext: { signature: "S -> T", from: ["bool", "i32"], types: int, wasm: "extend_u", explicit: true },
  "trunc-s": { signature: "S -> T", lanes: "one", from: float, types: int, wasm: "trunc_s", traps: true, explicit: true },
  "trunc-u": { signature: "S -> T", lanes: "one", from: float, types: int, wasm: "trunc_u", traps: true, explicit: true },
  "trunc-sat-s": { signature: "S -> T", from: float, types: int, wasm: "trunc_sat_s", explicit: true },
  "trunc-sat-u": { signature: "S -> T", from: float, types: int, wasm: "trunc_sat_u", explicit: true },
  "convert-s": { signature: "S -> T", from: int, types: float, wasm: "convert_s", explicit: true },
  "convert-u": { signature: "S -> T", from: int, types: float, wasm: "convert_u", explicit: true },
  "to-int32": { signature: "f64 -> i32" }, // ECMAScript's ToInt32: truncated, modulo 2^32; NaN and infinities give 0
  promote: { signature: "f32 -> f64", wasm: "promote" },
  demote: { signature: "f64 -> f32", wasm: "demote" },
  bitcast: { signature: "S -> T", from: number, types: number, wasm: "reinterpret", explicit: true },

  // Memory: `load.f64 v1, 8` reads at the address v1 + 8; `store v2, v1, 8` writes v2 there. Little endian, any alignment.
  // A vector's lanes stand one behind the other, the first at the address; narrow loads of a vector write its type.
  load: { signature: "scalar i64 -> T", types: any, effect: "read", immediate: "offset", explicit: true },
  store: { signature: "T, scalar i64 -> ", types: any, effect: "write", immediate: "offset" },
  "load8-s": { signature: "scalar i64 -> i32", wasm: "load8_s", effect: "read", immediate: "offset" },
  "load8-u": { signature: "scalar i64 -> i32", wasm: "load8_u", effect: "read", immediate: "offset" },
  "load16-s": { signature: "scalar i64 -> i32", wasm: "load16_s", effect: "read", immediate: "offset" },
  "load16-u": { signature: "scalar i64 -> i32", wasm: "load16_u", effect: "read", immediate: "offset" },
  store8: { signature: "i32, scalar i64 -> ", wasm: "store8", effect: "write", immediate: "offset" }, // the low 8 bits
  store16: { signature: "i32, scalar i64 -> ", wasm: "store16", effect: "write", immediate: "offset" },

  // Memory by masks, `masked-load.f64x4 MASK, ADDRESS` and `masked-store VALUE, MASK, ADDRESS`: where the mask is false, a
  // lane reads as 0, and its memory is not touched, so that none need be there.
  "masked-load": { signature: "bool, scalar i64 -> T", lanes: "many", types: number, effect: "read", immediate: "offset", explicit: true },
  "masked-load8-s": { signature: "bool, scalar i64 -> i32", lanes: "many", effect: "read", immediate: "offset", explicit: true },
  "masked-load8-u": { signature: "bool, scalar i64 -> i32", lanes: "many", effect: "read", immediate: "offset", explicit: true },
  "masked-load16-s": { signature: "bool, scalar i64 -> i32", lanes: "many", effect: "read", immediate: "offset", explicit: true },
  "masked-load16-u": { signature: "bool, scalar i64 -> i32", lanes: "many", effect: "read", immediate: "offset", explicit: true },
  "masked-store": { signature: "T, bool, scalar i64 -> ", lanes: "many", types: number, effect: "write", immediate: "offset" },
  "masked-store8": { signature: "i32, bool, scalar i64 -> ", lanes: "many", effect: "write", immediate: "offset" },
  "masked-store16": { signature: "i32, bool, scalar i64 -> ", lanes: "many", effect: "write", immediate: "offset" },
  gather: { signature: "bool, i64 -> T", lanes: "many", types: number, effect: "read", immediate: "offset", explicit: true }, // each lane at its own address

  // Past the caches: the address is a multiple of the vector's size. Other stores may overtake it, but for a fence between.
  "store-streaming": { signature: "T, scalar i64 -> ", lanes: "many", types: number, effect: "write", immediate: "offset" },
  fence: { signature: " -> ", effect: "write" },
  "prefetch-write": { signature: "scalar i64 -> ", effect: "write", immediate: "offset" }, // a hint: the line there will be written

  // Lanes
  splat: { signature: "scalar T -> T", lanes: "many", types: any, explicit: true }, // the operand in every lane
  "lane-index": { signature: " -> T", lanes: "many", types: int, explicit: true }, // 0, 1, 2 and so on
  extract: { signature: "T -> scalar T", lanes: "many", types: any, immediate: "lane", explicit: true },
  compress: { signature: "T, bool -> T", lanes: "many", types: number }, // the lanes whose mask is true, at the low end, then 0

  // Masks
  "mask-any": { signature: "bool -> scalar bool", lanes: "many" },
  "mask-all": { signature: "bool -> scalar bool", lanes: "many" },
  "mask-count": { signature: "bool -> scalar i32", lanes: "many" }, // how many are true
  "mask-bits": { signature: "bool -> scalar i32", lanes: "many" }, // lane k as bit k, the other bits 0
  "mask-first": { signature: "scalar i32 -> bool", lanes: "many", explicit: true }, // lane k is true if k < the operand, signed

  // Calls: `v3 = call @g(v1, v2)`, or `call @g(v1)` of a function that gives nothing. May read, write and trap.
  call: { signature: "... -> ...", lanes: "one", traps: true, effect: "write", immediate: "callee" },
} as const satisfies Record<string, OpcodeRow>;

export type Opcode = keyof typeof opcodes;

/** The row of an opcode, with the optional columns readable on every row. */
export function opcodeRow(opcode: Opcode): OpcodeRow {
  return opcodes[opcode];
}

export function isOpcode(text: string): text is Opcode {
  return Object.hasOwn(opcodes, text);
}
