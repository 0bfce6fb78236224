/**
 * Memory operands of what was read between brackets: which of two registers is the base and which the scaled index, what
 * is relative to rip, which displacements fit (SDM volume 2, section 2.1.5). What makes no address is a fault that points
 * at the register or the number.
 */
import { noRegister, Operand, operandFlag, operandKind, ripBase, tailFlag } from "../operand.ts";
import { ptr, qword } from "../operands.ts";
import { rip } from "../registers.ts";
import { isPseudoIndex, type Term, type Value } from "./expression.ts";
import { Fault } from "./fault.ts";
import type { MakeMemory, Word } from "./words.ts";

/** Memory at an address of 64 bits; without a size it is a qword's, which the writer changes to the accumulator's. */
export function farMemory(constant: number | bigint, make: MakeMemory): Operand {
  return (make === ptr ? qword : make)(BigInt(constant));
}

export function addressOf(value: Value, make: MakeMemory, isRelative: boolean, start: number, end: number): Operand {
  const { terms, label } = value;
  const [first, second] = terms;
  if (value.minus !== undefined) {
    throw new Fault(
      "bad-address",
      "the distance between these labels is known only when the code is laid out",
      start,
      end,
    );
  }
  const fromRip = terms.find(({ word }) => word.keyword === "rip" || word.keyword === "eip");
  if (fromRip !== undefined || label !== undefined || isRelative) {
    const other = terms.find((term) => term !== fromRip);
    if (other !== undefined || fromRip?.isScaled === true) {
      const { start: from, end: to } = other ?? fromRip ?? { start, end };
      const message = `${label === undefined ? "rip" : "a label"} and ${(other ?? fromRip)?.word.name} make no address`;
      throw new Fault("bad-address", message, from, to, "lea the label's address into a register first");
    }
    const disp = displacement(value.constant, false, start, end);
    const isShort = fromRip?.word.keyword === "eip";
    if (isShort && label !== undefined) {
      throw new Fault(
        "bad-address",
        "a label is reached from rip, not from eip",
        fromRip?.start ?? start,
        fromRip?.end ?? end,
      );
    }
    const memory = label === undefined ? make(rip, disp) : make(label, disp);
    return isShort ? changed(memory, { rex: operandFlag.address32 }) : memory;
  }
  if (first === undefined) return make(displacement(value.constant, false, start, end));
  return second === undefined
    ? oneRegister(value, first, make, start, end)
    : twoRegisters(value, first, second, make, start, end);
}

/** `qword(base, index, scale, disp)` with operands whose classes only the constructor checks. */
type Make = (base: Operand | undefined, index: Operand | number, scale?: number, disp?: number) => Operand;

function oneRegister(value: Value, term: Term, make: MakeMemory, start: number, end: number): Operand {
  const { word } = term;
  const register = registerOf(term);
  const disp = displacement(value.constant, isNarrow(register, word), start, end);
  const construct = make as unknown as Make; // it checks the classes itself
  if (isPseudoIndex(word)) return withoutIndex(make(disp), term);
  if (!term.isScaled && isGeneral(register)) return construct(register, disp);
  if (register?.code === 4 && isGeneral(register)) throw badIndex(term);
  return construct(undefined, indexOf(term), term.scale, disp);
}

function twoRegisters(value: Value, first: Term, second: Term, make: MakeMemory, start: number, end: number): Operand {
  // The scaled one is the index, a vector too; of two plain ones the second, unless it is rsp, which cannot be one.
  let base = first;
  let index = second;
  const secondIsStack = isGeneral(second.word.register) && second.word.register?.code === 4;
  if (
    isVector(first.word.register) ||
    isPseudoIndex(first.word) ||
    (first.isScaled && !second.isScaled) ||
    (!second.isScaled && secondIsStack) ||
    (second.scale === 1 && first.scale > 1)
  ) {
    base = second;
    index = first;
  }
  if (base.scale !== 1) {
    throw new Fault(
      "bad-scale",
      `one register of an address is scaled, not ${base.word.name} as well`,
      base.start,
      base.end,
    );
  }
  const register = registerOf(base);
  const disp = displacement(value.constant, isNarrow(register, base.word), start, end);
  if (!isGeneral(register)) {
    throw new Fault(
      "bad-address",
      `${base.word.name} cannot be a base; expected a register of 64 or 32 bits`,
      base.start,
      base.end,
    );
  }
  const construct = make as unknown as Make; // it checks the classes itself
  if (isPseudoIndex(index.word)) return withoutIndex(construct(register, disp), index);
  const other = indexOf(index);
  if (isGeneral(other) && other.code === 4) throw badIndex(index);
  return construct(register, other, index.scale, disp);
}

function badIndex({ word, start, end }: Term): Fault {
  return new Fault("bad-index", `${word.name} cannot be an index register`, start, end);
}

function registerOf({ word }: Term): Operand | undefined {
  return word.register;
}

function indexOf({ word, start, end }: Term): Operand {
  const { register } = word;
  if (isGeneral(register) || isVector(register)) return register;
  throw new Fault(
    "bad-index",
    `${word.name} cannot be in an address; expected a register of 64 or 32 bits, or xmm, ymm or zmm as index`,
    start,
    end,
  );
}

export function isGeneral(register: Operand | undefined): register is Operand {
  return register !== undefined && register.kind >= operandKind.eax && register.kind <= operandKind.r64;
}

export function isVector(register: Operand | undefined): register is Operand {
  const kind = register?.kind;
  return kind !== undefined && ((kind >= operandKind.xmm && kind <= operandKind.ymmHigh) || kind === operandKind.xmm0);
}

/** Whether addresses with this register have 32 bits. */
function isNarrow(register: Operand | undefined, word: Word): boolean {
  return register?.kind === operandKind.eax || register?.kind === operandKind.r32 || word.keyword === "eiz";
}

/** A displacement as a signed number of 32 bits; addresses wrap around at 64 bits, or 32. */
function displacement(constant: number | bigint, isNarrowAddress: boolean, start: number, end: number): number {
  if (typeof constant === "number" && constant === (constant | 0)) return constant;
  const wide = BigInt.asIntN(64, BigInt(constant));
  const signed = isNarrowAddress && wide >= 0n && wide <= 0xffff_ffffn ? BigInt.asIntN(32, wide) : wide;
  if (signed === BigInt.asIntN(32, signed)) return Number(signed);
  throw new Fault(
    "bad-address",
    `the displacement ${constant} does not fit; expected -2147483648 to 2147483647`,
    start,
    end,
    "mov a longer address into a register",
  );
}

/** A SIB byte without index where none was needed, as `[rax + riz]` asks for. */
function withoutIndex(memory: Operand, { scale, word }: Term): Operand {
  const scaleBits = Math.log2(scale) << 6;
  const narrow = word.keyword === "eiz" ? operandFlag.address32 : 0;
  if (memory.tail & tailFlag.sib) {
    return changed(memory, { sib: (memory.sib & 0x3f) | scaleBits, rex: memory.rex | narrow });
  }
  return changed(memory, {
    modrm: (memory.modrm & 0xc0) | 4,
    sib: scaleBits | 0x20 | (memory.modrm & 7),
    tail: memory.tail | tailFlag.sib,
    rex: memory.rex | narrow,
  });
}

type Changes = Partial<Pick<Operand, "kind" | "rex" | "modrm" | "tail" | "sib" | "segment">>;

/** The same memory with other encoding fields. A segment's prefix is one that the constructors do not know. */
export function changed(memory: Operand, changes: Changes): Operand {
  const { code, disp, index, label, evex } = memory;
  const { kind, modrm, tail, sib, segment, rex } = { ...memory, ...changes };
  const flags = segment === 0 ? rex : rex | operandFlag.segment;
  return new Operand(kind, code, flags, modrm, tail, sib, disp, index, segment, label, evex);
}

/** Whether memory is `[base]` alone, as string instructions have it. */
export function isPlainBase(operand: Operand): boolean {
  const { code, index, disp, label } = operand;
  return code !== noRegister && code !== ripBase && index === noRegister && disp === 0 && label === undefined;
}
