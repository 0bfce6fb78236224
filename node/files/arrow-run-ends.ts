/**
 * Run-end encoded columns, which apache-arrow cannot read: where each run of equal values ends, and the values. A message's
 * description is changed so that such a column is a struct of these two, which has the same parts and one more, a bitmap of its
 * nulls, before them; what was read is then spread over the rows. So the column is one of plain values for all that follows.
 *
 * Arrow columnar format 1.5, "Run-End Encoded Layout" and "Buffer Listing for Each Layout".
 */
import { Field as ArrowField, type Data, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { fieldPlace, typeOfField, vectorPlaces, viewOf } from "./arrow-check.ts";
import { keepRows } from "./arrow-columns.ts";

const runEndEncoded = 22;
const structure = 13;

/** How many buffers each type has of its own, by its number in Schema.fbs; dictionaries, unions and views see below. */
const ownBuffers: Readonly<Record<number, number>> = {
  1: 0, // null
  4: 3, // binary
  5: 3, // utf8
  12: 2, // list
  13: 1, // struct
  16: 1, // list of a fixed size
  17: 2, // map
  19: 3, // large binary
  20: 3, // large utf8
  21: 2, // large list
  22: 0, // runs
};
const union = 14;
const views: readonly number[] = [23, 24];

/** What of a field matters here. */
interface FieldParts {
  readonly type: number;
  readonly isDictionary: boolean;
  readonly isSparse: boolean;
  readonly children: readonly FieldParts[];
}

export class RunEndColumns {
  #fields: readonly FieldParts[] = [];
  #hasUnionBitmaps = false;
  /** Which of the schema's columns are runs. */
  readonly columns = new Set<number>();

  /** The description of a schema, with structs for runs. */
  schema(metadata: Uint8Array, header: number): Uint8Array {
    const view = viewOf(metadata);
    const places = fieldsOf(view, header, 1);
    this.#fields = places.map((place) => partsOf(view, place));
    const version = fieldPlace(view, view.getUint32(0, true), 0);
    this.#hasUnionBitmaps = version !== undefined && view.getInt16(version, true) < 4; // before version 5
    this.#fields.forEach(({ type }, index) => {
      if (type === runEndEncoded) this.columns.add(index);
    });
    if (this.columns.size === 0) return metadata;
    const changed = metadata.slice();
    for (const index of this.columns) changed[fieldPlace(view, places[index] ?? 0, 2) ?? 0] = structure;
    return changed;
  }

  /** The description of a record batch, with empty bitmaps for the structs. */
  batch(metadata: Uint8Array, header: number): Uint8Array {
    if (this.columns.size === 0) return metadata;
    const view = viewOf(metadata);
    const variadic = vectorPlaces(view, header, 4, 8).map((at) => Number(view.getBigInt64(at, true)));
    const count = (field: FieldParts): number => {
      const { type, isDictionary, isSparse, children } = field;
      if (isDictionary) return 2;
      const own =
        type === union
          ? (isSparse ? 1 : 2) + (this.#hasUnionBitmaps ? 1 : 0)
          : views.includes(type)
            ? 2 + (variadic.shift() ?? 0)
            : (ownBuffers[type] ?? 2);
      return children.reduce((sum, child) => sum + count(child), own);
    };
    const starts: number[] = [];
    let next = 0;
    this.#fields.forEach((field, index) => {
      if (this.columns.has(index)) starts.push(next);
      next += count(field);
    });
    const buffers = vectorPlaces(view, header, 2, 16).map((at) => metadata.subarray(at, at + 16));
    starts.reverse().forEach((at) => {
      buffers.splice(at, 0, new Uint8Array(16));
    });
    // The new list stands behind all else; its elements, not its length, stand at a multiple of 8.
    const vector = ((metadata.length + 7) & ~7) + 4;
    const changed = new Uint8Array(vector + 4 + 16 * buffers.length);
    changed.set(metadata);
    const changedView = new DataView(changed.buffer);
    changedView.setUint32(vector, buffers.length, true);
    buffers.forEach((buffer, k) => {
      changed.set(buffer, vector + 4 + 16 * k);
    });
    const place = fieldPlace(view, header, 2) ?? 0; // there are buffers, since there are runs
    changedView.setUint32(place, vector - place, true);
    return changed;
  }

  /** A schema as others see it. */
  plainSchema(schema: Schema): Schema {
    if (this.columns.size === 0) return schema;
    const fields = schema.fields.map((field, index) => {
      const values: ArrowField | undefined = this.columns.has(index) ? field.type.children[1] : undefined;
      return values === undefined ? field : new ArrowField(field.name, values.type, true, field.metadata);
    });
    return new Schema(fields, schema.metadata, schema.dictionaries);
  }

  /** A record batch, checked, with a value for each row. */
  plainBatch(batch: RecordBatch, schema: Schema): RecordBatch {
    if (this.columns.size === 0) return batch;
    const { numRows } = batch;
    const children = batch.data.children.map((data: Data, index) => (this.columns.has(index) ? spread(data) : data));
    const type = new Struct(schema.fields);
    return new RecordBatch(schema, makeData({ type, length: numRows, nullCount: 0, children }));
  }
}

function spread({ length, children }: Data): Data {
  const [ends, values] = children;
  if (ends === undefined || values === undefined) throw new TypeError("a column of runs has none"); // faultOfBatch sees to that
  const places = new Uint32Array(length);
  const stored: ArrayLike<number | bigint> = ends.values;
  for (let run = 0, row = 0; row < length; run++) {
    const end = Math.min(length, Number(stored[run] ?? length));
    places.fill(run, row, end);
    row = end;
  }
  return keepRows(values, places);
}

function fieldsOf(view: DataView, table: number, vectorField: number): number[] {
  return vectorPlaces(view, table, vectorField, 4).map((at) => at + view.getUint32(at, true));
}

/** Field: name, nullable, type_type, type, dictionary, children. Union: mode, 0 for sparse. */
function partsOf(view: DataView, field: number): FieldParts {
  const type = typeOfField(view, field);
  const typePlace = fieldPlace(view, field, 3);
  const mode =
    type === union && typePlace !== undefined
      ? fieldPlace(view, typePlace + view.getUint32(typePlace, true), 0)
      : undefined;
  return {
    type,
    isDictionary: fieldPlace(view, field, 4) !== undefined,
    isSparse: mode === undefined || view.getInt16(mode, true) === 0,
    children: fieldsOf(view, field, 5).map((child) => partsOf(view, child)),
  };
}
