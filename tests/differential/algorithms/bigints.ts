/** BigInts as i64. */
import type { Algorithm } from "./algorithm.ts";
import { int64s, uint8s } from "./draw.ts";

export const bigints: readonly Algorithm[] = [
  {
    name: "extended gcd into an array",
    options: { types: { out: "BigInt64Array", a: "i64", b: "i64" } },
    text: `(a, b, out) => {
  let x0 = 1n,
    x1 = 0n,
    y0 = 0n,
    y1 = 1n;
  while (b !== 0n) {
    const q = a / b;
    const t = a - q * b;
    a = b;
    b = t;
    const x = x0 - q * x1;
    x0 = x1;
    x1 = x;
    const y = y0 - q * y1;
    y0 = y1;
    y1 = y;
  }
  out[0] = x0;
  out[1] = y0;
  return a;
}`,
    args: (draw) => [BigInt(draw.int(1, 1e9)), BigInt(draw.int(1, 1e9)), int64s(2, () => 0n)],
  },
  {
    name: "power modulo, i64",
    options: { types: { base: "i64", exponent: "i64", m: "i64" } },
    text: `(base, exponent, m) => {
  let result = 1n;
  base %= m;
  while (exponent > 0n) {
    if (exponent & 1n) result = (result * base) % m;
    base = (base * base) % m;
    exponent >>= 1n;
  }
  return result;
}`,
    args: (draw) => [BigInt(draw.int(0, 2e9)), BigInt(draw.int(0, 2e9)), BigInt(draw.int(1, 2e9))],
  },
  {
    name: "Miller-Rabin",
    options: {
      types: { n: "i64" },
      functions: {
        power: `(b, e, m) => {
  let r = 1n;
  b = b % m;
  while (e > 0n) {
    if ((e & 1n) === 1n) r = (r * b) % m;
    b = (b * b) % m;
    e = e >> 1n;
  }
  return r;
}`,
      },
    },
    text: `(n) => {
  if (n < 2n) return false;
  if (n % 2n === 0n) return n === 2n;
  let d = n - 1n,
    s = 0;
  while (d % 2n === 0n) {
    d /= 2n;
    s++;
  }
  outer: for (let k = 0; k < 4; k++) {
    const a = k === 0 ? 2n : k === 1 ? 3n : k === 2 ? 5n : 7n;
    if (n % a === 0n) return n === a;
    let x = power(a, d, n);
    if (x === 1n || x === n - 1n) continue;
    for (let i = 1; i < s; i++) {
      x = (x * x) % n;
      if (x === n - 1n) continue outer;
    }
    return false;
  }
  return true;
}`,
    args: (draw) => [BigInt(draw.int(0, 3e9))],
  },
  {
    name: "number theoretic transform",
    options: {
      types: { xs: "BigInt64Array" },
      functions: {
        power: `(b, e, m) => {
  let r = 1n;
  while (e > 0n) {
    if (e & 1n) r = (r * b) % m;
    b = (b * b) % m;
    e >>= 1n;
  }
  return r;
}`,
      },
    },
    text: `(xs) => {
  const p = 998244353n;
  const n = xs.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const t = xs[i];
      xs[i] = xs[j];
      xs[j] = t;
    }
  }
  for (let len = 2; len <= n; len <<= 1) {
    const root = power(3n, (p - 1n) / BigInt(len), p);
    for (let i = 0; i < n; i += len) {
      let w = 1n;
      for (let k = 0; k < len / 2; k++) {
        const u = xs[i + k],
          v = (xs[i + k + len / 2] * w) % p;
        xs[i + k] = u + v < p ? u + v : u + v - p;
        xs[i + k + len / 2] = u - v >= 0n ? u - v : u - v + p;
        w = (w * root) % p;
      }
    }
  }
  return xs[0];
}`,
    args: (draw) => [int64s(2 ** draw.int(0, 5), () => BigInt(draw.int(0, 998244352)))],
  },
  {
    name: "FNV-1a of 64 bits",
    options: { types: { bytes: "Uint8Array" } },
    text: `(bytes) => {
  let h = -3750763034362895579n;
  for (let i = 0; i < bytes.length; i++) {
    h ^= BigInt(bytes[i]);
    h = BigInt.asIntN(64, h * 1099511628211n);
  }
  return h;
}`,
    args: (draw) => [uint8s(draw.int(0, 60), () => draw.int(0, 255))],
  },
  {
    name: "splitmix64",
    options: { types: { state: "i64" } },
    text: `(state, n) => {
  let z = 0n;
  for (let i = 0; i < n; i++) {
    state = BigInt.asIntN(64, state + -7046029254386353131n);
    z = state;
    z = BigInt.asIntN(64, (z ^ (BigInt.asIntN(64, z >> 30n) & 17179869183n)) * -4658895280553007687n);
    z = BigInt.asIntN(64, (z ^ ((z >> 27n) & 137438953471n)) * -7723592293110705685n);
    z = z ^ ((z >> 31n) & 8589934591n);
  }
  return z;
}`,
    args: (draw) => [draw.big(), draw.int(0, 9)],
  },
  {
    name: "varints",
    options: { types: { values: "BigInt64Array", bytes: "Uint8Array" } },
    text: `(values, bytes) => {
  let o = 0;
  for (let i = 0; i < values.length; i++) {
    let v = (values[i] << 1n) ^ (values[i] >> 63n);
    for (;;) {
      const low = v & 127n;
      v = (v >> 7n) & 144115188075855871n;
      if (v === 0n) {
        bytes[o++] = Number(low);
        break;
      }
      bytes[o++] = Number(low | 128n);
    }
  }
  let sum = 0n;
  for (let i = 0; i < o; ) {
    let v = 0n,
      shift = 0n;
    for (;;) {
      const b = BigInt(bytes[i++]);
      v |= (b & 127n) << shift;
      if (b < 128n) break;
      shift += 7n;
    }
    sum ^= ((v >> 1n) & 9223372036854775807n) ^ -(v & 1n);
  }
  return sum;
}`,
    model: `(values, bytes) => {
  const w = (x) => BigInt.asIntN(64, x);
  let o = 0;
  for (let i = 0; i < values.length; i++) {
    let v = w(values[i] << 1n) ^ (values[i] >> 63n);
    for (;;) {
      const low = v & 127n;
      v = (v >> 7n) & 144115188075855871n;
      if (v === 0n) {
        bytes[o++] = Number(low);
        break;
      }
      bytes[o++] = Number(low | 128n);
    }
  }
  let sum = 0n;
  for (let i = 0; i < o; ) {
    let v = 0n,
      shift = 0n;
    for (;;) {
      const b = BigInt(bytes[i++]);
      v = w(v | ((b & 127n) << shift));
      if (b < 128n) break;
      shift += 7n;
    }
    sum ^= ((v >> 1n) & 9223372036854775807n) ^ -(v & 1n);
  }
  return sum;
}`,
    args: (draw) => {
      const n = draw.int(0, 8);
      return [int64s(n, () => draw.big()), uint8s(10 * n, () => 0)];
    },
  },
  {
    name: "Pollard's rho",
    options: {
      types: { n: "i64" },
      functions: {
        gcd: `(a, b) => {
  while (b !== 0n) {
    const t = a % b;
    a = b;
    b = t;
  }
  return a;
}`,
        abs: `(x) => (x < 0n ? -x : x)`,
      },
    },
    text: `(n) => {
  for (let c = 1n; c < 20n; c += 1n) {
    let x = 2n,
      y = 2n,
      d = 1n,
      turns = 0;
    while (d === 1n && turns++ < 2000) {
      x = (x * x + c) % n;
      y = (y * y + c) % n;
      y = (y * y + c) % n;
      d = gcd(abs(x - y), n);
    }
    if (d !== n && d !== 1n) return d;
  }
  return n;
}`,
    args: (draw) => [BigInt(draw.int(2, 1e9))],
  },
  {
    name: "square root of a BigInt",
    options: { types: { n: "i64" } },
    text: `(n) => {
  if (n < 2n) return n;
  let x = n,
    y = (x >> 1n) + 1n;
  while (y < x) {
    x = y;
    y = (x + n / x) >> 1n;
  }
  return x;
}`,
    model: `(n) => {
  if (n < 2n) return n;
  let x = n,
    y = (x >> 1n) + 1n;
  while (y < x) {
    x = y;
    y = BigInt.asIntN(64, x + n / x) >> 1n;
  }
  return x;
}`,
    args: (draw) => [BigInt.asUintN(63, draw.big())],
  },
];
