/**
 * What lowering of vectors shares: which registers a type takes, which rows there are for it, and constants.
 *
 * With AVX-512 everything is EVEX, and a boolxN is an opmask whose bits from N on are zero. With AVX2 everything is VEX, and a
 * boolxN is a vector of all-ones lanes: 64 bits wide for four lanes, 32 bits for eight.
 *
 * Constants (`splat` of a constant, `lane-index`) have one register for the whole function, loaded at its entry. Allocation
 * takes it away first when registers run out; then instructions read the constant from the pool (machine-code.ts).
 */
import { UnsupportedError } from "../../base/errors.ts";
import {
  MachineAddress,
  MachineInstruction,
  mask,
  noRegister,
  type RegisterClass,
  vector16,
  vector32,
  vector64,
} from "../../codegen/machine-code.ts";
import type { Block, Value } from "../../ir/function.ts";
import { elementOf, type Type, types } from "../../ir/types.ts";
import { scalarBits } from "./constant-bits.ts";
import { chooseComputed } from "./divider-relief.ts";
import type { Lowering, RegisterOrMemory } from "./lowering.ts";
import { isa, type X64Opcode } from "./opcodes.ts";
import { constantLoad, vectorNames as registerNames, type VectorBytes } from "./pooled-constants.ts";
import { type Masking, type Space, vectorOpcode } from "./vector-opcodes.ts";
import { type VectorSupport, vectorSupport } from "./vector-support.ts";

const maskings: readonly Masking[] = ["none", "merge", "zero", "choose"];
/** By mnemonic, then by operands, width and masking: what was asked for before. */
const rowsBySpace: Readonly<Record<Space, Map<string, (X64Opcode | undefined)[]>>> = {
  EVEX: new Map(),
  VEX: new Map(),
};

/** True for what has a constant's register: the same in each use, and nothing computes it. */
export function isVectorConstant({ opcode, operands }: Value): boolean {
  return opcode === "splat" ? operands[0]?.opcode === "const" : opcode === "lane-index";
}

/** So many constants keep their registers for certain, and a load can be the operand that memory may be. */
const fewConstants = 8;

/**
 * Some constants live in all of the function. Others are loaded in each block that uses them, or rather read from the pool there:
 * registers would not hold them all anyway, and what lives in all blocks costs time in each. These are the most in a function,
 * and the most times the blocks that they live in.
 */
const mostGlobalConstants = 256;
const mostConstantBlocks = 1 << 15;

export type { VectorBytes };

export class VectorLowering {
  readonly lowering: Lowering;
  readonly support: VectorSupport;
  readonly is512: boolean;
  readonly space: Space;
  /** By their bits and width: the registers of constants. */
  readonly #constants = new Map<string, number>();
  readonly #loads: MachineInstruction<X64Opcode>[] = [];
  /** The same of the block that is being lowered. */
  readonly #localConstants = new Map<string, number>();
  readonly #localLoads: MachineInstruction<X64Opcode>[] = [];

  readonly #features: ReadonlySet<string>;
  readonly #blocks: readonly Block[];
  #computed: ReadonlySet<Value> | undefined;

  constructor(lowering: Lowering, features: ReadonlySet<string>, blocks: readonly Block[]) {
    const support = vectorSupport(features);
    if (support === undefined)
      throw new UnsupportedError(
        "x64: vectors need a CPU with AVX2 and FMA, or with AVX-512, which this one is said not to have",
      );
    this.lowering = lowering;
    this.#features = features;
    this.#blocks = blocks;
    this.support = support;
    this.is512 = support.name === "avx512";
    this.space = this.is512 ? "EVEX" : "VEX";
  }

  /** Square roots and quotients that are not the divider's (divider-relief.ts). */
  get computed(): ReadonlySet<Value> {
    this.#computed ??= chooseComputed(this.#blocks, this.#features);
    return this.#computed;
  }

  /** The class of a vector or mask. Two lanes take a register of four. */
  classOf(type: Type): RegisterClass {
    if (this.is512 && elementOf(type) === "bool") {
      this.#widen(16);
      return mask;
    }
    const bytes = this.bytesOf(type);
    this.#widen(bytes);
    return bytes === 64 ? vector64 : bytes === 32 ? vector32 : vector16;
  }

  #widen(bytes: number): void {
    const { code } = this.lowering;
    if (code.vectorBytes < bytes) code.vectorBytes = bytes;
  }

  /** Bytes of the register that a vector takes; of a mask of AVX2 too. */
  bytesOf(type: Type): VectorBytes {
    const { bytes, lanes, element } = types[type];
    const wanted = element === "bool" ? (lanes <= 4 ? 8 * lanes : 4 * lanes) : bytes;
    if (wanted > this.support.bytes || lanes < 4)
      throw new UnsupportedError(
        `x64: ${type} has no register here; vectors have 4 lanes at least and ${this.support.bytes} bytes at most`,
      );
    return wanted as VectorBytes; // 16, 32 or 64
  }

  /** A new register for so many bytes of vector. */
  temporary(bytes: VectorBytes): number {
    this.#widen(bytes);
    return this.lowering.code.newVirtual(bytes === 64 ? vector64 : bytes === 32 ? vector32 : vector16);
  }

  moveOpcode(type: Type): X64Opcode {
    return this.is512 && elementOf(type) === "bool" ? isa.moveMask : isa.moveVector;
  }

  // Rows, `op3` having three operands; `i`: and an immediate

  op2(mnemonic: string, bytes: VectorBytes, masking: Masking = "none"): X64Opcode {
    return this.#op(0, mnemonic, bytes, masking);
  }

  op2i(mnemonic: string, bytes: VectorBytes, masking: Masking = "none"): X64Opcode {
    return this.#op(1, mnemonic, bytes, masking);
  }

  op3(mnemonic: string, bytes: VectorBytes, masking: Masking = "none"): X64Opcode {
    return this.#op(2, mnemonic, bytes, masking);
  }

  op3i(mnemonic: string, bytes: VectorBytes, masking: Masking = "none"): X64Opcode {
    return this.#op(3, mnemonic, bytes, masking);
  }

  #op(shape: number, mnemonic: string, bytes: VectorBytes, masking: Masking): X64Opcode {
    const rows = rowsBySpace[this.space];
    let known = rows.get(mnemonic);
    if (known === undefined) {
      known = [];
      rows.set(mnemonic, known);
    }
    const index = 4 * (bytes >> 4) + 32 * maskings.indexOf(masking) + shape;
    let opcode = known[index];
    if (opcode === undefined) {
      const r = registerNames[bytes];
      const operands = `${shape >= 2 ? `${r}, ` : ""}${r}, ${r}/m${8 * bytes}${shape % 2 === 1 ? ", uimm8" : ""}`;
      opcode = vectorOpcode(this.space, mnemonic, operands, masking);
      known[index] = opcode;
    }
    return opcode;
  }

  /** From one width to another: `vcvtps2pd zmm, ymm/m256`. */
  convert(mnemonic: string, to: VectorBytes, from: number, masking: Masking = "none"): X64Opcode {
    const source = from < 16 ? "xmm" : registerNames[from as VectorBytes]; // 16, 32 or 64
    return vectorOpcode(this.space, mnemonic, `${registerNames[to]}, ${source}/m${8 * from}`, masking);
  }

  /** A comparison into an opmask. */
  compare512(mnemonic: string, bytes: VectorBytes, masked: boolean): X64Opcode {
    const r = registerNames[bytes];
    return vectorOpcode("EVEX", mnemonic, `k, ${r}, ${r}/m${8 * bytes}, uimm8`, masked ? "choose" : "none");
  }

  row(mnemonic: string, operands: string, masking: Masking = "none"): X64Opcode {
    return vectorOpcode(this.space, mnemonic, operands, masking);
  }

  nameOf(bytes: VectorBytes): string {
    return registerNames[bytes];
  }

  // Constants

  /** The register of a constant value. */
  constant(value: Value): number {
    const { type } = value;
    const { lanes, element } = types[type];
    if (value.opcode === "lane-index") {
      const bytes = element === "i32" ? 4 : 8;
      let bits = 0n;
      for (let lane = 0; lane < lanes; lane++) bits |= BigInt(lane) << BigInt(8 * bytes * lane);
      return this.constantBits(bits, lanes * bytes, this.bytesOf(type));
    }
    const scalar = value.operands[0]!; // a splat has its scalar
    if (element === "bool") return this.#maskConstant(type, scalar.immediate === true);
    return this.constantBits(scalarBits(scalar), element === "f64" || element === "i64" ? 8 : 4, this.bytesOf(type));
  }

  /** True, or false, in all lanes. */
  #maskConstant(type: Type, truth: boolean): number {
    const { lowering } = this;
    const { lanes } = types[type];
    if (!this.is512) return this.constantBits(truth ? 0xffff_ffffn : 0n, 4, this.bytesOf(type));
    const register = lowering.temporary(type);
    const bits = lowering.temporary("i32");
    lowering.setInteger(bits, "i32", truth ? 2 ** lanes - 1 : 0);
    lowering.emit(vectorOpcode("VEX", "kmovw", "k, r32"), register, bits);
    return register;
  }

  /** The register that has these bits, `elementBytes` of them, in all lanes of so many bytes. */
  constantBits(bits: bigint, elementBytes: number, bytes: VectorBytes): number {
    const { code } = this.lowering;
    const key = `${bits} ${elementBytes} ${bytes}`;
    let register = this.#constants.get(key) ?? this.#localConstants.get(key);
    if (register === undefined) {
      const isGlobal =
        this.#constants.size < mostGlobalConstants && this.#constants.size * code.blocks.length < mostConstantBlocks;
      register = this.temporary(bytes);
      const isWide = elementBytes === 16;
      const address = new MachineAddress(
        "constant",
        noRegister,
        noRegister,
        1,
        0,
        isWide ? BigInt.asUintN(64, bits) : bits,
        isWide ? bits >> 64n : 0n,
        elementBytes,
      );
      const { opcode } = constantLoad(this.space, bytes, elementBytes);
      (isGlobal ? this.#loads : this.#localLoads).push(
        new MachineInstruction(opcode, register, noRegister, noRegister, noRegister, address, 0, 0, undefined),
      );
      code.constants ??= new Map();
      code.constants.set(register, address);
      (isGlobal ? this.#constants : this.#localConstants).set(key, register);
    }
    return register;
  }

  /** Loads the constants of a block that are not the whole function's, where it begins. */
  emitLocalConstants(): void {
    if (this.#localLoads.length === 0) return;
    for (const load of this.#localLoads) this.lowering.sequence.push(load);
    this.#localLoads.length = 0;
    this.#localConstants.clear();
  }

  /** Loads all constants, at the function's entry. */
  emitConstants(): void {
    for (const load of this.#loads) this.lowering.sequence.push(load);
  }

  // Operands

  /** A vector as an instruction's last source: a register, or memory: a load, or where `broadcastBytes` a scalar load that is splatted. */
  operand(value: Value, broadcastBytes = 0): RegisterOrMemory {
    const { lowering } = this;
    if (isVectorConstant(value)) return this.constant(value);
    if (value.opcode === "load") return lowering.foldLoad(value) ?? lowering.register(value);
    if (this.is512 && broadcastBytes > 0 && value.opcode === "splat" && lowering.canAbsorb(value)) {
      const scalar = value.operands[0]!; // a splat has its scalar
      if (types[scalar.type].bytes === broadcastBytes && scalar.type !== "bool" && lowering.canFoldLoad(scalar)) {
        lowering.absorb(value);
        lowering.absorb(scalar);
        const { base, index, scale, displacement } = lowering.address(scalar.operands[0]!, Number(scalar.immediate));
        return new MachineAddress("registers", base, index, scale, displacement, 0n, 0n, broadcastBytes);
      }
    }
    return lowering.register(value);
  }

  /** Whether a value is better as the last source, where memory can stand: a constant, or a load that can be made there. */
  isMemory(value: Value): boolean {
    return isVectorConstant(value) || this.lowering.canFoldLoad(value);
  }

  /** Whether the first of two sources is better as the last: memory, and rather a load than a constant while registers last. */
  prefersLast(first: Value, last: Value): boolean {
    if (!this.isMemory(first)) return false;
    if (!this.isMemory(last)) return true;
    return isVectorConstant(last) && !isVectorConstant(first) && this.#constants.size <= fewConstants;
  }

  /** result = operation of two sources, the last of which may be memory. */
  emit3(
    opcode: X64Opcode,
    result: number,
    first: number,
    second: RegisterOrMemory,
    mask = noRegister,
    immediate = 0,
  ): void {
    if (typeof second === "number") this.lowering.emitAny(opcode, result, first, second, mask, null, immediate);
    else this.lowering.emitAny(opcode, result, first, noRegister, mask, second, immediate);
  }

  emit2(opcode: X64Opcode, result: number, source: RegisterOrMemory, mask = noRegister, immediate = 0): void {
    if (typeof source === "number") this.lowering.emitAny(opcode, result, source, noRegister, mask, null, immediate);
    else this.lowering.emitAny(opcode, result, noRegister, noRegister, mask, source, immediate);
  }
}

/** Whether a value is zero in all lanes, the floating-point zero being the positive one. */
export function isZero(value: Value): boolean {
  const scalar = value.operands[0];
  return (
    value.opcode === "splat" &&
    scalar?.opcode === "const" &&
    elementOf(value.type) !== "bool" &&
    scalarBits(scalar) === 0n
  );
}
