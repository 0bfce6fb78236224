/** The types of IR values. Vectors of these join them when widening does (`f64x8`); a pointer is an `i64`. */

/** `bool` is the result of a comparison: false or true, and nothing else. */
export type Type = "i32" | "i64" | "f32" | "f64" | "bool";

/** What a value of each type is: its kind, its size in memory in bytes, and its width in bits. */
export const types = {
  i32: { kind: "int", bytes: 4, bits: 32 },
  i64: { kind: "int", bytes: 8, bits: 64 },
  f32: { kind: "float", bytes: 4, bits: 32 },
  f64: { kind: "float", bytes: 8, bits: 64 },
  bool: { kind: "bool", bytes: 1, bits: 1 },
} as const satisfies Record<Type, { kind: "int" | "float" | "bool"; bytes: number; bits: number }>;

/** True if the text names a type. */
export function isType(text: string): text is Type {
  return Object.hasOwn(types, text);
}

export function isInt(type: Type): boolean {
  return type === "i32" || type === "i64";
}

export function isFloat(type: Type): boolean {
  return type === "f32" || type === "f64";
}
