/**
 * Machine code before it is bytes: instructions of a target over virtual registers.
 *
 * One number space holds every register: 0-15 general purpose, 16-47 vector, 48-55 mask (all as the target numbers them),
 * 56 and up virtual. What an instruction does with its registers stands in its `MachineOpcode`, so that lowering, allocator, checker
 * and listing use the same facts.
 *
 * What holds at each stage:
 *   lowered     operands are virtual or fixed registers; a virtual register may be written more than once, but only inside
 *               one block (`mov v3, v1; add v3, v2`). A fixed register is live inside one block only, from a write (or the
 *               function's entry) to its last read. Critical edges are split. A block with several successors ends in the
 *               one instruction that leaves it; edges carry arguments to the parameters of their block.
 *   allocated   every register operand is a register of the machine or, where the opcode permits memory, a spill slot;
 *               moves stand beside the code (`Allocation`), sequenced, and change no flags.
 *   emitted     bytes.
 */
import type { Span } from "../base/source.ts";

/** Register numbers below this are the machine's own. */
export const firstVirtual = 56;
/** Stands where an operand is no register: memory, an immediate, a label, or nothing. */
export const noRegister = -1;

/**
 * What a virtual register may be put into, and how much of it there is: a class of its own for each size of vectors. Classes may have
 * registers in common: a scalar float lies in the low part of a vector register.
 */
export type RegisterClass = 0 | 1 | 2 | 3 | 4 | 5;
export const general: RegisterClass = 0;
/** Scalar floats. */
export const vector: RegisterClass = 1;
export const mask: RegisterClass = 2;
export const vector16: RegisterClass = 3;
export const vector32: RegisterClass = 4;
export const vector64: RegisterClass = 5;
/** By class: bytes of a spill slot, which hold all of a register. */
export const slotBytesOf: readonly number[] = [8, 8, 8, 16, 32, 64];
/** The first vector register's number, and the first mask's. */
export const firstVector = 16;
export const firstMask = 48;

export function classOfFixed(register: number): RegisterClass {
  return register < firstVector ? general : register < firstMask ? vector : mask;
}

/**
 * What an instruction does with one operand: bits, joined with `|`.
 *
 *     3       2       1      0
 *     whole   memory  write  read
 *
 * `memory`: a spill slot will do as well. `whole`: occupied from before the first read to after the last write; for a
 * scratch register that is written early, and for an operand that is read again after a result was written. Not together
 * with `memory`.
 */
export const role = { none: 0, read: 1, write: 2, modify: 3, memory: 4, whole: 8 } as const;

/** What all instructions of one kind have in common. Targets extend it with how it is encoded. */
export class MachineOpcode {
  readonly name: string;
  /** Of the four operands, `role` bits; `none` where no register can stand. */
  readonly roles: readonly number[];
  /** Registers of the machine that are read, written or destroyed besides the operands. */
  readonly implicitReads: readonly number[];
  readonly implicitWrites: readonly number[];
  /** A plain copy of operand 1 to operand 0, nothing to do when they are the same register. */
  readonly isMove: boolean;

  constructor(
    name: string,
    roles: readonly number[],
    implicitReads: readonly number[] = [],
    implicitWrites: readonly number[] = [],
    isMove = false,
  ) {
    this.name = name;
    this.roles = roles;
    this.implicitReads = implicitReads;
    this.implicitWrites = implicitWrites;
    this.isMove = isMove;
  }
}

/** Where a memory operand's bytes are: an address in registers, a stack argument of the function or of a call, a constant. */
export type AddressKind = "registers" | "argument" | "outgoing" | "constant";

/** A memory operand. It stands for the one operand of the instruction that may be memory. Owned by its instruction. */
export class MachineAddress {
  readonly kind: AddressKind;
  base: number;
  index: number;
  readonly scale: number;
  /** Bytes; for `argument` and `outgoing` from the first stack argument. */
  readonly displacement: number;
  /** Of a `constant`: its bits, little endian in units of 64 (`bits1` only for 16-byte constants; one of 32 or 64 bytes is all in `bits0`). */
  readonly bits0: bigint;
  readonly bits1: bigint;
  /**
   * Of a `constant`: its size. Less than the instruction's vector: an element that is to stand in every lane. Of `registers`: the
   * size of such an element, or 0 for memory as wide as the instruction takes.
   */
  readonly bytes: number;

  constructor(
    kind: AddressKind,
    base: number,
    index: number,
    scale: number,
    displacement: number,
    bits0 = 0n,
    bits1 = 0n,
    bytes = 0,
  ) {
    this.kind = kind;
    this.base = base;
    this.index = index;
    this.scale = scale;
    this.displacement = displacement;
    this.bits0 = bits0;
    this.bits1 = bits1;
    this.bytes = bytes;
  }
}

/** One instruction. Operand k is `rk`, or `address` if it is memory, or the immediate, as the opcode says. */
export class MachineInstruction<Op extends MachineOpcode = MachineOpcode> {
  readonly opcode: Op;
  r0: number;
  r1: number;
  r2: number;
  r3: number;
  readonly address: MachineAddress | null;
  readonly immediate: number | bigint;
  /** A condition, a trap's site: what the target's opcode means by it. */
  readonly detail: number;
  readonly span: Span | undefined;

  constructor(
    opcode: Op,
    r0: number,
    r1: number,
    r2: number,
    r3: number,
    address: MachineAddress | null,
    immediate: number | bigint,
    detail: number,
    span: Span | undefined,
  ) {
    this.opcode = opcode;
    this.r0 = r0;
    this.r1 = r1;
    this.r2 = r2;
    this.r3 = r3;
    this.address = address;
    this.immediate = immediate;
    this.detail = detail;
    this.span = span;
  }
}

/** A loop, whose blocks stand together in the layout. */
export class MachineLoop {
  /** The loop around this one. */
  readonly parent: MachineLoop | null;
  /** Its first and last block in the layout; the header may be the last. */
  readonly first: number;
  last: number;

  constructor(parent: MachineLoop | null, first: number) {
    this.parent = parent;
    this.first = first;
    this.last = first;
  }
}

export class MachineBlock {
  /** Its place in the layout, and in `MachineCode.blocks`. */
  readonly index: number;
  /** Of the IR block it comes from; -1 for a block that splits a critical edge. */
  readonly source: number;
  /** Its instructions: `code.instructions[first]` up to, not including, `end`. */
  first = 0;
  end = 0;
  readonly parameters: number[] = [];
  /** One for each way out, in the order that the last instruction knows. */
  readonly successors: MachineEdge[] = [];
  readonly predecessors: number[] = [];
  /** The innermost loop. */
  loop: MachineLoop | null = null;

  constructor(index: number, source: number) {
    this.index = index;
    this.source = source;
  }
}

/** The block that an instruction stands in, by halving. */
export function blockAt(blocks: readonly MachineBlock[], instruction: number): MachineBlock {
  let low = 0;
  let high = blocks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (blocks[middle]!.first <= instruction) low = middle;
    else high = middle - 1;
  }
  return blocks[low]!; // code has a block
}

export class MachineEdge {
  readonly block: number;
  /** Virtual registers, one for each parameter of the block. */
  readonly arguments: readonly number[];

  constructor(block: number, args: readonly number[]) {
    this.block = block;
    this.arguments = args;
  }
}

/** A function between lowering and emission. */
export class MachineCode<Op extends MachineOpcode = MachineOpcode> {
  readonly name: string;
  readonly blocks: MachineBlock[] = [];
  instructions: MachineInstruction<Op>[] = [];
  /** By virtual register number minus `firstVirtual`. */
  readonly virtualClass: RegisterClass[] = [];
  hasCalls = false;
  /** The most stack that arguments of a call take. */
  outgoingBytes = 0;
  /** Bytes of the widest vector; 0 if there is none. */
  vectorBytes = 0;
  /**
   * By virtual register: the constant that it holds for all of its life. One that has to leave its register is not spilled but
   * read again from the constant pool, or used from there. Undefined if there are none.
   */
  constants: Map<number, MachineAddress> | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  get virtualCount(): number {
    return this.virtualClass.length;
  }

  newVirtual(registerClass: RegisterClass): number {
    return firstVirtual - 1 + this.virtualClass.push(registerClass);
  }
}

/**
 * After allocation one number says where a value is: a register of the machine, or spill slot s as `slotLocation(s)`.
 */
export function slotLocation(slot: number): number {
  return -2 - slot;
}

export function isSlot(location: number): boolean {
  return location <= -2;
}

export function slotOf(location: number): number {
  return -2 - location;
}

/** Slots from this number on are no memory of the frame: slot `firstConstantSlot + v` is the constant of virtual register v (minus `firstVirtual`). */
export const firstConstantSlot = 0x1000_0000;

/** True for the slot of a constant (`MachineCode.constants`). */
export function isConstant(location: number): boolean {
  return location <= -2 - firstConstantSlot;
}
