/** Numerics, geometry, and sums over arrays. */
import type { Algorithm } from "./algorithm.ts";
import { float64s, int32s } from "./draw.ts";

export const numerics: readonly Algorithm[] = [
  {
    name: "convolution",
    options: { types: { xs: "Float64Array", kernel: "Float64Array", out: "Float64Array" } },
    text: `(xs, kernel, out) => {
  for (let i = 0; i < out.length; i++) {
    let s = 0;
    for (let j = 0; j < kernel.length; j++) s += xs[i + j] * kernel[j];
    out[i] = s;
  }
  return out[out.length - 1];
}`,
    args: (draw) => {
      const n = draw.int(1, 40),
        m = draw.int(1, 8);
      return [float64s(n + m - 1, () => draw.float()), float64s(m, () => draw.float()), float64s(n, () => 0)];
    },
  },
  {
    name: "fast Fourier transform",
    options: { types: { re: "Float64Array", im: "Float64Array", cos: "Float64Array", sin: "Float64Array" } },
    text: `(re, im, cos, sin) => {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      let t = re[i];
      re[i] = re[j];
      re[j] = t;
      t = im[i];
      im[i] = im[j];
      im[j] = t;
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2,
      step = n / size;
    for (let i = 0; i < n; i += size)
      for (let k = 0; k < half; k++) {
        const c = cos[k * step],
          s = sin[k * step];
        const a = i + k,
          b = a + half;
        const tre = re[b] * c - im[b] * s,
          tim = re[b] * s + im[b] * c;
        re[b] = re[a] - tre;
        im[b] = im[a] - tim;
        re[a] += tre;
        im[a] += tim;
      }
  }
  return re[0];
}`,
    args: (draw) => {
      const n = 2 ** draw.int(0, 6);
      return [
        float64s(n, () => draw.float()),
        float64s(n, () => draw.float()),
        float64s(n, (i) => Math.cos((2 * Math.PI * i) / n)),
        float64s(n, (i) => -Math.sin((2 * Math.PI * i) / n)),
      ];
    },
  },
  {
    name: "Gaussian elimination",
    options: { types: { a: "Float64Array", x: "Float64Array" } },
    text: `(a, x) => {
  const n = x.length;
  let det = 1;
  for (let c = 0; c < n; c++) {
    let p = c;
    for (let i = c + 1; i < n; i++) if (Math.abs(a[i * n + c]) > Math.abs(a[p * n + c])) p = i;
    if (a[p * n + c] === 0) return 0;
    if (p !== c) {
      for (let j = 0; j < n; j++) {
        const t = a[p * n + j];
        a[p * n + j] = a[c * n + j];
        a[c * n + j] = t;
      }
      const t = x[p];
      x[p] = x[c];
      x[c] = t;
      det = -det;
    }
    det *= a[c * n + c];
    for (let i = c + 1; i < n; i++) {
      const f = a[i * n + c] / a[c * n + c];
      for (let j = c; j < n; j++) a[i * n + j] -= f * a[c * n + j];
      x[i] -= f * x[c];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = x[i];
    for (let j = i + 1; j < n; j++) s -= a[i * n + j] * x[j];
    x[i] = s / a[i * n + i];
  }
  return det;
}`,
    args: (draw) => {
      const n = draw.int(1, 8);
      return [float64s(n * n, () => draw.int(-9, 9)), float64s(n, () => draw.float())];
    },
  },
  {
    name: "Cholesky",
    options: { types: { a: "Float64Array" } },
    text: `(a, n) => {
  for (let j = 0; j < n; j++) {
    let d = a[j * n + j];
    for (let k = 0; k < j; k++) d -= a[j * n + k] ** 2;
    if (!(d > 0)) return j;
    d = Math.sqrt(d);
    a[j * n + j] = d;
    for (let i = j + 1; i < n; i++) {
      let s = a[i * n + j];
      for (let k = 0; k < j; k++) s -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = s / d;
    }
  }
  return n;
}`,
    args: (draw) => {
      const n = draw.int(1, 8);
      return [float64s(n * n, (i) => (i % (n + 1) === 0 ? 20 + draw.float() : draw.int(0, 9) / 8)), n];
    },
  },
  {
    name: "Jacobi iteration",
    options: { types: { u: "Float64Array", v: "Float64Array" } },
    text: `(u, v, w, rounds) => {
  const h = u.length / w;
  for (let k = 0; k < rounds; k++) {
    for (let y = 1; y < h - 1; y++)
      for (let x = 1; x < w - 1; x++) {
        const i = y * w + x;
        v[i] = 0.25 * (u[i - 1] + u[i + 1] + u[i - w] + u[i + w]);
      }
    for (let y = 1; y < h - 1; y++) for (let x = 1; x < w - 1; x++) u[y * w + x] = v[y * w + x];
  }
  return u[u.length >> 1];
}`,
    args: (draw) => {
      const w = draw.int(1, 12),
        h = draw.int(1, 12);
      return [float64s(w * h, () => draw.float()), float64s(w * h, () => 0), w, draw.int(0, 4)];
    },
  },
  {
    name: "Newton's square root",
    text: `(a) => {
  if (!(a > 0)) return NaN;
  let x = a > 1 ? a : 1;
  for (let i = 0; i < 60; i++) {
    const next = 0.5 * (x + a / x);
    if (next === x) return x;
    x = next;
  }
  return x;
}`,
    args: (draw) => [draw.float()],
  },
  {
    name: "bisection",
    options: { functions: { f: `(x, a, b) => x * x * x + a * x + b` } },
    text: `(a, b) => {
  let lo = -1e3,
    hi = 1e3;
  while (hi - lo > 1e-9) {
    const mid = (lo + hi) / 2;
    if (mid === lo || mid === hi) break;
    if (f(lo, a, b) * f(mid, a, b) <= 0) hi = mid;
    else lo = mid;
  }
  return lo;
}`,
    args: (draw) => [draw.int(-9, 9), draw.int(-99, 99)],
  },
  {
    name: "Runge-Kutta",
    text: `(x, v, k, dt) => {
  for (let i = 0; i < 50; i++) {
    const a1 = -k * x,
      v1 = v;
    const a2 = -k * (x + (v1 * dt) / 2),
      v2 = v + (a1 * dt) / 2;
    const a3 = -k * (x + (v2 * dt) / 2),
      v3 = v + (a2 * dt) / 2;
    const a4 = -k * (x + v3 * dt),
      v4 = v + a3 * dt;
    x += (dt * (v1 + 2 * v2 + 2 * v3 + v4)) / 6;
    v += (dt * (a1 + 2 * a2 + 2 * a3 + a4)) / 6;
  }
  return x;
}`,
    args: (draw) => [draw.float(), draw.float(), draw.int(1, 9), draw.int(1, 9) / 100],
  },
  {
    name: "Kahan sum",
    options: { types: { xs: "Float64Array" } },
    text: `(xs) => {
  let s = 0,
    c = 0;
  for (let i = 0; i < xs.length; i++) {
    const y = xs[i] - c,
      t = s + y;
    c = t - s - y;
    s = t;
  }
  return s;
}`,
    args: (draw) => [float64s(draw.int(0, 50), () => draw.float() * 10 ** draw.int(-9, 9))],
  },
  {
    name: "running variance",
    options: { types: { xs: "Float64Array" } },
    text: `(xs) => {
  let n = 0,
    mean = 0,
    m2 = 0;
  for (let i = 0; i < xs.length; i++) {
    n++;
    const d = xs[i] - mean;
    mean += d / n;
    m2 += d * (xs[i] - mean);
  }
  return n > 1 ? m2 / (n - 1) : NaN;
}`,
    args: (draw) => [float64s(draw.int(0, 50), () => draw.float())],
  },
  {
    name: "point in polygon",
    options: { types: { px: "Float64Array", py: "Float64Array" } },
    text: `(px, py, x, y) => {
  let inside = false;
  for (let i = 0, j = px.length - 1; i < px.length; j = i++)
    if (py[i] > y !== py[j] > y && x < ((px[j] - px[i]) * (y - py[i])) / (py[j] - py[i]) + px[i]) inside = !inside;
  return inside;
}`,
    args: (draw) => {
      const n = draw.int(1, 12);
      return [float64s(n, () => draw.int(0, 20)), float64s(n, () => draw.int(0, 20)), draw.int(0, 20), draw.int(0, 20)];
    },
  },
  {
    name: "convex hull",
    options: {
      types: { xs: "Float64Array", ys: "Float64Array", hull: "Int32Array" },
      functions: {
        cross: `(xs, ys, o, a, b) => (xs[a] - xs[o]) * (ys[b] - ys[o]) - (ys[a] - ys[o]) * (xs[b] - xs[o])`,
      },
    },
    text: `(xs, ys, hull) => {
  const n = xs.length;
  for (let i = 1; i < n; i++) {
    const x = xs[i],
      y = ys[i];
    let j = i - 1;
    while (j >= 0 && (xs[j] > x || (xs[j] === x && ys[j] > y))) {
      xs[j + 1] = xs[j];
      ys[j + 1] = ys[j];
      j--;
    }
    xs[j + 1] = x;
    ys[j + 1] = y;
  }
  let k = 0;
  for (let i = 0; i < n; i++) {
    while (k >= 2 && cross(xs, ys, hull[k - 2], hull[k - 1], i) <= 0) k--;
    hull[k++] = i;
  }
  for (let i = n - 2, t = k + 1; i >= 0; i--) {
    while (k >= t && cross(xs, ys, hull[k - 2], hull[k - 1], i) <= 0) k--;
    hull[k++] = i;
  }
  return k - 1;
}`,
    args: (draw) => {
      const n = draw.int(1, 20);
      return [float64s(n, () => draw.int(0, 15)), float64s(n, () => draw.int(0, 15)), int32s(2 * n + 2, () => 0)];
    },
  },
  {
    name: "transposition in place",
    options: { types: { m: "Float64Array" } },
    text: `(m, n) => {
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const t = m[i * n + j];
      m[i * n + j] = m[j * n + i];
      m[j * n + i] = t;
    }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += m[i * (n + 1)];
  return trace;
}`,
    args: (draw) => {
      const n = draw.int(0, 9);
      return [float64s(n * n, () => draw.float()), n];
    },
  },
  {
    name: "smoothing in f32",
    options: { types: { xs: "Float32Array", alpha: "f32", s: "f32", x: "f32" } },
    text: `(xs, alpha) => {
  let s = Math.fround(0);
  for (let i = 0; i < xs.length; i++) {
    const x = Math.fround(xs[i]);
    s = s + alpha * (x - s);
    xs[i] = s;
  }
  return s;
}`,
    model: `(xs, alpha) => {
  const f = Math.fround;
  let s = 0;
  for (let i = 0; i < xs.length; i++) {
    const x = f(xs[i]);
    s = f(s + f(alpha * f(x - s)));
    xs[i] = s;
  }
  return s;
}`,
    args: (draw) => [
      Float32Array.from({ length: draw.int(0, 40) }, () => draw.float()),
      Math.fround(draw.int(0, 100) / 100),
    ],
  },
  {
    name: "dot products with different strides",
    options: { types: { a: "Float64Array", b: "Float64Array" } },
    text: `(a, b, sa, sb, n) => {
  let s = 0,
    t = 0;
  for (let i = 0, p = 0, q = 0; i < n; i++, p += sa, q += sb) {
    s += a[p] * b[q];
    t = Math.max(t, a[i * sa] - b[(n - 1 - i) * sb]);
  }
  return s - t;
}`,
    args: (draw) => {
      const n = draw.int(0, 20),
        sa = draw.int(0, 3),
        sb = draw.int(0, 3);
      return [float64s(n * 3 + 1, () => draw.float()), float64s(n * 3 + 1, () => draw.float()), sa, sb, n];
    },
  },
  {
    name: "one array twice",
    options: { types: { a: "Float64Array", b: "Float64Array" } },
    text: `(a, b, shift) => {
  for (let i = 0; i + shift < a.length; i++) a[i + shift] = b[i] * 0.5 + a[i];
  let s = 0;
  for (let i = 0; i < b.length; i++) s += b[i];
  return s;
}`,
    args: (draw) => {
      const a = float64s(draw.int(1, 40), () => draw.int(-9, 9));
      return [a, a, draw.int(0, 5)];
    },
  },
];
