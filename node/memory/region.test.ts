import { describe, expect, it } from "vitest";
import { DisposedError, MemoryError, SignatureError } from "../../src/base/errors.ts";
import { WritableRegion } from "./region.ts";
import { copyOut, protect, protection } from "./system-calls.ts";

const return42 = [0xb8, 42, 0, 0, 0, 0xc3]; // mov eax, 42; ret

/** Calls with whatever arguments, as JavaScript without types can. */
const allocate = WritableRegion.allocate as (bytes: unknown) => WritableRegion;

describe("WritableRegion", () => {
  it("goes from writable to executable to gone", () => {
    const writable = WritableRegion.allocate(6);
    expect(writable.length).toBe(4096);
    expect(writable.address % 4096).toBe(0);
    writable.write(0, return42);
    expect([...writable.read(0, 6)]).toEqual(return42);
    const executable = writable.seal();
    expect(executable.length).toBe(4096);
    expect([...executable.read(0, 7)]).toEqual([...return42, 0]);
    expect(executable.call("i32()")).toBe(42);
    executable.dispose();
    executable.dispose();
    expect(executable.disposed).toBe(true);
  });

  it("rounds up to pages and starts as zeroes", () => {
    for (const [bytes, length] of [
      [1, 4096],
      [4096, 4096],
      [4097, 8192],
    ] as const) {
      const region = WritableRegion.allocate(bytes);
      expect(region.length).toBe(length);
      expect(region.read().every((byte) => byte === 0)).toBe(true);
      region.dispose();
    }
  });

  it.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 48,
    Number.MAX_SAFE_INTEGER,
    "4096",
    undefined,
    null,
    4096n,
    {},
  ])("refuses a size of %s", (bytes) => {
    expect(() => allocate(bytes)).toThrow(RangeError);
    expect(() => allocate(bytes)).toThrow(
      /^allocate: expected a whole number of bytes from 1 to 140737488355328, not /,
    );
  });

  it("tells the errno and its meaning when the system refuses", () => {
    const refused = () => WritableRegion.allocate(2 ** 46);
    expect(refused).toThrow(
      new MemoryError("mmap of 70368744177664 bytes refused: ENOMEM (cannot allocate memory)", "ENOMEM"),
    );
    expect(() => protect(4096, 4096, protection.read | protection.execute)).toThrow(
      "mprotect of 4096 bytes at 0x1000 to r-x refused: ENOMEM (cannot allocate memory)",
    );
  });

  it("writes and fills anywhere inside, and nowhere else", () => {
    const region = WritableRegion.allocate(4096);
    region.fill(0xc3);
    expect(region.read().every((byte) => byte === 0xc3)).toBe(true);
    region.fill(0xcc, 4000, 96);
    region.write(4094, Uint8Array.of(1, 2));
    region.write(4096, []);
    expect([...region.read(4092)]).toEqual([0xcc, 0xcc, 1, 2]);
    expect([...region.read(3998, 4)]).toEqual([0xc3, 0xc3, 0xcc, 0xcc]);

    expect(() => region.write(4095, [1, 2])).toThrow(
      "write: 2 bytes at offset 4095 do not fit a region of 4096 bytes (1 are left)",
    );
    expect(() => region.write(4097, [])).toThrow("write: expected an offset from 0 to 4096, not the number 4097");
    for (const offset of [-1, 0.5, Number.NaN, "0", undefined]) {
      expect(() => region.write(offset as number, [1])).toThrow(RangeError);
    }
    expect(() => region.write(0, [256])).toThrow("write: byte 0 must be from 0 to 255, not the number 256");
    expect(() => region.write(0, [0, -1])).toThrow("write: byte 1 must be");
    expect(() => region.write(0, "c3" as never)).toThrow(TypeError);
    expect(() => region.fill(256)).toThrow("fill: expected a byte from 0 to 255, not the number 256");
    expect(() => region.fill(0, 4000, 97)).toThrow("fill: 97 bytes at offset 4000 do not fit");
    expect(() => region.read(0, 4097)).toThrow(RangeError);
    region.dispose();
  });

  it("is used up by seal", () => {
    const writable = WritableRegion.allocate(10);
    const executable = writable.seal();
    expect(writable.sealed).toBe(true);
    const sealed = "this region of 4096 bytes was sealed; it is executable now and cannot change";
    expect(() => writable.write(0, [1])).toThrow(MemoryError);
    expect(() => writable.write(0, [1])).toThrow(`write: ${sealed}`);
    expect(() => writable.fill(0)).toThrow(`fill: ${sealed}`);
    expect(() => writable.seal()).toThrow(`seal: ${sealed}`);
    writable.dispose();
    expect(executable.read(0, 1)[0]).toBe(0);
    executable.dispose();
  });

  it("throws after dispose, and unmaps", () => {
    const writable = WritableRegion.allocate(10);
    writable.dispose();
    writable.dispose();
    expect(writable.disposed).toBe(true);
    expect(() => writable.write(0, [1])).toThrow(new MemoryError("write: this region of 4096 bytes was disposed"));
    expect(() => writable.seal()).toThrow("seal: this region of 4096 bytes was disposed");
    expect(() => writable.address).toThrow(MemoryError);
  });
});

describe("ExecutableRegion", () => {
  const seal = (bytes: readonly number[]) => {
    const writable = WritableRegion.allocate(bytes.length);
    writable.write(0, bytes);
    return writable.seal();
  };

  it("calls through signatures and checks arguments", () => {
    const region = seal([0x48, 0x8d, 0x47, 0x04, 0xc3]); // lea rax, [rdi + 4]; ret
    expect(region.call("i64(i64)", 4n)).toBe(8n);
    expect(region.call("i32(i32)", 4)).toBe(8);
    expect(region.call("i64(i64)", 5n)).toBe(9n);
    expect(() => region.call("i64(i64)", 4 as never)).toThrow(SignatureError);
    expect(() => region.call("i64(i128)" as string)).toThrow('parameter 1, "i128", is not one of i32 i64 f32 f64 ptr');
    region.dispose();
    expect(() => region.call("i64(i64)", 4n)).toThrow(new MemoryError("call: this region of 4096 bytes was disposed"));
    expect(() => region.read()).toThrow("read: this region of 4096 bytes was disposed");
    expect(() => region.toFunction("i64(i64)")).toThrow(MemoryError);
  });

  it("makes functions at offsets, which end with the region", () => {
    const region = seal([0xb8, 1, 0, 0, 0, 0xc3, 0xb8, 2, 0, 0, 0, 0xc3]);
    const one = region.toFunction("i32()");
    const two = region.toFunction("i32()", 6);
    expect([one(), two()]).toEqual([1, 2]);
    one.dispose();
    expect(() => one()).toThrow(DisposedError);
    expect(two()).toBe(2);
    expect(region.call("i32()")).toBe(1);
    for (const offset of [-1, 4096, 0.5, Number.NaN]) {
      expect(() => region.toFunction("i32()", offset)).toThrow("toFunction: expected an offset from 0 to 4095");
    }
    region[Symbol.dispose]();
    expect(two.disposed).toBe(true);
    expect(() => two()).toThrow(DisposedError);
  });

  it("reads copies, not views", () => {
    const region = seal(return42);
    const copy = region.read(0, 6);
    copy.fill(0);
    expect([...region.read(0, 6)]).toEqual(return42);
    expect([...copyOut(region.address, 6)]).toEqual(return42);
    region.dispose();
  });
});
