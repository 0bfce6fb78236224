/**
 * Finds one instruction in bytes: its prefixes, row and fields, as numbers and positions.
 *
 * A `Decoded` is filled again and again, so that decoding makes no garbage. Every position is kept: which byte is which
 * field can be read off it. What comes out is right or nothing: bytes that no row fits, that end too early or that take
 * more than 15 bytes are not an instruction.
 *
 *     [prefixes] [REX | VEX | EVEX] [escape] opcode [ModRM [SIB] [displacement]] [immediate]      SDM volume 2, section 2.1
 *     VEX2  C5  R̅vvvvLpp                       VEX3  C4  R̅X̅B̅mmmmm  Wv̅v̅v̅v̅Lpp               section 2.3.5
 *     EVEX  62  R̅X̅B̅R̅'0mmm  Wv̅v̅v̅v̅1pp  zL'LbV̅'aaa                                              section 2.7.1
 */
import { stateBit } from "./decode-state.ts";
import { type DecodeForm, decodeForms, opcodeSpace } from "./decode-tables.ts";

/** The prefixes that stood before an instruction. */
export const prefixBit = { lock: 1, repne: 2, rep: 4, operandSize: 8, addressSize: 16 } as const;

/** No instruction is longer. */
export const maximumLength = 15;

export class Decoded {
  /** Borrowed from the caller. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  /** Where the next instruction starts. */
  end = 0;
  form: DecodeForm | undefined = undefined;
  /** `prefixBit`s. */
  prefixes = 0;
  /** The segment override prefix that counts, the last one, or 0. */
  segment = 0;
  /** Where the last F2 or F3 stands. */
  repeatAt = 0;
  /** Where the REX byte or the VEX prefix stands, or -1. */
  rexAt = -1;
  vexAt = -1;
  evexAt = -1;
  /** What extends the fields of ModRM and SIB: 0 or 8; of `reg` in EVEX 16 and 24 as well. */
  r = 0;
  x = 0;
  b = 0;
  /** EVEX.V', 0 or 16: what extends vvvv, or a vector index. */
  v = 0;
  /** EVEX.aaa, EVEX.z, and L'L where a rounding mode stands there. */
  mask = 0;
  zeroing = false;
  rounding = 0;
  /** The register in vvvv of VEX or EVEX, with V'. */
  vvvv = 0;
  opcodeAt = 0;
  modRmAt = -1;
  sibAt = -1;
  dispAt = 0;
  /** 0, 1 or 4. */
  dispSize = 0;
  disp = 0;
  /** Where immediates and branch displacements start. */
  immediateAt = 0;

  get modRm(): number {
    return this.bytes[this.modRmAt] ?? 0;
  }

  get sib(): number {
    return this.bytes[this.sibAt] ?? 0;
  }
}

/** Decodes the instruction at `start` into `out`. False where there is none that the tables know. */
export function decodeInstruction(bytes: Uint8Array, start: number, out: Decoded): boolean {
  const table = decodeForms();
  const limit = Math.min(bytes.length, start + maximumLength);
  out.bytes = bytes;
  out.start = start;
  out.form = undefined;
  out.rexAt = -1;
  out.vexAt = -1;
  out.evexAt = -1;
  out.vvvv = 0;
  out.v = 0;
  out.mask = 0;
  out.zeroing = false;

  let at = start;
  let prefixes = 0;
  let segment = 0;
  let state = 0;
  let byte = bytes[at] ?? 0;
  for (; at < limit; byte = bytes[++at] ?? 0) {
    if (byte === 0x66) prefixes |= prefixBit.operandSize;
    else if (byte === 0x67) prefixes |= prefixBit.addressSize;
    else if (byte === 0xf0) prefixes |= prefixBit.lock;
    // Of F2 and F3 the last one counts.
    else if (byte === 0xf2 || byte === 0xf3) {
      prefixes &= ~(prefixBit.rep | prefixBit.repne);
      prefixes |= byte === 0xf2 ? prefixBit.repne : prefixBit.rep;
      out.repeatAt = at;
    } else if (byte === 0x64 || byte === 0x65 || (byte & 0xe7) === 0x26) segment = byte;
    // A REX prefix that does not stand right before the opcode is ignored (section 2.2.1).
    else if ((byte & 0xf0) === 0x40) {
      out.rexAt = at;
      continue;
    } else break;
    out.rexAt = -1;
  }
  if (at >= limit) return false;
  out.prefixes = prefixes;
  out.segment = segment;

  let space: number;
  if ((byte & 0xfe) === 0xc4) {
    // Before VEX these prefixes are invalid (section 2.3.2).
    if (out.rexAt >= 0 || prefixes & ~prefixBit.addressSize) return false;
    out.vexAt = at;
    const first = bytes[at + 1] ?? 0;
    let second = first;
    let map = 1;
    out.r = first & 0x80 ? 0 : 8;
    out.x = 0;
    out.b = 0;
    if (byte === 0xc4) {
      second = bytes[at + 2] ?? 0;
      map = first & 0x1f;
      out.x = first & 0x40 ? 0 : 8;
      out.b = first & 0x20 ? 0 : 8;
      if (second & 0x80) state |= stateBit.w;
      at += 3;
    } else at += 2;
    if (map < 1 || map > 3) return false;
    space = opcodeSpace("VEX", map);
    out.vvvv = (~second >> 3) & 15;
    if (out.vvvv === 0) state |= stateBit.vvvvFree;
    state |= ((second >> 2) & 1) << stateBit.lShift;
    state |= vexPrefix[second & 3] ?? 0;
  } else if (byte === 0x62) {
    if (out.rexAt >= 0 || prefixes & ~prefixBit.addressSize) return false;
    const map = (bytes[at + 1] ?? 0) & 15;
    if (map < 1 || map > 3 || ((bytes[at + 2] ?? 0) & 4) === 0) return false;
    space = opcodeSpace("EVEX", map);
    state |= readEvex(out, at);
    at += 4;
    // L'L = 11 is no vector length.
    if (out.rounding === 3 && ((state & stateBit.evexB) === 0 || (bytes[at + 1] ?? 0) < 0xc0)) return false;
  } else {
    const rex = out.rexAt >= 0 ? (bytes[out.rexAt] ?? 0) : 0;
    out.r = (rex & 4) << 1;
    out.x = (rex & 2) << 2;
    out.b = (rex & 1) << 3;
    if (rex & 8) state |= stateBit.w;
    if (rex & 1) state |= stateBit.b;
    if (prefixes & prefixBit.operandSize) state |= stateBit.operandSize | (rex & 8 ? 0 : stateBit.sixteenBits);
    if (prefixes & prefixBit.repne) state |= stateBit.repne;
    if (prefixes & prefixBit.rep) state |= stateBit.rep;
    let map = 0;
    if (byte === 0x0f) {
      const escaped = bytes[++at] ?? 0;
      map = escaped === 0x38 ? 2 : escaped === 0x3a ? 3 : 1;
      if (map > 1) at++;
    }
    space = opcodeSpace("legacy", map);
  }
  if (prefixes & prefixBit.addressSize) state |= stateBit.addressSize;
  if (at >= limit) return false;
  out.opcodeAt = at;
  const opcode = bytes[at] ?? 0;

  const modRm = bytes[at + 1] ?? 0;
  state |= modRm & 0x3f;
  if (modRm >= 0xc0) state |= stateBit.registerForm;
  const form = table[(space << 8) | opcode]?.find(state);
  if (form === undefined || (((modRm >> 3) & 7) | out.r) >= form.regLimit || out.vvvv >= form.vvvvLimit) return false;
  if (prefixes & prefixBit.lock && (!form.isLockable || modRm >= 0xc0)) return false;
  if (form.loadsSegment && (modRm & stateBit.reg) === 1 << stateBit.regShift) return false;
  if (form.readsMask && modRm >= 0xc0 && out.b !== 0) return false;
  if (out.zeroing && (out.mask === 0 || (form.writesRm && modRm < 0xc0))) return false;
  at++;

  out.modRmAt = -1;
  out.sibAt = -1;
  out.dispAt = at;
  out.dispSize = 0;
  out.disp = 0;
  if (form.hasModRm) {
    out.modRmAt = at++;
    const mod = modRm >> 6;
    if (mod !== 3) {
      let base = modRm & 7;
      if (base === 4) {
        out.sibAt = at;
        base = (bytes[at++] ?? 0) & 7;
      }
      // r/m 101 without displacement is rip-relative; as SIB base it means no base. Both have four bytes.
      out.dispSize = mod === 1 ? 1 : mod === 2 || base === 5 ? 4 : 0;
      out.dispAt = at;
      out.disp = readSigned(bytes, at, out.dispSize);
      if (out.dispSize === 1) out.disp *= form.dispScale;
      at += out.dispSize;
    }
  }
  out.immediateAt = at;
  at += form.immediateBytes;
  if (at > limit) return false;
  out.form = form;
  out.end = at;
  return true;
}

/** Reads the EVEX prefix at `at` and returns its bits of the decode state. */
function readEvex(out: Decoded, at: number): number {
  const { bytes } = out;
  const p0 = bytes[at + 1] ?? 0;
  const p1 = bytes[at + 2] ?? 0;
  const p2 = bytes[at + 3] ?? 0;
  out.evexAt = at;
  out.r = (p0 & 0x80 ? 0 : 8) | (p0 & 0x10 ? 0 : 16);
  out.x = p0 & 0x40 ? 0 : 8;
  out.b = p0 & 0x20 ? 0 : 8;
  out.v = p2 & 8 ? 0 : 16;
  out.vvvv = ((~p1 >> 3) & 15) | out.v;
  out.mask = p2 & 7;
  out.zeroing = p2 > 0x7f;
  out.rounding = (p2 >> 5) & 3;
  return (
    (vexPrefix[p1 & 3] ?? 0) |
    (p1 & 0x80 ? stateBit.w : 0) |
    ((p1 & 0x78) === 0x78 ? stateBit.vvvvFree : 0) |
    (out.rounding << stateBit.lShift) |
    (p2 & 0x10 ? stateBit.evexB : 0) |
    (out.mask === 0 ? 0 : stateBit.masked) |
    (out.zeroing ? stateBit.zeroing : 0) |
    (out.v === 0 ? 0 : stateBit.vHigh)
  );
}

/**
 * Reads the byte at `start` as an instruction of its own though it is a prefix, as in the row of `lock`. For prefixes
 * that stand before nothing.
 */
export function decodeLonePrefix(bytes: Uint8Array, start: number, out: Decoded): boolean {
  if (bytes[start] !== 0xf0) return false;
  const form = decodeForms()[0xf0]?.find(0);
  if (form === undefined) return false;
  out.bytes = bytes;
  out.start = start;
  out.end = start + 1;
  out.form = form;
  out.prefixes = 0;
  out.segment = 0;
  out.mask = 0;
  out.opcodeAt = start;
  out.modRmAt = -1;
  out.dispAt = out.end;
  out.dispSize = 0;
  out.immediateAt = out.end;
  return true;
}

const vexPrefix = [0, stateBit.operandSize, stateBit.rep, stateBit.repne] as const;

/** A little-endian signed number of 0, 1, 2 or 4 bytes. */
export function readSigned(bytes: Uint8Array, at: number, size: number): number {
  if (size === 0) return 0;
  const low = bytes[at] ?? 0;
  if (size === 1) return (low << 24) >> 24;
  const sixteen = low | ((bytes[at + 1] ?? 0) << 8);
  if (size === 2) return (sixteen << 16) >> 16;
  return sixteen | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** A little-endian signed number of eight bytes. */
export function readSigned64(bytes: Uint8Array, at: number): bigint {
  const low = BigInt(readSigned(bytes, at, 4) >>> 0);
  return (BigInt(readSigned(bytes, at + 4, 4)) << 32n) | low;
}
