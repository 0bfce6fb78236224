/**
 * The anatomy of an instruction: which bits are which field, and what each means. For teaching and for `disasm --anatomy`.
 *
 * The decoder tells where everything stands; this file names the bits between. Every bit of the instruction belongs to
 * exactly one field, in the order of the bytes and from bit 7 down, so that the fields make up the bytes again.
 *
 *     48 89 f8     REX  0100 W R X B        opcode        ModRM  mod reg rm
 *     c5 …         VEX  R̅ vvvv L pp         c4 …          R̅ X̅ B̅ mmmmm   W vvvv L pp
 *     62 …         EVEX R̅ X̅ B̅ R̅' 0 mmm      W vvvv 1 pp   z L'L b V̅' aaa
 *
 * SDM volume 2, sections 2.1 to 2.3 and 2.7.
 */
import { type DecodeSlot, slotSource } from "./decode-slots.ts";
import { Decoded, decodeInstruction, decodeLonePrefix, readSigned, readSigned64 } from "./decoder.ts";
import { operandsOf } from "./disassembler.ts";
import { Operand, roundingNames } from "./operand.ts";
import { plainSignature, type Row } from "./row.ts";

/** One field: some bits of one byte, or several whole bytes. */
export interface AnatomyField {
  /** As the manual calls it: `prefix`, `REX.W`, `VEX.vvvv`, `opcode`, `ModRM.reg`, `SIB.index`, `disp32`, `imm8`, … */
  readonly name: string;
  /** Where its first byte stands, counted from the start of the bytes that were given. */
  readonly offset: number;
  /** How many bytes it takes; 1 where it is a part of one. */
  readonly bytes: number;
  /** Its highest and lowest bit in its byte; 7 and 0 of whole bytes. */
  readonly high: number;
  readonly low: number;
  /** The bits as they stand, unsigned and not inverted; bytes are little endian. */
  readonly value: number | bigint;
  /** What it says here, in words; what a field that is inverted or extended stands for. */
  readonly meaning: string;
}

/**
 * The fields of the instruction that starts at `start`. Where no instruction stands, the byte there is one field,
 * `(bad)`; of no bytes there are no fields.
 */
export function anatomy(bytes: Uint8Array, start = 0): AnatomyField[] {
  if (start >= bytes.length) return [];
  const decoded = new Decoded();
  const isFound = decodeInstruction(bytes, start, decoded) || decodeLonePrefix(bytes, start, decoded);
  return isFound ? new Anatomy(decoded).fields : [badField(bytes, start)];
}

function badField(bytes: Uint8Array, offset: number): AnatomyField {
  const value = bytes[offset] ?? 0;
  return { name: "(bad)", offset, bytes: 1, high: 7, low: 0, value, meaning: "no instruction starts here" };
}

const mapNames = ["one byte", "0F", "0F 38", "0F 3A"];
const vectorPrefixNames = ["no prefix", "66", "F3", "F2"];
const segmentNames: Readonly<Record<number, string>> = { 38: "es", 46: "cs", 54: "ss", 62: "ds", 100: "fs", 101: "gs" };

class Anatomy {
  readonly fields: AnatomyField[] = [];
  readonly #decoded: Decoded;
  readonly #row: Row;
  readonly #slots: readonly DecodeSlot[];
  readonly #operands: readonly (Operand | number | bigint)[];

  constructor(decoded: Decoded) {
    this.#decoded = decoded;
    const form = decoded.form!; // it was decoded
    this.#row = form.row;
    this.#slots = form.slots;
    this.#operands = operandsOf(decoded);
    this.#prefixes();
    this.#opcode();
    if (decoded.modRmAt >= 0) this.#modRm();
    if (decoded.dispSize > 0) this.#displacement();
    this.#immediates();
  }

  #byteAt(offset: number): number {
    return this.#decoded.bytes[offset] ?? 0;
  }

  /** Adds the bits high to low of the byte. */
  #bits(name: string, offset: number, high: number, low: number, meaning: string | ((value: number) => string)): void {
    const value = (this.#byteAt(offset) >> low) & ((2 << (high - low)) - 1);
    const text = typeof meaning === "string" ? meaning : meaning(value);
    this.fields.push({ name, offset, bytes: 1, high, low, value, meaning: text });
  }

  #whole(name: string, offset: number, meaning: string): void {
    this.#bits(name, offset, 7, 0, meaning);
  }

  /** The operand that stands in a field, as text. */
  #operandIn(source: number): string | undefined {
    const index = this.#slots.findIndex((slot) => slot.source === source);
    return index < 0 ? undefined : String(this.#operands[index]);
  }

  /** Everything before the opcode: prefixes and escape bytes. */
  #prefixes(): void {
    const { start, opcodeAt } = this.#decoded;
    let isEscaped = false;
    for (let at = start; at < opcodeAt; at++) {
      const byte = this.#byteAt(at);
      if (isEscaped || byte === 0x0f) {
        this.#whole("escape", at, `opcode map ${mapNames[this.#row.map] ?? this.#row.map}`);
        isEscaped = true;
      } else if (byte === 0xc5) {
        this.#vex2(at);
        at += 1;
      } else if (byte === 0xc4) {
        this.#vex3(at);
        at += 2;
      } else if (byte === 0x62) {
        this.#evex(at);
        at += 3;
      } else if ((byte & 0xf0) === 0x40) this.#rex(at);
      else this.#whole("prefix", at, this.#prefixMeaning(byte));
    }
  }

  #prefixMeaning(byte: number): string {
    const { prefixes, map, operands, mnemonic } = this.#row;
    if (byte in segmentNames) {
      const isIdle = byte !== 0x64 && byte !== 0x65;
      return `segment ${segmentNames[byte]}${isIdle ? ", no effect in 64-bit mode" : ""}`;
    }
    switch (byte) {
      case 0xf0:
        return "lock: atomic";
      case 0x67:
        return "addresses of 32 bits";
      case 0x66: {
        const is16 = operands.some(({ register, memory }) => register === "r16" || register === "ax" || memory === 16);
        if (!prefixes.includes(0x66)) return "operands of 16 bits, no effect here";
        return is16 || map === 0 ? "operands of 16 bits" : "selects the instruction";
      }
      default:
        if (!prefixes.includes(byte)) return byte === 0xf3 ? "rep, no effect here" : "repne, no effect here";
        return map === 0 && mnemonic.includes("_") ? `${mnemonic.split("_")[0]}: repeats` : "selects the instruction";
    }
  }

  #rex(at: number): void {
    const isUsed = at === this.#decoded.rexAt;
    const say =
      (one: string, zero = "") =>
      (value: number) =>
        isUsed ? (value === 1 ? one : zero) : "ignored";
    this.#bits("REX", at, 7, 4, isUsed ? "the prefix itself" : "ignored: REX has to stand right before the opcode");
    this.#bits("REX.W", at, 3, 3, say("operands of 64 bits", "operands of the usual size"));
    this.#bits("REX.R", at, 2, 2, say("ModRM.reg + 8", "ModRM.reg as it is"));
    this.#bits("REX.X", at, 1, 1, say("SIB.index + 8", "SIB.index as it is"));
    const { modRmAt } = this.#decoded;
    const field = modRmAt < 0 ? "opcode register" : this.#decoded.sibAt >= 0 ? "SIB.base" : "ModRM.rm";
    this.#bits("REX.B", at, 0, 0, say(`${field} + 8`, `${field} as it is`));
  }

  #vex2(at: number): void {
    this.#whole("VEX", at, "VEX prefix of two bytes");
    this.#bits("VEX.R", at + 1, 7, 7, inverted("ModRM.reg", 8));
    this.#vvvvLpp("VEX", at + 1);
  }

  #vex3(at: number): void {
    this.#whole("VEX", at, "VEX prefix of three bytes");
    this.#bits("VEX.R", at + 1, 7, 7, inverted("ModRM.reg", 8));
    this.#bits("VEX.X", at + 1, 6, 6, inverted("SIB.index", 8));
    this.#bits("VEX.B", at + 1, 5, 5, inverted(this.#decoded.sibAt >= 0 ? "SIB.base" : "ModRM.rm", 8));
    this.#bits("VEX.mmmmm", at + 1, 4, 0, `opcode map ${mapNames[this.#row.map] ?? this.#row.map}`);
    this.#bits("VEX.W", at + 2, 7, 7, this.#wMeaning());
    this.#vvvvLpp("VEX", at + 2);
  }

  #vvvvLpp(prefix: string, at: number): void {
    const { l } = this.#row;
    this.#bits(`${prefix}.vvvv`, at, 6, 3, this.#vvvvMeaning());
    this.#bits(`${prefix}.L`, at, 2, 2, (value) =>
      l === undefined ? "ignored" : value === 1 ? "256 bits" : "128 bits",
    );
    this.#bits(`${prefix}.pp`, at, 1, 0, (value) => `stands for ${vectorPrefixNames[value]}`);
  }

  #wMeaning(): string {
    const { w } = this.#row;
    return w === undefined ? "ignored" : "selects the instruction or its size";
  }

  #vvvvMeaning(): string {
    const register = this.#operandIn(slotSource.vvvv);
    return register === undefined ? "inverted; no operand" : `inverted; ${register}`;
  }

  #evex(at: number): void {
    const { lanes, rounding } = this.#decoded.form ?? {};
    const isRegister = this.#decoded.modRm >= 0xc0;
    const given = rounding !== undefined && isRegister && (this.#byteAt(at + 3) & 0x10) !== 0;
    this.#whole("EVEX", at, "EVEX prefix of four bytes");
    this.#bits("EVEX.R", at + 1, 7, 7, inverted("ModRM.reg", 8));
    this.#bits("EVEX.X", at + 1, 6, 6, isRegister ? inverted("ModRM.rm", 16) : inverted("SIB.index", 8));
    this.#bits("EVEX.B", at + 1, 5, 5, inverted(this.#decoded.sibAt >= 0 ? "SIB.base" : "ModRM.rm", 8));
    this.#bits("EVEX.R'", at + 1, 4, 4, inverted("ModRM.reg", 16));
    this.#bits("EVEX.0", at + 1, 3, 3, "always 0");
    this.#bits("EVEX.mmm", at + 1, 2, 0, `opcode map ${mapNames[this.#row.map] ?? this.#row.map}`);
    this.#bits("EVEX.W", at + 2, 7, 7, this.#wMeaning());
    this.#bits("EVEX.vvvv", at + 2, 6, 3, this.#vvvvMeaning());
    this.#bits("EVEX.1", at + 2, 2, 2, "always 1");
    this.#bits("EVEX.pp", at + 2, 1, 0, (value) => `stands for ${vectorPrefixNames[value]}`);
    this.#bits("EVEX.z", at + 3, 7, 7, (z) =>
      z === 1 ? "lanes outside the mask become zero" : "lanes outside the mask are kept",
    );
    this.#bits("EVEX.L'L", at + 3, 6, 5, (length) => {
      if (given)
        return rounding === "er"
          ? `rounding ${roundingNames[length] ?? ""}`
          : "{sae} leaves the length to the instruction";
      return this.#row.l === undefined ? "ignored" : `${128 << length} bits`;
    });
    this.#bits("EVEX.b", at + 3, 4, 4, (b) => {
      if (b === 0) return "no broadcast, no rounding";
      return given ? "rounding, or exceptions suppressed" : `broadcast to ${lanes ?? "all"} lanes`;
    });
    const hasIndex = this.#decoded.form?.vectorIndex !== undefined;
    this.#bits("EVEX.V'", at + 3, 3, 3, inverted(hasIndex ? "SIB.index" : "vvvv", 16));
    this.#bits("EVEX.aaa", at + 3, 2, 0, (mask) => (mask === 0 ? "no mask" : `mask k${mask}`));
  }

  #opcode(): void {
    const { opcodeAt } = this.#decoded;
    const row = this.#row;
    const form = `${row.mnemonic.replace("_", " ")} ${plainSignature(row.signature)}`.trim();
    if (!row.plusRegister) {
      this.#whole("opcode", opcodeAt, form);
      return;
    }
    this.#bits("opcode", opcodeAt, 7, 3, form);
    this.#bits("opcode.reg", opcodeAt, 2, 0, this.#operandIn(slotSource.opcode) ?? "");
  }

  #modRm(): void {
    const { modRmAt, modRm, sibAt } = this.#decoded;
    const { fixedModRm, modRm: inRow } = this.#row;
    if (fixedModRm !== undefined) {
      this.#whole("opcode", modRmAt, "its second byte, where ModRM would stand");
      return;
    }
    const isRegister = modRm >= 0xc0;
    const dispSizes = ["memory without displacement", "memory with disp8", "memory with disp32", "a register"];
    const isRip = !isRegister && (modRm & 0xc7) === 5;
    this.#bits("ModRM.mod", modRmAt, 7, 6, (mod) => (isRip ? "memory, with disp32" : (dispSizes[mod] ?? "")));
    const register = this.#operandIn(slotSource.reg);
    this.#bits(
      "ModRM.reg",
      modRmAt,
      5,
      3,
      (reg) => register ?? (inRow === "r" ? "no operand" : `/${reg}, part of the opcode`),
    );
    const operand = this.#operandIn(slotSource.rm) ?? "no operand";
    const memory = sibAt >= 0 ? "SIB follows" : isRip ? `rip-relative: ${operand}` : operand;
    this.#bits("ModRM.rm", modRmAt, 2, 0, isRegister ? operand : memory);
    if (sibAt >= 0) this.#sib();
  }

  #sib(): void {
    const { sibAt, modRm, sib, x } = this.#decoded;
    const rm = this.#slots.findIndex(({ source }) => source === slotSource.rm);
    const operand = this.#operands[rm];
    const text = operand === undefined ? "no operand" : String(operand);
    const hasVectorIndex = this.#decoded.form?.vectorIndex !== undefined;
    const hasIndex = hasVectorIndex || ((sib >> 3) & 7) !== 4 || x !== 0;
    const noBase = (sib & 7) === 5 && modRm < 0x40;
    const index = operand instanceof Operand ? operand.index : -1;
    this.#bits("SIB.scale", sibAt, 7, 6, (scale) => (hasIndex ? `times ${1 << scale}` : "no index"));
    this.#bits("SIB.index", sibAt, 5, 3, hasIndex ? `register ${index}` : "none");
    this.#bits("SIB.base", sibAt, 2, 0, noBase ? `none, but disp32: ${text}` : text);
  }

  #displacement(): void {
    const { bytes, dispAt, dispSize, disp, form } = this.#decoded;
    const scale = form?.dispScale ?? 1;
    const scaled =
      dispSize === 1 && scale > 1 ? `${readSigned(bytes, dispAt, 1)} times ${scale}: ${disp}` : String(disp);
    this.#several(`disp${8 * dispSize}`, dispAt, dispSize, scaled);
  }

  #immediates(): void {
    const { bytes, immediateAt, end } = this.#decoded;
    this.#slots.forEach((slot, index) => {
      const { source, at, size, operand } = slot;
      const offset = immediateAt + at;
      if (source === slotSource.is4) {
        this.#bits("imm8[7:4]", offset, 7, 4, String(this.#operands[index]));
        this.#bits("imm8[3:0]", offset, 3, 0, "no operand");
      } else if (source === slotSource.immediate) {
        this.#several(`imm${8 * size}`, offset, size, `${operand.word}: ${this.#operands[index]}`);
      } else if (source === slotSource.absolute) {
        this.#several("moffs64", offset, size, `an address: ${this.#operands[index]}`);
      } else if (source === slotSource.branch) {
        const distance = size === 8 ? readSigned64(bytes, offset) : readSigned(bytes, offset, size);
        this.#several(`rel${8 * size}`, offset, size, `from the end of the instruction, byte ${end}: ${distance}`);
      }
    });
  }

  #several(name: string, offset: number, count: number, meaning: string): void {
    let value = 0n;
    for (let index = count - 1; index >= 0; index--) value = (value << 8n) | BigInt(this.#byteAt(offset + index));
    const number = count <= 4 ? Number(value) : value;
    this.fields.push({ name, offset, bytes: count, high: 7, low: 0, value: number, meaning });
  }
}

/** Bits of VEX and EVEX that extend a register's number stand inverted. */
function inverted(field: string, added: number): (value: number) => string {
  return (value) => (value === 0 ? `inverted; ${field} + ${added}` : `inverted; ${field} as it is`);
}
