/**
 * Numbers as dispatch sees them: a class for every interval on which all rows agree whether they take the number.
 *
 * An immediate is accepted when it means the same after truncation to the operation's size. So 0xFFFFFFFF is -1 to a
 * 32-bit operation, which can take it as a sign-extended byte, and out of range to a 64-bit one. BigInts are 64-bit
 * patterns, signed or unsigned.
 *
 *     -2^31   -2^15  -128   0  1   127  255  2^15  2^16-128  2^16  2^31  2^32-128  2^32       …       2^64-2^31  2^64-128
 *       negative32 |16|  8  | byte  |byte8| unsigned15 | 16 | byteIn16 |31| 32 | byteIn32 | wide … | negative32In64 | byteIn64
 */

/** The first kind of a number; `operandKind`s are below. */
export const firstNumberKind = 64;

/** Continues `operandKind`; all below 80. */
export const numberKind = {
  one: 64,
  /** 0 to 127 without 1. */
  byte: 65,
  /** 128 to 255. */
  unsigned8: 66,
  unsigned15: 67,
  unsigned16: 68,
  /** 0xFF80 to 0xFFFF: a sign-extended byte to a 16-bit operation. */
  byteIn16: 69,
  unsigned31: 70,
  unsigned32: 71,
  /** 0xFFFFFF80 to 0xFFFFFFFF: a sign-extended byte to a 32-bit operation. */
  byteIn32: 72,
  negative8: 73,
  negative16: 74,
  negative32: 75,
  /** Takes eight bytes. */
  wide: 76,
  /** The top of the unsigned 64-bit numbers: negative to a 64-bit operation. */
  byteIn64: 77,
  negative32In64: 78,
  /** No number of at most 64 bits, or no operand at all. */
  bad: 79,
} as const;

const {
  one,
  byte,
  unsigned8,
  unsigned15,
  unsigned16,
  byteIn16,
  unsigned31,
  unsigned32,
  byteIn32,
  negative8,
  negative16,
  negative32,
  wide,
  byteIn64,
  negative32In64,
  bad,
} = numberKind;

export function kindOfNumber(value: number): number {
  if (value === (value << 24) >> 24) return value < 0 ? negative8 : value === 1 ? one : byte;
  return kindOfLargerNumber(value);
}

function kindOfLargerNumber(value: number): number {
  if (!Number.isSafeInteger(value)) return bad;
  if (value < 0) return value >= -0x8000 ? negative16 : value >= -0x8000_0000 ? negative32 : wide;
  if (value < 0x1_0000)
    return value < 0x100 ? unsigned8 : value < 0x8000 ? unsigned15 : value < 0xff80 ? unsigned16 : byteIn16;
  if (value <= 0xffff_ffff) return value < 0x8000_0000 ? unsigned31 : value < 0xffff_ff80 ? unsigned32 : byteIn32;
  return wide;
}

/** The number a BigInt stands for where one can: -2^53 to 2^53, and 2^64 - 2^31 up, which is negative. Else itself. */
export function narrowed(value: bigint): number | bigint {
  if (value >= 0xffff_ffff_8000_0000n && value <= 0xffff_ffff_ffff_ffffn) return Number(BigInt.asIntN(64, value));
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function kindOfBigInt(value: bigint): number {
  if (value < -0x8000_0000_0000_0000n || value > 0xffff_ffff_ffff_ffffn) return bad;
  if (value >= 0xffff_ffff_8000_0000n) return value >= 0xffff_ffff_ffff_ff80n ? byteIn64 : negative32In64;
  const number = Number(value);
  return Number.isSafeInteger(number) ? kindOfNumber(number) : wide;
}

const anyByte = [one, byte];
const any15 = [...anyByte, unsigned8, unsigned15];
const any16 = [...any15, unsigned16, byteIn16];
const any31 = [...any16, unsigned31];
const negatives = [negative8, negative16, negative32];

/** The classes that an immediate word takes in an operation of so many bits; undefined: no immediate word. */
export function numberKindsOf(word: string, operationBits: number): readonly number[] | undefined {
  switch (word) {
    case "1":
      return [one];
    case "simm8":
      return [...anyByte, negative8, operationBits === 16 ? byteIn16 : operationBits === 32 ? byteIn32 : byteIn64];
    case "rel8":
      return [...anyByte, negative8];
    case "uimm8":
      return [...anyByte, unsigned8];
    case "imm8":
      return [...anyByte, unsigned8, negative8];
    case "imm16":
      return [...any16, negative8, negative16];
    case "simm32":
      return [...any31, ...negatives, byteIn64, negative32In64];
    case "rel32":
      return [...any31, ...negatives];
    case "imm32":
      return [...any31, unsigned32, byteIn32, ...negatives];
    case "imm64":
      return [...any31, unsigned32, byteIn32, ...negatives, wide, byteIn64, negative32In64];
    default:
      return undefined;
  }
}
