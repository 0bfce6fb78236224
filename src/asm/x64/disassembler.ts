/**
 * `disassemble`: bytes to instructions, each with its text, its row and its operands.
 *
 * Any bytes will do: where no instruction stands that the tables know, one byte is `(bad)` and the next one is tried.
 */
import { type DecodeSlot, slotSource } from "./decode-slots.ts";
import { Decoded, decodeInstruction, decodeLonePrefix, prefixBit, readSigned, readSigned64 } from "./decoder.ts";
import { instructionText, rmRegister } from "./instruction-text.ts";
import { evexBit, noRegister, Operand, operandFlag, operandKind, ripBase, tailFlag } from "./operand.ts";
import { byte, dword, type MemoryConstructor, qword, word } from "./operands.ts";
import {
  ah,
  bh,
  ch,
  dh,
  fs,
  gpr8,
  gpr16,
  gpr32,
  gpr64,
  gs,
  k,
  rdSae,
  rnSae,
  ruSae,
  rzSae,
  sae,
  sreg,
  xmm,
  ymm,
  zmm,
} from "./registers.ts";
import type { RegisterClass, Row } from "./row.ts";

export interface DisassembleOptions {
  /** Where the first byte is loaded. With it, branch targets print as absolute addresses, else relative to the end. */
  readonly address?: bigint | number | undefined;
}

/** One instruction. An operand is a register, memory, an immediate, or a branch's distance from the instruction's end. */
export class Instruction {
  /** Where it starts, in bytes from the start of what was disassembled. */
  readonly offset: number;
  /** 1 to 15 bytes. */
  readonly length: number;
  /** As LLVM prints Intel syntax; `(bad)` where no instruction stands. */
  readonly text: string;
  /** The row of the instruction tables: encoding, features, read and written operands. Undefined for `(bad)`. */
  readonly row: Row | undefined;
  /** What was disassembled; borrowed. */
  readonly #source: Uint8Array;

  constructor(source: Uint8Array, offset: number, length: number, text: string, row: Row | undefined) {
    this.offset = offset;
    this.length = length;
    this.text = text;
    this.row = row;
    this.#source = source;
  }

  /** The manual's name, `cmpps` also where the text has `cmpeqps`; empty for `(bad)`. */
  get mnemonic(): string {
    return this.row?.mnemonic ?? "";
  }

  /** A view of the bytes that were given, not a copy. Made when asked for: a view costs more than decoding. */
  get bytes(): Uint8Array {
    return this.#source.subarray(this.offset, this.offset + this.length);
  }

  /** The explicit operands in the manual's order; immediates of eight bytes are BigInt. */
  get operands(): readonly (Operand | number | bigint)[] {
    const decoded = new Decoded();
    return decodeInstruction(this.#source, this.offset, decoded) ? operandsOf(decoded) : [];
  }
}

/**
 * The instructions in `bytes`, one after the other, from the first byte to the last. No bytes are an error. All of them are
 * in memory at once, some 140 bytes each; `disassembly` gives them one at a time.
 *
 *     disassemble(Uint8Array.of(0x48, 0x89, 0xf8)).map(({ text }) => text);   // ["mov rax, rdi"]
 */
export function disassemble(bytes: Uint8Array, options: DisassembleOptions = {}): Instruction[] {
  const address = startOf(bytes, options, "disassemble");
  const decoded = new Decoded();
  const instructions: Instruction[] = [];
  for (let at = 0; at < bytes.length; ) {
    const instruction = instructionAt(bytes, at, address, decoded);
    instructions.push(instruction);
    at += instruction.length;
  }
  return instructions;
}

/** What `disassemble` gives, one instruction at a time, for code of any size: nothing is kept of those that were given. */
export function* disassembly(bytes: Uint8Array, options: DisassembleOptions = {}): Generator<Instruction, void> {
  const address = startOf(bytes, options, "disassembly");
  const decoded = new Decoded();
  for (let at = 0; at < bytes.length; ) {
    const instruction = instructionAt(bytes, at, address, decoded);
    at += instruction.length;
    yield instruction;
  }
}

function startOf(bytes: Uint8Array, { address }: DisassembleOptions, name: string): bigint | undefined {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`${name}: expected a Uint8Array, got ${bytes === null ? "null" : typeof bytes}`);
  }
  return address === undefined ? undefined : BigInt(address);
}

function instructionAt(bytes: Uint8Array, at: number, address: bigint | undefined, decoded: Decoded): Instruction {
  const found = decodeInstruction(bytes, at, decoded) || decodeLonePrefix(bytes, at, decoded);
  const length = found ? decoded.end - at : 1;
  const text = found ? instructionText(decoded, address) : "(bad)";
  return new Instruction(bytes, at, length, text, decoded.form?.row);
}

/** The explicit operands of what was decoded, such that the assembler makes the same fields from them. */
export function operandsOf(decoded: Decoded): (Operand | number | bigint)[] {
  const { form } = decoded;
  if (form === undefined) return [];
  const operands = form.slots.map((slot, index) => {
    const operand = operandOf(decoded, slot);
    return index === 0 && operand instanceof Operand ? withMask(decoded, operand) : operand;
  });
  if (form.rounding !== undefined)
    operands.push(form.rounding === "sae" ? sae : (roundingModes[decoded.rounding] ?? sae));
  return operands;
}

const roundingModes = [rnSae, rdSae, ruSae, rzSae];

function withMask({ mask, zeroing }: Decoded, operand: Operand): Operand {
  if (mask === 0) return operand;
  const by = k[mask] as Operand<"k">; // the line above leaves k1 to k7
  // A row that is masked has operands that can be.
  return zeroing ? (operand as Operand<"zmm">).maskz(by) : (operand as Operand<"zmm">).mask(by);
}

function operandOf(decoded: Decoded, slot: DecodeSlot): Operand | number | bigint {
  const { bytes, modRm, form } = decoded;
  const { register } = slot.operand;
  switch (slot.source) {
    case slotSource.fixed:
      return register === undefined ? 1 : registerOperand(decoded, register, 0);
    case slotSource.reg:
      return registerOperand(decoded, register, (((modRm >> 3) & 7) | decoded.r) & (slot.isPair ? ~1 : ~0));
    case slotSource.rm:
      if (modRm >= 0xc0) return registerOperand(decoded, register, rmRegister(decoded, slot));
      if (form !== undefined && form.lanes > 0) {
        // The row's lanes are among those that its element can have.
        return (memoryOperand(decoded, slot.operand.broadcast ?? 0) as Operand<"m32">).broadcast(form.lanes as 2);
      }
      return memoryOperand(decoded, slot.operand.memory ?? 0);
    case slotSource.vvvv:
      return registerOperand(decoded, register, decoded.vvvv);
    case slotSource.is4:
      return registerOperand(decoded, register, (bytes[decoded.immediateAt + slot.at] ?? 0) >> 4);
    case slotSource.opcode:
      return registerOperand(decoded, register, ((bytes[decoded.opcodeAt] ?? 0) & 7) | decoded.b);
    case slotSource.absolute:
      return absoluteOperand(decoded, slot);
    default: {
      const at = decoded.immediateAt + slot.at;
      if (slot.size === 8) return readSigned64(bytes, at);
      const value = readSigned(bytes, at, slot.size);
      // LLVM prints some bytes signed that the rows take unsigned.
      if (slot.signed && slot.operand.word !== "uimm8") return value;
      return slot.size === 4 ? value >>> 0 : value & (slot.size === 1 ? 0xff : 0xffff);
    }
  }
}

const farMemory: Readonly<Record<string, MemoryConstructor<Operand, Operand>>> = {
  moffs8: byte,
  moffs16: word,
  moffs32: dword,
  moffs64: qword,
};

function absoluteOperand({ bytes, immediateAt, segment }: Decoded, { at, operand }: DecodeSlot): Operand {
  const make = farMemory[operand.word] ?? qword;
  const address = make(readSigned64(bytes, immediateAt + at));
  const override = segment === 0x64 ? fs : segment === 0x65 ? gs : undefined;
  return override === undefined ? address : (make as MemoryConstructor<Operand>)(override, address as Operand<"m">); // as qword(fs, …) of any memory
}

const fixedRegisterClass: Readonly<Record<string, readonly [RegisterClass, number]>> = {
  al: ["r8", 0],
  cl: ["r8", 1],
  ax: ["r16", 0],
  dx: ["r16", 2],
  eax: ["r32", 0],
  rax: ["r64", 0],
  xmm0: ["xmm", 0],
  fs: ["sreg", 4],
  gs: ["sreg", 5],
};

const registersByClass: Readonly<Record<string, readonly Operand[]>> = {
  r8: gpr8,
  r16: gpr16,
  r32: gpr32,
  r64: gpr64,
  xmm,
  ymm,
  zmm,
  k,
  sreg,
};

function registerOperand(decoded: Decoded, register: RegisterClass | undefined, code: number): Operand {
  const [name = "", number = code] = fixedRegisterClass[register ?? ""] ?? [register];
  const highByte =
    name === "r8" && number >= 4 && number < 8 && decoded.rexAt < 0 ? [ah, ch, dh, bh][number - 4] : undefined;
  const operand = highByte ?? registersByClass[name]?.[number];
  if (operand === undefined) throw new RangeError(`no register ${number} of class ${name}`);
  return operand;
}

const memoryKinds: Readonly<Record<number, number>> = {
  0: operandKind.m,
  8: operandKind.m8,
  16: operandKind.m16,
  32: operandKind.m32,
  48: operandKind.m48,
  64: operandKind.m64,
  80: operandKind.m80,
  128: operandKind.m128,
  256: operandKind.m256,
  512: operandKind.m512,
};

const vectorIndexKinds = { xmm: operandKind.vmx, ymm: operandKind.vmy, zmm: operandKind.vmz } as const;

/** Keeps ModRM, SIB and the displacement's size as they stood, longer than needed or not. */
function memoryOperand(decoded: Decoded, bits: number): Operand {
  const { form, modRm, sib, sibAt, dispSize, disp, segment } = decoded;
  const hasSib = sibAt >= 0;
  const low = hasSib ? sib & 7 : modRm & 7;
  const withoutBase = low === 5 && modRm < 0x40;
  const isVector = form?.vectorIndex !== undefined;
  const index = hasSib ? ((sib >> 3) & 7) | decoded.x | (isVector ? decoded.v : 0) : noRegister;
  const kind =
    form?.vectorIndex === undefined ? (memoryKinds[bits] ?? operandKind.m) : vectorIndexKinds[form.vectorIndex];
  const hasIndex = index !== noRegister && (index !== 4 || isVector);
  // Only fs and gs have an effect in 64-bit mode.
  const override = segment === 0x64 || segment === 0x65 ? segment : 0;
  return new Operand(
    kind,
    withoutBase ? (hasSib ? noRegister : ripBase) : low | decoded.b,
    (decoded.b >> 3) |
      (hasSib ? decoded.x >> 2 : 0) |
      (override === 0 ? 0 : operandFlag.segment) |
      (decoded.prefixes & prefixBit.addressSize ? operandFlag.address32 : 0),
    modRm & 0xc7,
    (hasSib ? tailFlag.sib : 0) | (dispSize === 1 ? tailFlag.disp8 : dispSize === 4 ? tailFlag.disp32 : 0),
    hasSib ? sib : 0,
    disp,
    hasIndex ? index : noRegister,
    override,
    undefined,
    isVector && decoded.v !== 0 ? evexBit.v : 0,
  );
}
