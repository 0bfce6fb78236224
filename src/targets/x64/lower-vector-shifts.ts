/**
 * Shifts and rotations of vectors. The machine's shifts by a count of 64 or more give zero, where ours take the count modulo
 * the width, so a count that is no constant is masked first; rotations do that themselves.
 */
import { InternalError } from "../../base/errors.ts";
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf } from "../../ir/types.ts";
import { scalarBits } from "./constant-bits.ts";
import type { VectorLowering } from "./vector-lowering.ts";

/** By opcode: the mnemonic without the letter of the element's size, and whether AVX2 has it for 64 bits. */
const names: Readonly<Record<string, string>> = {
  shl: "vpsll",
  ushr: "vpsrl",
  sshr: "vpsra",
  rotl: "vprol",
  rotr: "vpror",
};

export function lowerVectorShift(vectors: VectorLowering, value: Value): void {
  const { lowering, is512 } = vectors;
  const [shifted, count] = value.operands as [Value, Value]; // two operands
  const isWide = elementOf(value.type) === "i64";
  const bytes = vectors.bytesOf(value.type);
  const name = names[value.opcode];
  const isRotation = value.opcode.startsWith("rot");
  if (name === undefined || (!is512 && (isRotation || (isWide && value.opcode === "sshr"))))
    throw new InternalError(`x64: ${value.opcode} of ${value.type} has to be expanded before`);
  const letter = isWide ? "q" : "d";
  const result = lowering.result(value);
  const r = vectors.nameOf(bytes);
  const scalar = count.opcode === "splat" ? count.operands[0] : undefined;
  if (scalar?.opcode === "const") {
    const by = Number(scalarBits(scalar) & (isWide ? 63n : 31n));
    const opcode = vectors.row(`${name}${letter}`, is512 ? `${r}, ${r}/m${8 * bytes}, uimm8` : `${r}, ${r}, uimm8`);
    if (is512) vectors.emit2(opcode, result, vectors.operand(shifted), noRegister, by);
    else lowering.emit(opcode, result, lowering.register(shifted), noRegister, by);
    return;
  }
  const source = lowering.register(shifted);
  let by = lowering.register(count);
  if (!isRotation) {
    const masked = vectors.temporary(bytes);
    const most = vectors.constantBits(isWide ? 63n : 31n, isWide ? 8 : 4, bytes);
    vectors.emit3(vectors.op3(is512 ? `vpand${letter}` : "vpand", bytes), masked, by, most);
    by = masked;
  }
  lowering.emit(vectors.op3(`${name}v${letter}`, bytes), result, source, by);
}
