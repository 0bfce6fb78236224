/**
 * Columns of Arrow record batches, as numbers that a formula reads, and back. Numbers of 8 to 64 bits and floats are used
 * where they stand, without a copy; bits become bytes, times become milliseconds, dictionaries are looked up.
 *
 * Layouts: Arrow columnar format 1.5, "Physical memory layout".
 */
import {
  Field as ArrowField,
  Bool,
  type Data,
  DataType,
  DateUnit,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  makeVector,
  Precision,
  TimeUnit,
  vectorFromArray,
} from "apache-arrow";
import { type FoundColumn, fromInt64, fromMixed, fromNumbers } from "./numbers.ts";
import { type AddedColumn, type Field, type FieldKind, isValid, type NumberColumn, type NumberType } from "./table.ts";

/** `makeData` for a type that is known only at run time; its overloads each take one type. */
const makeAnyData = makeData as (props: {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount?: number;
  readonly nullBitmap?: Uint8Array | undefined;
  readonly data?: unknown;
  readonly dictionary?: unknown;
}) => Data;

/** What a type of Arrow is for us. */
export function kindOfType(type: DataType): FieldKind {
  if (DataType.isDictionary(type)) return kindOfType(type.dictionary);
  if (DataType.isBool(type)) return "bool";
  if (DataType.isInt(type)) return `${type.isSigned ? "i" : "u"}${type.bitWidth}`;
  if (DataType.isFloat(type))
    return type.precision === Precision.DOUBLE ? "f64" : type.precision === Precision.SINGLE ? "f32" : "other";
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return "text";
  if (DataType.isTimestamp(type)) return "timestamp";
  if (DataType.isDate(type)) return "date";
  return "other";
}

/** A field of a schema of Arrow. */
export function fieldOfArrow(own: ArrowField): Field {
  return { name: own.name, kind: kindOfType(own.type), type: String(own.type), own };
}

/** The numbers of one chunk of a column. */
export function numbersOfData(inputName: string, column: FoundColumn, data: Data, firstRow: number): NumberColumn {
  const { type, length } = data;
  const validity = validityOf(data);
  const { wanted } = column;
  if (DataType.isBool(type)) {
    const bits: Uint8Array = data.values;
    const bytes = Uint8Array.from(
      { length },
      (_, row) => ((bits[(data.offset + row) >> 3] ?? 0) >> ((data.offset + row) & 7)) & 1,
    );
    return fromNumbers(wanted, bytes, validity);
  }
  if (DataType.isInt(type) || DataType.isFloat(type)) {
    const values = data.values.subarray(0, length);
    return values instanceof BigInt64Array
      ? fromInt64(inputName, column, values, validity, firstRow)
      : fromNumbers(wanted, values, validity);
  }
  if (DataType.isTimestamp(type)) {
    const perMillisecond = {
      [TimeUnit.SECOND]: 1e-3,
      [TimeUnit.MILLISECOND]: 1,
      [TimeUnit.MICROSECOND]: 1e3,
      [TimeUnit.NANOSECOND]: 1e6,
    }[type.unit];
    const times: BigInt64Array = data.values;
    return fromNumbers(
      wanted,
      Float64Array.from({ length }, (_, row) => Number(times[row] ?? 0n) / perMillisecond),
      validity,
    );
  }
  if (DataType.isDate(type)) {
    const values: Int32Array | BigInt64Array = data.values;
    const unit = type.unit === DateUnit.DAY ? 86_400_000 : 1;
    return fromNumbers(
      wanted,
      Float64Array.from({ length }, (_, row) => Number(values[row] ?? 0) * unit),
      validity,
    );
  }
  return fromMixed(inputName, column, valuesOf(data), firstRow);
}

/** Bit k is 1 where row k has a value; undefined where all have one. */
function validityOf({ nullBitmap, nullCount, offset, length }: Data): Uint8Array | undefined {
  if (nullCount === 0 || nullBitmap === undefined || nullBitmap.length === 0) return undefined;
  if (offset % 8 === 0) return nullBitmap.subarray(offset >> 3, (offset + length + 7) >> 3);
  const shifted = new Uint8Array((length + 7) >> 3);
  for (let row = 0; row < length; row++)
    if (isValid(nullBitmap, offset + row)) shifted[row >> 3] = (shifted[row >> 3] ?? 0) | (1 << (row & 7));
  return shifted;
}

/** All values of a chunk as JavaScript's. */
function valuesOf(data: Data): unknown[] {
  const vector = makeVector(data);
  return Array.from({ length: data.length }, (_, row): unknown => vector.get(row));
}

/** Values of a chunk for writers of other formats. */
export function portableValues(data: Data): unknown[] {
  const values = valuesOf(data);
  const kind = kindOfType(data.type);
  if (kind !== "timestamp" && kind !== "date") return values;
  return values.map((value) => (value === null || value === undefined ? null : new Date(Number(value)))); // get() gives milliseconds
}

const typesOfNumbers: Readonly<Record<NumberType, () => DataType>> = {
  f64: () => new Float64(),
  f32: () => new Float32(),
  i32: () => new Int32(),
  i64: () => new Int64(),
  bool: () => new Bool(),
};

/** The field of a computed column. */
export function addedField(name: string, type: NumberType): ArrowField {
  return new ArrowField(name, typesOfNumbers[type](), true);
}

/** The chunk of a computed column, its values used where they stand. */
export function dataOfAdded({ type, values, validity }: AddedColumn, rows: number): Data {
  const nullCount = validity === undefined ? 0 : countNulls(validity, rows);
  const nulls = nullCount === 0 ? {} : { nullBitmap: validity };
  if (type !== "bool")
    return makeAnyData({ type: typesOfNumbers[type](), length: rows, nullCount, data: values, ...nulls });
  const bits = new Uint8Array((rows + 7) >> 3);
  for (let row = 0; row < rows; row++) if (values[row] !== 0) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return makeData({ type: new Bool(), length: rows, nullCount, data: bits, ...nulls });
}

function countNulls(validity: Uint8Array, rows: number): number {
  let count = 0;
  for (let row = 0; row < rows; row++) if (!isValid(validity, row)) count++;
  return count;
}

/** The rows of a chunk that stay, as a chunk of the same type. */
export function keepRows(data: Data, kept: Uint32Array): Data {
  const { type } = data;
  const length = kept.length;
  const validity = validityOf(data);
  const nullBitmap = validity === undefined ? undefined : new Uint8Array((length + 7) >> 3);
  let nullCount = 0;
  if (validity !== undefined && nullBitmap !== undefined)
    kept.forEach((row, at) => {
      if (isValid(validity, row)) nullBitmap[at >> 3] = (nullBitmap[at >> 3] ?? 0) | (1 << (at & 7));
      else nullCount++;
    });
  const nulls = nullCount === 0 ? { nullCount: 0 } : { nullCount, nullBitmap };
  const values: unknown = data.values;
  const isFixed =
    DataType.isDictionary(type) ||
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDate(type);
  if (isFixed && isCopyable(values)) {
    const width = values.length / (data.length + data.offset) === 2 ? 2 : 1; // some types keep 64 bits in two words
    const copy = values.slice(0, length * width);
    for (let at = 0; at < length; at++)
      for (let word = 0; word < width; word++) copy[at * width + word] = values[(kept[at] ?? 0) * width + word] ?? 0;
    const dictionary = DataType.isDictionary(type) ? { dictionary: data.dictionary } : {};
    return makeAnyData({ type, length, data: copy, ...nulls, ...dictionary });
  }
  const all = valuesOf(data);
  const vector = vectorFromArray(
    Array.from(kept, (row) => all[row] ?? null),
    type,
  );
  const [chunk] = vector.data;
  return chunk ?? makeAnyData({ type, length: 0 });
}

/** Typed arrays of numbers or of bigints, seen alike: what is read from one is written to another of its kind. */
interface Copyable {
  readonly length: number;
  slice(from: number, to: number): Copyable;
  [index: number]: number;
}

function isCopyable(values: unknown): values is Copyable {
  return ArrayBuffer.isView(values) && !(values instanceof DataView);
}
