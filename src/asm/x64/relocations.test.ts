/** Calls to anywhere, addresses in data, and labels of other code; GNU as and ld's own arithmetic stand in the comments. */
import { expect, test } from "vitest";
import { EncodingError } from "../../base/errors.ts";
import { Assembler } from "./assembler.ts";
import { disassemble } from "./disassembler.ts";
import { ptr, qword } from "./operands.ts";
import { eax, rax, rcx, rdi } from "./registers.ts";

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");

test("a far call and a far jump go through one pointer behind the code", () => {
  const a = new Assembler();
  a.callAddress(0xffff_ffff_8123_4567n);
  a.jumpAddress(0xffff_ffff_8123_4567n);
  expect(hex(a.toBytes())).toBe("ff 15 0a 00 00 00 ff 25 04 00 00 00 00 00 00 00 67 45 23 81 ff ff ff ff");
  expect(a.relocations()).toEqual([]);
  expect(disassemble(a.toBytes())[0]?.text).toBe("call qword ptr [rip + 10]");
  expect(() => a.callAddress(-1)).toThrow("callAddress: expected an address from 0 to 2^64 - 1, got -1");
  expect(() => a.jumpAddress(1n << 64n)).toThrow(EncodingError);
  expect(() => a.callAddress(2 ** 60)).toThrow(EncodingError);
});

test("a label in dq is its address: relative to zero, to where it is loaded, or a relocation", () => {
  const a = new Assembler();
  const [table, zero, one] = [a.label("table"), a.label(), a.label()];
  a.lea(rcx, ptr(table));
  a.jmp(qword(rcx, rax, 8));
  a.bind(table);
  a.dq(zero, one, 5);
  a.bind(zero);
  for (let count = 0; count < 200; count++) a.jz(one); // the branches at first grow
  a.bind(one);
  a.ret();
  const ends = [a.offsetOf(zero), a.offsetOf(one)];
  const words = (bytes: Uint8Array): bigint[] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return [0, 8, 16].map((at) => view.getBigUint64(a.offsetOf(table) + at, true));
  };
  expect(words(a.toBytes())).toEqual([...ends.map(BigInt), 5n]);
  const base = 0x7fff_1234_5678_9000n;
  expect(words(a.toBytes(base))).toEqual([...ends.map((end) => base + BigInt(end)), 5n]);
  expect(a.relocations()).toEqual([
    { offset: a.offsetOf(table), kind: "absolute64", symbol: undefined, addend: ends[0] },
    { offset: a.offsetOf(table) + 8, kind: "absolute64", symbol: undefined, addend: ends[1] },
  ]);
});

test("labels of other code are relocations with the addends of an ELF object", () => {
  const a = new Assembler();
  const puts = a.external("puts");
  a.call(puts); // R_X86_64_PLT32 puts-4
  a.jmp(puts); // the long form, -4
  a.jz(puts);
  a.cmp(ptr(puts, 16), eax); // R_X86_64_PC32 puts+16-4
  a.cmp(qword(puts), 7); // one byte of immediate follows: -5
  a.dq(puts);
  expect(hex(a.toBytes())).toBe(
    "e8 00 00 00 00 e9 00 00 00 00 0f 84 00 00 00 00 39 05 00 00 00 00 48 83 3d 00 00 00 00 07 00 00 00 00 00 00 00 00",
  );
  const relative = (offset: number, addend: number) => ({ offset, kind: "relative32", symbol: "puts", addend });
  expect(a.relocations()).toEqual([
    relative(1, -4),
    relative(6, -4),
    relative(12, -4),
    relative(18, 12),
    relative(25, -5),
    { offset: 30, kind: "absolute64", symbol: "puts", addend: 0 },
  ]);
});

test("what cannot be relocated is refused", () => {
  const refusals: [(a: Assembler) => unknown, RegExp][] = [
    [(a) => a.bind(a.external("x")), /label "x" is external and cannot be bound/],
    [(a) => a.jrcxz(a.external("x")), /label "x" is external: its distance is not known/],
    [(a) => a.distance(a.external("x"), a.external("y")), /label "[xy]" is external/],
    [(a) => a.dq(a.label("y")), /label "y" is used at byte 0 but never bound/],
    [(a) => a.dq(new Assembler().label()), /belongs to another assembler/],
    [(a) => a.offsetOf(a.external("x")), /is not bound/],
    [(a) => a.lea(rdi, ptr(a.label("z"))), /label "z" is used/],
  ];
  for (const [write, message] of refusals) {
    expect(() => {
      const a = new Assembler();
      write(a);
      a.toBytes();
    }, String(write)).toThrow(message);
  }
});
