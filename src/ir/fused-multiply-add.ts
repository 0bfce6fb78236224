/**
 * The exact meaning of `fma`: a * b + c with one rounding (IEEE 754-2019, section 5.4.1), for machines and languages that
 * have only rounded products and sums.
 *
 * Where nothing over- or underflows, the product is split into two f64 without error (Dekker 1971), and the sum of three is
 * rounded once by rounding to odd what stands behind the largest (Boldo and Melquiond, "Emulation of a FMA and
 * correctly-rounded sums: proved algorithms using rounding to odd", 2008). Else integers of any length give the answer.
 */

const view = new DataView(new ArrayBuffer(8));

/** a * b + c of f64 values, rounded once. */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const magnitude = Math.abs(product);
  const isEasy =
    magnitude > 2 ** -900 &&
    magnitude < 2 ** 900 &&
    Math.abs(c) < 2 ** 900 &&
    (c === 0 || Math.abs(c) > 2 ** -900) &&
    Math.abs(a) < 2 ** 900 &&
    Math.abs(b) < 2 ** 900;
  if (isEasy) return sumOfThree(product, productError(a, b, product), c);
  // With an infinity, a NaN or a zero factor there is nothing to round.
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return product + c;
  if (!Number.isFinite(c)) return c; // even if the product alone would overflow
  return exactly(a, b, c);
}

/** a * b + c of f32 values, rounded once to f32: the product is exact in f64, and the sum is rounded to odd before it is rounded. */
export function fusedMultiplyAddSingle(a: number, b: number, c: number): number {
  return Math.fround(oddSum(a * b, c));
}

/** product - a * b without error, as long as nothing over- or underflows. */
function productError(a: number, b: number, product: number): number {
  const splitter = 2 ** 27 + 1;
  const p = a * splitter;
  const q = b * splitter;
  const aHigh = p - (p - a);
  const bHigh = q - (q - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** What the rounded sum of two numbers leaves. */
function sumError(a: number, b: number, sum: number): number {
  const part = sum - a;
  return a - (sum - part) + (b - part);
}

/** high + low + c with one rounding, where low is the error of high. */
function sumOfThree(high: number, low: number, c: number): number {
  const upper = c + low;
  const upperRest = sumError(c, low, upper);
  const sum = high + upper;
  const rest = sumError(high, upper, sum);
  return sum + oddSum(rest, upperRest);
}

/** a + b rounded to odd: where it is not exact, the one of its two neighbours with an odd significand. */
function oddSum(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (error === 0 || !Number.isFinite(sum)) return sum;
  view.setFloat64(0, sum);
  const bits = view.getBigUint64(0);
  if ((bits & 1n) === 1n) return sum;
  // Away from zero if the error has the sum's sign.
  view.setBigUint64(0, error > 0 === sum > 0 ? bits + 1n : bits - 1n);
  return view.getFloat64(0);
}

/** A finite number other than 0 as integer * 2^exponent. */
function significandOf(value: number): { integer: bigint; exponent: number } {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 2047n);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { integer: value < 0 ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 };
}

/** a * b + c of finite numbers, a and b not 0. */
function exactly(a: number, b: number, c: number): number {
  const left = significandOf(a);
  const right = significandOf(b);
  const product = left.integer * right.integer;
  const exponent = left.exponent + right.exponent;
  if (c === 0) return roundExact(product, exponent);
  const addend = significandOf(c);
  const lowest = Math.min(exponent, addend.exponent);
  const sum = (product << BigInt(exponent - lowest)) + (addend.integer << BigInt(addend.exponent - lowest));
  return roundExact(sum, lowest);
}

/** integer * 2^exponent as an f64, ties to even. */
export function roundExact(integer: bigint, exponent: number): number {
  if (integer === 0n) return 0;
  const magnitude = integer < 0n ? -integer : integer;
  const length = magnitude.toString(2).length;
  // How many bits go: those behind the 53rd, and those below 2^-1074.
  const drop = Math.max(length - 53, -1074 - exponent);
  if (drop <= 0) return sign(integer) * scale(Number(magnitude), exponent);
  const shift = BigInt(drop);
  const kept = magnitude >> shift;
  const rest = magnitude - (kept << shift);
  const half = 1n << (shift - 1n);
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n);
  return sign(integer) * scale(Number(isUp ? kept + 1n : kept), exponent + drop);
}

const sign = (integer: bigint): number => (integer < 0n ? -1 : 1);

/** value * 2^exponent, where the result is exact or overflows. */
function scale(value: number, exponent: number): number {
  if (exponent > 971 + 53) return value * Number.POSITIVE_INFINITY;
  if (exponent > 0) return value * 2 ** Math.min(exponent, 1023) * 2 ** Math.max(exponent - 1023, 0);
  return value * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(exponent + 1000, 0);
}
