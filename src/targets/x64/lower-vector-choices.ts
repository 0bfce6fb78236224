/**
 * Selections by masks. With AVX-512 an operation that only its selection uses is done under the mask; the machine's minima and
 * maxima are selections too.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf, lanesOf } from "../../ir/types.ts";
import { emitMaskChoice } from "./lower-vector-masks.ts";
import { narrowMask } from "./mask-widths.ts";
import { isZero, type VectorLowering } from "./vector-lowering.ts";
import { emitPlain, isMaskable } from "./vector-operations.ts";

/** `a > b ? a : b` is `vmax` to the bit, `a < b ? a : b` is `vmin`: the second operand where neither is greater (SDM volume 2). */
function emitExtreme(vectors: VectorLowering, value: Value, truth: Value, whenTrue: Value, whenFalse: Value): boolean {
  const { lowering } = vectors;
  const element = elementOf(value.type);
  if ((truth.opcode !== "flt" && truth.opcode !== "fgt") || !lowering.canAbsorb(truth)) return false;
  const [left, right] = truth.operands;
  const straight = left === whenTrue && right === whenFalse;
  if (!straight && !(left === whenFalse && right === whenTrue)) return false;
  lowering.absorb(truth);
  const isMinimum = (truth.opcode === "flt") === straight;
  const opcode = vectors.op3(
    `v${isMinimum ? "min" : "max"}${element === "f64" ? "pd" : "ps"}`,
    vectors.bytesOf(value.type),
  );
  const first = lowering.register(whenTrue);
  vectors.emit3(opcode, lowering.result(value), first, vectors.operand(whenFalse, opcode.vector?.broadcastBytes));
  return true;
}

export function lowerVectorSelect(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  let [truth, whenTrue, whenFalse] = value.operands as [Value, Value, Value]; // three operands
  // Nobody has to compute the opposite of a mask to choose by it.
  while (truth.opcode === "not") {
    truth = lowering.skip(truth);
    [whenTrue, whenFalse] = [whenFalse, whenTrue];
  }
  if (elementOf(value.type) === "bool") {
    emitMaskChoice(vectors, value, truth, whenTrue, whenFalse);
    return;
  }
  if (emitExtreme(vectors, value, truth, whenTrue, whenFalse)) return;
  const result = lowering.result(value);
  const bytes = vectors.bytesOf(value.type);
  const element = elementOf(value.type);
  const isWide = element === "f64" || element === "i64";
  if (!vectors.is512) {
    // Where one side is zero, the mask itself is the other operand.
    const kept = isZero(whenFalse) ? whenTrue : isZero(whenTrue) ? whenFalse : undefined;
    if (kept !== undefined) {
      const source = vectors.operand(kept);
      const mask = narrowMask(vectors, lowering.register(truth), lanesOf(value.type), bytes);
      const name = `v${kept === whenTrue ? "and" : "andn"}${isWide ? "pd" : "ps"}`;
      vectors.emit3(vectors.op3(name, bytes), result, mask, source);
      return;
    }
    const yes = vectors.operand(whenTrue);
    const no = lowering.register(whenFalse);
    const mask = narrowMask(vectors, lowering.register(truth), lanesOf(value.type), bytes);
    const r = vectors.nameOf(bytes);
    const opcode = vectors.row(isWide ? "vblendvpd" : "vblendvps", `${r}, ${r}, ${r}/m${8 * bytes}, ${r}`);
    vectors.emit3(opcode, result, no, yes, mask);
    return;
  }
  const mask = lowering.register(truth);
  const zeroing = isZero(whenFalse);
  if (lowering.canAbsorb(whenTrue) && isMaskable(vectors, whenTrue) && whenTrue !== whenFalse) {
    lowering.absorb(whenTrue);
    if (zeroing) emitPlain(vectors, whenTrue, result, "zero", mask);
    else {
      // The lanes that stay come first, so that the operation's operands are read after them.
      const at = lowering.sequence.length;
      emitPlain(vectors, whenTrue, result, "merge", mask);
      const rest = lowering.sequence.splice(at);
      const stays = lowering.register(whenFalse);
      lowering.emit(vectors.moveOpcode(value.type), result, stays);
      for (const instruction of rest) {
        // The result holds the same by now, and the operand may end here.
        if (instruction.r1 === stays) instruction.r1 = result;
        if (instruction.r2 === stays) instruction.r2 = result;
        lowering.sequence.push(instruction);
      }
    }
    return;
  }
  if (zeroing) {
    const opcode = vectors.op2(isWide ? "vmovupd" : "vmovups", bytes, "zero");
    lowering.emitAny(opcode, result, lowering.register(whenTrue), noRegister, mask, null, 0);
    return;
  }
  const opcode = vectors.op3(isWide ? "vblendmpd" : "vblendmps", bytes, "choose");
  const first = lowering.register(whenFalse);
  vectors.emit3(opcode, result, first, vectors.operand(whenTrue, isWide ? 8 : 4), mask);
}
