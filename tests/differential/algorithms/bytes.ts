/** Bytes: hashes, codes, texts, interpreters. */
import type { Algorithm } from "./algorithm.ts";
import { float64s, int32s, uint8s, uint32s } from "./draw.ts";

export const bytes: readonly Algorithm[] = [
  {
    name: "CRC-32",
    options: { types: { bytes: "Uint8Array", table: "Uint32Array" } },
    text: `(bytes, table) => {
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}`,
    args: (draw) => [uint8s(draw.int(0, 60), () => draw.int(0, 255)), uint32s(256, () => 0)],
  },
  {
    name: "Adler-32",
    options: { types: { bytes: "Uint8Array" } },
    text: `(bytes) => {
  let a = 1,
    b = 0;
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes[i]) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}`,
    args: (draw) => [uint8s(draw.int(0, 200), () => draw.int(0, 255))],
  },
  {
    name: "FNV-1a",
    options: { types: { bytes: "Uint8Array" } },
    text: `(bytes) => {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) {
    h ^= bytes[i];
    h = Math.imul(h, 0x01000193);
  }
  return h >>> 0;
}`,
    args: (draw) => [uint8s(draw.int(0, 60), () => draw.int(0, 255))],
  },
  {
    name: "murmur3",
    options: { types: { words: "Uint32Array" } },
    text: `(words, seed) => {
  let h = seed;
  for (let i = 0; i < words.length; i++) {
    let k = words[i];
    k = Math.imul(k, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    k = Math.imul(k, 0x1b873593);
    h ^= k;
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= words.length * 4;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}`,
    args: (draw) => [uint32s(draw.int(0, 20), () => draw.int(0, 4294967295)), draw.int(0, 4294967295)],
  },
  {
    name: "MD5 block",
    options: {
      types: { w: "Int32Array", k: "Int32Array", s: "Uint8Array", state: "Int32Array" },
      functions: { rotate: `(x, n) => (x << n) | (x >>> (32 - n))` },
    },
    text: `(w, k, s, state) => {
  let a = state[0],
    b = state[1],
    c = state[2],
    d = state[3];
  for (let i = 0; i < 64; i++) {
    let f, g;
    if (i < 16) {
      f = (b & c) | (~b & d);
      g = i;
    } else if (i < 32) {
      f = (d & b) | (~d & c);
      g = (5 * i + 1) % 16;
    } else if (i < 48) {
      f = b ^ c ^ d;
      g = (3 * i + 5) % 16;
    } else {
      f = c ^ (b | ~d);
      g = (7 * i) % 16;
    }
    const t = d;
    d = c;
    c = b;
    b = (b + rotate((a + f + k[i] + w[g]) | 0, s[(i >> 4) * 4 + (i & 3)])) | 0;
    a = t;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  return state[0] ^ state[3];
}`,
    args: (draw) => [
      int32s(16, () => draw.int(-2147483648, 2147483647)),
      int32s(64, (i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0),
      uint8s(16, (i) => [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21][i] ?? 0),
      int32s(4, () => draw.int(-2147483648, 2147483647)),
    ],
  },
  {
    name: "popcounts",
    options: { types: { x: "i32" } },
    text: `(x) => {
  let v = x;
  v = v - ((v >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  const swar = (((v + (v >>> 4)) & 0xf0f0f0f) * 0x1010101) >>> 24;
  let naive = 0;
  for (let w = x; w !== 0; w &= w - 1) naive++;
  return swar * 100 + naive;
}`,
    model: `(x) => {
  let v = x;
  v = (v - ((v >>> 1) & 0x55555555)) | 0;
  v = ((v & 0x33333333) + ((v >>> 2) & 0x33333333)) | 0;
  const swar = Math.imul((v + (v >>> 4)) & 0xf0f0f0f, 0x1010101) >>> 24;
  let naive = 0;
  for (let w = x; w !== 0; w &= w - 1) naive++;
  return swar * 100 + naive;
}`,
    args: (draw) => [draw.i32()],
  },
  {
    name: "reversed bits",
    text: `(x) => {
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}`,
    args: (draw) => [draw.number()],
  },
  {
    name: "log2 by bits",
    text: `(x) => {
  let n = 0;
  x >>>= 0;
  if (x >= 65536) {
    x >>>= 16;
    n += 16;
  }
  if (x >= 256) {
    x >>>= 8;
    n += 8;
  }
  if (x >= 16) {
    x >>>= 4;
    n += 4;
  }
  if (x >= 4) {
    x >>>= 2;
    n += 2;
  }
  return n + (x >>> 1) - Math.clz32(x) * 0;
}`,
    args: (draw) => [draw.number()],
  },
  {
    name: "Gray codes there and back",
    text: `(n) => {
  const g = n ^ (n >>> 1);
  let b = g;
  for (let s = 1; s < 32; s <<= 1) b ^= b >>> s;
  return (b === (n | 0) ? 1 : 0) + g;
}`,
    args: (draw) => [draw.number()],
  },
  {
    name: "base64",
    options: { types: { bytes: "Uint8Array", alphabet: "Uint8Array", out: "Uint8Array" } },
    text: `(bytes, alphabet, out) => {
  let o = 0,
    i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const n = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
    out[o++] = alphabet[n >> 18];
    out[o++] = alphabet[(n >> 12) & 63];
    out[o++] = alphabet[(n >> 6) & 63];
    out[o++] = alphabet[n & 63];
  }
  if (i < bytes.length) {
    const two = i + 1 < bytes.length;
    const n = (bytes[i] << 16) | (two ? bytes[i + 1] << 8 : 0);
    out[o++] = alphabet[n >> 18];
    out[o++] = alphabet[(n >> 12) & 63];
    out[o++] = two ? alphabet[(n >> 6) & 63] : 61;
    out[o++] = 61;
  }
  return o;
}`,
    args: (draw) => [
      uint8s(draw.int(0, 50), () => draw.int(0, 255)),
      Uint8Array.from(Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")),
      uint8s(80, () => 0),
    ],
  },
  {
    name: "UTF-8 code points",
    options: { types: { bytes: "Uint8Array", points: "Uint32Array" } },
    text: `(bytes, points) => {
  let n = 0;
  for (let i = 0; i < bytes.length; ) {
    const b = bytes[i];
    let extra, c;
    if (b < 0x80) {
      extra = 0;
      c = b;
    } else if (b >= 0xc2 && b < 0xe0) {
      extra = 1;
      c = b & 31;
    } else if (b >= 0xe0 && b < 0xf0) {
      extra = 2;
      c = b & 15;
    } else if (b >= 0xf0 && b < 0xf5) {
      extra = 3;
      c = b & 7;
    } else return -1 - i;
    if (i + extra >= bytes.length) return -1000 - i;
    for (let k = 1; k <= extra; k++) {
      const d = bytes[i + k];
      if ((d & 0xc0) !== 0x80) return -2000 - i;
      c = (c << 6) | (d & 63);
    }
    points[n++] = c;
    i += extra + 1;
  }
  return n;
}`,
    args: (draw) => [
      draw.int(0, 3) === 0
        ? uint8s(draw.int(0, 20), () => draw.int(0, 255))
        : Uint8Array.from(
            Buffer.from(
              String.fromCodePoint(
                ...Array.from(
                  { length: draw.int(0, 10) },
                  () => [65, 0xe9, 0x20ac, 0x1f600, 0x10ffff][draw.int(0, 4)] ?? 65,
                ),
              ),
            ),
          ),
      uint32s(50, () => 0),
    ],
  },
  {
    name: "run lengths",
    options: { types: { bytes: "Uint8Array", out: "Uint8Array" } },
    text: `(bytes, out) => {
  let o = 0;
  for (let i = 0; i < bytes.length; ) {
    const b = bytes[i];
    let n = 1;
    while (i + n < bytes.length && bytes[i + n] === b && n < 255) n++;
    out[o++] = n;
    out[o++] = b;
    i += n;
  }
  return o;
}`,
    args: (draw) => [uint8s(draw.int(0, 60), () => draw.int(0, 1)), uint8s(120, () => 0)],
  },
  {
    name: "LZ77",
    options: { types: { input: "Uint8Array", out: "Uint16Array" } },
    text: `(input, out) => {
  let o = 0,
    at = 0;
  while (at < input.length) {
    let best = 0,
      from = 0;
    for (let back = 1; back <= at && back < 256; back++) {
      let n = 0;
      while (at + n < input.length && n < 15 && input[at + n] === input[at - back + n]) n++;
      if (n > best) {
        best = n;
        from = back;
      }
    }
    if (best >= 3) {
      out[o++] = 0x8000 | (best << 8) | from;
      at += best;
    } else out[o++] = input[at++];
  }
  return o;
}`,
    args: (draw) => {
      const n = draw.int(0, 60);
      return [uint8s(n, () => draw.int(0, 3)), new Uint16Array(n + 1)];
    },
  },
  {
    name: "Knuth-Morris-Pratt",
    options: { types: { text: "Uint8Array", pattern: "Uint8Array", fail: "Int8Array" } },
    text: `(text, pattern, fail) => {
  const m = pattern.length;
  fail[0] = -1;
  for (let i = 0, j = -1; i < m; ) {
    while (j >= 0 && pattern[i] !== pattern[j]) j = fail[j];
    i++;
    j++;
    fail[i] = j;
  }
  let count = 0;
  for (let i = 0, j = 0; i < text.length; ) {
    while (j >= 0 && (j === m || text[i] !== pattern[j])) j = fail[j];
    i++;
    j++;
    if (j === m) count++;
  }
  return count;
}`,
    args: (draw) => {
      const m = draw.int(1, 5);
      return [uint8s(draw.int(0, 60), () => draw.int(0, 1)), uint8s(m, () => draw.int(0, 1)), new Int8Array(m + 1)];
    },
  },
  {
    name: "Horspool",
    options: { types: { text: "Uint8Array", pattern: "Uint8Array", skip: "Int32Array" } },
    text: `(text, pattern, skip) => {
  const m = pattern.length;
  for (let i = 0; i < 256; i++) skip[i] = m;
  for (let i = 0; i < m - 1; i++) skip[pattern[i]] = m - 1 - i;
  for (let at = 0; at + m <= text.length; at += skip[text[at + m - 1]]) {
    let j = m - 1;
    while (j >= 0 && text[at + j] === pattern[j]) j--;
    if (j < 0) return at;
  }
  return -1;
}`,
    args: (draw) => [
      uint8s(draw.int(0, 80), () => draw.int(0, 2)),
      uint8s(draw.int(1, 6), () => draw.int(0, 2)),
      int32s(256, () => 0),
    ],
  },
  {
    name: "Z function",
    options: { types: { s: "Uint8Array", z: "Int32Array" } },
    text: `(s, z) => {
  let l = 0,
    r = 0,
    sum = 0;
  for (let i = 1; i < s.length; i++) {
    if (i < r) z[i] = Math.min(r - i, z[i - l]);
    while (i + z[i] < s.length && s[z[i]] === s[i + z[i]]) z[i]++;
    if (i + z[i] > r) {
      l = i;
      r = i + z[i];
    }
    sum += z[i];
  }
  return sum;
}`,
    args: (draw) => {
      const n = draw.int(0, 50);
      return [uint8s(n, () => draw.int(0, 1)), int32s(n, () => 0)];
    },
  },
  {
    name: "palindromes",
    options: { types: { s: "Uint8Array" } },
    text: `(s) => {
  let best = 0;
  for (let c = 0; c < s.length; c++)
    for (let even = 0; even < 2; even++) {
      let l = c,
        r = c + even;
      while (l >= 0 && r < s.length && s[l] === s[r]) {
        l--;
        r++;
      }
      best = Math.max(best, r - l - 1);
    }
  return best;
}`,
    args: (draw) => [uint8s(draw.int(0, 40), () => draw.int(0, 1))],
  },
  {
    name: "Brainf interpreter",
    options: { types: { code: "Uint8Array", tape: "Uint8Array", out: "Uint8Array" } },
    text: `(code, tape, out) => {
  let p = 0,
    o = 0,
    steps = 0;
  for (let at = 0; at < code.length && steps < 3000; at++, steps++) {
    switch (code[at]) {
      case 0:
        p = (p + 1) % tape.length;
        break;
      case 1:
        p = (p + tape.length - 1) % tape.length;
        break;
      case 2:
        tape[p]++;
        break;
      case 3:
        tape[p]--;
        break;
      case 4:
        if (o < out.length) out[o++] = tape[p];
        break;
      case 5:
        if (tape[p] === 0) {
          let depth = 1;
          while (depth > 0) {
            at++;
            if (at >= code.length) return -o;
            if (code[at] === 5) depth++;
            else if (code[at] === 6) depth--;
          }
        }
        break;
      case 6:
        if (tape[p] !== 0) {
          let depth = 1;
          while (depth > 0) {
            at--;
            if (at < 0) return -1000 - o;
            if (code[at] === 6) depth++;
            else if (code[at] === 5) depth--;
          }
        }
        break;
      default:
        return -2000;
    }
  }
  return steps * 100 + o;
}`,
    args: (draw) => [uint8s(draw.int(0, 40), () => draw.int(0, 6)), uint8s(8, () => 0), uint8s(20, () => 0)],
  },
  {
    name: "stack machine",
    options: { types: { code: "Uint8Array", stack: "Float64Array" } },
    text: `(code, stack) => {
  let sp = 0;
  for (let pc = 0, n = 0; pc < code.length; pc++, n++) {
    if (n > 500) return -1;
    const op = code[pc];
    switch (op) {
      case 0:
      case 1:
      case 2:
      case 3:
        if (sp === stack.length) return -2;
        stack[sp++] = op;
        break;
      case 4:
        if (sp < 2) return -3;
        sp--;
        stack[sp - 1] += stack[sp];
        break;
      case 5:
        if (sp < 2) return -3;
        sp--;
        stack[sp - 1] *= stack[sp];
        break;
      case 6:
        if (sp < 2) return -3;
        sp--;
        stack[sp - 1] = stack[sp - 1] - stack[sp];
        break;
      case 7:
        if (sp < 1) return -3;
        if (stack[sp - 1] > 0) {
          pc = 0;
          stack[sp - 1] -= 1;
        }
        break;
      case 8:
        if (sp < 1 || sp === stack.length) return -4;
        stack[sp] = stack[sp - 1];
        sp++;
        break;
      default:
        if (sp < 1) return -3;
        stack[sp - 1] = stack[sp - 1] % 7;
    }
  }
  return sp > 0 ? stack[sp - 1] : sp;
}`,
    args: (draw) => [uint8s(draw.int(0, 40), () => draw.int(0, 9)), float64s(8, () => 0)],
  },
  {
    name: "calculator over bytes",
    options: {
      types: { s: "Uint8Array", at: "Int32Array" },
      functions: {
        factor: `(s, at) => {
  if (at[0] < s.length && s[at[0]] === 40) {
    at[0]++;
    const v = sum(s, at);
    at[0]++;
    return v;
  }
  if (at[0] < s.length && s[at[0]] === 45) {
    at[0]++;
    return -factor(s, at);
  }
  let v = 0;
  while (at[0] < s.length && s[at[0]] >= 48 && s[at[0]] <= 57) v = v * 10 + s[at[0]++] - 48;
  return v;
}`,
        product: `(s, at) => {
  let v = factor(s, at);
  while (at[0] < s.length && (s[at[0]] === 42 || s[at[0]] === 47)) {
    const op = s[at[0]++];
    const w = factor(s, at);
    v = op === 42 ? v * w : v / w;
  }
  return v;
}`,
        sum: `(s, at) => {
  let v = product(s, at);
  while (at[0] < s.length && (s[at[0]] === 43 || s[at[0]] === 45)) {
    const op = s[at[0]++];
    const w = product(s, at);
    v = op === 43 ? v + w : v - w;
  }
  return v;
}`,
      },
    },
    text: `(s, at) => sum(s, at)`,
    args: (draw) => {
      const e = (d: number): string =>
        d === 0 || draw.int(0, 3) === 0
          ? String(draw.int(0, 99))
          : draw.int(0, 4) === 0
            ? `-(${e(d - 1)})`
            : `(${e(d - 1)}${"+-*/"[draw.int(0, 3)]}${e(d - 1)})`;
      return [Uint8Array.from(Buffer.from(e(4))), new Int32Array(1)];
    },
  },
  {
    name: "half floats",
    options: { types: { out: "Uint16Array" } },
    text: `(x, out) => {
  const sign = x < 0 || 1 / x < 0 ? 0x8000 : 0;
  let a = Math.abs(x);
  let h;
  if (a !== a) h = 0x7e00;
  else if (a >= 65520) h = 0x7c00;
  else if (a < 2 ** -14) {
    const q = a * 2 ** 24;
    let n = Math.floor(q);
    const rest = q - n;
    if (rest > 0.5 || (rest === 0.5 && n & 1)) n++;
    h = n;
  } else {
    let e = 15;
    while (a >= 2) {
      a /= 2;
      e++;
    }
    while (a < 1) {
      a *= 2;
      e--;
    }
    const q = (a - 1) * 1024;
    let n = Math.floor(q);
    const rest = q - n;
    if (rest > 0.5 || (rest === 0.5 && n & 1)) n++;
    h = (e << 10) + n;
  }
  out[0] = sign | h;
  return out[0];
}`,
    args: (draw) => [draw.int(0, 1) ? draw.number() : draw.float(), new Uint16Array(1)],
  },
  {
    name: "Mersenne twister",
    options: { types: { mt: "Int32Array" } },
    text: `(mt, seed, count) => {
  mt[0] = seed;
  for (let i = 1; i < 624; i++) {
    const s = mt[i - 1] ^ (mt[i - 1] >>> 30);
    mt[i] = Math.imul(s, 1812433253) + i;
  }
  let at = 624,
    out = 0;
  for (let n = 0; n < count; n++) {
    if (at >= 624) {
      for (let k = 0; k < 624; k++) {
        const y = (mt[k] & 0x80000000) | (mt[(k + 1) % 624] & 0x7fffffff);
        mt[k] = mt[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    let y = mt[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    out = y >>> 0;
  }
  return out;
}`,
    args: (draw) => [int32s(624, () => 0), draw.int(0, 4294967295), draw.int(0, 700)],
  },
  {
    name: "overlapping views",
    options: { types: { a: "Uint8Array", b: "Uint32Array" } },
    text: `(a, b) => {
  let s = 0;
  for (let i = 0; i < b.length; i++) {
    b[i] = b[i] * 2654435761;
    a[4 * i] ^= a[4 * i + 3];
    s = (s + b[i]) % 4294967291;
  }
  return s;
}`,
    args: (draw) => {
      const b = uint32s(draw.int(0, 20), () => draw.int(0, 4294967295));
      return [new Uint8Array(b.buffer), b];
    },
  },
];
