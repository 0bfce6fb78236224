/**
 * Arguments where functions are hard by construction, for `npm run accuracy`: numbers whose distance to a multiple of PI/2 is as small as
 * their format allows, numbers beside the places where a function changes its way, and second arguments that bring a result to an edge.
 *
 * Of all m * 2^e with m below 2^53 (2^24), the nearest to a multiple of PI/2 are among the convergents of 2^e / (PI/2) and their
 * neighbours (Kahan, "Minimizing q*m - n", 1983): m * 2^e / (PI/2) is then nearly whole.
 */

/** PI/2 * 2^1300, by Machin's formula. */
const scale = 1300n;
const halfPi = (() => {
  const one = 1n << (scale + 64n);
  const inverseTangent = (of) => {
    let sum = 0n;
    let term = one / of;
    for (let odd = 1n; term !== 0n; odd += 2n, term /= -(of * of)) sum += term / odd;
    return sum;
  };
  return (2n * (4n * inverseTangent(5n) - inverseTangent(239n))) >> 64n;
})();

/** The multipliers m of 2^exponent below 2^bits with m * 2^exponent nearest to multiples of PI/2. */
function multipliers(exponent, bits) {
  const found = [];
  let [numerator, denominator] =
    exponent >= 0 ? [1n << (scale + BigInt(exponent)), halfPi] : [1n << scale, halfPi << BigInt(-exponent)];
  let [before, now] = [1n, 0n]; // denominators of the convergents, one and two back
  const most = 1n << BigInt(bits);
  while (denominator !== 0n) {
    const quotient = numerator / denominator;
    [before, now] = [now, quotient * now + before];
    if (now >= most) break;
    const up = (most - 1n) / (now === 0n ? 1n : now);
    if (now > 0n) found.push(now, now * up, now * (up / 2n + 1n), now + before);
    [numerator, denominator] = [denominator, numerator - quotient * denominator];
  }
  return found.filter((m) => m > 0n && m < most);
}

/** Numbers of a type near multiples of PI/2, up to the largest exponent; `random` gives numbers from 0 to 1. */
export function nearMultiplesOfHalfPi(type, random, count) {
  const [bits, least, most] = type === "f64" ? [53, -54, 971] : [24, -25, 104];
  const list = [];
  while (list.length < count) {
    const exponent = least + Math.floor(random() * (most - least + 1));
    for (const m of multipliers(exponent, bits)) list.push((random() < 0.5 ? -1 : 1) * Number(m) * 2 ** exponent);
  }
  return list;
}

const view = new DataView(new ArrayBuffer(8));

/** The number so many units away. */
export function unitsFrom(type, value, units) {
  if (type === "f64") {
    view.setFloat64(0, value);
    view.setBigInt64(0, view.getBigInt64(0) + BigInt(units));
    return view.getFloat64(0);
  }
  view.setFloat32(0, value);
  view.setInt32(0, view.getInt32(0) + units);
  return view.getFloat32(0);
}

/** Exponents at which powers over- and underflow. */
const edges = {
  f64: [709.782712893384, -708.3964185322641, -745.1332191019412],
  f32: [88.72283905206835, -87.33654475055312, -103.97207708399179],
};

/** A second argument of pow for the first: the result is near the largest or the smallest number, or subnormal. */
export function exponentToEdge(type, base, random) {
  const size = Math.abs(base);
  const log = Math.log(size);
  if (!Number.isFinite(log) || log === 0) return random() * 1e300;
  const [over, normal, under] = edges[type];
  const kind = random();
  if (kind < 0.25) return unitsFrom(type, over / log, Math.round(4 * random() - 2));
  if (kind < 0.5) return unitsFrom(type, under / log, Math.round(4 * random() - 2));
  if (kind < 0.75) return (normal + (under - normal) * random()) / log;
  const whole = Math.trunc((over * (2 * random() - 1)) / log);
  return base < 0 ? whole : (over * (2 * random() - 1)) / log;
}

/** A second argument of hypot or atan2 for the first: nearly it, nearly its half or double, or about 2^26 times smaller. */
export function besides(type, first, random) {
  const sign = random() < 0.5 ? -1 : 1;
  const kind = random();
  if (kind < 0.2) return unitsFrom(type, first, Math.round(100 * random()));
  if (kind < 0.4) return first * 0.5 * sign * (1 + random() * 2 ** -20);
  if (kind < 0.6) return first * 2 * sign * (1 + random() * 2 ** -40);
  return first * sign * 2 ** -Math.round(60 * random());
}
