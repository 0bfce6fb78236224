/**
 * Loads and stores of vectors: whole, narrow, by masks, gathered, and past the caches. A load that its one user can make
 * itself is never seen here.
 *
 * In memory a mask is a byte a lane, whose lowest bit counts.
 */
import { InternalError } from "../../base/errors.ts";
import { MachineAddress, noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf, lanesOf, types } from "../../ir/types.ts";
import { narrowMask } from "./mask-widths.ts";
import { isa, type X64Opcode } from "./opcodes.ts";
import type { VectorBytes, VectorLowering } from "./vector-lowering.ts";

const isWideElement = (value: Value): boolean => types[value.type].bits === 64;

function addressOf(vectors: VectorLowering, value: Value, operand: number): MachineAddress {
  return vectors.lowering.address(value.operands[operand]!, Number(value.immediate)); // a row with memory has its address
}

/** Memory as wide as a register, or part of one. */
function memoryMove(vectors: VectorLowering, bytes: number, what: "load" | "store"): X64Opcode {
  const [mnemonic, register] =
    bytes === 4 ? ["vmovd", "rm32"] : bytes === 8 ? ["vmovq", "xmm/m64"] : ["vmovups", `xmm/m128`];
  if (bytes <= 16) return vectors.row(mnemonic!, what === "load" ? `xmm, ${register}` : `${register}, xmm`); // of two
  const r = vectors.nameOf(bytes as VectorBytes); // 32 or 64
  return vectors.row("vmovups", what === "load" ? `${r}, ${r}/m${8 * bytes}` : `${r}/m${8 * bytes}, ${r}`);
}

export function lowerVectorLoad(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const result = lowering.result(value);
  const address = addressOf(vectors, value, 0);
  const lanes = lanesOf(value.type);
  if (elementOf(value.type) !== "bool") {
    lowering.emitMemory(memoryMove(vectors, types[value.type].bytes, "load"), result, noRegister, address);
  } else if (vectors.is512) {
    const bytes = vectors.temporary(16);
    lowering.emitMemory(memoryMove(vectors, lanes, "load"), bytes, noRegister, address);
    const lowest = vectors.constantBits(0x0101_0101n, 4, 16);
    vectors.emit3(vectors.row("vptestmb", "k, xmm, xmm/m128"), result, bytes, lowest);
  } else {
    const width = vectors.bytesOf(value.type);
    const numbers = vectors.temporary(width);
    const signs = vectors.temporary(width);
    const letter = lanes === 4 ? "q" : "d";
    lowering.emitMemory(vectors.row(`vpmovzxb${letter}`, `ymm, xmm/m${8 * lanes}`), numbers, noRegister, address);
    lowering.emit(vectors.row(`vpsll${letter}`, "ymm, ymm, uimm8"), signs, numbers, noRegister, lanes === 4 ? 63 : 31);
    vectors.emit3(vectors.op3(`vpcmpgt${letter}`, width), result, vectors.constantBits(0n, 4, width), signs);
  }
}

export function lowerVectorStore(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const stored = value.operands[0]!; // two operands
  const source = lowering.register(stored);
  const lanes = lanesOf(stored.type);
  if (elementOf(stored.type) !== "bool") {
    const address = addressOf(vectors, value, 1);
    lowering.emitMemory(memoryMove(vectors, types[stored.type].bytes, "store"), noRegister, source, address);
    return;
  }
  const ones = vectors.temporary(16);
  if (vectors.is512) {
    const all = vectors.temporary(16);
    lowering.emit(vectors.row("vpmovm2b", "xmm, k"), all, source);
    lowering.emit(vectors.row("vpabsb", "xmm, xmm/m128"), ones, all);
    lowering.emitMemory(memoryMove(vectors, lanes, "store"), noRegister, ones, addressOf(vectors, value, 1));
    return;
  }
  const width = lanes === 4 ? 16 : 32;
  const numbers = vectors.temporary(width);
  lowering.emit(vectors.op2("vpabsd", width), numbers, narrowMask(vectors, source, lanes, width));
  emitPacked(vectors, numbers, lanes, 1, addressOf(vectors, value, 1));
}

/** Stores the low bytes of each lane of 32 bits, AVX2: gathered in each half, then the halves. */
function emitPacked(
  vectors: VectorLowering,
  source: number,
  lanes: number,
  kept: 1 | 2,
  address: MachineAddress,
): void {
  const { lowering } = vectors;
  const bytes: VectorBytes = lanes === 4 ? 16 : 32;
  const bits = kept === 1 ? 0x8080_8080_8080_8080_8080_8080_0c08_0400n : 0x8080_8080_8080_8080_0d0c_0908_0504_0100n;
  const order = vectors.constantBits(bits, 16, bytes);
  const packed = vectors.temporary(bytes);
  vectors.emit3(vectors.op3("vpshufb", bytes), packed, source, order);
  if (lanes === 4) {
    lowering.emitMemory(memoryMove(vectors, 4 * kept, "store"), noRegister, packed, address);
    return;
  }
  const high = vectors.temporary(16);
  const both = vectors.temporary(16);
  lowering.emit(vectors.row("vextracti128", "xmm/m128, ymm, uimm8"), high, packed, noRegister, 1);
  lowering.emit(vectors.op3(kept === 1 ? "vpunpckldq" : "vpunpcklqdq", 16), both, packed, high);
  lowering.emitMemory(memoryMove(vectors, 8 * kept, "store"), noRegister, both, address);
}

/** Loads of 8 and 16 bits into lanes of 32, under a mask or not. */
export function lowerVectorNarrowLoad(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const isMasked = value.opcode.startsWith("masked");
  const elementBytes = value.opcode.includes("load8") ? 1 : 2;
  const mnemonic = `vpmov${value.opcode.endsWith("-s") ? "s" : "z"}x${elementBytes === 1 ? "b" : "w"}d`;
  const bytes = vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const mask = isMasked ? lowering.register(value.operands[0]!) : noRegister; // the mask comes first
  const address = addressOf(vectors, value, isMasked ? 1 : 0);
  if (isMasked && !vectors.is512) throw new InternalError(`x64: ${value.opcode} has to be expanded before`);
  const opcode = vectors.convert(mnemonic, bytes, elementBytes * lanesOf(value.type), isMasked ? "zero" : "none");
  lowering.emitAny(opcode, result, noRegister, noRegister, mask, address, 0);
}

/** Stores of the low 8 and 16 bits of lanes of 32. */
export function lowerVectorNarrowStore(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const stored = value.operands[0]!; // the value comes first
  const isMasked = value.opcode.startsWith("masked");
  const kept = value.opcode.endsWith("store8") ? 1 : 2;
  const lanes = lanesOf(stored.type);
  const source = lowering.register(stored);
  const mask = isMasked ? lowering.register(value.operands[1]!) : noRegister; // the mask comes second
  const address = addressOf(vectors, value, isMasked ? 2 : 1);
  if (vectors.is512) {
    const memory = kept * lanes;
    const target = memory <= 16 ? `xmm/m${8 * memory}` : "ymm/m256";
    const r = vectors.nameOf(vectors.bytesOf(stored.type));
    const opcode = vectors.row(kept === 1 ? "vpmovdb" : "vpmovdw", `${target}, ${r}`, isMasked ? "merge" : "none");
    lowering.emitAny(opcode, noRegister, source, noRegister, mask, address, 0);
  } else if (isMasked) throw new InternalError(`x64: ${value.opcode} has to be expanded before`);
  else emitPacked(vectors, source, lanes, kept, address);
}

export function lowerMaskedLoad(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const bytes = vectors.bytesOf(value.type);
  const result = lowering.result(value);
  const mask = lowering.register(value.operands[0]!); // mask, address
  const suffix = isWideElement(value) ? "pd" : "ps";
  if (vectors.is512) {
    const address = addressOf(vectors, value, 1);
    lowering.emitAny(vectors.op2(`vmovu${suffix}`, bytes, "zero"), result, noRegister, noRegister, mask, address, 0);
    return;
  }
  const narrow = narrowMask(vectors, mask, lanesOf(value.type), bytes);
  const r = vectors.nameOf(bytes);
  const opcode = vectors.row(`vmaskmov${suffix}`, `${r}, ${r}, m${8 * bytes}`);
  lowering.emitMemory(opcode, result, narrow, addressOf(vectors, value, 1));
}

export function lowerMaskedStore(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [stored, truth] = value.operands as [Value, Value]; // value, mask, address
  const bytes = vectors.bytesOf(stored.type);
  const source = lowering.register(stored);
  const mask = lowering.register(truth);
  const suffix = isWideElement(stored) ? "pd" : "ps";
  const r = vectors.nameOf(bytes);
  if (vectors.is512) {
    const opcode = vectors.row(`vmovu${suffix}`, `${r}/m${8 * bytes}, ${r}`, "merge");
    lowering.emitAny(opcode, noRegister, source, noRegister, mask, addressOf(vectors, value, 2), 0);
    return;
  }
  const narrow = narrowMask(vectors, mask, lanesOf(stored.type), bytes);
  const opcode = vectors.row(`vmaskmov${suffix}`, `m${8 * bytes}, ${r}, ${r}`);
  lowering.emitAny(opcode, noRegister, narrow, source, noRegister, addressOf(vectors, value, 2), 0);
}

/** `base + scale·index + displacement` with a vector for an index, as far as the addresses are such a sum. */
function gatherAddress({ lowering }: VectorLowering, addresses: Value, displacement: number): MachineAddress {
  let index = addresses;
  let base = noRegister;
  let scale = 1;
  if (addresses.opcode === "iadd" && lowering.canAbsorb(addresses)) {
    const [left, right] = addresses.operands as [Value, Value]; // two operands
    const isBase = ({ opcode, operands }: Value): boolean => opcode === "splat" && operands[0]?.opcode !== "const";
    const splatted = isBase(left) ? left : isBase(right) ? right : undefined;
    if (splatted !== undefined) {
      lowering.absorb(addresses);
      index = splatted === left ? right : left;
      base = lowering.register(lowering.skip(splatted));
    }
  }
  const count = index.opcode === "shl" ? index.operands[1]?.operands[0] : undefined;
  if (count?.opcode === "const" && lowering.canAbsorb(index)) {
    const by = Number(count.immediate);
    if (by >= 1 && by <= 3) {
      lowering.absorb(index);
      index = index.operands[0]!; // two operands
      scale = 1 << by;
    }
  }
  return new MachineAddress("registers", base, lowering.register(index), scale, displacement);
}

/** A gather clears its mask as it goes, and leaves alone what it does not load: it gets a copy, and zeros. */
export function lowerGather(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [truth, addresses] = value.operands as [Value, Value]; // mask, addresses
  const bytes = vectors.bytesOf(value.type);
  const indexBytes = vectors.bytesOf(addresses.type);
  const result = lowering.result(value);
  const mask = lowering.register(truth);
  const address = gatherAddress(vectors, addresses, Number(value.immediate));
  const mnemonic = isWideElement(value) ? "vgatherqpd" : "vgatherqps";
  const r = vectors.nameOf(bytes);
  const memory = `vm64${vectors.nameOf(indexBytes)[0]}`;
  lowering.emit(isa.zeroFloat, result);
  if (vectors.is512) {
    const copy = lowering.temporary(truth.type);
    lowering.emit(vectors.moveOpcode(truth.type), copy, mask);
    lowering.emitAny(
      vectors.row(mnemonic, `${r}, ${memory}`, "merge"),
      result,
      noRegister,
      noRegister,
      copy,
      address,
      0,
    );
    return;
  }
  const narrow = narrowMask(vectors, mask, lanesOf(value.type), bytes);
  const copy = vectors.temporary(bytes);
  lowering.emit(isa.moveVector, copy, narrow);
  lowering.emitAny(vectors.row(mnemonic, `${r}, ${memory}, ${r}`), result, noRegister, copy, noRegister, address, 0);
}

export function lowerStreamingStore(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const stored = value.operands[0]!; // two operands
  const bytes = vectors.bytesOf(stored.type);
  const source = lowering.register(stored);
  const element = elementOf(stored.type);
  const mnemonic = element === "f64" ? "vmovntpd" : element === "f32" ? "vmovntps" : "vmovntdq";
  const opcode = vectors.row(mnemonic, `m${8 * bytes}, ${vectors.nameOf(bytes)}`);
  lowering.emitMemory(opcode, noRegister, source, addressOf(vectors, value, 1));
}
