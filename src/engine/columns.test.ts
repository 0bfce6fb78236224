import { describe, expect, test } from "vitest";
import { UnsupportedError } from "../base/errors.ts";
import type { Parameter } from "../lang/javascript/tree.ts";
import { type Columns, type MapOptions, readColumns } from "./columns.ts";

const xy: readonly Parameter[] = [
  { name: "x", type: "f64" },
  { name: "y", type: "f64" },
];
const read = (columns: unknown, options?: unknown, parameters = xy) =>
  readColumns(parameters, "f64", columns as Columns, options as MapOptions | undefined); // wrong ones on purpose

const three = () => new Float64Array([1, 2, 3]);

test("columns and scalars in the order of the parameters", () => {
  const x = three();
  const call = read({ y: 7, x });
  expect(call.mask).toEqual([true, false]);
  expect(call.inputs).toEqual([x, 7]);
  expect(call.rows).toBe(3);
  expect(call.out).toEqual(new Float64Array(3));
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
    [{ x: three(), y: "2" }, 'column y is "2"; expected a Float64Array or a number'],
    [{ x: three(), y: [1, 2, 3] }, "column y is an Array; expected"],
    [{ x: three(), y: undefined }, "column y is undefined; expected"],
    [{ x: three(), y: 1n }, "column y is a bigint; expected"],
    [{ x: new DataView(new ArrayBuffer(8)), y: 1 }, "column x is a DataView; expected"],
    [{ x: Object.create(Float64Array.prototype), y: 1 }, "column x is an Object; expected"],
    [null, "columns is null; expected an object"],
    [three(), "column x is missing"],
  ])("%#", (columns, message) => {
    expect(() => read(columns)).toThrow(TypeError);
    expect(() => read(columns)).toThrow(message);
  });

  test("other typed arrays are for a later version", () => {
    expect(() => read({ x: new Float32Array(3), y: 1 })).toThrow(UnsupportedError);
    expect(() => read({ x: new Float32Array(3), y: 1 })).toThrow("accepted for f64 is a Float64Array or a number");
    expect(() => read({ x: new Int32Array(3), y: 1 })).toThrow('or declare { types: { x: "i32" } }');
    const a: readonly Parameter[] = [{ name: "a", type: "i32" }];
    expect(() => read({ a: three() }, undefined, a)).toThrow("accepted for i32 is a Int32Array or a number");
    expect(read({ a: new Int32Array(2) }, undefined, a).rows).toBe(2);
  });

  test("prototypes are not searched", () => {
    expect(() => read({ x: three() }, undefined, [...xy.slice(0, 1), { name: "toString", type: "f64" }])).toThrow(
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
    expect(call.out.length).toBe(2);
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
    [{ out: new Float32Array(3) }, TypeError, "out is of kind Float32Array; expected a Float64Array"],
    [{ out: [] }, TypeError, "out is an Array; expected a Float64Array"],
  ])("%o", (options, type, message) => {
    expect(() => read({ x, y: 1 }, options)).toThrow(type);
    expect(() => read({ x, y: 1 }, options)).toThrow(message);
  });
});

describe("results over columns", () => {
  const memory = new Float64Array(12);
  const x = memory.subarray(4, 8);

  test.each([
    ["the column itself", memory.subarray(4, 8), true],
    ["the column and more", memory.subarray(4), true],
    ["before it", memory.subarray(0, 4), true],
    ["behind it", memory.subarray(8), true],
    ["one element later", memory.subarray(5, 9), false],
    ["one element earlier", memory.subarray(3, 7), false],
  ])("%s", (_, out, accepted) => {
    if (accepted) expect(read({ x, y: 1 }, { out }).out).toBe(out);
    else expect(() => read({ x, y: 1 }, { out })).toThrow("out overlaps column x");
  });

  test("only the rows in use count", () => {
    expect(read({ x: memory, y: 1 }, { out: memory.subarray(6), length: 6 }).rows).toBe(6);
    expect(() => read({ x: memory, y: 1 }, { out: memory.subarray(5), length: 6 })).toThrow("out overlaps");
    expect(read({ x: memory, y: 1 }, { out: memory.subarray(3), offset: 3, length: 6 }).rows).toBe(6);
  });

  test("elements of another width never share memory", () => {
    const a: readonly Parameter[] = [{ name: "a", type: "i32" }];
    const buffer = new ArrayBuffer(64);
    const column = new Int32Array(buffer, 0, 4);
    expect(() => readColumns(a, "f64", { a: column }, { out: new Float64Array(buffer, 0, 4) })).toThrow(
      "out overlaps column a",
    );
    expect(readColumns(a, "i32", { a: column }, { out: column }).out).toBe(column);
  });
});
