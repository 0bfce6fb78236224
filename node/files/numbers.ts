/**
 * What a file holds as the numbers that a formula reads: typed arrays go through as they are, whole numbers of 64 bits become
 * f64 where all are exact or stay i64 where that was declared, times become milliseconds since 1970 as `Number(date)` gives
 * them. What is under a null does not matter, but it must not trap: there, integers are 1.
 */
import { nearestWord } from "../../src/base/spelling.ts";
import { InputError } from "./input-error.ts";
import {
  type Field,
  isValid,
  type NumberColumn,
  type Numbers,
  perMillisecond,
  type TimeUnit,
  type WantedColumn,
} from "./table.ts";

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
    if (field.kind === "text" || field.kind === "bytes" || field.kind === "other")
      throw new InputError(
        `${inputName}: column ${JSON.stringify(field.name)} holds ${field.type}; expected numbers, booleans, timestamps or dates`,
      );
    if (
      (field.kind === "i64" || field.kind === "u64") &&
      column.isDeclared &&
      column.type !== "i64" &&
      column.type !== "f64"
    )
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

/**
 * Integers of 64 bits as a formula reads them; those of a `u64` come in the bits of an i64. `firstRow` is the row of the first
 * value, from 0, for messages.
 */
function fromInt64(
  inputName: string,
  { wanted, field }: FoundColumn,
  values: BigInt64Array,
  validity: Uint8Array | undefined,
  firstRow: number,
): NumberColumn {
  const isUnsigned = field.kind === "u64";
  const refuse = (row: number, value: bigint, hint: string): never => {
    throw new InputError(`${placeOf(inputName, field, firstRow + row)} is ${value}, ${hint}`);
  };
  if (wanted.type === "i64") {
    if (isUnsigned)
      for (let row = 0; row < values.length; row++)
        if ((values[row] ?? 0n) < 0n && isValid(validity, row))
          refuse(row, BigInt.asUintN(64, values[row] ?? 0n), "which i64 cannot hold");
    return { values: withoutTraps(values, validity, 1n), validity };
  }
  const numbers = new Float64Array(values.length);
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const high = halves[2 * row + 1] ?? 0;
    // Without a BigInt where it is a safe integer; two of those are not of this form.
    if (high < 2 ** 21 && high >= (isUnsigned ? 0 : -(2 ** 21) + 1))
      numbers[row] = high * 4294967296 + ((halves[2 * row] ?? 0) >>> 0);
    else {
      const stored = values[row] ?? 0n;
      const value = isUnsigned ? BigInt.asUintN(64, stored) : stored;
      if (!wanted.isDeclared && isValid(validity, row) && !Number.isSafeInteger(Number(value)))
        refuse(
          row,
          value,
          value < 2n ** 63n
            ? `which f64 cannot hold exactly; say --type ${wanted.name}=i64 to compute with BigInts, or =f64 to round`
            : `which neither f64 nor i64 can hold exactly; say --type ${wanted.name}=f64 to round`,
        );
      numbers[row] = Number(value);
    }
  }
  return { values: numbers, validity };
}

function placeOf(inputName: string, field: Field, row: number): string {
  return `${inputName}: row ${row + 1} of column ${JSON.stringify(field.name)}`;
}

/** Numbers that a format gives as a typed array, as a formula reads them. Throws `InputError` for what the type cannot hold. */
export function fromNumbers(
  inputName: string,
  found: FoundColumn,
  values: Numbers,
  validity: Uint8Array | undefined,
  firstRow: number,
): NumberColumn {
  const { wanted, field } = found;
  if (values instanceof BigInt64Array) return fromInt64(inputName, found, values, validity, firstRow);
  const refuse = (row: number, bits: number): never => {
    throw new InputError(
      `${placeOf(inputName, field, firstRow + row)} is ${values[row]}; expected a whole number of ${bits} bits, as its type i${bits} says`,
    );
  };
  switch (wanted.type) {
    case "i32": {
      if (values instanceof Int32Array) return { values: withoutTraps(values, validity, 1), validity };
      const integers = Int32Array.from(values);
      for (let row = 0; row < integers.length; row++)
        if (integers[row] !== values[row] && isValid(validity, row)) refuse(row, 32);
      return { values: withoutTraps(integers, validity, 1), validity };
    }
    case "i64": {
      const integers = new BigInt64Array(values.length);
      for (let row = 0; row < values.length; row++) {
        const value = values[row] ?? 0;
        if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) integers[row] = BigInt(value);
        else if (isValid(validity, row)) refuse(row, 64);
      }
      return { values: withoutTraps(integers, validity, 1n), validity };
    }
    case "f32":
      return { values: values instanceof Float32Array ? values : Float32Array.from(values), validity };
    case "bool":
      return { values: Uint8Array.from(values, (value) => (value ? 1 : 0)), validity };
    default:
      return { values, validity };
  }
}

/** Integers that count a unit of time, as milliseconds. */
export function millisecondsOf(values: BigInt64Array, unit: TimeUnit): Float64Array {
  const per = perMillisecond[unit];
  const times = new Float64Array(values.length);
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let row = 0; row < times.length; row++) {
    const high = halves[2 * row + 1] ?? 0;
    const number = high * 4294967296 + ((halves[2 * row] ?? 0) >>> 0); // rounded where it is no safe integer
    if (Number.isSafeInteger(number) || per <= 1) times[row] = number / per;
    else {
      const stored = values[row] ?? 0n;
      // Nanoseconds of today are not exact as a number; their milliseconds are.
      const whole = stored / BigInt(per);
      times[row] = Number(whole) + Number(stored - whole * BigInt(per)) / per;
    }
  }
  return times;
}

/** Days as milliseconds. */
export function millisecondsOfDays(days: Int32Array): Float64Array {
  const times = new Float64Array(days.length);
  for (let row = 0; row < times.length; row++) times[row] = (days[row] ?? 0) * 86_400_000;
  return times;
}

/** A decimal's integer as the number nearest to its value. */
export function decimalNumber(unscaled: bigint, scale: number): number {
  const number = Number(unscaled);
  // Both exact: the quotient is rounded once. Else the text is.
  if (Number.isSafeInteger(number) && scale >= 0 && scale <= 22) return number / 10 ** scale;
  return Number(`${unscaled}e${-scale}`);
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
