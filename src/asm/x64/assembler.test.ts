import { expect, test } from "vitest";
import { isJitError } from "../../base/errors.ts";
import { type Assembler, assembler } from "./assembler.ts";
import { form } from "./form.ts";
import { byte, dword, ptr, qword, xmmword } from "./operands.ts";
import {
  ah,
  al,
  ax,
  cl,
  dl,
  eax,
  ecx,
  fs,
  r8,
  r9,
  r13,
  rax,
  rbp,
  rcx,
  rdi,
  rdx,
  rip,
  rsi,
  rsp,
  spl,
  xmm0,
  xmm1,
  xmm9,
  xmm16,
  ymm1,
  ymm9,
} from "./registers.ts";

/** The bytes of what `write` emits, as hex. */
function hex(write: (a: Assembler) => void): string {
  const a = assembler();
  write(a);
  return Array.from(a.toBytes(), (value) => value.toString(16).padStart(2, "0")).join(" ");
}

/** The message of the `EncodingError` that `write` throws. */
function errorOf(write: (a: Assembler) => unknown): string {
  try {
    const a = assembler();
    write(a);
    a.toBytes();
  } catch (error) {
    if (isJitError(error) && error.code === "ENCODING") return error.message;
    throw error;
  }
  return "no error";
}

/** For calls that the type checker refuses: the assembler as untyped callers see it. */
function untyped(a: Assembler): Record<string, (...operands: unknown[]) => void> {
  return a as unknown as Record<string, (...operands: unknown[]) => void>; // the point of these tests
}

test("the articles' programs", () => {
  expect(
    hex((a) => {
      a.mov(eax, 42);
      a.ret();
    }),
  ).toBe("b8 2a 00 00 00 c3");
  expect(
    hex((a) => {
      a.mov(rax, rdi);
      a.add(rax, 4);
      a.ret();
    }),
  ).toBe("48 89 f8 48 83 c0 04 c3");
  expect(
    hex((a) => {
      a.mov(rax, 0);
      a.ret();
    }),
  ).toBe("48 c7 c0 00 00 00 00 c3");
});

test("the shortest form that means the same is chosen", () => {
  expect(hex((a) => a.add(ecx, 0xffff_ffff))).toBe("83 c1 ff");
  expect(hex((a) => a.add(rax, 0xffff_ffff_ffff_ffffn))).toBe("48 83 c0 ff");
  expect(hex((a) => a.add(eax, 1000))).toBe("05 e8 03 00 00");
  expect(hex((a) => a.add(al, 1))).toBe("04 01");
  expect(hex((a) => a.shl(rax, 1))).toBe("48 d1 e0");
  expect(hex((a) => a.mov(rax, -1n))).toBe("48 c7 c0 ff ff ff ff");
  expect(hex((a) => a.mov(rax, 0x1_0000_0000))).toBe("48 b8 00 00 00 00 01 00 00 00");
  expect(hex((a) => a.mov(rax, 0xffff_ffffn))).toBe("48 b8 ff ff ff ff 00 00 00 00");
  expect(hex((a) => a.push(rcx))).toBe("51");
  expect(hex((a) => a.xchg(rax, rcx))).toBe("48 91");
  expect(hex((a) => a.xchg(eax, eax))).toBe("87 c0"); // 90 would not clear the upper half
  expect(hex((a) => a.vmovaps(xmm1, xmm9))).toBe("c5 78 29 c9");
  expect(hex((a) => a.vmovaps(ymm9, ymm1))).toBe("c5 7c 28 c9");
});

test("every kind of address", () => {
  expect(hex((a) => a.mov(rax, ptr(rsp)))).toBe("48 8b 04 24");
  expect(hex((a) => a.mov(rax, ptr(rbp)))).toBe("48 8b 45 00");
  expect(hex((a) => a.mov(rax, ptr(r13, -128)))).toBe("49 8b 45 80");
  expect(hex((a) => a.mov(rax, ptr(rax, 128)))).toBe("48 8b 80 80 00 00 00");
  expect(hex((a) => a.mov(rax, ptr(rdi, rcx, 8, 16)))).toBe("48 8b 44 cf 10");
  expect(hex((a) => a.mov(rax, ptr(undefined, rcx, 8)))).toBe("48 8b 04 cd 00 00 00 00");
  expect(hex((a) => a.mov(rax, ptr(0x1234)))).toBe("48 8b 04 25 34 12 00 00");
  expect(hex((a) => a.mov(rax, ptr(rip, 8)))).toBe("48 8b 05 08 00 00 00");
  expect(hex((a) => a.mov(rax, ptr(eax, 8)))).toBe("67 48 8b 40 08");
  expect(hex((a) => a.mov(rax, qword(fs, ptr(0x28))))).toBe("64 48 8b 04 25 28 00 00 00");
});

test("byte registers: with, without and against REX", () => {
  expect(hex((a) => a.mov(ah, dl))).toBe("88 d4");
  expect(hex((a) => a.mov(spl, dl))).toBe("40 88 d4");
  expect(errorOf((a) => a.mov(ah, spl))).toMatch(/cannot stand in an instruction with a REX prefix/);
  expect(errorOf((a) => a.add(ah, byte(r8)))).toMatch(/REX/);
});

test("a rip-relative operand counts from the end of its instruction, immediates included", () => {
  const text = hex((a) => {
    const data = a.label("data");
    a.cmp(dword(data), 1000);
    a.ret();
    a.bind(data);
    a.dd(7);
  });
  expect(text).toBe("81 3d 01 00 00 00 e8 03 00 00 c3 07 00 00 00");
});

test("a mov through a label plus an offset", () => {
  const text = hex((a) => {
    const table = a.label();
    a.bind(table);
    a.lea(rax, ptr(table, -4));
  });
  expect(text).toBe("48 8d 05 f5 ff ff ff");
});

test("constants are shared, aligned and stand after the code", () => {
  const a = assembler();
  a.movsd(xmm0, a.constant(1.5));
  a.addsd(xmm0, a.constant(1.5));
  a.andps(xmm0, a.constant(new Uint8Array(16).fill(0x7f)));
  const bytes = a.toBytes();
  expect(bytes.length).toBe(56); // 23 bytes of code, 16 at 32, 8 at 48
  const view = new DataView(bytes.buffer);
  expect(8 + view.getInt32(4, true)).toBe(48);
  expect(16 + view.getInt32(12, true)).toBe(48);
  expect(23 + view.getInt32(19, true)).toBe(32);
  expect(view.getFloat64(48, true)).toBe(1.5);
});

test("an overlapping constant of another length is another constant", () => {
  const a = assembler();
  a.movsd(xmm0, a.constant(0));
  a.movups(xmm1, a.constant(new Uint8Array(16)));
  expect(a.toBytes().length).toBe(8 + 7 + 1 + 16 + 8);
});

test("short branches grow where they must, and everything behind them moves", () => {
  const a = assembler();
  const far = a.label("far");
  const near = a.label("near");
  a.jnz(far);
  a.jmp(near);
  a.bind(near);
  const mark = a.mark();
  a.db(new Uint8Array(126));
  a.bind(far);
  a.ret();
  expect(Array.from(a.toBytes().subarray(0, 8))).toEqual([0x0f, 0x85, 0x80, 0, 0, 0, 0xeb, 0]);
  expect(a.offsetOf(mark)).toBe(8);
  expect(a.offsetOf(far)).toBe(134);
});

test("the code can be laid out, continued, and laid out again", () => {
  const a = assembler();
  const end = a.label("end");
  a.jmp(end);
  const other = assembler();
  expect(() => a.toBytes()).toThrow(/"end"/);
  a.bind(end);
  const first = a.toBytes();
  expect(Array.from(first)).toEqual([0xeb, 0]);
  expect(a.toBytes()).toEqual(first);
  a.mov(rax, a.constant(2));
  a.ret();
  expect(a.toBytes().length).toBe(24);
  expect(a.offsetOf(end)).toBe(2);
  expect(other.toBytes().length).toBe(0);
});

test("alignment uses the recommended no-operations, or a byte", () => {
  expect(
    hex((a) => {
      a.ret();
      a.align(8);
      a.ret();
      a.align(4, 0xcc);
    }),
  ).toBe("c3 0f 1f 80 00 00 00 00 c3 cc cc cc");
  expect(errorOf((a) => a.align(3))).toBe("align: expected a power of two from 1 to 4096, got 3");
});

test("data", () => {
  expect(
    hex((a) => {
      a.db(1, -1, 255, Uint8Array.of(7));
      a.dw(0x1234);
      a.dd(-2);
      a.dq(1n, -1);
    }),
  ).toBe("01 ff ff 07 34 12 fe ff ff ff 01 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff");
  expect(errorOf((a) => a.db(256))).toBe("db: expected an integer from -2^7 to 2^8 - 1, got 256");
  expect(errorOf((a) => a.dq(0.5))).toMatch(/got 0.5/);
});

test("a jump table holds distances", () => {
  const a = assembler();
  const table = a.label("table");
  const target = a.label("target");
  a.bind(table);
  a.distance(table, target);
  a.distance(table, table);
  a.bind(target);
  expect(Array.from(a.toBytes())).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
});

test("labels that go wrong", () => {
  const twice = (a: Assembler): void => {
    const label = a.label("here");
    const open = a.label();
    a.jmp(open);
    a.bind(label);
    a.bind(label);
  };
  expect(errorOf(twice)).toBe('label "here" is bound already, at byte 2');
  expect(errorOf((a) => a.jmp(a.label("nowhere")))).toBe(
    'label "nowhere" is used at byte 0 but never bound; call bind(label) where it belongs',
  );
  expect(errorOf((a) => a.offsetOf(a.label("nowhere")))).toBe('label "nowhere" is not bound');
  const foreign = assembler().label();
  for (const use of [
    (a: Assembler) => a.jmp(foreign),
    (a: Assembler) => a.bind(foreign),
    (a: Assembler) => a.lea(rax, ptr(foreign)),
  ]) {
    expect(errorOf(use)).toMatch(/belongs to another assembler/);
  }
});

test("a rip-relative displacement out of 32 bits is refused", () => {
  const distant = (offset: number) => (a: Assembler) => {
    const label = a.label("far");
    a.lea(rax, ptr(label, offset));
    a.nop();
    a.bind(label);
  };
  expect(errorOf(distant(0x7fff_fffe))).toBe("no error");
  expect(errorOf(distant(0x7fff_ffff))).toMatch(/"far" plus 2147483647 is out of reach/);
});

test("relaxation is exact where each branch pushes the next one out of reach", () => {
  const a = assembler();
  const count = 20_000;
  const labels = Array.from({ length: count + 2 }, () => a.label());
  const labelAt = (index: number) => labels[index]!; // there are count + 2
  // Branch i jumps over branch i + 1 to just its reach; only the last gap is a byte too long.
  for (let index = 0; index < count; index++) {
    a.bind(labelAt(index));
    a.jmp(labelAt(index + 2));
    a.db(new Uint8Array(index === count - 1 ? 64 : 125 - (index % 2 === 0 ? 62 : 63)));
  }
  a.bind(labelAt(count));
  a.bind(labelAt(count + 1));
  expect(a.toBytes().length).toBe(cascadeLength(count));
});

/** The same program's length by the definition: grow what does not reach, until everything does. */
function cascadeLength(count: number): number {
  const gap = (index: number) => (index === count - 1 ? 64 : 125 - (index % 2 === 0 ? 62 : 63));
  const size = new Array<number>(count).fill(2);
  for (let index = count - 1; index >= 0; index--) {
    // What stands between depends on later branches alone, so one pass from the end is enough.
    const distance = index + 1 < count ? gap(index) + (size[index + 1] ?? 0) + gap(index + 1) : gap(index);
    if (distance > 127) size[index] = 5;
  }
  return size.reduce((sum, each, index) => sum + each + gap(index), 0);
}

test("branches without a long form have a reach", () => {
  const loopOver = (count: number) => (a: Assembler) => {
    const start = a.label("start");
    a.bind(start);
    a.db(new Uint8Array(count));
    a.loop(start);
  };
  expect(errorOf(loopOver(126))).toBe("no error");
  expect(errorOf(loopOver(127))).toMatch(/"start" is -129 bytes away .* reaches -128 to 127/);
});

test("operands that fit no form are refused with the nearest forms, and nothing is written", () => {
  const a = assembler();
  expect(() => untyped(a).add?.(rax, ecx)).toThrow(/^add: no form takes \(r64, r32\); forms: .*rm64, simm8 \| /);
  expect(() => untyped(a).shl?.(rax, 300)).toThrow(
    /^shl: no form takes \(r64, 300\); forms: rm64, 1 \| rm64, uimm8 \| rm64, cl/,
  );
  expect(() => untyped(a).addsd?.(xmm0, ymm1)).toThrow("addsd: no form takes (xmm, ymm); forms: xmm, xmm/m64");
  expect(() => untyped(a).addsd?.(xmm16, xmm1)).toThrow("addsd: no form takes (xmm16, xmm)");
  for (const operands of [[{}], [null], ["rax"], [Number.NaN], [0.5], [2n ** 64n], [rax, rcx, rdx], [1, 2, 3, 4, 5]]) {
    expect(() => untyped(a).ret?.(...operands), String(operands)).toThrow(/^ret: no form takes/);
  }
  expect(() => untyped(a).mov?.(rax, rcx, {})).toThrow(/^mov: no form takes/);
  expect(a.toBytes().length).toBe(0);
});

test("memory without a size needs something that tells it", () => {
  expect(hex((a) => a.add(ptr(rax), rcx))).toBe("48 01 08");
  expect(hex((a) => a.addsd(xmm0, ptr(rax)))).toBe("f2 0f 58 00");
  expect(errorOf((a) => untyped(a).add?.(ptr(rax), 1))).toBe(
    "add: the size of [rax] is not known here; write one of byte, word, dword, qword for ptr",
  );
  expect(errorOf((a) => a.movzx(eax, ptr(rcx)))).toMatch(/write one of byte, word for ptr/);
  expect(errorOf((a) => untyped(a).addsd?.(xmm0, xmmword(rax)))).toMatch(/\(xmm, m128\)/);
});

test("addresses that do not exist are refused when they are made", () => {
  const cases: [() => unknown, RegExp][] = [
    [() => untypedPtr(rax, rsp), /^ptr: rsp cannot be an index register/],
    [() => untypedPtr(rax, rcx, 3), /a scale is 1, 2, 4 or 8, not 3/],
    [() => ptr(rax, 2 ** 31), /from -2147483648 to 2147483647, not 2147483648/],
    [() => ptr(rax, 0.5), /not 0.5/],
    [() => untypedPtr(ax), /no address from \(ax, undefined\)/],
    [() => untypedPtr(rax, ecx), /ecx cannot index rax/],
    [() => untypedPtr(), /no address from/],
    [() => ptr(2 ** 40), /put a longer address into a register/],
  ];
  for (const [make, message] of cases) expect(make).toThrow(message);
});

const untypedPtr = ptr as unknown as (...operands: unknown[]) => unknown; // for calls that the checker refuses

test("a form encodes its own row, whatever is shorter", () => {
  const a = assembler();
  form("add", "rm64, simm32").encode(a.buffer, rax, 4);
  form("mov", "r64, rm64").encode(a.buffer, rax, rdi);
  expect(Array.from(a.toBytes())).toEqual([0x48, 0x81, 0xc0, 4, 0, 0, 0, 0x48, 0x8b, 0xc7]);
  const { operands, implicit } = form("mul", "rm64").row;
  expect(operands[0]).toMatchObject({ read: true, written: false, field: "rm" });
  expect(implicit).toEqual([
    { register: "rax", read: true, written: true },
    { register: "rdx", read: false, written: true },
  ]);
  expect(() => form("add", "r64, r32" as "r64, rm64")).toThrow(/add: no form is written "r64, r32"; forms: /);
});

test("registers and memory print as the manuals write them", () => {
  expect([ah, spl, r9, xmm16, cl].map(String)).toEqual(["ah", "spl", "r9", "xmm16", "cl"]);
  expect(String(qword(rsi, rcx, 8, -16))).toBe("qword ptr [rsi + 8*rcx - 16]");
  expect(String(qword(fs, ptr(40)))).toBe("qword ptr fs:[40]");
});

test("the listing shows labels, bytes and constants", () => {
  const a = assembler();
  const loop = a.label("loop");
  a.bind(loop);
  a.addsd(xmm0, a.constant(1.5));
  a.jmp(loop);
  expect(a.listing().split("\n")).toEqual([
    "0000                           loop:",
    "0000  f2 0f 58 05 08 00 00 00  addsd xmm0, qword ptr [rip + 8]",
    "0008  eb f6                    jmp -10",
    "0010  00 00 00 00 00 00 f8 3f  constants",
  ]);
});
