/**
 * Whether a record batch holds what it says it holds. apache-arrow takes lengths and offsets as they stand in the file; in a
 * damaged one they point outside of the buffers, or claim more rows than there are bytes.
 *
 * Layouts: Arrow columnar format 1.5, "Physical memory layout".
 */
import { type Data, DataType, type RecordBatch } from "apache-arrow";
import { elementsPerRow } from "./arrow-columns.ts";

/** What is wrong with a batch, as the end of a sentence; undefined where nothing is. */
export function faultOfBatch({ data, numRows, schema }: RecordBatch): string | undefined {
  for (const [index, field] of schema.fields.entries()) {
    const column = data.children[index];
    if (column === undefined) return `it has no column ${JSON.stringify(field.name)}`;
    const fault =
      column.length === numRows ? faultOf(column) : `it has ${column.length} rows where others have ${numRows}`;
    if (fault !== undefined) return `column ${JSON.stringify(field.name)} is damaged: ${fault}`;
  }
  return undefined;
}

function faultOf(data: Data): string | undefined {
  const { type, length, offset, nullBitmap, children } = data;
  if (!(Number.isSafeInteger(length) && length >= 0)) return `${length} rows`;
  if (nullBitmap !== undefined && nullBitmap.length > 0 && nullBitmap.length * 8 < offset + length)
    return `${length} rows, and a bitmap of ${nullBitmap.length} bytes`;
  if (DataType.isNull(type) || length === 0) return undefined;
  if (DataType.isStruct(type)) {
    for (const child of children) {
      if (child.length < length) return `${length} rows, and ${child.length} of a child`;
      const fault = faultOf(child);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  const [child] = children;
  if (DataType.isFixedSizeList(type)) {
    if (child === undefined || child.length < length * type.listSize) return "its lists are cut off";
    return faultOf(child);
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    if (child === undefined) return "its lists have no values";
    return faultOfOffsets(data, child.length) ?? faultOf(child);
  }
  if (DataType.isBool(type)) return data.values.length * 8 < offset + length ? "its bits are cut off" : undefined;
  if (DataType.isUtf8(type) || DataType.isBinary(type) || DataType.isLargeUtf8(type) || DataType.isLargeBinary(type))
    return faultOfOffsets(data, data.values?.length ?? 0);
  const perRow = elementsPerRow(type);
  const stored: number | undefined = data.values?.length;
  if (perRow !== undefined && (stored ?? 0) < length * perRow)
    return `${length} rows, and ${stored ?? 0} stored values`;
  return DataType.isDictionary(type) ? faultOfIndices(data) : undefined;
}

/** Offsets go up, and end within what they are offsets into. */
function faultOfOffsets({ valueOffsets, length }: Data, end: number): string | undefined {
  const offsets: ArrayLike<number | bigint> | undefined = valueOffsets;
  if (offsets === undefined || offsets.length < length + 1)
    return `${length} rows, and ${offsets?.length ?? 0} offsets`;
  let before = offsets[0] ?? 0;
  if (before < 0) return `an offset of ${before}`;
  for (let row = 1; row <= length; row++) {
    const next = offsets[row] ?? 0;
    if (next < before) return `an offset of ${next} behind one of ${before}`;
    before = next;
  }
  return Number(before) > end ? `an offset of ${before} into ${end}` : undefined;
}

function faultOfIndices(data: Data): string | undefined {
  const size = data.dictionary?.length ?? 0;
  const indices: ArrayLike<number | bigint> = data.values;
  for (let row = 0; row < data.length; row++) {
    const index = Number(indices[row] ?? 0);
    if ((index < 0 || index >= size) && data.getValid(row)) return `entry ${index} of a dictionary of ${size}`;
  }
  return undefined;
}
