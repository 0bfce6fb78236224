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
  IntervalUnit,
  makeData,
  makeVector,
  Precision,
  TimeUnit,
} from "apache-arrow";
import { type ByteStrings, copyBytes, gatherStrings, joinStrings, plainStrings } from "./byte-strings.ts";
import { InputError } from "./input-error.ts";
import { decimalNumber, type FoundColumn, fromNumbers, millisecondsOf, millisecondsOfDays } from "./numbers.ts";
import {
  type AddedColumn,
  type TimeUnit as ArrowTimeUnit,
  type Field,
  type FieldKind,
  gatherBits,
  isValid,
  type NumberColumn,
  type Numbers,
  type NumberType,
  type TextColumn,
} from "./table.ts";

/** `makeData` for a type that is known only at run time; its overloads each take one type. */
const makeAnyData = makeData as (props: {
  readonly type: DataType;
  readonly length: number;
  readonly nullCount?: number;
  readonly nullBitmap?: Uint8Array | undefined;
  readonly data?: unknown;
  readonly views?: unknown;
  readonly dictionary?: unknown;
  readonly valueOffsets?: unknown;
  readonly typeIds?: Int8Array;
  readonly variadicBuffers?: readonly Uint8Array[];
  readonly child?: Data;
  readonly children?: Data[];
}) => Data;

/** What a type of Arrow is for us. */
export function kindOfType(type: DataType): FieldKind {
  if (DataType.isDictionary(type)) return kindOfType(type.dictionary);
  if (DataType.isBool(type)) return "bool";
  if (DataType.isInt(type)) {
    if (![8, 16, 32, 64].includes(type.bitWidth)) throw new Error(`it has integers of ${type.bitWidth} bits`);
    return `${type.isSigned ? "i" : "u"}${type.bitWidth}`;
  }
  if (DataType.isFloat(type)) return type.precision === Precision.DOUBLE ? "f64" : "f32";
  if (DataType.isDecimal(type) || DataType.isNull(type)) return "f64";
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) return "text";
  if (isBytes(type)) return "bytes";
  if (DataType.isTimestamp(type)) return "timestamp";
  if (DataType.isDate(type)) return "date";
  return "other";
}

function isBytes(type: DataType): boolean {
  return (
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isBinaryView(type) ||
    DataType.isFixedSizeBinary(type)
  );
}

const units: Readonly<Record<number, ArrowTimeUnit>> = {
  [TimeUnit.SECOND]: "s",
  [TimeUnit.MILLISECOND]: "ms",
  [TimeUnit.MICROSECOND]: "us",
  [TimeUnit.NANOSECOND]: "ns",
};

/** A field of a schema of Arrow. */
export function fieldOfArrow(own: ArrowField): Field {
  const field = { name: own.name, kind: kindOfType(own.type), type: String(own.type), own };
  const { type } = own;
  if (DataType.isTimestamp(type))
    return { ...field, time: { unit: units[type.unit] ?? "ms", isUtc: Boolean(type.timezone) } };
  const hasTime = DataType.isDate(type) && type.unit === DateUnit.MILLISECOND;
  return hasTime ? { ...field, time: { unit: "ms", isUtc: true } } : field;
}

/** The numbers of one chunk of a column, as a formula reads them. */
export function numbersOfData(inputName: string, column: FoundColumn, data: Data, firstRow: number): NumberColumn {
  const { values, validity } = formulaNumbers(data);
  return fromNumbers(inputName, column, values, validity, firstRow);
}

/** Times are milliseconds. */
function formulaNumbers(data: Data): NumberColumn {
  const { type } = data;
  const stored = storedNumbers(data);
  if (stored === undefined) throw new TypeError(`${type} holds no numbers`); // findColumns sees to that
  const { values, validity } = stored;
  if (DataType.isDictionary(type)) return formulaNumbersOf(values, validity, type.dictionary);
  return formulaNumbersOf(values, validity, type);
}

function formulaNumbersOf(values: Numbers, validity: Uint8Array | undefined, type: DataType): NumberColumn {
  if (DataType.isTimestamp(type) && values instanceof BigInt64Array)
    return { values: millisecondsOf(values, units[type.unit] ?? "ms"), validity };
  if (DataType.isDate(type) && values instanceof Int32Array) return { values: millisecondsOfDays(values), validity };
  return { values, validity };
}

/** A chunk as the typed array of its kind; undefined for what holds no numbers. */
export function storedNumbers(data: Data): NumberColumn | undefined {
  const { type, length, offset } = data;
  const validity = validityOf(data);
  if (DataType.isDictionary(type)) return lookedUp(data, validity);
  if (DataType.isNull(type)) return { values: new Float64Array(length), validity: new Uint8Array((length + 7) >> 3) };
  if (DataType.isBool(type)) {
    const bits: Uint8Array = data.values;
    const bytes = new Uint8Array(length);
    for (let row = 0; row < length; row++) bytes[row] = ((bits[(offset + row) >> 3] ?? 0) >> ((offset + row) & 7)) & 1;
    return { values: bytes, validity };
  }
  if (DataType.isFloat(type) && type.precision === Precision.HALF) {
    const halves: Uint16Array = data.values;
    const values = new Float32Array(length);
    for (let row = 0; row < length; row++) values[row] = halfNumber(halves[row] ?? 0);
    return { values, validity };
  }
  if (DataType.isDecimal(type)) {
    const words: Uint32Array = data.values;
    const perValue = type.bitWidth / 32;
    const values = new Float64Array(length);
    for (let row = 0; row < length; row++) {
      if (!isValid(validity, row)) continue;
      let unscaled = 0n;
      for (let word = perValue - 1; word >= 0; word--)
        unscaled = (unscaled << 32n) | BigInt(words[row * perValue + word] ?? 0);
      values[row] = decimalNumber(BigInt.asIntN(type.bitWidth, unscaled), type.scale);
    }
    return { values, validity };
  }
  if (DataType.isDate(type) && type.unit === DateUnit.MILLISECOND) {
    const times: BigInt64Array = data.values;
    const days = new Int32Array(length);
    for (let row = 0; row < length; row++) days[row] = Number((times[row] ?? 0n) / 86_400_000n);
    return { values: days, validity };
  }
  if (DataType.isInt(type) || DataType.isFloat(type) || DataType.isTimestamp(type) || DataType.isDate(type)) {
    const values: Numbers | BigUint64Array = data.values.subarray(0, length);
    return {
      values:
        values instanceof BigUint64Array ? new BigInt64Array(values.buffer, values.byteOffset, values.length) : values,
      validity,
    };
  }
  return undefined;
}

/** Numbers of a dictionary. */
function lookedUp(data: Data, validity: Uint8Array | undefined): NumberColumn | undefined {
  const chunks: readonly Data[] = data.dictionary?.data ?? [];
  const parts = chunks.map(storedNumbers);
  const [first] = parts;
  if (first === undefined) return undefined;
  const indices: ArrayLike<number | bigint> = data.values;
  const starts: number[] = [];
  let size = 0;
  for (const chunk of chunks) {
    starts.push(size);
    size += chunk.length;
  }
  const Kind = first.values.constructor as new (length: number) => Numbers; // a typed array's own
  const values = new Kind(data.length);
  const bits = new Uint8Array((data.length + 7) >> 3);
  let nulls = 0;
  for (let row = 0; row < data.length; row++) {
    const index = Number(indices[row] ?? 0);
    let chunk = parts.length - 1;
    while (chunk > 0 && index < (starts[chunk] ?? 0)) chunk--;
    const part = parts[chunk];
    const at = index - (starts[chunk] ?? 0);
    if (!isValid(validity, row) || part === undefined || !isValid(part.validity, at)) {
      nulls++;
      continue;
    }
    bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
    const value = part.values[at] ?? 0;
    if (values instanceof BigInt64Array) values[row] = BigInt(value);
    else values[row] = Number(value);
  }
  return { values, validity: nulls === 0 ? undefined : bits };
}

/** A float of 16 bits; IEEE 754-2019, 3.4. */
function halfNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
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

/** A chunk of texts or bytes as UTF-8, where they stand; undefined for what is neither. */
export function textsOfData(data: Data): TextColumn | undefined {
  const { type } = data;
  if (DataType.isDictionary(type)) return textsOfDictionary(data);
  const strings = byteStringsOf(data);
  return strings === undefined ? undefined : { strings, validity: validityOf(data) };
}

function byteStringsOf(data: Data): ByteStrings | undefined {
  const { type, length } = data;
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const offsets: Int32Array = data.valueOffsets;
    const first = new Uint32Array(offsets.buffer, offsets.byteOffset, Math.min(offsets.length, length + 1));
    return { bytes: data.values, offsets: length === 0 ? new Uint32Array(1) : first, indices: undefined };
  }
  if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) {
    const offsets: BigInt64Array = data.valueOffsets;
    return {
      bytes: data.values,
      offsets: Uint32Array.from({ length: length + 1 }, (_, row) => Number(offsets[row] ?? 0n)),
      indices: undefined,
    };
  }
  if (DataType.isFixedSizeBinary(type)) {
    const width = type.byteWidth;
    return {
      bytes: data.values,
      offsets: Uint32Array.from({ length: length + 1 }, (_, k) => k * width),
      indices: undefined,
    };
  }
  return DataType.isUtf8View(type) || DataType.isBinaryView(type) ? stringsOfViews(data) : undefined;
}

/** A view: its length, and up to 12 bytes, or the first four of them, the number of a buffer and a place in it. */
function stringsOfViews(data: Data): ByteStrings {
  const { length, variadicBuffers } = data;
  const views: Uint8Array = data.values;
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  const offsets = new Uint32Array(length + 1);
  for (let row = 0; row < length; row++)
    offsets[row + 1] = (offsets[row] ?? 0) + (data.getValid(row) ? view.getInt32(16 * row, true) : 0);
  const bytes = new Uint8Array(offsets[length] ?? 0);
  for (let row = 0; row < length; row++) {
    const to = offsets[row] ?? 0;
    const size = (offsets[row + 1] ?? 0) - to;
    if (size <= 12) copyBytes(views, 16 * row + 4, 16 * row + 4 + size, bytes, to);
    else {
      const start = view.getInt32(16 * row + 12, true);
      copyBytes(variadicBuffers[view.getInt32(16 * row + 8, true)] ?? views, start, start + size, bytes, to);
    }
  }
  return { bytes, offsets, indices: undefined };
}

/** The strings of a dictionary are the same for all batches. */
const dictionaries = new WeakMap<object, ByteStrings>();

function textsOfDictionary(data: Data): TextColumn | undefined {
  const { dictionary, length } = data;
  if (dictionary === undefined || dictionary.data.some((chunk) => chunk.nullCount > 0)) return undefined;
  let strings = dictionaries.get(dictionary);
  if (strings === undefined) {
    const parts = dictionary.data.map(byteStringsOf).filter((part) => part !== undefined);
    if (parts.length < dictionary.data.length) return undefined;
    strings = joinStrings(parts);
    dictionaries.set(dictionary, strings);
  }
  const validity = validityOf(data);
  const places: ArrayLike<number | bigint> = data.values;
  const indices = new Uint32Array(length);
  for (let row = 0; row < length; row++) if (isValid(validity, row)) indices[row] = Number(places[row] ?? 0);
  return { strings: { ...strings, indices }, validity };
}

/** Texts, or bytes, as a chunk, those of the rows that stay. */
export function dataOfTexts(type: DataType, { strings, validity }: TextColumn, kept: Uint32Array | undefined): Data {
  const { bytes, offsets } = plainStrings(kept === undefined ? strings : gatherStrings(strings, kept));
  const bits = kept === undefined ? validity : gatherBits(validity, kept);
  const length = offsets.length - 1;
  const nullCount = bits === undefined ? 0 : countNulls(bits, length);
  return makeAnyData({
    type,
    length,
    nullCount,
    valueOffsets: new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length),
    data: bytes,
    ...(nullCount === 0 ? {} : { nullBitmap: bits }),
  });
}

/** Rows [from, to) of a chunk for writers of other formats. */
export function portableValues(data: Data, from: number, to: number): unknown[] {
  const kind = kindOfType(data.type);
  const { type } = data;
  if (kind === "other" || kind === "bytes" || kind === "text") {
    const vector = makeVector(data);
    return Array.from({ length: to - from }, (_, at): unknown => vector.get(from + at));
  }
  // A time of the day stands in a date of milliseconds too, where a writer would not look for it.
  const isExactDate = DataType.isDate(type) && type.unit === DateUnit.MILLISECOND;
  const { values, validity } = isExactDate
    ? { values: Float64Array.from(data.values as BigInt64Array, Number), validity: validityOf(data) }
    : formulaNumbers(data);
  return Array.from({ length: to - from }, (_, at): unknown => {
    const row = from + at;
    if (!isValid(validity, row)) return null;
    const value = values[row];
    if (kind === "timestamp" || kind === "date") return new Date(Number(value));
    if (kind === "bool") return value !== 0;
    return kind === "u64" && typeof value === "bigint" ? BigInt.asUintN(64, value) : value;
  });
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
  return dataOfNumbers(typesOfNumbers[type](), { values, validity }, rows);
}

/** A chunk of a typed array; booleans are bytes 0 and 1. */
export function dataOfNumbers(type: DataType, { values, validity }: NumberColumn, rows: number): Data {
  const nullCount = validity === undefined ? 0 : countNulls(validity, rows);
  const nulls = nullCount === 0 ? {} : { nullBitmap: validity };
  if (!DataType.isBool(type)) {
    const isUnsigned = DataType.isInt(type) && !type.isSigned && values instanceof BigInt64Array;
    const data = isUnsigned ? new BigUint64Array(values.buffer, values.byteOffset, values.length) : values;
    return makeAnyData({ type, length: rows, nullCount, data, ...nulls });
  }
  const bits = new Uint8Array((rows + 7) >> 3);
  for (let row = 0; row < rows; row++) if (values[row] !== 0) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return makeData({ type: new Bool(), length: rows, nullCount, data: bits, ...nulls });
}

function countNulls(validity: Uint8Array, rows: number): number {
  let count = 0;
  for (let row = 0; row < rows; row++) if (!isValid(validity, row)) count++;
  return count;
}

/** The rows of a chunk that stay, as a chunk of the same type; layout by layout, so that nothing is changed. */
export function keepRows(data: Data, kept: Uint32Array): Data {
  const { type } = data;
  const { length } = kept;
  const validity = validityOf(data);
  const nullBitmap = gatherBits(validity, kept);
  const nullCount = nullBitmap === undefined ? 0 : countNulls(nullBitmap, length);
  const nulls = nullCount === 0 ? { nullCount: 0 } : { nullCount, nullBitmap };
  const values: unknown = data.values;
  if (DataType.isNull(type)) return makeAnyData({ type, length });
  if (DataType.isBool(type)) {
    const bits: Uint8Array = data.values;
    const places = data.offset === 0 ? kept : kept.map((row) => row + data.offset);
    return makeAnyData({ type, length, data: gatherBits(bits, places), ...nulls });
  }
  if (DataType.isStruct(type))
    return makeAnyData({ type, length, children: data.children.map((child) => keepRows(child, kept)), ...nulls });
  if (DataType.isFixedSizeList(type)) {
    const places = new Uint32Array(length * type.listSize);
    for (let at = 0; at < places.length; at++)
      places[at] = (kept[Math.floor(at / type.listSize)] ?? 0) * type.listSize + (at % type.listSize);
    return makeAnyData({ type, length, child: keptChild(data, places), ...nulls });
  }
  const offsets: ArrayLike<number | bigint> | undefined = data.valueOffsets;
  if (DataType.isList(type) || DataType.isMap(type)) {
    const { places, newOffsets } = keptRanges(offsets ?? [], kept);
    return makeAnyData({ type, length, valueOffsets: newOffsets, child: keptChild(data, places), ...nulls });
  }
  if (DataType.isLargeList(type)) {
    const { places, newOffsets } = keptRanges(offsets ?? [], kept);
    const wide = BigInt64Array.from(newOffsets, BigInt);
    return makeAnyData({ type, length, valueOffsets: wide, child: keptChild(data, places), ...nulls });
  }
  if (DataType.isUnion(type)) {
    const all: Int8Array = data.typeIds;
    const typeIds = Int8Array.from(kept, (row) => all[row] ?? 0);
    if (DataType.isSparseUnion(type))
      return makeAnyData({ type, length, typeIds, children: data.children.map((child) => keepRows(child, kept)) });
    // The children of a dense one stay as they are: its offsets say where values stand.
    const valueOffsets = Int32Array.from(kept, (row) => Number(offsets?.[row] ?? 0));
    return makeAnyData({ type, length, typeIds, valueOffsets, children: [...data.children] });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const { bytes, newOffsets } = keptBytes(data.values, offsets ?? [], kept);
    return makeAnyData({ type, length, valueOffsets: newOffsets, data: bytes, ...nulls });
  }
  if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) {
    const { bytes, newOffsets } = keptBytes(data.values, offsets ?? [], kept);
    return makeAnyData({ type, length, valueOffsets: BigInt64Array.from(newOffsets, BigInt), data: bytes, ...nulls });
  }
  const perRow = elementsPerRow(type);
  if (perRow !== undefined && isCopyable(values)) {
    const copy = new values.constructor(length * perRow);
    for (let at = 0; at < length; at++)
      for (let element = 0; element < perRow; element++)
        copy[at * perRow + element] = values[(kept[at] ?? 0) * perRow + element] ?? 0;
    const dictionary = DataType.isDictionary(type) ? { dictionary: data.dictionary } : {};
    const { variadicBuffers } = data;
    return makeAnyData({ type, length, data: copy, views: copy, variadicBuffers, ...nulls, ...dictionary });
  }
  throw new InputError(`a column holds ${type}, of which no rows can be left out`);
}

/** How many elements of the array of values a row of a fixed width has. */
export function elementsPerRow(type: DataType): number | undefined {
  if (DataType.isDecimal(type)) return type.bitWidth / 32;
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth;
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) return 16;
  if (DataType.isInterval(type))
    return type.unit === IntervalUnit.YEAR_MONTH ? 1 : type.unit === IntervalUnit.DAY_TIME ? 2 : 4;
  const isSingle =
    DataType.isDictionary(type) ||
    DataType.isInt(type) ||
    DataType.isFloat(type) ||
    DataType.isTimestamp(type) ||
    DataType.isDate(type) ||
    DataType.isTime(type) ||
    DataType.isDuration(type);
  return isSingle ? 1 : undefined;
}

function keptChild(data: Data, places: Uint32Array): Data {
  const [child] = data.children;
  if (child === undefined) throw new TypeError("a list has no values"); // makeData sees to that
  return keepRows(child, places);
}

/** Which elements the lists of some rows have, and where each list then begins. */
function keptRanges(
  offsets: ArrayLike<number | bigint>,
  kept: Uint32Array,
): { readonly places: Uint32Array; readonly newOffsets: Int32Array } {
  const newOffsets = new Int32Array(kept.length + 1);
  kept.forEach((row, at) => {
    newOffsets[at + 1] = (newOffsets[at] ?? 0) + Number(offsets[row + 1] ?? 0) - Number(offsets[row] ?? 0);
  });
  const places = new Uint32Array(newOffsets[kept.length] ?? 0);
  let place = 0;
  kept.forEach((row) => {
    for (let from = Number(offsets[row] ?? 0); from < Number(offsets[row + 1] ?? 0); from++) places[place++] = from;
  });
  return { places, newOffsets };
}

function keptBytes(
  bytes: Uint8Array,
  offsets: ArrayLike<number | bigint>,
  kept: Uint32Array,
): { readonly bytes: Uint8Array; readonly newOffsets: Int32Array } {
  const newOffsets = new Int32Array(kept.length + 1);
  kept.forEach((row, at) => {
    newOffsets[at + 1] = (newOffsets[at] ?? 0) + Number(offsets[row + 1] ?? 0) - Number(offsets[row] ?? 0);
  });
  const copy = new Uint8Array(newOffsets[kept.length] ?? 0);
  kept.forEach((row, at) => {
    copyBytes(bytes, Number(offsets[row] ?? 0), Number(offsets[row + 1] ?? 0), copy, newOffsets[at] ?? 0);
  });
  return { bytes: copy, newOffsets };
}

/** Typed arrays of numbers or of bigints, seen alike: what is read from one is written to another of its kind. */
interface Copyable {
  readonly length: number;
  readonly constructor: new (length: number) => Copyable;
  [index: number]: number;
}

function isCopyable(values: unknown): values is Copyable {
  return ArrayBuffer.isView(values) && !(values instanceof DataView);
}
