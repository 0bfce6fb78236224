import { describe, expect, it } from "vitest";
import { parseHexBytes } from "./hex-bytes.ts";

const hex = (text: string): string => Buffer.from(parseHexBytes(text)).toString("hex");

describe("parseHexBytes", () => {
  it.each([
    "b8 2a 00 00 00 c3",
    "b82a000000c3",
    "B82A 0000 00C3",
    "0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3",
    "{0xb8,0x2a,0,0,0,0xC3};",
    "\\xb8\\x2a\\x00\\x00\\x00\\xc3",
    '"\\xb8\\x2a\\x00\\x00\\x00\\xc3"',
    "0xb82a000000c3",
    "b8:2a:00:00:00:c3",
    "b8-2a-00-00-00-c3",
    "b8h 2ah 0h 0h 0h c3h",
    "\n b8 2a\n00 00\r\n00 c3\n",
    "[ b8, 2a, 00, 00, 00, c3 ]",
  ])("%j", (text) => {
    expect(hex(text)).toBe("b82a000000c3");
  });

  it("says which part is wrong", () => {
    expect(() => parseHexBytes("48 zz")).toThrow('"zz" is not a byte in hexadecimal');
    expect(() => parseHexBytes("488")).toThrow('"488" has an odd number of hexadecimal digits');
    expect(() => parseHexBytes("48 8b 8")).toThrow('"8" has an odd number of hexadecimal digits');
    expect(() => parseHexBytes("  ")).toThrow("there are no bytes");
  });
});
