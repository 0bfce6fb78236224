import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Assembler } from "../../src/asm/x64/assembler.ts";
import { dword, qword } from "../../src/asm/x64/operands.ts";
import { esi, r8, r9, rax, rcx, rdi, rdx, rsi, rsp, xmm } from "../../src/asm/x64/registers.ts";
import { DisposedError, SignatureError } from "../../src/base/errors.ts";
import type { ParameterWord } from "../../src/base/signature.ts";
import { CodeArena } from "./code-arena.ts";
import { foreignCalls } from "./foreign-calls.ts";
import { conventionOf } from "./invoke.ts";
import { threadArena } from "./thread-arena.ts";
import { functionAt, toFunction } from "./to-function.ts";

const addFour = Uint8Array.of(0x48, 0x8d, 0x47, 0x04, 0xc3); // lea rax, [rdi + 4]; ret
const identityF64 = Uint8Array.of(0xc3); // ret: xmm0 stays
const identityI64 = Uint8Array.of(0x48, 0x89, 0xf8, 0xc3); // mov rax, rdi; ret

/** A call with whatever arguments, as JavaScript without types can make it. */
const untyped = (f: unknown): ((...values: unknown[]) => unknown) => f as (...values: unknown[]) => unknown;

interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}
/** Node 20 has them; the library that TypeScript is told to assume does not. */
const resizableBuffer = (bytes: number, maxByteLength: number): ResizableBuffer =>
  Reflect.construct(ArrayBuffer, [bytes, { maxByteLength }]) as ResizableBuffer;

describe("toFunction", () => {
  it("calls code with each kind of argument and result", () => {
    expect(toFunction(addFour, "i64(i64)")(4n)).toBe(8n);
    expect(toFunction(identityF64, "f64(f64)")(-0)).toBe(-0);
    expect(toFunction(identityF64, "f64(f64)")(Number.NaN)).toBeNaN();
    expect(toFunction(identityF64, "f32(f32)")(0.1)).toBe(Math.fround(0.1));
    expect(toFunction(identityI64, "i32(i32)")(-(2 ** 31))).toBe(-(2 ** 31));
    expect(toFunction(identityI64, "i32(i32)")(-0)).toBe(0);
    expect(toFunction(Uint8Array.of(0xc3), "void()")()).toBeUndefined();
  });

  it("gives i64 results as bigints, small and extreme ones", () => {
    const f = toFunction(identityI64, "i64(i64)");
    for (const value of [0n, 1n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n]) expect(f(value)).toBe(value);
  });

  it("agrees with libm through its own address", () => {
    const { library } = foreignCalls();
    const at = (name: string) => ({ address: Number(library.symbol(name)) });
    const hypot = functionAt(at("hypot"), 0, "f64(f64, f64)");
    const fma = functionAt(at("fma"), 0, "f64(f64, f64, f64)");
    const ldexp = functionAt(at("ldexp"), 0, "f64(f64, i32)");
    const llabs = functionAt(at("llabs"), 0, "i64(i64)");
    const sqrtf = functionAt(at("sqrtf"), 0, "f32(f32)");
    expect(hypot(3, 4)).toBe(5);
    expect(fma(0.1, 10, -1)).toBe(2 ** -54);
    expect(ldexp(0.75, -3)).toBe(0.75 / 8);
    expect(llabs(-5n)).toBe(5n);
    expect(sqrtf(2)).toBe(Math.fround(Math.sqrt(2)));
  });

  it("passes any signature as koffi's own C call does, stack arguments included", () => {
    const { koffi } = foreignCalls();
    const recorder = recorderOfArguments();
    const code = threadArena().install(recorder);
    const names: Readonly<Record<ParameterWord, string>> = {
      i32: "int32",
      i64: "int64",
      f32: "float",
      f64: "double",
      ptr: "void *",
    };
    const word = fc.constantFrom<ParameterWord>("i32", "i64", "f32", "f64", "ptr");
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const memory = new Float64Array(4);
        const values = words.map((kind, index) =>
          kind === "i64"
            ? BigInt(index + 1) * -0x1234_5678_9abcn
            : kind === "ptr"
              ? memory.subarray(index % 4)
              : kind === "i32"
                ? -1000 - index
                : index + 0.25,
        );
        const record = (call: (...all: (number | bigint | ArrayBufferView)[]) => unknown): bigint[] => {
          const words64 = new BigInt64Array(64);
          call(words64, ...values);
          return recorded(words64, words);
        };
        const signature = `void(${["ptr", ...words].join(", ")})`;
        const proto = koffi.proto("void", ["void *", ...words.map((kind) => names[kind])]);
        const expected = record(koffi.decode(BigInt(code.address), proto));
        expect(record(functionAt(code, 0, signature))).toEqual(expected);
        expect(record((...all) => conventionOf(signature).invoke(code.address, ...all))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("passes 128 arguments and refuses 129", () => {
    const many = (count: number): string => `f64(${new Array(count).fill("f64").join(", ")})`;
    const code = new Assembler();
    code.movsd(xmm[0], qword(rsp, 8 + 8 * 119)); // the 128th
    code.ret();
    const f = toFunction(code.toBytes(), many(128));
    expect(f(...Array.from({ length: 128 }, (_, index) => index + 1))).toBe(128);
    expect(f.length).toBe(128);
    expect(() => toFunction(identityF64, many(129))).toThrow(/at most 128 parameters/);
  });

  it("writes through pointers to whole arrays, subarrays, DataViews and shared memory, in place", () => {
    const a = new Assembler();
    a.mov(dword(rdi), esi);
    a.ret();
    const store = toFunction(a.toBytes(), "void(ptr, i32)");
    const whole = new Int32Array(4);
    store(whole, 1);
    store(whole.subarray(1), 2);
    store(new DataView(whole.buffer, 8), 3);
    expect([...whole]).toEqual([1, 2, 3, 0]);
    const shared = new Int32Array(new SharedArrayBuffer(16), 4, 2);
    store(shared, 7);
    expect([...new Int32Array(shared.buffer)]).toEqual([0, 7, 0, 0]);
    const bytes = new Uint8Array(8);
    store(bytes, 0x01020304);
    expect([...bytes.subarray(0, 4)]).toEqual([4, 3, 2, 1]);
    const resizable = new Int32Array(resizableBuffer(16, 64));
    store(resizable, 9);
    expect(resizable[0]).toBe(9);
  });

  it("passes an address that stays the same over a garbage collection, and null for an empty array", () => {
    const address = toFunction(identityI64, "i64(ptr)");
    const small = new Uint8Array(4);
    const before = address(small);
    const litter = Array.from({ length: 1000 }, () => new Array(1000).fill(0));
    expect(litter.length).toBe(1000);
    expect(address(small)).toBe(before);
    expect(address(new Uint8Array(0))).toBe(0n);
    expect(address(new Uint8Array(small.buffer, 2))).toBe(before + 2n);
  });
});

describe("arguments of a checked call", () => {
  const f = untyped(toFunction(identityF64, "f64(f64, f64)"));
  const i32 = untyped(toFunction(identityI64, "i32(i32)"));
  const i64 = untyped(toFunction(identityI64, "i64(i64)"));
  const ptr = untyped(toFunction(identityI64, "i64(ptr)"));

  it("throws for a wrong number of them", () => {
    expect(() => f(1)).toThrow(new SignatureError("f64(f64, f64): expected 2 arguments, not 1"));
    expect(() => f(1, 2, 3)).toThrow("f64(f64, f64): expected 2 arguments, not 3");
    expect(() => i64()).toThrow("expected 1 argument, not 0");
    expect(() => untyped(toFunction(identityF64, "void()"))(1)).toThrow("void(): expected no arguments, not 1");
    const four = untyped(toFunction(identityF64, "f64(f64, i32, i64, f32)"));
    expect(() => four(1, 2, 3n)).toThrow("expected 4 arguments, not 3");
  });

  it.each([
    ["a string", () => f("4", 1), 'f64(f64, f64): argument 1 must be a number, not the string "4"'],
    ["undefined", () => f(1, undefined), "argument 2 must be a number, not undefined"],
    ["null", () => f(1, null), "not null"],
    ["a boolean", () => f(true, 1), "not the boolean true"],
    ["a bigint for f64", () => f(1n, 1), "not the bigint 1n"],
    ["a symbol", () => f(Symbol.iterator, 1), "not a symbol"],
    ["an array", () => f([1], 1), "not an object of type Array"],
    ["a TypedArray for f64", () => f(new Float64Array(1), 1), "not an object of type Float64Array"],
    [
      "a fraction for i32",
      () => i32(1.5),
      "i32(i32): argument 1 must be a whole number from -2147483648 to 2147483647 (value | 0 wraps), not the number 1.5",
    ],
    ["2^31 for i32", () => i32(2 ** 31), "not the number 2147483648"],
    ["NaN for i32", () => i32(Number.NaN), "not the number NaN"],
    [
      "a number for i64",
      () => i64(4),
      "i64(i64): argument 1 must be a bigint from -2^63 to 2^63 - 1, such as 4n (BigInt.asIntN(64, value) wraps), not the number 4",
    ],
    ["2^63 for i64", () => i64(2n ** 63n), "not the bigint 9223372036854775808n"],
    ["a number for ptr", () => ptr(4096), "i64(ptr): argument 1 must be a TypedArray or DataView, not the number 4096"],
    ["a string for ptr", () => ptr("text"), "TypedArray or DataView"],
    ["null for ptr", () => ptr(null), "not null"],
    ["an array for ptr", () => ptr([1, 2]), "not an object of type Array"],
    ["an ArrayBuffer for ptr", () => ptr(new ArrayBuffer(8)), "not an object of type ArrayBuffer"],
    ["a proxy of an array for ptr", () => ptr(new Proxy(new Uint8Array(8), {})), "TypedArray or DataView"],
    [
      "an object with the prototype of an array for ptr",
      () => ptr(Object.create(Uint8Array.prototype)),
      "TypedArray or DataView",
    ],
  ])("refuses %s before the call", (_name, call, message) => {
    expect(call).toThrow(SignatureError);
    expect(call).toThrow(message);
  });

  it("takes the number that an object's valueOf gives, and lets its exception through", () => {
    expect(f(Object(2.5), 1)).toBe(2.5);
    expect(f({ valueOf: () => 7 }, 1)).toBe(7);
    expect(i64({ valueOf: () => 7n })).toBe(7n);
    expect(() => f({ valueOf: () => "7" }, 1)).toThrow(SignatureError);
    const thrown = new Error("from valueOf");
    const thrower = {
      valueOf() {
        throw thrown;
      },
    };
    expect(() => f(thrower, 1)).toThrow(thrown);
  });

  it("refuses detached arrays, and views out of the bounds of a buffer that shrank", () => {
    const detached = new Float64Array(8);
    const view = new DataView(detached.buffer);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    expect(() => ptr(detached)).toThrow(
      "i64(ptr): argument 1 must have memory behind it, but this Float64Array is detached or out of its buffer's bounds",
    );
    expect(() => ptr(view)).toThrow("this DataView is detached");

    const buffer = resizableBuffer(64, 128);
    const inside = new Uint8Array(buffer, 0, 8);
    const outside = new Uint8Array(buffer, 32, 16);
    const tracking = new Uint8Array(buffer, 48);
    const outsideView = new DataView(buffer, 40, 8);
    buffer.resize(16);
    expect(typeof ptr(inside)).toBe("bigint");
    for (const gone of [outside, tracking, outsideView]) expect(() => ptr(gone)).toThrow("out of its buffer's bounds");
    expect(typeof ptr(new Uint8Array(buffer, 16))).toBe("bigint");
  });

  it("is not fooled by getters and prototypes that say otherwise", () => {
    class Liar extends Uint8Array {
      override get length(): number {
        return 8;
      }
    }
    const liar = new Liar(8);
    structuredClone(liar.buffer, { transfer: [liar.buffer] });
    expect(() => ptr(liar)).toThrow("detached");
    const disguised = new Float64Array(8);
    structuredClone(disguised.buffer, { transfer: [disguised.buffer] });
    Object.setPrototypeOf(disguised, DataView.prototype);
    expect(() => ptr(disguised)).toThrow();
    const view = new DataView(new ArrayBuffer(8));
    structuredClone(view.buffer, { transfer: [view.buffer] });
    Object.setPrototypeOf(view, Uint8Array.prototype);
    expect(() => ptr(view)).toThrow();
  });

  it("looks at pointers after every conversion, which may detach them", () => {
    const both = untyped(toFunction(identityI64, "i64(ptr, f64)"));
    const array = new Float64Array(8);
    const detaches = {
      valueOf() {
        structuredClone(array.buffer, { transfer: [array.buffer] });
        return 1;
      },
    };
    expect(() => both(array, detaches)).toThrow("detached");
  });

  it("does not mix up arguments when a valueOf calls the same function", () => {
    const a = new Assembler();
    a.subsd(xmm[0], xmm[1]);
    a.ret();
    const subtract = untyped(toFunction(a.toBytes(), "f64(f64, f64)"));
    expect(subtract(100, { valueOf: () => subtract(50, 8) })).toBe(58);
    expect(subtract({ valueOf: () => subtract(50, 8) }, 2)).toBe(40);
  });
});

describe("disposal", () => {
  it("makes a function throw, and is harmless twice", () => {
    const arena = new CodeArena();
    const f = toFunction(addFour, "i64(i64)", { arena });
    expect(f.disposed).toBe(false);
    expect(f.signature).toBe("i64(i64)");
    expect(arena.statistics().functions).toBe(1);
    f.dispose();
    f.dispose();
    f[Symbol.dispose]();
    expect(f.disposed).toBe(true);
    expect(arena.statistics().functions).toBe(0);
    expect(() => f(4n)).toThrow(DisposedError);
    expect(() => f(4n)).toThrow("this i64(i64) function was disposed; its code is gone");
    arena.dispose();
  });

  it("is seen when an argument's valueOf disposes the function, for each way of calling", () => {
    for (const signature of [
      "f64(f64)",
      "f64(f64, f64)",
      "f64(f64, f64, f64)",
      "f64(f64, i32, i32, i32)",
      "f64(f64, ptr)",
      "f64(f64, ptr, ptr)",
      "f64(f64, ptr, ptr, ptr)",
    ]) {
      const f = toFunction(identityF64, signature);
      const disposes = {
        valueOf() {
          f.dispose();
          return 1;
        },
      };
      const rest = signature
        .split(",")
        .slice(1)
        .map((word) => (word.includes("ptr") ? new Uint8Array(8) : 1));
      expect(() => untyped(f)(disposes, ...rest)).toThrow(DisposedError);
    }
  });

  it("leaves other functions over reused memory alone", () => {
    const arena = new CodeArena();
    const first = toFunction(addFour, "i64(i64)", { arena });
    first.dispose();
    const second = toFunction(identityI64, "i64(i64)", { arena });
    first.dispose();
    expect(second(4n)).toBe(4n);
    expect(() => first(4n)).toThrow(DisposedError);
    second.dispose();
    arena.dispose();
  });
});

/** `void record(u64 *out, …)`: stores integer registers after the first, then xmm0 to xmm7, then 16 words of the stack. */
function recorderOfArguments(): Uint8Array {
  const a = new Assembler();
  [rsi, rdx, rcx, r8, r9].forEach((register, index) => {
    a.mov(qword(rdi, 8 * index), register);
  });
  for (let index = 0; index < 8; index++) a.movsd(qword(rdi, 40 + 8 * index), xmm[index as 0]); // the first eight are alike
  for (let index = 0; index < 16; index++) {
    a.mov(rax, qword(rsp, 8 + 8 * index));
    a.mov(qword(rdi, 104 + 8 * index), rax);
  }
  a.ret();
  return a.toBytes();
}

/** What the recorder saw of each argument, without the bits that the ABI leaves undefined. */
function recorded(words: BigInt64Array, kinds: readonly ParameterWord[]): bigint[] {
  let integers = 0;
  let floats = 5;
  let stack = 13;
  return kinds.map((kind) => {
    const isFloat = kind === "f32" || kind === "f64";
    const place = isFloat ? (floats < 13 ? floats++ : stack++) : integers < 5 ? integers++ : stack++;
    const word = words[place] ?? 0n;
    return kind === "i32" || kind === "f32" ? BigInt.asIntN(32, word) : word;
  });
}
