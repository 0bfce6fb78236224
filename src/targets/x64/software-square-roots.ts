/**
 * Square roots of 64 bytes by multiplication, beside the divider: `vsqrtpd zmm` keeps Intel's divider busy for 24 cycles (Skylake-X) and
 * leaves both ports of 512 bits to others; a root by multiplication takes 18 instructions of these ports, 9 cycles. Where a
 * block's roots keep the divider busy for longer than the rest of the block takes, some are computed, so that both end together.
 *
 * The method, without a branch, gives the bits of `vsqrtpd`. x = m * 4^k with m in [1/2, 2) (`vgetmant`, `vgetexp`), so that nothing
 * over- or underflows, subnormal or not. From y = 1/sqrt(m) within 2^-14 (`vrsqrt14`), g ~ sqrt(m) and h ~ 1/(2 sqrt(m)) converge together
 * (Goldschmidt), twice: r = 1/2 - g h, g += g r, h += h r. Both then have relative errors below 3 * 2^-53: 2^-54.2 of the method,
 * the rest of five roundings. The last step, g + h (m - g g) with an exact residual, rounds correctly (Markstein, "Computation
 * of elementary functions on the IBM RISC System/6000 processor", 1990; Cornea, Harrison and Tang, "Scientific computing on
 * Itanium-based systems", 2002, chapter 8): before its rounding, it is off the root by (sqrt(m) - g)^2 / (2 sqrt(m)) and by h's relative error
 * times sqrt(m) - g, together at most 13 * 2^-106 of it. Only an m whose root is as near to the middle of two numbers could go
 * wrong. There are 47 of them, since the square of an odd number of 54 bits differs from a multiple of 2^54 by an odd number;
 * tests/differential/square-roots.test.ts finds them and tries each. Of 200,001 first estimates y that were tried for each, all give 46 of
 * the roots right, and all but three that of 1 + 2^-52; `vrsqrt14` is the same to the bit on all of Intel's CPUs.
 *
 * Of f32, one refinement does: every m in [1/2, 2) has been tried, and the test tries some.
 *
 * What remains, zeros and -Infinity, `vfixupimm` puts right; of NaN and negative numbers NaN comes by itself.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { elementOf } from "../../ir/types.ts";
import type { VectorLowering } from "./vector-lowering.ts";

/** In [1/2, 2), so that the exponent that is left is even; NaN for what is negative (SDM volume 2, VGETMANTPD). */
const halfToTwo = 0b10_01;
/** VFIXUPIMM, four bits for each class of number: of a zero (class 2) the number itself, of -Infinity (class 4) NaN. */
const fixUps = 0x3_01_00n;

export function emitComputedRoot(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const x = lowering.register(value.operands[0]!); // one operand
  const bytes = vectors.bytesOf(value.type);
  const isDouble = elementOf(value.type) === "f64";
  const elementBytes = isDouble ? 8 : 4;
  const half = vectors.constantBits(isDouble ? 0x3fe0_0000_0000_0000n : 0x3f00_0000n, elementBytes, bytes);
  const [m, h, r, exponent] = [0, 0, 0, 0].map(() => vectors.temporary(bytes)) as [number, number, number, number]; // as many
  const g = lowering.result(value);
  const typed = (name: string): string => `v${name}${isDouble ? "pd" : "ps"}`;
  const op = (name: string) => vectors.op3(typed(name), bytes);
  vectors.emit2(vectors.op2i(typed("getmant"), bytes), m, x, noRegister, halfToTwo);
  vectors.emit2(vectors.op2(typed("rsqrt14"), bytes), h, m);
  vectors.emit3(op("mul"), g, m, h);
  vectors.emit3(op("mul"), h, h, half);
  for (let left = isDouble ? 2 : 1; left > 0; left--) {
    lowering.emit(vectors.moveOpcode(value.type), r, half);
    vectors.emit3(op("fnmadd231"), r, g, h);
    vectors.emit3(op("fmadd213"), g, r, g);
    vectors.emit3(op("fmadd213"), h, r, h);
  }
  vectors.emit3(op("fnmadd231"), m, g, g);
  vectors.emit3(op("fmadd231"), g, m, h);
  vectors.emit2(vectors.op2(typed("getexp"), bytes), exponent, x);
  vectors.emit3(op("fmadd213"), exponent, half, half);
  vectors.emit3(op("scalef"), g, g, exponent);
  const fixes = vectors.constantBits(fixUps, elementBytes, bytes);
  vectors.emit3(vectors.op3i(typed("fixupimm"), bytes), g, x, fixes, noRegister, 0);
}
