/**
 * What lowering one function needs to know and can do; the rules themselves are in `lower-*.ts`, by topic.
 *
 * Blocks, and the instructions in them, are lowered from last to first, so that a value's uses are known when its turn
 * comes: a value that its only user has taken in (a load, an address, a comparison) is never computed apart, nor is one
 * that nobody uses. The instructions of one value are put down first to last and turned around at the end.
 *
 * What registers hold: an i32 the value in the low 32 bits, anything above; a bool 0 or 1 in 32 bits; an f32 or f64 the
 * value in the low lanes, anything above. Flags live from an instruction to the next consumer inside one value's sequence, where only
 * moves stand between them: constants come into registers before.
 */

import type { Loop } from "../../analysis/loops.ts";
import type { TrapCode } from "../../base/errors.ts";
import type { Span } from "../../base/source.ts";
import type { PendingTrapSite } from "../../codegen/compiled-code.ts";
import {
  firstVirtual,
  general,
  MachineAddress,
  type MachineCode,
  MachineInstruction,
  noRegister,
  type RegisterClass,
  vector,
} from "../../codegen/machine-code.ts";
import type { IrFunction, Value } from "../../ir/function.ts";
import { isVector, type Type } from "../../ir/types.ts";
import { pinnedContext } from "./calling-convention.ts";
import { floatBits } from "./constant-bits.ts";
import { scaledOperand } from "./folded-addresses.ts";
import { avxFloats, type FloatIsa, isa, sseFloats, type X64Opcode } from "./opcodes.ts";
import { isFuel } from "./pinned-fuel.ts";
import { findDirtyUpperHalves } from "./upper-halves.ts";
import { isVectorConstant, VectorLowering } from "./vector-lowering.ts";

/** A register, or memory, where an instruction takes either. */
export type RegisterOrMemory = number | MachineAddress;

/** Of a scalar. */
export function classOf(type: Type): RegisterClass {
  return type === "f64" || type === "f32" ? vector : general;
}

/** The index into opcode pairs: 1 for 64 bits. */
export function wide(type: Type): 0 | 1 {
  return type === "i64" || type === "f64" ? 1 : 0;
}

const nothing: ReadonlySet<Value> = new Set();

export class Lowering {
  readonly #fn: IrFunction;
  readonly code: MachineCode<X64Opcode>;
  readonly fp: FloatIsa;
  readonly hasAvx: boolean;
  readonly hasFma: boolean;
  readonly hasBmi2: boolean;
  readonly hasLzcnt: boolean;
  readonly hasTzcnt: boolean;
  readonly hasBmi1: boolean;
  readonly hasPopcnt: boolean;
  /** How many registers of each class may be given out: instructions that need many at once are avoided where few are. */
  readonly generalCount: number;
  readonly vectorCount: number;
  readonly trapSites: PendingTrapSite[];
  /** By function that this one may call: its number in the blob. Undefined where nothing calls; else the context is pinned. */
  readonly numbers: ReadonlyMap<IrFunction, number> | undefined;
  /** Whether the fuel is in its register all the time (pinned-fuel.ts). */
  readonly pinsFuel: boolean;
  /** By value id: its virtual register, or -1 while no user needed it. */
  readonly registers: number[];
  /** By value id: users that have not taken it in. */
  readonly uses: number[];
  /** By value id: the block's number, and for loads the number of stores before it in its block. */
  readonly blocks: number[];
  readonly epochs: number[];
  /** Addresses, and what they scale, that every user makes by itself (folded-addresses.ts). */
  folded: ReadonlySet<Value> = nothing;
  /** Comparisons that every branch makes by itself (remade-comparisons.ts). */
  remade: ReadonlySet<Value> = nothing;
  /** By block id: the innermost loop. */
  loops: readonly (Loop | undefined)[] = [];
  /** Where lowering is. */
  block = 0;
  epoch = 0;
  span: Span | undefined = undefined;
  /** What the block's last comparison compares, if it stands right in front of that: it can be made where it is asked. */
  compared: Value | undefined = undefined;
  /** The instructions of the value in hand, first to last. */
  readonly sequence: MachineInstruction<X64Opcode>[] = [];
  contextRegister: number = noRegister;
  readonly #features: ReadonlySet<string>;
  #vectors: VectorLowering | undefined = undefined;

  constructor(
    fn: IrFunction,
    code: MachineCode<X64Opcode>,
    features: ReadonlySet<string>,
    generalCount: number,
    vectorCount: number,
    trapSites: PendingTrapSite[],
    numbers: ReadonlyMap<IrFunction, number> | undefined,
    pinsFuel: boolean,
  ) {
    this.#fn = fn;
    this.pinsFuel = pinsFuel;
    this.#features = features;
    this.code = code;
    this.trapSites = trapSites;
    this.numbers = numbers;
    this.hasAvx = features.has("avx");
    this.hasFma = this.hasAvx && features.has("fma");
    this.hasBmi2 = features.has("bmi2");
    this.hasLzcnt = features.has("abm");
    this.hasTzcnt = features.has("bmi1");
    this.hasBmi1 = features.has("bmi1");
    this.hasPopcnt = features.has("popcnt");
    this.fp = this.hasAvx ? avxFloats : sseFloats;
    this.generalCount = generalCount;
    this.vectorCount = vectorCount;
    const count = fn.valueCount;
    this.registers = new Array<number>(count).fill(noRegister);
    this.uses = new Array<number>(count).fill(0);
    this.blocks = new Array<number>(count).fill(-1);
    this.epochs = new Array<number>(count).fill(0);
  }

  /** What lowering knows besides where there are vectors. Throws `UnsupportedError` where the CPU has none. */
  get vectors(): VectorLowering {
    this.#vectors ??= new VectorLowering(this, this.#features, this.#fn.blocks);
    return this.#vectors;
  }

  get vectorsIfAny(): VectorLowering | undefined {
    return this.#vectors;
  }

  /** A new virtual register for a value of this type. */
  temporary(type: Type): number {
    return this.code.newVirtual(isVector(type) ? this.vectors.classOf(type) : classOf(type));
  }

  /** The register that a value is computed into, or that holds it anyway. */
  result(value: Value): number {
    let register = this.registers[value.id]!; // ids are dense
    if (register === noRegister) {
      register = this.#held(value) ?? this.temporary(value.type);
      this.registers[value.id] = register;
    }
    return register;
  }

  /** Where a value is that needs no instruction: the context, or an i32 whose unsigned extension is itself. */
  #held(value: Value): number | undefined {
    if (value.opcode === "context") return this.numbers === undefined ? this.context() : pinnedContext;
    if (!this.isFreeExtension(value)) return undefined;
    return this.result(value.operands[0]!); // one operand
  }

  /** Whether a value is an unsigned extension of an i32 to i64 that changes nothing in the register. */
  isFreeExtension({ opcode, type, operands: [narrow] }: Value): boolean {
    return opcode === "zext" && type === "i64" && narrow?.type === "i32" && this.isZeroExtended(narrow);
  }

  /** The register that a user reads a value from. Constants are made anew for each user. */
  register(value: Value): number {
    if (value.opcode === "const") return this.materialize(value);
    return isVectorConstant(value) ? this.vectors.constant(value) : this.result(value);
  }

  /** A value as an instruction's last source: a register, or memory if it is a load or a constant that can stand there. */
  operand(value: Value): RegisterOrMemory {
    if (value.opcode === "const") {
      return classOf(value.type) === vector ? floatConstant(value) : this.materialize(value);
    }
    return this.foldLoad(value) ?? this.result(value);
  }

  /** Whether a later instruction, or another block, or this one when it comes around again, reads the value as well. */
  livesOn(value: Value): boolean {
    if (value.opcode === "const") return false;
    if (isVectorConstant(value)) return true;
    return this.registers[value.id] !== noRegister || this.#depth(this.block) > this.#depth(this.blocks[value.id]!); // dense
  }

  #depth(block: number): number {
    return this.loops[block]?.depth ?? 0;
  }

  /** Whether the register of an i32 has zeros in its upper half. */
  isZeroExtended(value: Value): boolean {
    if (value.opcode === "const") return false;
    this.#dirty ??= findDirtyUpperHalves(this.#fn.blocks, this.#fn.valueCount);
    return !this.#dirty[value.id];
  }
  #dirty: boolean[] | undefined = undefined;

  /** Whether the one user in hand may take the value in instead of reading its register. */
  canAbsorb(value: Value): boolean {
    return this.uses[value.id] === 1 && this.blocks[value.id] === this.block;
  }

  /** Says that the user in hand took the value in. */
  absorb(value: Value): void {
    this.uses[value.id] = -1;
  }

  /** What a user reads that would as soon have the operand of this one-operand value: whoever else uses the value still does. */
  skip(value: Value): Value {
    const operand = value.operands[0]!; // one operand
    if (this.canAbsorb(value)) this.absorb(value);
    else {
      this.uses[value.id]!--; // ids are dense
      this.uses[operand.id]!++; // ids are dense
    }
    return operand;
  }

  /** The address of a load that the user in hand can make itself, or undefined. */
  foldLoad(value: Value): MachineAddress | undefined {
    if (value.opcode !== "load" || value.type === "bool" || !this.canFoldLoad(value)) return undefined;
    this.absorb(value);
    return this.address(value.operands[0]!, Number(value.immediate)); // a load has its address
  }

  canFoldLoad(value: Value): boolean {
    return (
      value.opcode === "load" &&
      this.generalCount >= 4 &&
      this.canAbsorb(value) &&
      this.epochs[value.id] === this.epoch &&
      !(this.pinsFuel && isFuel(value))
    );
  }

  /** `base + scale·index + displacement`, as much of it as one memory operand can do. */
  address(address: Value, offset: number): MachineAddress {
    if (this.folded.has(address)) return this.#foldedAddress(address, offset);
    let base = address;
    let displacement = offset;
    // Chains of additions of constants, however long.
    while (base.opcode === "iadd" && this.canAbsorb(base)) {
      const [left, right] = base.operands as [Value, Value]; // iadd has two
      const added = immediate32(right);
      if (added === undefined || !fitsInt32(displacement + added)) break;
      this.absorb(base);
      displacement += added;
      base = left;
    }
    if (base.opcode === "iadd" && this.canAbsorb(base) && this.generalCount >= 4) {
      const [left, right] = base.operands as [Value, Value]; // iadd has two
      if (right.opcode !== "const") {
        this.absorb(base);
        const scaled = this.scaled(right);
        if (scaled !== undefined) {
          return new MachineAddress("registers", this.register(left), scaled.index, scaled.scale, displacement);
        }
        const other = this.scaled(left);
        if (other !== undefined) {
          return new MachineAddress("registers", this.register(right), other.index, other.scale, displacement);
        }
        return new MachineAddress("registers", this.register(left), this.register(right), 1, displacement);
      }
    }
    return new MachineAddress("registers", this.register(base), noRegister, 1, displacement);
  }

  /** Of one that every user makes by itself. */
  #foldedAddress(address: Value, displacement: number): MachineAddress {
    const [left, right] = address.operands as [Value, Value]; // iadd has two
    const scaled = scaledOperand(address);
    if (scaled === undefined || !this.folded.has(scaled))
      return new MachineAddress("registers", this.register(left), this.register(right), 1, displacement);
    const [index, count] = scaled.operands as [Value, Value]; // shl has two
    const base = this.register(scaled === right ? left : right);
    return new MachineAddress("registers", base, this.register(index), 1 << Number(count.immediate), displacement);
  }

  /** `index · scale` for a shift by 1 to 3 that the user in hand can take in. */
  scaled(value: Value): { index: number; scale: number } | undefined {
    if (value.opcode !== "shl" || value.type !== "i64" || !this.canAbsorb(value)) return undefined;
    const [shifted, count] = value.operands as [Value, Value]; // shl has two
    const by = immediate32(count);
    if (by === undefined || by < 1 || by > 3 || shifted.opcode === "const") return undefined;
    this.absorb(value);
    return { index: this.register(shifted), scale: 1 << by };
  }

  /** Brings a constant into a new register. */
  materialize(value: Value): number {
    const register = this.temporary(value.type);
    this.materializeIn(register, value);
    return register;
  }

  /** Brings a constant into this register; changes flags if it is zero. */
  materializeIn(register: number, value: Value): void {
    if (classOf(value.type) !== vector) this.setInteger(register, value.type, value.immediate ?? 0);
    else if (Object.is(value.immediate, 0)) this.emit(isa.zeroFloat, register);
    else this.emitMemory(this.fp.load[wide(value.type)], register, noRegister, floatConstant(value));
  }

  /** Puts an integer into a register; changes flags if it is zero. */
  setInteger(register: number, type: Type, constant: number | bigint | boolean): void {
    if (type !== "i64") {
      const value = Number(constant) | 0;
      if (value === 0) this.emit(isa.zeroInt, register);
      else this.emit(isa.movImm32, register, noRegister, noRegister, value);
      return;
    }
    const value = BigInt(constant);
    if (value === 0n) this.emit(isa.zeroInt, register);
    else if (value > 0n && value <= 0xffffffffn)
      this.emit(isa.movImm32, register, noRegister, noRegister, Number(value));
    else if (value === BigInt.asIntN(32, value))
      this.emit(isa.movSigned32, register, noRegister, noRegister, Number(value));
    else this.emit(isa.movImm64, register, noRegister, noRegister, value);
  }

  /** The context's register, read at the function's entry if anybody asks; no register where the context is pinned. */
  context(): number {
    if (this.numbers !== undefined) return noRegister;
    if (this.contextRegister === noRegister) this.contextRegister = this.code.newVirtual(general);
    return this.contextRegister;
  }

  /** The number of a new trap site for the value in hand. */
  trapSite(code: TrapCode): number {
    return this.trapSites.push({ code, span: this.span, functionName: this.code.name, frameBytes: 0 }) - 1;
  }

  emit(
    opcode: X64Opcode,
    r0: number,
    r1 = noRegister,
    r2 = noRegister,
    immediate: number | bigint = 0,
    detail = 0,
  ): void {
    this.sequence.push(new MachineInstruction(opcode, r0, r1, r2, noRegister, null, immediate, detail, this.span));
  }

  /** An instruction in front of those that are in the sequence from `at` on. */
  emitEarlier(at: number, opcode: X64Opcode, r0: number): void {
    const instruction = new MachineInstruction(opcode, r0, noRegister, noRegister, noRegister, null, 0, 0, this.span);
    this.sequence.splice(at, 0, instruction);
  }

  emit4(opcode: X64Opcode, r0: number, r1: number, r2: number, r3: number): void {
    this.sequence.push(new MachineInstruction(opcode, r0, r1, r2, r3, null, 0, 0, this.span));
  }

  emitMemory(opcode: X64Opcode, r0: number, r1: number, address: MachineAddress, immediate: number | bigint = 0): void {
    this.sequence.push(
      new MachineInstruction(opcode, r0, r1, noRegister, noRegister, address, immediate, 0, this.span),
    );
  }

  /** An instruction with any operands. */
  emitAny(
    opcode: X64Opcode,
    r0: number,
    r1: number,
    r2: number,
    r3: number,
    address: MachineAddress | null,
    immediate: number,
  ): void {
    this.sequence.push(new MachineInstruction(opcode, r0, r1, r2, r3, address, immediate, 0, this.span));
  }

  /** An instruction whose operand 1 is a register or memory. */
  emit2(opcode: X64Opcode, r0: number, source: RegisterOrMemory, immediate: number | bigint = 0): void {
    if (typeof source === "number") this.emit(opcode, r0, source, noRegister, immediate);
    else this.emitMemory(opcode, r0, noRegister, source, immediate);
  }

  /** An instruction whose operand 2 is a register or memory. */
  emit3(opcode: X64Opcode, r0: number, r1: number, source: RegisterOrMemory, immediate: number | bigint = 0): void {
    if (typeof source === "number") this.emit(opcode, r0, r1, source, immediate);
    else this.emitMemory(opcode, r0, r1, source, immediate);
  }

  /** An instruction whose operand 1 is memory and operand 2 a register. */
  emitAt2(opcode: X64Opcode, r0: number, address: MachineAddress, r2: number): void {
    this.sequence.push(new MachineInstruction(opcode, r0, noRegister, r2, noRegister, address, 0, 0, this.span));
  }

  /** An instruction whose operand 0 is a register or memory, and which has an immediate. */
  emitImmediate(opcode: X64Opcode, target: RegisterOrMemory, immediate: number | bigint): void {
    if (typeof target === "number") this.emit(opcode, target, noRegister, noRegister, immediate);
    else this.emitMemory(opcode, noRegister, noRegister, target, immediate);
  }

  move(type: Type, target: number, source: number): void {
    if (isVector(type)) {
      this.emit(this.vectors.moveOpcode(type), target, source);
      return;
    }
    this.emit(classOf(type) === vector ? isa.moveFloat : isa.moveInt[wide(type)], target, source);
  }
}

export function isVirtual(register: number): boolean {
  return register >= firstVirtual;
}

export function fitsInt32(value: number): boolean {
  return value === (value | 0);
}

/** An integer or boolean constant that is a signed number of 32 bits, or undefined. */
export function immediate32(value: Value): number | undefined {
  if (value.opcode !== "const") return undefined;
  const constant = value.immediate;
  if (typeof constant === "bigint") {
    const number = Number(constant);
    return fitsInt32(number) ? number : undefined;
  }
  if (typeof constant === "boolean") return constant ? 1 : 0;
  return value.type === "i32" && constant !== undefined ? constant | 0 : undefined;
}

/** A floating-point constant in the constant pool, in the low lane of `bytes` bytes. */
function floatConstant(value: Value): MachineAddress {
  return constantAddress(floatBits(value), 0n, value.type === "f64" ? 8 : 4);
}

/** A constant of 4, 8 or 16 bytes in the constant pool. */
export function constantAddress(bits0: bigint, bits1: bigint, bytes: number): MachineAddress {
  return new MachineAddress("constant", noRegister, noRegister, 1, 0, bits0, bits1, bytes);
}
