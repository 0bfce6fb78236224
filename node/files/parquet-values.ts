/**
 * What the stored values of a flat Parquet column mean: numbers for formulas, typed arrays for writers of other formats, and
 * JavaScript values for the rest. "Logical Types" of the Parquet format's documentation; INT96 is a day number of the Julian
 * calendar behind the nanoseconds of the day.
 */
import type { SchemaElement, SchemaTree } from "hyparquet";
import { parseFloat16 } from "hyparquet/src/convert.js";
import { type ByteStrings, lengthOfStrings, textReader } from "./byte-strings.ts";
import { decimalNumber, millisecondsOf, millisecondsOfDays } from "./numbers.ts";
import { isStrings, type Leaf, type LeafColumn, type LeafValues } from "./parquet-leaf.ts";
import {
  type Field,
  type FieldKind,
  isValid,
  type NumberColumn,
  type Numbers,
  type TextColumn,
  type TimeUnit,
} from "./table.ts";

/** A column of a Parquet file. */
export class ParquetColumn {
  readonly node: SchemaTree;
  readonly leaves: readonly LeafColumn[];
  /** One value or none for each row. */
  readonly isFlat: boolean;
  readonly field: Field;

  constructor(node: SchemaTree, leaves: readonly LeafColumn[]) {
    const { element, children } = node;
    this.node = node;
    this.leaves = leaves;
    this.isFlat = children.length === 0 && element.repetition_type !== "REPEATED";
    const time = timeOf(element);
    this.field = {
      name: element.name,
      kind: this.isFlat ? kindOf(element) : "other",
      type: element.logical_type?.type ?? element.converted_type ?? element.type ?? "group",
      own: this,
      ...(time === undefined ? {} : { time }),
    };
  }
}

export function fieldOf({ field }: ParquetColumn): Field {
  return field;
}

const convertedKinds: Partial<Record<string, FieldKind>> = {
  INT_8: "i8",
  UINT_8: "u8",
  INT_16: "i16",
  UINT_16: "u16",
  INT_32: "i32",
  UINT_32: "u32",
  INT_64: "i64",
  UINT_64: "u64",
  UTF8: "text",
  JSON: "text",
  ENUM: "text",
  DATE: "date",
  TIMESTAMP_MILLIS: "timestamp",
  TIMESTAMP_MICROS: "timestamp",
  DECIMAL: "f64",
};

const plainKinds: Partial<Record<string, FieldKind>> = {
  BOOLEAN: "bool",
  INT32: "i32",
  INT64: "i64",
  INT96: "timestamp",
  FLOAT: "f32",
  DOUBLE: "f64",
  BYTE_ARRAY: "bytes",
  FIXED_LEN_BYTE_ARRAY: "bytes",
};

function kindOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): FieldKind {
  switch (logical?.type) {
    case undefined:
      break;
    case "INTEGER":
      return `${logical.isSigned ? "i" : "u"}${logical.bitWidth}` as FieldKind; // 8 16 32 64
    case "TIMESTAMP":
      return "timestamp";
    case "STRING":
    case "JSON":
    case "ENUM":
      return "text";
    case "DATE":
      return "date";
    case "DECIMAL":
      return "f64";
    case "FLOAT16":
      return "f32";
    case "NULL":
      return plainKinds[type ?? ""] ?? "other";
    default:
      return "other";
  }
  if (converted !== undefined) return convertedKinds[converted] ?? "other";
  return plainKinds[type ?? ""] ?? "other";
}

function timeOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): Field["time"] {
  if (logical?.type === "TIMESTAMP") {
    const units: Record<string, TimeUnit> = { MILLIS: "ms", MICROS: "us", NANOS: "ns" };
    return { unit: units[logical.unit] ?? "us", isUtc: logical.isAdjustedToUTC };
  }
  if (converted === "TIMESTAMP_MILLIS") return { unit: "ms", isUtc: true };
  if (converted === "TIMESTAMP_MICROS") return { unit: "us", isUtc: true };
  return type === "INT96" ? { unit: "ns", isUtc: false } : undefined;
}

/** How many rows a flat leaf has, and which of them have a value. */
function validityOf({ definition, entries }: Leaf): Uint8Array | undefined {
  if (definition === undefined) return undefined;
  const validity = new Uint8Array((entries + 7) >> 3);
  for (let row = 0; row < entries; row++)
    if (definition[row] === 1) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  return validity;
}

/** Each value in its row; 0 where there is none. */
function spread(values: Numbers, { definition, entries }: Leaf): Numbers {
  if (definition === undefined) return values;
  if (values instanceof BigInt64Array) {
    const all = new BigInt64Array(entries);
    for (let row = 0, at = 0; row < entries; row++) if (definition[row] === 1) all[row] = values[at++] ?? 0n;
    return all;
  }
  const Kind = values.constructor as new (length: number) => Exclude<Numbers, BigInt64Array>; // a typed array's own
  const all = new Kind(entries);
  for (let row = 0, at = 0; row < entries; row++) if (definition[row] === 1) all[row] = values[at++] ?? 0;
  return all;
}

/** The typed array that a field's kind stands for, dense. Undefined for what is text or bytes. */
function typedValues({ field, node }: ParquetColumn, values: LeafValues): Numbers | undefined {
  const { element } = node;
  const isDecimal = element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL";
  if (isDecimal) return decimals(element, values);
  if (isStrings(values)) {
    if (element.type === "INT96") return julianNanoseconds(values);
    if (element.logical_type?.type === "FLOAT16") return halves(values);
    return undefined;
  }
  switch (field.kind) {
    case "i8":
      return Int8Array.from(values as Int32Array); // stored as INT32
    case "u8":
      return Uint8Array.from(values as Int32Array); // as before
    case "i16":
      return Int16Array.from(values as Int32Array); // as before
    case "u16":
      return Uint16Array.from(values as Int32Array); // as before
    case "u32":
      return Uint32Array.from(values as Int32Array); // as before
    case "text":
    case "bytes":
    case "other":
      return undefined;
    default:
      return values;
  }
}

function decimals({ scale = 0, logical_type: logical }: SchemaElement, values: LeafValues): Float64Array {
  const places = logical?.type === "DECIMAL" ? logical.scale : scale;
  if (!isStrings(values)) {
    const numbers = new Float64Array(values.length);
    for (let at = 0; at < numbers.length; at++) numbers[at] = decimalNumber(BigInt(values[at] ?? 0), places);
    return numbers;
  }
  const { bytes, offsets, indices } = values;
  const number = (k: number): number => {
    let unscaled = 0n;
    const start = offsets[k] ?? 0;
    const end = offsets[k + 1] ?? 0;
    for (let at = start; at < end; at++) unscaled = (unscaled << 8n) | BigInt(bytes[at] ?? 0);
    return decimalNumber(BigInt.asIntN(8 * (end - start), unscaled), places);
  };
  return Float64Array.from({ length: lengthOfStrings(values) }, (_, row) => number(indices?.[row] ?? row));
}

function julianNanoseconds({ bytes, offsets, indices }: ByteStrings): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = indices?.length ?? offsets.length - 1;
  return BigInt64Array.from({ length: rows }, (_, row) => {
    const at = offsets[indices?.[row] ?? row] ?? 0;
    const days = BigInt(view.getUint32(at + 8, true)) - 2_440_588n;
    return days * 86_400_000_000_000n + view.getBigInt64(at, true);
  });
}

function halves({ bytes, offsets, indices }: ByteStrings): Float32Array {
  const rows = indices?.length ?? offsets.length - 1;
  return Float32Array.from({ length: rows }, (_, row) => {
    const at = offsets[indices?.[row] ?? row] ?? 0;
    return parseFloat16(bytes.subarray(at, at + 2)) ?? Number.NaN;
  });
}

/** Numbers as the field's kind says, for writers of other formats. */
export function storedNumbers(column: ParquetColumn, leaf: Leaf): NumberColumn | undefined {
  const values = typedValues(column, leaf.values);
  return values === undefined ? undefined : { values: spread(values, leaf), validity: validityOf(leaf) };
}

/** Numbers as formulas read them: times in milliseconds. */
export function formulaNumbers(column: ParquetColumn, leaf: Leaf): NumberColumn {
  const stored = storedNumbers(column, leaf);
  if (stored === undefined) throw new TypeError(`column ${column.field.name} holds no numbers`); // findColumns sees to that
  const { values, validity } = stored;
  const { kind, time } = column.field;
  if (kind === "timestamp" && values instanceof BigInt64Array)
    return { values: millisecondsOf(values, time?.unit ?? "ms"), validity };
  if (kind === "date" && values instanceof Int32Array) return { values: millisecondsOfDays(values), validity };
  return stored;
}

/** Texts and bytes, one for each row; undefined for numbers. */
export function textsOfLeaf({ field }: ParquetColumn, leaf: Leaf): TextColumn | undefined {
  const { values, definition, entries } = leaf;
  if (!isStrings(values) || !["text", "bytes", "other"].includes(field.kind)) return undefined;
  if (definition === undefined) return { strings: values, validity: undefined };
  const indices = new Uint32Array(entries); // null rows name the first string, which nobody reads
  let count = 0;
  for (let row = 0; row < entries; row++) {
    if (definition[row] !== 1) continue;
    indices[row] = values.indices?.[count] ?? count;
    count++;
  }
  return { strings: { ...values, indices }, validity: validityOf(leaf) };
}

/** Rows [from, to) as JavaScript values. */
export function portableLeaf(column: ParquetColumn, leaf: Leaf): (from: number, to: number) => unknown[] {
  const { kind } = column.field;
  const { values } = leaf;
  const texts = textsOfLeaf(column, leaf);
  if (texts !== undefined) {
    const text = textReader(texts.strings);
    return (from, to) =>
      Array.from({ length: to - from }, (_, at) => (isValid(texts.validity, from + at) ? text(from + at) : null));
  }
  const numbers = kind === "other" ? undefined : formulaNumbers(column, leaf);
  const plain = numbers?.values ?? spread(values as Numbers, leaf); // bytes were dealt with above
  const validity = numbers?.validity ?? validityOf(leaf);
  const isTime = kind === "timestamp" || kind === "date";
  return (from, to) =>
    Array.from({ length: to - from }, (_, at) => {
      const row = from + at;
      if (!isValid(validity, row)) return null;
      const value = plain[row];
      if (isTime) return new Date(Number(value));
      if (kind === "bool") return value !== 0;
      return kind === "u64" && typeof value === "bigint" ? BigInt.asUintN(64, value) : value;
    });
}
