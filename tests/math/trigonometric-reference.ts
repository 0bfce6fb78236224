/**
 * The functions of trigonometric.test.ts by integers, in the manner of reference.ts: a real number is an integer over 2^420. pi has 1,600
 * places, so that the largest arguments leave a remainder as exact as the small ones. Slow, plain, and without anything in common
 * with src/math.
 */
import { root } from "./reference.ts";

type Real = bigint;

const places = 420n;
const one = 1n << places;
const multiply = (a: Real, b: Real): Real => (a * b) >> places;
const divide = (a: Real, b: Real): Real => (a << places) / b;
const abs = (a: Real): Real => (a < 0n ? -a : a);

const piPlaces = 1600n;
/** Machin: pi = 16 atan(1/5) - 4 atan(1/239), over 2^1600. */
const longPi = (() => {
  const inverse = (n: bigint): bigint => {
    let power = (1n << (piPlaces + 20n)) / n;
    let sum = 0n;
    for (let k = 1n; power !== 0n; k += 2n) {
      sum += k % 4n === 1n ? power / k : -(power / k);
      power /= n * n;
    }
    return sum;
  };
  return (16n * inverse(5n) - 4n * inverse(239n)) >> 20n;
})();
const pi = longPi >> (piPlaces - places);

/** x modulo 2 pi, between -pi and pi. */
function reduced(x: Real): Real {
  const wide = x << (piPlaces - places);
  const turn = 2n * longPi;
  let rest = wide % turn;
  if (rest > longPi) rest -= turn;
  if (rest < -longPi) rest += turn;
  return rest >> (piPlaces - places);
}

function series(first: Real, square: Real, start: bigint): Real {
  let term = first;
  let sum = first;
  for (let k = start; term !== 0n && term !== -1n; k += 2n) {
    term = -multiply(term, square) / (k * (k + 1n));
    sum += term;
  }
  return sum;
}

function sin(x: Real): Real {
  const r = reduced(x);
  return series(r, multiply(r, r), 2n);
}

function cos(x: Real): Real {
  const r = reduced(x);
  return series(one, multiply(r, r), 1n);
}

function atan(x: Real): Real {
  if (abs(x) > one) return (x < 0n ? -pi : pi) / 2n - atan(divide(one, x));
  // Halved four times: atan(x) = 2 atan(x / (1 + sqrt(1 + x^2))).
  let r = x;
  for (let k = 0; k < 4; k++) r = divide(r, one + root(one + multiply(r, r)));
  const square = multiply(r, r);
  let power = r;
  let sum = 0n;
  for (let k = 1n; power !== 0n && power !== -1n; k += 2n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
    power = multiply(power, square);
  }
  return sum << 4n;
}

function asin(x: Real): Real {
  if (abs(x) === one) return (x < 0n ? -pi : pi) / 2n;
  return atan(divide(x, root(one - multiply(x, x))));
}

function atan2(y: Real, x: Real): Real {
  if (x === 0n) return (y < 0n ? -pi : pi) / 2n;
  const slope = atan(divide(y, x));
  if (x > 0n) return slope;
  return y < 0n ? slope - pi : slope + pi;
}

function cbrt(x: Real): Real {
  if (x === 0n) return 0n;
  const target = abs(x) << (2n * places);
  let guess = 1n << BigInt(Math.floor(target.toString(2).length / 3) + 1);
  for (;;) {
    const next = (2n * guess + target / (guess * guess)) / 3n;
    if (next >= guess) break;
    guess = next;
  }
  return x < 0n ? -guess : guess;
}

/** For |x| < 9.5, where the series loses 260 bits. */
function erf(x: Real): Real {
  const square = multiply(x, x);
  let power = x;
  let sum = x;
  for (let k = 1n; power !== 0n && power !== -1n; k++) {
    power = -multiply(power, square) / k;
    sum += power / (2n * k + 1n);
  }
  return divide(2n * sum, root(pi));
}

/** By name, as in reference.ts. */
export const trigonometricReference = {
  sin,
  cos,
  tan: (x) => divide(sin(x), cos(x)),
  asin,
  acos: (x) => (x === -one ? pi : x === one ? 0n : 2n * atan(root(divide(one - x, one + x)))),
  atan,
  atan2,
  cbrt,
  hypot: (x, y) => root(multiply(x, x) + multiply(y, y)),
  erf,
  erfc: (x) => one - erf(x),
} as const satisfies Record<string, (...args: [Real, Real]) => Real>;
