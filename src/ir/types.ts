/**
 * The types of IR values: scalars, and vectors of them, `f64x8` being eight lanes of f64. A pointer is an `i64`.
 *
 * A vector fits in one register of 64 bytes at most. A vector of `bool` is a mask: a lane of it is false or true, and how
 * many bits that takes in a register is the target's business; in memory it is one byte a lane, as a `bool` is.
 */

/** `bool` is the result of a comparison: false or true, and nothing else. */
export type Scalar = "i32" | "i64" | "f32" | "f64" | "bool";

export type Vector = `${"i32" | "f32" | "bool"}x${2 | 4 | 8 | 16}` | `${"i64" | "f64"}x${2 | 4 | 8}`;

export type Type = Scalar | Vector;

/** What a value of a type is. */
export interface TypeRow {
  /** The kind of a lane. */
  readonly kind: "int" | "float" | "bool";
  /** The size in memory of the whole. */
  readonly bytes: number;
  /** The width of one lane. */
  readonly bits: number;
  /** 1 for a scalar. */
  readonly lanes: number;
  /** The type of one lane; for a scalar, the type itself. */
  readonly element: Scalar;
  /** Dense from 0, for tables and hashes. */
  readonly number: number;
}

const scalarRows = {
  i32: { kind: "int", bytes: 4, bits: 32 },
  i64: { kind: "int", bytes: 8, bits: 64 },
  f32: { kind: "float", bytes: 4, bits: 32 },
  f64: { kind: "float", bytes: 8, bits: 64 },
  bool: { kind: "bool", bytes: 1, bits: 1 },
} as const satisfies Record<Scalar, Pick<TypeRow, "kind" | "bytes" | "bits">>;

/** The bytes of the widest vector. */
const widest = 64;

/** The scalar types. */
// The cast: Object.keys types them as any string.
export const scalars = Object.keys(scalarRows) as Scalar[];

/** By scalar: the vectors of 1 (the scalar itself), 2, 4, 8 and 16 lanes, as far as there are such. */
const vectorsOf = new Map<Scalar, Type[]>();

/** Every type's row: the scalars, then the vectors by their lanes. */
export const types: Readonly<Record<Type, TypeRow>> = readRows();

function readRows(): Record<Type, TypeRow> {
  const rows: Partial<Record<Type, TypeRow>> = {};
  let number = 0;
  for (let lanes = 1; lanes <= 16; lanes *= 2) {
    for (const element of scalars) {
      const { kind, bytes, bits } = scalarRows[element];
      if (lanes * bytes > widest) continue;
      // The cast: a number in a template is any number to the compiler.
      const type = (lanes === 1 ? element : `${element}x${lanes}`) as Type;
      rows[type] = { kind, bytes: lanes * bytes, bits, lanes, element, number: number++ };
      const list = vectorsOf.get(element);
      if (list === undefined) vectorsOf.set(element, [type]);
      else list.push(type);
    }
  }
  return rows as Record<Type, TypeRow>; // all of them: types.test.ts counts
}

/** True if the text names a type. */
export function isType(text: string): text is Type {
  return Object.hasOwn(types, text);
}

/** True for i32 and i64; false for vectors. */
export function isInt(type: Type): type is "i32" | "i64" {
  return type === "i32" || type === "i64";
}

/** True for f32 and f64; false for vectors. */
export function isFloat(type: Type): type is "f32" | "f64" {
  return type === "f32" || type === "f64";
}

/** True if the type has more than one lane. */
export function isVector(type: Type): type is Vector {
  return type.length > 4; // the longest scalar is `bool`, the shortest vector `f64x2`
}

/** The type of one lane; a scalar's is itself. */
export function elementOf(type: Type): Scalar {
  return isVector(type) ? types[type].element : type;
}

/** How many lanes; 1 for a scalar. */
export function lanesOf(type: Type): number {
  return isVector(type) ? types[type].lanes : 1;
}

/** The vector of so many lanes, or undefined where there is none: lanes are 2, 4, 8 or 16, and 64 bytes at most. One lane gives the scalar. */
export function vectorIfAny(element: Scalar, lanes: number): Type | undefined {
  const index = 31 - Math.clz32(lanes);
  return lanes === 2 ** index ? vectorsOf.get(element)?.[index] : undefined;
}

/** As `vectorIfAny`, but throws `RangeError` where there is no such type. */
export function vectorOf(element: Scalar, lanes: number): Type {
  const type = vectorIfAny(element, lanes);
  if (type === undefined)
    throw new RangeError(
      `${element}x${lanes} is not a type; the lanes are ${(vectorsOf.get(element) ?? []).map(lanesOf).join(", ")}`,
    );
  return type;
}
