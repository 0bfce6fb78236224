/**
 * Elementary functions by integers: a real number is an integer over 2^420, and series run until nothing is left. Slow, plain, and without
 * anything in common with src/math.
 */
const places = 420n;
const one = 1n << places;

type Real = bigint;

const multiply = (a: Real, b: Real): Real => (a * b) >> places;
const divide = (a: Real, b: Real): Real => (a << places) / b;

/** A finite number as an integer over 2^420; of the smallest, what is left of them. */
export function toReal(value: number): Real {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = (bits >> 52n) & 2047n;
  const fraction = bits & ((1n << 52n) - 1n);
  const significand = biased === 0n ? fraction : fraction | (1n << 52n);
  const shift = (biased === 0n ? 1n : biased) - 1075n + places;
  const magnitude = shift >= 0n ? significand << shift : significand >> -shift;
  return value < 0 ? -magnitude : magnitude;
}

/** 2 atanh(x), for |x| <= 1/3. */
function doubleAtanh(x: Real): Real {
  const square = multiply(x, x);
  let power = x;
  let sum = 0n;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    sum += power / k;
    power = multiply(power, square);
  }
  return 2n * sum;
}

const lnOf2 = doubleAtanh(one / 3n);

export function exp(x: Real): Real {
  const n = x / lnOf2;
  // Halved 20 times, then squared as often.
  const r = (x - n * lnOf2) >> 20n;
  let term = one;
  let sum = one;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = multiply(term, r) / k;
    sum += term;
  }
  for (let k = 0; k < 20; k++) sum = multiply(sum, sum);
  return n >= 0n ? sum << n : sum >> -n;
}

export function log(x: Real): Real {
  const k = BigInt(x.toString(2).length - 1) - places;
  let m = k >= 0n ? x >> k : x << -k;
  let twos = k;
  if (m > (one * 4n) / 3n) {
    m >>= 1n;
    twos += 1n;
  }
  return twos * lnOf2 + doubleAtanh(divide(m - one, m + one));
}

export function root(x: Real): Real {
  const target = x << places;
  let guess = 1n << BigInt((target.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + target / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

const ln = log;
const square = (x: Real): Real => multiply(x, x);

/** By name: the function of real numbers. Arguments are to be such that 420 places are many more than the result needs. */
export const reference = {
  exp,
  exp2: (x) => exp(multiply(x, lnOf2)),
  exp10: (x) => exp(multiply(x, log(10n * one))),
  expm1: (x) => exp(x) - one,
  log,
  log2: (x) => divide(log(x), lnOf2),
  log10: (x) => divide(log(x), log(10n * one)),
  log1p: (x) => log(one + x),
  sinh: (x) => (exp(x) - divide(one, exp(x))) / 2n,
  cosh: (x) => (exp(x) + divide(one, exp(x))) / 2n,
  tanh: (x) => divide(exp(2n * x) - one, exp(2n * x) + one),
  asinh: (x) => (x < 0n ? -ln(-x + root(square(x) + one)) : ln(x + root(square(x) + one))),
  acosh: (x) => ln(x + root(square(x) - one)),
  atanh: (x) => ln(divide(one + x, one - x)) / 2n,
  pow: (x, y) => exp(multiply(y, ln(x))),
} as const satisfies Record<string, (...args: [Real, Real]) => Real>;

/** How far a result is from the exact one, in units in the last place of the exact one: 53 or 24 bits, down to 2^-1074 or 2^-149. */
export function errorOf(result: number, exact: Real, type: "f64" | "f32"): number {
  const [bits, least] = type === "f64" ? [53n, -1074n] : [24n, -149n];
  const magnitude = exact < 0n ? -exact : exact;
  const exponent = BigInt(magnitude.toString(2).length) - places - bits;
  const unit = exponent < least ? least : exponent;
  const difference = toReal(result) - exact;
  const size = difference < 0n ? -difference : difference;
  const shift = unit + places - 20n;
  return Number(shift >= 0n ? size >> shift : size << -shift) / 2 ** 20;
}
