import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../base/errors.ts";
import { type ColumnParameter, type Columns, readColumns, readOut, readRowOptions } from "./columns.ts";
import { separate } from "./map.ts";

const parameter = (name: string, type: ColumnParameter["type"] = "f64", isDeclared = false): ColumnParameter => ({
  name,
  type,
  isDeclared,
});
const xy = [parameter("x"), parameter("y")];
const read = (columns: unknown, options?: unknown, parameters: readonly ColumnParameter[] = xy) => {
  const { out, ...rows } = readRowOptions("map", options as object | undefined, ["out", "offset", "length"]); // wrong ones on purpose
  const call = readColumns({ caller: "map", parameters }, columns as Columns, rows); // as above
  return { ...call, out: out === undefined ? undefined : readOut("map", out, "f64", call.rows) };
};

const three = () => new Float64Array([1, 2, 3]);

test("columns and scalars in the order of the parameters", () => {
  const x = three();
  const call = read({ y: 7, x });
  expect(call.kinds).toEqual(["f64", "scalar"]);
  expect(call.inputs).toEqual([x, 7]);
  expect(call.rows).toBe(3);
  expect(read({ x, y: true }).inputs[1]).toBe(1);
});

test("each property is read once, in order, before anything is checked", () => {
  const reads: string[] = [];
  const columns = {
    get y() {
      reads.push("y");
      return new Float64Array(2);
    },
    get x() {
      reads.push("x");
      return new Float64Array(3);
    },
  };
  expect(() => read(columns)).toThrow("map: column y has 2 rows, column x has 3");
  expect(reads).toEqual(["x", "y"]);
});

describe("wrong columns", () => {
  test.each([
    [{ x: 1, y: 2 }, "no argument is a column"],
    [{ x: three() }, "column y is missing; there are x"],
    [{ x: three(), Y: three() }, "column y is missing; did you mean Y?"],
    [{ x: three(), y: 1, z: 2 }, "column z is not a parameter; the parameters are x, y"],
    [
      { x: three(), y: "2" },
      'column y is "2"; expected a typed array of numbers (Int8Array to Float64Array) or a number',
    ],
    [{ x: three(), y: [1, 2, 3] }, "column y is an Array; expected"],
    [{ x: three(), y: undefined }, "column y is undefined; expected"],
    [{ x: new DataView(new ArrayBuffer(8)), y: 1 }, "column x is a DataView; expected"],
    [{ x: Object.create(Float64Array.prototype), y: 1 }, "column x is an Object; expected"],
    [null, "columns is null; expected an object"],
    [three(), "column x is missing"],
  ])("%#", (columns, message) => {
    expect(() => read(columns)).toThrow(TypeError);
    expect(() => read(columns)).toThrow(message);
  });

  test("every kind of typed array but two", () => {
    const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
    for (const Kind of [...kinds, Float32Array, Float64Array])
      expect(read({ x: new Kind(3), y: 1 }).kinds[1]).toBe("scalar");
    expect(read({ x: new Uint8ClampedArray(3), y: 1 }).kinds[0]).toBe("u8c");
    expect(() => read({ x: new BigUint64Array(3), y: 1 })).toThrow(UnsupportedError);
    expect(() => read({ x: new BigUint64Array(3), y: 1 })).toThrow(
      "map: column x is of kind BigUint64Array, which is refused: its elements are of no type of the language",
    );
    expect(() => read({ x: three(), y: 1 }, { out: new BigUint64Array(3) })).toThrow(UnsupportedError);
  });

  test("BigInts come where nothing else was declared", () => {
    expect(read({ x: new BigInt64Array(3), y: 2n ** 64n + 5n })).toMatchObject({
      kinds: ["i64", "bigint"],
      inputs: [new BigInt64Array(3), 5n],
    });
    const numbers = [parameter("x", "f64", true), parameter("y", "f64", true)];
    expect(() => read({ x: new BigInt64Array(3), y: 1 }, undefined, numbers)).toThrow(
      "map: column x is of kind BigInt64Array; expected a typed array of numbers (Int8Array to Float64Array) or a number, since x is declared f64",
    );
    expect(() => read({ x: three(), y: 1n }, undefined, numbers)).toThrow("column y is a bigint; expected");
    const integers = [parameter("x", "i64", true)];
    expect(() => read({ x: three() }, undefined, integers)).toThrow("expected a BigInt64Array or a bigint");
    expect(() => read({ x: 1 }, undefined, integers)).toThrow("column x is 1; expected a BigInt64Array or a bigint");
    expect(read({ x: new BigInt64Array(2) }, undefined, integers).kinds).toEqual(["i64"]);
  });

  test("arrays that the function takes as a whole", () => {
    const parameters = [parameter("x"), parameter("t", "Float32Array", true)];
    const table = new Float32Array(9);
    expect(read({ x: three(), t: table }, undefined, parameters)).toMatchObject({ kinds: ["f64", "whole"], rows: 3 });
    expect(() => read({ x: three(), t: three() }, undefined, parameters)).toThrow(
      "map: t is of kind Float64Array; expected a Float32Array, which the function takes as a whole",
    );
    expect(() => read({ x: 1, t: table }, undefined, parameters)).toThrow("no argument is a column");
  });

  test("prototypes are not searched", () => {
    expect(() => read({ x: three() }, undefined, [parameter("x"), parameter("toString")])).toThrow(
      "column toString is missing",
    );
  });

  test("memory that is gone", () => {
    const detached = three();
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => read({ x: detached, y: 1 })).toThrow("the memory of column x is gone");
    expect(() => read({ x: new Float64Array(0), y: 1 }, { out: detached })).toThrow("the memory of out is gone");
    const Resizable = ArrayBuffer as unknown as new (
      bytes: number,
      options: object,
    ) => ArrayBuffer & { resize(bytes: number): void }; // ES2024
    const buffer = new Resizable(64, { maxByteLength: 64 });
    const view = new Float64Array(buffer, 32, 4);
    expect(read({ x: view, y: 1 }).rows).toBe(4);
    buffer.resize(16);
    expect(() => read({ x: view, y: 1 })).toThrow("the memory of column x is gone");
  });

  test("a subclass cannot pretend a length", () => {
    class Long extends Float64Array {
      override get length(): number {
        return 1_000_000;
      }
    }
    expect(read({ x: new Long(3), y: 1 }).rows).toBe(3);
  });
});

describe("options", () => {
  const x = three();

  test("a part of the rows", () => {
    const call = read({ x, y: 1 }, { offset: 1, length: 2 });
    expect(call.rows).toBe(2);
    expect(call.offset).toBe(1);
    expect(call.inputs[0]).toEqual(new Float64Array([2, 3]));
    expect(read({ x, y: 1 }, { offset: 3 }).rows).toBe(0);
    expect(read({ x, y: 1 }, { length: 0 }).rows).toBe(0);
  });

  test.each([
    [{ offset: 4 }, RangeError, "offset is 4; expected a whole number from 0 to 3"],
    [{ offset: -1 }, RangeError, "offset is -1"],
    [{ offset: 0.5 }, RangeError, "offset is 0.5"],
    [{ offset: Number.NaN }, RangeError, "offset is NaN"],
    [{ offset: 2, length: 2 }, RangeError, "length is 2; expected a whole number from 0 to 1"],
    [{ length: "2" }, TypeError, 'length is "2"; expected a number of rows'],
    [{ lenght: 2 }, TypeError, "unknown option lenght; did you mean length?"],
    [{ threads: 2 }, TypeError, "unknown option threads; the options are out, offset, length"],
    [7, TypeError, "options is 7; expected an object"],
    [{ out: new Float64Array(2) }, RangeError, "out has 2 elements; expected at least 3"],
    [{ out: new BigInt64Array(3) }, TypeError, "out is of kind BigInt64Array; expected one of Int8Array"],
    [{ out: [] }, TypeError, "out is an Array; expected one of Int8Array"],
  ])("%o", (options, type, message) => {
    expect(() => read({ x, y: 1 }, options)).toThrow(type);
    expect(() => read({ x, y: 1 }, options)).toThrow(message);
  });
});

describe("results over columns", () => {
  const memory = Float64Array.from({ length: 12 }, (_, index) => index);
  const x = memory.subarray(4, 8);
  const copies = (out: Float64Array | Uint8Array, columns: Record<string, unknown> = { x, y: 1 }, options?: object) => {
    const call = read(columns, options);
    const before = [...call.inputs];
    const rows = () =>
      call.inputs.map((input) => (typeof input === "object" ? [...input.subarray(0, call.rows)] : input));
    const values = rows();
    separate(call, out, out.BYTES_PER_ELEMENT);
    expect(rows()).toEqual(values);
    return call.inputs.filter((input, index) => input !== before[index]).length;
  };

  test.each([
    ["the column itself", memory.subarray(4, 8), 0],
    ["the column and more", memory.subarray(4), 0],
    ["before it", memory.subarray(0, 4), 0],
    ["behind it", memory.subarray(8), 0],
    ["one element later", memory.subarray(5, 9), 1],
    ["one element earlier", memory.subarray(3, 7), 1],
    ["its bytes", new Uint8Array(memory.buffer, 32, 4), 1],
    ["bytes behind it", new Uint8Array(memory.buffer, 64, 4), 0],
  ])("%s", (_, out, copied) => {
    expect(copies(out)).toBe(copied);
  });

  test("only the rows in use count", () => {
    expect(copies(memory.subarray(6), { x: memory, y: 1 }, { length: 6 })).toBe(0);
    expect(copies(memory.subarray(5), { x: memory, y: 1 }, { length: 6 })).toBe(1);
    expect(copies(memory.subarray(3), { x: memory, y: 1 }, { offset: 3, length: 6 })).toBe(0);
  });

  test("arrays that all rows see are copied wherever they overlap", () => {
    const call = read({ x: memory.slice(0, 4), t: memory }, undefined, [
      parameter("x"),
      parameter("t", "Float64Array", true),
    ]);
    separate(call, memory, 8);
    expect(call.inputs[1]).not.toBe(memory);
    expect(call.inputs[1]).toEqual(memory);
  });
});
