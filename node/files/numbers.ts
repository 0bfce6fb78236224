/**
 * What a file holds as the numbers that a formula reads: typed arrays go through as they are, whole numbers of 64 bits become
 * f64 where all are exact or stay i64 where that was declared, times become milliseconds since 1970 as `Number(date)` gives
 * them. What is under a null does not matter, but it must not trap: there, integers are 1.
 */
import { nearestWord } from "../../src/base/spelling.ts";
import { InputError } from "./input-error.ts";
import { type Field, isValid, type NumberColumn, type Numbers, type WantedColumn } from "./table.ts";

/** The field of a wanted column, and which one it is. */
export interface FoundColumn {
  readonly wanted: WantedColumn;
  readonly field: Field;
  readonly index: number;
}

/** Where the wanted columns are. The task has made sure that they are there; throws `InputError` for what is no number. */
export function findColumns(
  inputName: string,
  fields: readonly Field[],
  wanted: readonly WantedColumn[],
): FoundColumn[] {
  return wanted.map((column) => {
    const index = fields.findIndex(({ name }) => name === column.name);
    const field = fields[index];
    if (field === undefined) throw unknownColumn(inputName, column.name, fields);
    if (field.kind === "text" || field.kind === "other" || field.kind === "u64")
      throw new InputError(
        `${inputName}: column ${JSON.stringify(field.name)} holds ${field.type}; expected numbers, booleans or times`,
      );
    if (field.kind === "i64" && column.isDeclared && column.type !== "i64" && column.type !== "f64")
      throw new InputError(
        `${inputName}: column ${JSON.stringify(field.name)} holds ${field.type}; expected --type ${column.name}=i64 or f64`,
      );
    return { wanted: column, field, index };
  });
}

/** The error for a column that the table does not have. */
export function unknownColumn(inputName: string, name: string, fields: readonly Field[]): InputError {
  const nearest = nearestWord(
    name,
    fields.map((field) => field.name),
  );
  const hint = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
  return new InputError(`${inputName}: has no column ${JSON.stringify(name)}${hint}`);
}

/** Integers of 64 bits as a formula reads them. `firstRow` is the row of the first value, from 0, for messages. */
export function fromInt64(
  inputName: string,
  { wanted, field }: FoundColumn,
  values: BigInt64Array,
  validity: Uint8Array | undefined,
  firstRow: number,
): NumberColumn {
  if (wanted.type === "i64") return { values: withoutTraps(values, validity, 1n), validity };
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0n;
    const number = Number(value);
    if (!Number.isSafeInteger(number) && isValid(validity, row) && !wanted.isDeclared)
      throw new InputError(
        `${inputName}: row ${firstRow + row + 1} of column ${JSON.stringify(field.name)} is ${value}, which f64 cannot hold exactly; say --type ${wanted.name}=i64 to compute with BigInts, or =f64 to round`,
      );
    numbers[row] = number;
  }
  return { values: numbers, validity };
}

/** Numbers that a format gives as a typed array, as a formula reads them. */
export function fromNumbers(wanted: WantedColumn, values: Numbers, validity: Uint8Array | undefined): NumberColumn {
  switch (wanted.type) {
    case "i32":
      return {
        values: withoutTraps(values instanceof Int32Array ? values : Int32Array.from(numbersOf(values)), validity, 1),
        validity,
      };
    case "i64":
      return {
        values: withoutTraps(
          BigInt64Array.from(numbersOf(values), (value) => BigInt(Math.trunc(value) || 0)),
          validity,
          1n,
        ),
        validity,
      };
    case "f32":
      return { values: values instanceof Float32Array ? values : Float32Array.from(numbersOf(values)), validity };
    case "bool":
      return { values: Uint8Array.from(numbersOf(values), (value) => (value ? 1 : 0)), validity };
    default:
      return { values, validity };
  }
}

/** Numbers of any typed array. */
function numbersOf(values: Numbers): Iterable<number> {
  return values instanceof BigInt64Array ? Float64Array.from(values, Number) : values;
}

/** Values of a format that gives plain arrays, with null or undefined where there is none. */
export function fromMixed(
  inputName: string,
  found: FoundColumn,
  values: ArrayLike<unknown>,
  firstRow: number,
): NumberColumn {
  const { length } = values;
  let validity: Uint8Array | undefined;
  const isWide = found.field.kind === "i64";
  const wide = isWide ? new BigInt64Array(length) : undefined;
  const numbers = isWide ? undefined : new Float64Array(length);
  for (let row = 0; row < length; row++) {
    const value = values[row];
    if (value === null || value === undefined) {
      validity ??= new Uint8Array((length + 7) >> 3).fill(0xff);
      validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
    } else if (wide !== undefined) wide[row] = typeof value === "bigint" ? value : BigInt(Number(value));
    else if (numbers !== undefined) numbers[row] = Number(value);
  }
  if (wide !== undefined) return fromInt64(inputName, found, wide, validity, firstRow);
  return fromNumbers(found.wanted, numbers ?? new Float64Array(length), validity);
}

/** The values with `harmless` under nulls, so that a division there does not trap. */
function withoutTraps<T extends Int32Array | BigInt64Array>(
  values: T,
  validity: Uint8Array | undefined,
  harmless: T[number],
): T {
  if (validity === undefined) return values;
  const copy = values.slice() as T; // a slice is of the same kind
  for (let row = 0; row < copy.length; row++) if (!isValid(validity, row)) copy[row] = harmless;
  return copy;
}
