import { expect, it } from "vitest";
import { decompressLz4Frame } from "./lz4-frame.ts";

const header = "04224d18604082"; // version 1, linked blocks of at most 64 KiB

/** A frame of blocks in hexadecimal. */
function frameOf(...blocks: readonly string[]): Uint8Array {
  const parts = blocks.map((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length / 2);
    return size.toString("hex") + block;
  });
  return Buffer.from(`${header}${parts.join("")}00000000`, "hex");
}

const textOf = (frame: Uint8Array): string => Buffer.from(decompressLz4Frame(frame)).toString();

it("reads what liblz4 wrote", () => {
  const frame = Buffer.from("04224d18604082110000006d68656c6c6f200600702c207461626c6500000000", "hex");
  expect(textOf(frame)).toBe("hello hello hello hello, table");
});

it("copies from the block before, and what it is just writing", () => {
  const literals = `60${Buffer.from("abcdef").toString("hex")}`;
  const copyOfSix = "020600"; // no literals, 4 + 2 bytes from 6 before
  const run = "1f780100051021"; // x, then 4 + 15 + 5 from 1 before, then !
  expect(textOf(frameOf(literals, `${copyOfSix}${run}`))).toBe(`abcdefabcdef${"x".repeat(25)}!`);
});

it("takes blocks that are not compressed, and more than a first guess of room", () => {
  const block = Buffer.alloc(40_000, "0123456789");
  const size = Buffer.alloc(4);
  size.writeUInt32LE((block.length | 0x8000_0000) >>> 0);
  const frame = Buffer.concat([Buffer.from(header, "hex"), size, block, size, block, Buffer.alloc(4)]);
  expect(textOf(frame)).toBe("0123456789".repeat(8000));
});

it.each([
  ["", "no frame"],
  ["00000000000000", "no frame"],
  [`${header}05000000`, "a block is cut off"],
  [`${header}`, "the frame is cut off"],
  [Buffer.from(frameOf("020600")).toString("hex"), "before the beginning"],
  [Buffer.from(frameOf("60616263")).toString("hex"), "ends too early"],
])("%j is refused", (hex, message) => {
  expect(() => decompressLz4Frame(Buffer.from(hex, "hex"))).toThrow(message);
});
