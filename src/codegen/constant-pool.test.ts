import { describe, expect, it } from "vitest";
import { CodeBuffer } from "../asm/code-buffer.ts";
import { ConstantPool } from "./constant-pool.ts";

const noFill = (): void => {};

describe("the constant pool", () => {
  it("gives equal constants of one size one label, also once there are many", () => {
    const buffer = new CodeBuffer(noFill);
    const pool = new ConstantPool();
    const labels = Array.from({ length: 40 }, (_, k) => pool.label(buffer, BigInt(k), 0n, 8));
    expect(new Set(labels).size).toBe(40);
    expect(labels.map((_, k) => pool.label(buffer, BigInt(k), 0n, 8))).toEqual(labels);
    expect(pool.label(buffer, 3n, 0n, 4)).not.toBe(labels[3]);
    expect(pool.label(buffer, 3n, 1n, 16)).not.toBe(pool.label(buffer, 3n, 0n, 16));
  });

  it("writes the widest first, at a multiple of their size, little endian", () => {
    const buffer = new CodeBuffer(noFill);
    buffer.append([0x90]);
    const pool = new ConstantPool();
    pool.label(buffer, 0x0403_0201n, 0n, 4);
    pool.label(buffer, 0x1817_1615_1413_1211n, 0x2827_2625_2423_2221n, 16);
    pool.label(buffer, 0x3837_3635_3433_3231n, 0n, 8);
    pool.emit(buffer);
    const bytes = [...buffer.toBytes()];
    const series = (from: number, count: number): number[] => Array.from({ length: count }, (_, k) => from + k);
    expect(bytes).toEqual([
      0x90,
      ...new Array(15).fill(0xcc),
      ...series(0x11, 8),
      ...series(0x21, 8),
      ...series(0x31, 8),
      1,
      2,
      3,
      4,
    ]);
  });

  it("writes nothing where there is nothing, not even padding", () => {
    const buffer = new CodeBuffer(noFill);
    buffer.append([0x90]);
    new ConstantPool().emit(buffer);
    expect([...buffer.toBytes()]).toEqual([0x90]);
  });
});
