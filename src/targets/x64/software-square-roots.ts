/**
 * Square roots of f64x8 by multiplication, beside the divider: `vsqrtpd zmm` keeps Intel's divider busy for 24 cycles (Skylake-X) and
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
 * What remains, zeros and -Infinity, `vfixupimm` puts right; of NaN and negative numbers NaN comes by itself.
 */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Block, Value } from "../../ir/function.ts";
import { isVector, type Type } from "../../ir/types.ts";
import type { VectorLowering } from "./vector-lowering.ts";
import { vectorSupport } from "./vector-support.ts";

/** Cycles that the divider is busy with a vector of 64 bytes. */
const rootCycles = 24;
const quotientCycles = 16;

const none: ReadonlySet<Value> = new Set();

/**
 * The square roots that are computed: so many in each block that divider and ports are done at the same time. One alone
 * goes to the divider, whose latency is the shorter one.
 */
export function chooseComputedRoots(blocks: readonly Block[], features: ReadonlySet<string>): ReadonlySet<Value> {
  const rootInstructions = vectorSupport(features)?.rootInstructions;
  if (rootInstructions === undefined) return none;
  let chosen: Set<Value> | undefined;
  for (const { instructions } of blocks) {
    const roots = instructions.filter(({ opcode, type }) => opcode === "fsqrt" && type === "f64x8");
    if (roots.length < 2) continue;
    const others = instructions.filter(takesPort).length - roots.length;
    const quotients = instructions.filter(({ opcode, type }) => opcode === "fdiv" && type === "f64x8").length;
    const cycles = (computed: number): number =>
      Math.max(
        rootCycles * (roots.length - computed) + quotientCycles * quotients,
        (others + rootInstructions * computed) / 2,
      );
    let best = 0;
    for (let computed = 1; computed <= roots.length; computed++) if (cycles(computed) < cycles(best)) best = computed;
    // The divider begins with its own.
    chosen ??= new Set();
    for (const root of roots.slice(roots.length - best)) chosen.add(root);
  }
  return chosen ?? none;
}

/** Whether an instruction computes on vectors, or on masks. */
function takesPort({ opcode, type, operands, shape }: Value): boolean {
  if (opcode === "splat" || opcode === "bitcast" || shape.effect !== undefined) return false;
  const first: Type = operands[0]?.type ?? type;
  return isVector(type) || isVector(first);
}

/** In [1/2, 2), so that the exponent that is left is even; NaN for what is negative (SDM volume 2, VGETMANTPD). */
const halfToTwo = 0b10_01;
/** VFIXUPIMM, four bits for each class of number: of a zero (class 2) the number itself, of -Infinity (class 4) NaN. */
const fixUps = 0x3_01_00n;

export function emitComputedRoot(vectors: VectorLowering, value: Value): void {
  const { lowering } = vectors;
  const x = lowering.register(value.operands[0]!); // one operand
  const bytes = vectors.bytesOf(value.type);
  const half = vectors.constantBits(0x3fe0_0000_0000_0000n, 8, bytes);
  const [m, h, r, exponent] = [0, 0, 0, 0].map(() => vectors.temporary(bytes)) as [number, number, number, number]; // as many
  const g = lowering.result(value);
  const op = (mnemonic: string) => vectors.op3(mnemonic, bytes);
  const move = (to: number, from: number): void => lowering.emit(vectors.moveOpcode(value.type), to, from);
  const refine = (): void => {
    move(r, half);
    vectors.emit3(op("vfnmadd231pd"), r, g, h);
    vectors.emit3(op("vfmadd213pd"), g, r, g);
  };
  vectors.emit2(vectors.op2i("vgetmantpd", bytes), m, x, noRegister, halfToTwo);
  vectors.emit2(vectors.op2("vrsqrt14pd", bytes), h, m);
  vectors.emit3(op("vmulpd"), g, m, h);
  vectors.emit3(op("vmulpd"), h, h, half);
  refine();
  vectors.emit3(op("vfmadd213pd"), h, r, h);
  refine();
  vectors.emit3(op("vfmadd213pd"), h, r, h);
  vectors.emit3(op("vfnmadd231pd"), m, g, g);
  vectors.emit3(op("vfmadd231pd"), g, m, h);
  vectors.emit2(vectors.op2("vgetexppd", bytes), exponent, x);
  vectors.emit3(op("vfmadd213pd"), exponent, half, half);
  vectors.emit3(op("vscalefpd"), g, g, exponent);
  vectors.emit3(vectors.op3i("vfixupimmpd", bytes), g, x, vectors.constantBits(fixUps, 8, bytes), noRegister, 0);
}
