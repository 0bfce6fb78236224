/**
 * Quotients of f64x8 by multiplication, beside the divider, with the bits of `vdivpd` (which are so, divider-relief.ts says).
 *
 * a = m * 2^i and b = n * 2^j with m and n in [1, 2), and with the signs (`vgetmant`, `vgetexp`). y = 1/n within 2^-14 (`vrcp14`) is
 * refined three times by y += y (1 - n y); before the third time its last bit is set, without which y would stay 1/2 for the greatest n.
 * Then |n y - 1| <= n * 2^-54 + 2^-102, of which the first is the last rounding. With q = m y, q + y (m - n q) is the quotient,
 * rounded correctly (Markstein, "Computation of elementary functions on the IBM RISC System/6000 processor", 1990): with u the
 * unit in q's last place, m / n is no nearer to the middle of two numbers than u * 2^-53 / n, since m - n * middle is a multiple
 * of u * 2^-53 other than 0. Where it is about as near as that, q is off by u / 2, because m y rounded is off by less than 3 u / 2, and so
 * the last step by (u / 2) (n * 2^-54 + 2^-102), which is less for all n but the nine nearest to 2. For each of these there is but one m
 * whose quotient is so near to a middle on either side; tests/differential/quotients.test.ts tries them all, and thousands for other n.
 * Of a constant, n and y are constants, too, and y is rounded correctly.
 *
 * `vscalef` by i - j puts zeros, infinities and NaN right, as their exponents are infinities and NaN, and overflows as it should. What
 * may be subnormal would be rounded twice: such a vector, a rare one, is divided by the divider in a stub.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { constantDivisorOf } from "./divider-relief.ts";
import { isa } from "./opcodes.ts";
import type { VectorLowering } from "./vector-lowering.ts";
import { vectorOpcode } from "./vector-opcodes.ts";

/** VGETMANT: in [1, 2), with the sign. */
const oneToTwo = 0;
/** Predicates of VCMPPD. */
const lessOrEqual = 18;
const notEqual = 4;

/** A divisor n * 2^j, and y = 1/n, in registers. */
interface Divisor {
  readonly n: number;
  readonly y: number;
  readonly exponent: number;
}

export function emitComputedQuotient(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const [dividend, divisor] = value.operands as [Value, Value]; // two operands
  const a = lowering.register(dividend);
  const b = lowering.register(divisor);
  const bytes = vectors.bytesOf(value.type);
  const constant = constantDivisorOf(value);
  const { n, y, exponent: other } = constant === undefined ? emitDivisor(vectors, b) : constantsOf(vectors, constant);
  const [m, exponent] = [vectors.temporary(bytes), vectors.temporary(bytes)];
  const rare = lowering.temporary("boolx8");
  const q = lowering.result(value);
  const op = (mnemonic: string) => vectors.op3(mnemonic, bytes);
  vectors.emit2(vectors.op2i("vgetmantpd", bytes), m, a, noRegister, oneToTwo);
  vectors.emit3(op("vmulpd"), q, m, y);
  vectors.emit3(op("vfnmadd231pd"), m, n, q);
  vectors.emit3(op("vfmadd231pd"), q, m, y);
  vectors.emit2(vectors.op2("vgetexppd", bytes), exponent, a);
  vectors.emit3(op("vsubpd"), exponent, exponent, other);
  vectors.emit3(op("vscalefpd"), q, q, exponent);
  // -1022 or less, and not -Infinity: that is the exponent of a zero.
  const [least, negativeInfinity] = [doubles(vectors, -1022), doubles(vectors, Number.NEGATIVE_INFINITY)];
  const [compare, compareThere] = [
    vectors.compare512("vcmppd", bytes, false),
    vectors.compare512("vcmppd", bytes, true),
  ];
  vectors.emit3(compare, rare, exponent, least, noRegister, lessOrEqual);
  vectors.emit3(compareThere, rare, exponent, negativeInfinity, rare, notEqual);
  lowering.emit(vectorOpcode("VEX", "kortestb", "k, k"), rare, rare);
  lowering.emit(isa.divideIf, q, a, b);
}

function emitDivisor(vectors: VectorLowering, b: number): Divisor {
  const [n, y, r, exponent] = [0, 0, 0, 0].map(() => vectors.temporary(64)) as [number, number, number, number]; // as many
  const op = (mnemonic: string) => vectors.op3(mnemonic, 64);
  const one = doubles(vectors, 1);
  vectors.emit2(vectors.op2i("vgetmantpd", 64), n, b, noRegister, oneToTwo);
  vectors.emit2(vectors.op2("vrcp14pd", 64), y, n);
  for (let left = 3; left > 0; left--) {
    vectors.lowering.emit(vectors.moveOpcode("f64x8"), r, one);
    vectors.emit3(op("vfnmadd231pd"), r, n, y);
    vectors.emit3(op("vfmadd213pd"), y, r, y);
    if (left === 2) vectors.emit3(op("vporq"), y, y, vectors.constantBits(1n, 8, 64));
  }
  vectors.emit2(vectors.op2("vgetexppd", 64), exponent, b);
  return { n, y, exponent };
}

/** Of a constant, 1/n is rounded correctly from the start. */
function constantsOf(vectors: VectorLowering, divisor: number): Divisor {
  let n = divisor;
  let exponent = 0;
  for (; Math.abs(n) >= 2; exponent++) n /= 2;
  for (; Math.abs(n) < 1; exponent--) n *= 2;
  return { n: doubles(vectors, n), y: doubles(vectors, 1 / n), exponent: doubles(vectors, exponent) };
}

/** The register with this number in all lanes. */
function doubles(vectors: VectorLowering, number: number): number {
  return vectors.constantBits(new BigUint64Array(Float64Array.of(number).buffer)[0] ?? 0n, 8, 64);
}
