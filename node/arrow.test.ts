import { Bool, Float64, Int16, Int32, Int64, Table, tableFromIPC, tableToIPC, vectorFromArray } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { mapTable, withColumn } from "./arrow.ts";
import { compile } from "./index.ts";

const isSupported = process.platform === "linux" && process.arch === "x64";

describe.runIf(isSupported)("Arrow tables as columns", () => {
  const table = new Table({
    price: vectorFromArray([1.5, null, 3], new Float64()),
    qty: vectorFromArray([2, 3, 4], new Int16()),
    big: vectorFromArray([1n, 2n, null], new Int64()),
    yes: vectorFromArray([true, false, true], new Bool()),
  });

  it("nulls are strict, and other columns are shared", () => {
    const f = compile("price * qty");
    expect(mapTable(f, table).toJSON()).toEqual([3, null, 12]);
    const wider = withColumn(f, table, "revenue");
    expect(wider.schema.names).toEqual(["price", "qty", "big", "yes", "revenue"]);
    expect(wider.getChild("qty")?.data[0]?.values).toBe(table.getChild("qty")?.data[0]?.values);
    expect(tableFromIPC(tableToIPC(wider)).getChild("revenue")?.toJSON()).toEqual([3, null, 12]);
  });

  it("keeps to record batches", () => {
    const parts = new Table([...table.slice(0, 1).batches, ...table.slice(1).batches]);
    const result = mapTable(compile("qty + a"), parts, { scalars: { a: 10 } });
    expect(result.data.length).toBe(2);
    expect(result.toJSON()).toEqual([12, 13, 14]);
  });

  it("takes other names, booleans and declared types", () => {
    expect(mapTable(compile("n + 1"), table, { columns: { n: "qty" } }).toJSON()).toEqual([3, 4, 5]);
    expect(mapTable(compile("yes ? qty : -qty"), table).toJSON()).toEqual([2, -3, 4]);
    expect(mapTable(compile("big * 2n", { types: { big: "i64" } }), table).toJSON()).toEqual([2n, 4n, null]);
    expect(mapTable(compile("7 / qty", { types: { qty: "i32" } }), table).type).toBeInstanceOf(Int32);
  });

  it("says what is wrong", () => {
    expect(() => mapTable(compile("price - mean(price)"), table)).toThrow("mean(price) is over all rows");
    expect(() => mapTable(compile("prize"), table)).toThrow('has no column "prize"; did you mean "price"?');
    const text = new Table({ t: vectorFromArray(["a"]) });
    expect(() => mapTable(compile("t"), text)).toThrow('column "t" holds Dictionary<Int32, Utf8>; expected numbers');
  });
});
