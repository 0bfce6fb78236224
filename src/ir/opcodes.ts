/**
 * The operations of the IR, one row each. Printer, parser, verifier, interpreter, folder and lowering read these rows.
 *
 * Integer, float and conversion operations mean exactly what WebAssembly's do (WebAssembly core specification 2.0,
 * section 4.3, "Numerics"), traps included; the row's `wasm` says which one. Shift counts are taken modulo the width.
 *
 * signature   operand types -> result type. A lower-case name is that type, `T` any type of the row's `types`,
 *             the same wherever it stands. Where the result does not follow from the operands, the text form writes it
 *             after the mnemonic: `v2 = promote.f64 v1`, and `explicit` is true.
 * types       what `T` may be.
 * commutative a op b = b op a, to the bit (but for which NaN comes out).
 * traps       may stop the function; such a row is neither removed, moved over another effect, nor speculated.
 * effect      `read` or `write` of memory; `write` is never removed.
 * immediate   what stands beside the operands: a constant's value, the byte offset of a memory access, or the function
 *             that a call calls.
 * A signature of `...` stands for what the function called takes and gives.
 */
import type { Type } from "./types.ts";

export interface OpcodeRow {
  readonly signature: string;
  readonly types?: readonly Type[];
  /** Types of the operand where it differs from the result, for conversions. */
  readonly from?: readonly Type[];
  readonly wasm?: string;
  readonly commutative?: true;
  readonly traps?: true;
  readonly effect?: "read" | "write";
  readonly immediate?: "constant" | "offset" | "callee";
  readonly explicit?: true;
}

const int = ["i32", "i64"] as const;
const float = ["f32", "f64"] as const;
const intOrBool = ["i32", "i64", "bool"] as const;
const any = ["i32", "i64", "f32", "f64", "bool"] as const;

export const opcodes = {
  // Where values come from
  parameter: { signature: " -> T", types: any, explicit: true }, // of a block; never in an instruction list
  const: { signature: " -> T", types: any, immediate: "constant", explicit: true },
  context: { signature: " -> i64" }, // address of the call context, see codegen/call-context.ts

  // Integers
  iadd: { signature: "T, T -> T", types: int, wasm: "add", commutative: true },
  isub: { signature: "T, T -> T", types: int, wasm: "sub" },
  imul: { signature: "T, T -> T", types: int, wasm: "mul", commutative: true },
  sdiv: { signature: "T, T -> T", types: int, wasm: "div_s", traps: true },
  udiv: { signature: "T, T -> T", types: int, wasm: "div_u", traps: true },
  srem: { signature: "T, T -> T", types: int, wasm: "rem_s", traps: true },
  urem: { signature: "T, T -> T", types: int, wasm: "rem_u", traps: true },
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
  "trunc-s": { signature: "S -> T", from: float, types: int, wasm: "trunc_s", traps: true, explicit: true },
  "trunc-u": { signature: "S -> T", from: float, types: int, wasm: "trunc_u", traps: true, explicit: true },
  "trunc-sat-s": { signature: "S -> T", from: float, types: int, wasm: "trunc_sat_s", explicit: true },
  "trunc-sat-u": { signature: "S -> T", from: float, types: int, wasm: "trunc_sat_u", explicit: true },
  "convert-s": { signature: "S -> T", from: int, types: float, wasm: "convert_s", explicit: true },
  "convert-u": { signature: "S -> T", from: int, types: float, wasm: "convert_u", explicit: true },
  "to-int32": { signature: "f64 -> i32" }, // ECMAScript's ToInt32: truncated, modulo 2^32; NaN and infinities give 0
  promote: { signature: "f32 -> f64", wasm: "promote" },
  demote: { signature: "f64 -> f32", wasm: "demote" },
  bitcast: { signature: "S -> T", from: ["i32", "i64", "f32", "f64"], types: ["i32", "i64", "f32", "f64"], wasm: "reinterpret", explicit: true },

  // Memory: `load.f64 v1, 8` reads at the address v1 + 8; `store v2, v1, 8` writes v2 there. Little endian, any alignment.
  load: { signature: "i64 -> T", types: any, effect: "read", immediate: "offset", explicit: true },
  store: { signature: "T, i64 -> ", types: any, effect: "write", immediate: "offset" },
  "load8-s": { signature: "i64 -> i32", wasm: "load8_s", effect: "read", immediate: "offset" },
  "load8-u": { signature: "i64 -> i32", wasm: "load8_u", effect: "read", immediate: "offset" },
  "load16-s": { signature: "i64 -> i32", wasm: "load16_s", effect: "read", immediate: "offset" },
  "load16-u": { signature: "i64 -> i32", wasm: "load16_u", effect: "read", immediate: "offset" },
  store8: { signature: "i32, i64 -> ", wasm: "store8", effect: "write", immediate: "offset" }, // the low 8 bits
  store16: { signature: "i32, i64 -> ", wasm: "store16", effect: "write", immediate: "offset" },

  // Calls: `v3 = call @g(v1, v2)`, or `call @g(v1)` of a function that gives nothing. May read, write and trap.
  call: { signature: "... -> ...", traps: true, effect: "write", immediate: "callee" },
} as const satisfies Record<string, OpcodeRow>;

export type Opcode = keyof typeof opcodes;

/** The row of an opcode, with the optional columns readable on every row. */
export function opcodeRow(opcode: Opcode): OpcodeRow {
  return opcodes[opcode];
}

export function isOpcode(text: string): text is Opcode {
  return Object.hasOwn(opcodes, text);
}
