/** Numbers, primes and combinatorics. */
import type { Algorithm } from "./algorithm.ts";
import { float64s, int32s, uint8s, uint32s } from "./draw.ts";

export const integers: readonly Algorithm[] = [
  {
    name: "gcd",
    text: `(a, b) => {
  while (b !== 0) {
    const t = a % b;
    a = b;
    b = t;
  }
  return a;
}`,
    args: (draw) => [draw.int(0, 1e6), draw.int(0, 1e6)],
  },
  {
    name: "gcd of BigInts",
    options: { types: { a: "i64", b: "i64" } },
    text: `(a, b) => {
  while (b !== 0n) {
    const t = a % b;
    a = b;
    b = t;
  }
  return a < 0n ? -a : a;
}`,
    model: `(a, b) => {
  while (b !== 0n) {
    const t = a % b;
    a = b;
    b = t;
  }
  return a < 0n ? BigInt.asIntN(64, -a) : a;
}`,
    args: (draw) => [draw.big(), draw.big()],
  },
  {
    name: "binary gcd",
    text: `(u, v) => {
  u |= 0;
  v |= 0;
  if (u === 0) return v;
  if (v === 0) return u;
  let shift = 0;
  while (((u | v) & 1) === 0) {
    u >>>= 1;
    v >>>= 1;
    shift++;
  }
  while ((u & 1) === 0) u >>>= 1;
  do {
    while ((v & 1) === 0) v >>>= 1;
    if (u > v) {
      const t = v;
      v = u;
      u = t;
    }
    v -= u;
  } while (v !== 0);
  return u << shift;
}`,
    args: (draw) => [draw.int(0, 1e9), draw.int(0, 1e9)],
  },
  {
    name: "sieve",
    options: { types: { flags: "Uint8Array" } },
    text: `(flags) => {
  const n = flags.length;
  let count = 0;
  for (let i = 2; i < n; i++) flags[i] = 1;
  for (let i = 2; i * i < n; i++) if (flags[i]) for (let j = i * i; j < n; j += i) flags[j] = 0;
  for (let i = 0; i < n; i++) count += flags[i];
  return count;
}`,
    args: (draw) => [uint8s(draw.int(2, 700), () => 0)],
  },
  {
    name: "linear sieve",
    options: { types: { lowest: "Int32Array", primes: "Int32Array" } },
    text: `(lowest, primes) => {
  let count = 0;
  for (let i = 2; i < lowest.length; i++) {
    if (lowest[i] === 0) {
      lowest[i] = i;
      primes[count++] = i;
    }
    for (let j = 0; j < count && primes[j] <= lowest[i] && i * primes[j] < lowest.length; j++)
      lowest[i * primes[j]] = primes[j];
  }
  return count;
}`,
    args: (draw) => [int32s(draw.int(2, 500), () => 0), int32s(500, () => 0)],
  },
  {
    name: "totients",
    options: { types: { phi: "Int32Array" } },
    text: `(phi) => {
  for (let i = 0; i < phi.length; i++) phi[i] = i;
  for (let i = 2; i < phi.length; i++) if (phi[i] === i) for (let j = i; j < phi.length; j += i) phi[j] -= phi[j] / i;
  let sum = 0;
  for (let i = 1; i < phi.length; i++) sum += phi[i];
  return sum;
}`,
    args: (draw) => [int32s(draw.int(1, 300), () => 0)],
  },
  {
    name: "next permutation",
    options: { types: { p: "Uint8Array" } },
    text: `(p) => {
  let steps = 0;
  for (;;) {
    let i = p.length - 2;
    while (i >= 0 && p[i] >= p[i + 1]) i--;
    if (i < 0) return steps;
    let j = p.length - 1;
    while (p[j] <= p[i]) j--;
    let t = p[i];
    p[i] = p[j];
    p[j] = t;
    for (let a = i + 1, b = p.length - 1; a < b; a++, b--) {
      t = p[a];
      p[a] = p[b];
      p[b] = t;
    }
    steps++;
  }
}`,
    args: (draw) => [uint8s(draw.int(1, 6), () => draw.int(0, 5))],
  },
  {
    name: "Fibonacci as BigInts",
    options: { types: { a: "i64" } },
    text: `(a, n) => {
  let x = 0n,
    y = a;
  for (let i = 0; i < n; i++) {
    const t = x + y;
    x = y;
    y = t;
  }
  return x;
}`,
    model: `(a, n) => {
  let x = 0n,
    y = a;
  for (let i = 0; i < n; i++) {
    const t = BigInt.asIntN(64, x + y);
    x = y;
    y = t;
  }
  return x;
}`,
    args: (draw) => [draw.big(), draw.int(0, 100)],
  },
  {
    name: "fast doubling",
    options: {
      functions: {
        fib: `(n) => {
  let a = 0,
    b = 1;
  for (let bit = 31; bit >= 0; bit--) {
    const c = a * (2 * b - a),
      d = a * a + b * b;
    if ((n >>> bit) & 1) {
      a = d;
      b = c + d;
    } else {
      a = c;
      b = d;
    }
  }
  return a;
}`,
      },
    },
    text: `(n) => fib(n) - fib(n - 1) - fib(n - 2)`,
    args: (draw) => [draw.int(2, 90)],
  },
  {
    name: "Collatz",
    text: `(limit) => {
  let best = 0,
    length = 0;
  for (let i = 1; i < limit; i++) {
    let n = i,
      steps = 0;
    while (n !== 1) {
      n = n % 2 === 0 ? n / 2 : 3 * n + 1;
      steps++;
    }
    if (steps > length) {
      length = steps;
      best = i;
    }
  }
  return best * 1000 + length;
}`,
    args: (draw) => [draw.int(1, 300)],
  },
  {
    name: "partitions",
    options: { types: { p: "Float64Array" } },
    text: `(p) => {
  p[0] = 1;
  for (let k = 1; k < p.length; k++) for (let n = k; n < p.length; n++) p[n] += p[n - k];
  return p[p.length - 1];
}`,
    args: (draw) => [float64s(draw.int(1, 100), () => 0)],
  },
  {
    name: "Pascal's triangle in a row",
    options: { types: { row: "Int32Array" } },
    text: `(row, m) => {
  row[0] = 1;
  for (let n = 1; n < row.length; n++) for (let k = n; k > 0; k--) row[k] = (row[k] + row[k - 1]) % m;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum = (sum * 3 + row[i]) % m;
  return sum;
}`,
    args: (draw) => [int32s(draw.int(1, 40), () => 0), draw.int(1, 1e9)],
  },
  {
    name: "Josephus",
    text: `(n, k) => {
  let at = 0;
  for (let i = 2; i <= n; i++) at = (at + k) % i;
  return at + 1;
}`,
    args: (draw) => [draw.int(1, 400), draw.int(1, 50)],
  },
  {
    name: "happy numbers",
    text: `(n) => {
  let steps = 0;
  while (n !== 1 && n !== 4 && n > 0) {
    let s = 0;
    while (n > 0) {
      const d = n % 10;
      s += d * d;
      n = (n - d) / 10;
    }
    n = s;
    steps++;
  }
  return n === 1 ? steps : -steps;
}`,
    args: (draw) => [draw.int(0, 1e9)],
  },
  {
    name: "reversed digits",
    text: `(n) => {
  let m = 0;
  for (let k = Math.trunc(Math.abs(n)); k >= 1; k = Math.floor(k / 10)) m = m * 10 + (k % 10);
  return n < 0 ? -m : m;
}`,
    args: (draw) => [draw.int(-1e12, 1e12)],
  },
  {
    name: "days of a date",
    text: `(y, m, d) => {
  y -= m <= 2 ? 1 : 0;
  const era = Math.floor((y >= 0 ? y : y - 399) / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1;
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return era * 146097 + doe - 719468;
}`,
    args: (draw) => [draw.int(-3000, 5000), draw.int(1, 12), draw.int(1, 31)],
  },
  {
    name: "Luhn",
    options: { types: { digits: "Uint8Array" } },
    text: `(digits) => {
  let sum = 0;
  for (let i = digits.length - 1, double = false; i >= 0; i--, double = !double) {
    let d = digits[i];
    if (double) {
      d *= 2;
      if (d > 9) d -= 9;
    }
    sum += d;
  }
  return sum % 10 === 0;
}`,
    args: (draw) => [uint8s(draw.int(0, 20), () => draw.int(0, 9))],
  },
  {
    name: "binomials",
    text: `(n, k) => {
  if (k < 0 || k > n) return 0;
  let r = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) r = (r * (n - i + 1)) / i;
  return Math.round(r);
}`,
    args: (draw) => [draw.int(0, 50), draw.int(-1, 51)],
  },
  {
    name: "hash of a grid",
    text: `(x, y, seed) => {
  let h = seed + x * 374761393 + y * 668265263;
  h = (h ^ (h >>> 13)) * 1274126177;
  return (h ^ (h >>> 16)) & 0xffff;
}`,
    args: (draw) => [draw.int(-1e5, 1e5), draw.int(-1e5, 1e5), draw.int(0, 1e9)],
  },
  {
    name: "linear congruence",
    text: `(seed, n) => {
  let x = seed | 0;
  let hits = 0;
  for (let i = 0; i < n; i++) {
    x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
    if ((x / 0x7fffffff) ** 2 + ((x >>> 7) / 0x7fffffff) ** 2 < 1) hits++;
  }
  return hits + x;
}`,
    args: (draw) => [draw.number(), draw.int(0, 100)],
  },
  {
    name: "big number in limbs",
    options: { types: { limbs: "Uint32Array" } },
    text: `(limbs, n) => {
  limbs[0] = 1;
  for (let k = 2; k <= n; k++) {
    let carry = 0;
    for (let i = 0; i < limbs.length; i++) {
      const t = limbs[i] * k + carry;
      limbs[i] = t % 1e6;
      carry = Math.floor(t / 1e6);
    }
    if (carry) return -k;
  }
  let digits = 0;
  for (let i = limbs.length - 1; i >= 0; i--) if (limbs[i] || digits) digits += 6;
  return digits;
}`,
    args: (draw) => [uint32s(draw.int(1, 20), () => 0), draw.int(0, 40)],
  },
  {
    name: "spigot of pi",
    options: { types: { a: "Int32Array", digits: "Int32Array" } },
    text: `(a, digits) => {
  const n = digits.length;
  for (let i = 0; i < a.length; i++) a[i] = 2;
  let nines = 0,
    pre = 0,
    o = 0;
  for (let j = 0; j < n && o < n; j++) {
    let q = 0;
    for (let i = a.length; i > 0; i--) {
      const x = 10 * a[i - 1] + q * i;
      a[i - 1] = x % (2 * i - 1);
      q = Math.trunc(x / (2 * i - 1));
    }
    a[0] = q % 10;
    q = Math.trunc(q / 10);
    if (q === 9) nines++;
    else if (q === 10) {
      if (o < n) digits[o++] = pre + 1;
      for (let k = 0; k < nines && o < n; k++) digits[o++] = 0;
      pre = 0;
      nines = 0;
    } else {
      if (o < n) digits[o++] = pre;
      pre = q;
      for (let k = 0; k < nines && o < n; k++) digits[o++] = 9;
      nines = 0;
    }
  }
  return o;
}`,
    args: (draw) => {
      const n = draw.int(1, 20);
      return [int32s(Math.floor((10 * n) / 3) + 1, () => 0), int32s(n, () => 0)];
    },
  },
];
