/**
 * The kernels of `npm run bench:columns`: each as our source, as a loop of JavaScript, and under the name that kernels.c,
 * sleef-kernels.c and python-peers.py call it by. Inputs are uniform in the ranges that stand here.
 */

const cnd = `function cnd(x) {
  const l = Math.abs(x);
  const k = 1 / (1 + 0.2316419 * l);
  const w = 1 - 0.3989422804014327 * Math.exp(-l * l / 2)
    * k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return x < 0 ? 1 - w : w;
}`;

const blackScholes = `function call(S, K, T, r, v) {
  const s = v * Math.sqrt(T);
  const d1 = (Math.log(S / K) + (r + v * v / 2) * T) / s;
  return S * cnd(d1) - K * Math.exp(-r * T) * cnd(d1 - s);
}`;

const mandelbrot = `function escape(cx, cy) {
  let x = 0, y = 0, n = 0;
  while (x * x + y * y <= 4 && n < 256) {
    const t = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = t;
    n++;
  }
  return n;
}`;

/**
 * @typedef {object} Kernel
 * @property {string} id
 * @property {string} title
 * @property {string} source what `compile` gets
 * @property {Record<string, [number, number]>} inputs range of each parameter, in order
 * @property {"f64" | "f32" | "i32"} type of the columns and the result
 * @property {readonly string[]} uses functions whose accuracy is the kernel's
 * @property {string} [reduce] the reduction instead of a column of results
 * @property {Record<string, string>} [functions] that the source calls
 * @property {number} [tolerance] largest relative difference between any two peers
 * @property {number} [smallest] results below it count as if they were it: their digits are those of a difference
 * @property {readonly number[]} [sizes] instead of all
 * @property {boolean} [mayDiffer] some results may: chaotic iteration under -ffast-math
 */

/** @type {readonly Kernel[]} */
export const kernels = [
  { id: "k1", title: "(x + 5) * 3", source: "(x + 5) * 3", inputs: { x: [-10, 10] }, type: "f64", uses: [] },
  {
    id: "k2",
    title: "price * qty * (1 - discount)",
    source: "price * qty * (1 - discount)",
    inputs: { price: [1, 1000], qty: [1, 100], discount: [0, 0.5] },
    type: "f64",
    uses: [],
  },
  {
    id: "k3",
    title: "sqrt(x*x + y*y)",
    source: "sqrt(x * x + y * y)",
    inputs: { x: [-10, 10], y: [-10, 10] },
    type: "f64",
    uses: [],
  },
  {
    id: "k4",
    title: "Gaussian",
    source: "exp(-x * x / 2) * 0.3989422804014327",
    inputs: { x: [-5, 5] },
    type: "f64",
    uses: ["exp"],
  },
  {
    id: "k5",
    title: "sin(x)*cos(y) + log(z)",
    source: "sin(x) * cos(y) + log(z)",
    inputs: { x: [-10, 10], y: [-10, 10], z: [0.1, 100] },
    type: "f64",
    smallest: 1,
    uses: ["sin", "cos", "log"],
  },
  {
    id: "k6",
    title: "Black-Scholes call",
    source: blackScholes,
    functions: { cnd },
    inputs: { S: [50, 150], K: [50, 150], T: [0.1, 2], r: [0, 0.1], v: [0.1, 0.6] },
    type: "f64",
    smallest: 1,
    uses: ["exp", "log"],
    tolerance: 1e-9,
  },
  {
    id: "k7",
    title: "Horner, degree 8",
    source: "((((((((0.3 * x + 0.7) * x - 0.2) * x + 0.9) * x - 0.4) * x + 0.6) * x - 0.8) * x + 0.1) * x + 0.5)",
    inputs: { x: [-1, 1] },
    type: "f64",
    smallest: 1,
    uses: [],
  },
  {
    id: "k8",
    title: "x > 0 ? sqrt(x) : -x",
    source: "x > 0 ? sqrt(x) : -x",
    inputs: { x: [-10, 10] },
    type: "f64",
    uses: [],
  },
  {
    id: "k9",
    title: "sum(x*y)",
    source: "x * y",
    reduce: "sum",
    inputs: { x: [-1, 1], y: [-1, 1] },
    type: "f64",
    smallest: 1,
    uses: [],
    tolerance: 1e-9,
  },
  {
    id: "k10",
    title: "Mandelbrot 512 x 512, 256 iterations",
    source: mandelbrot,
    inputs: { cx: [-2, 0.5], cy: [-1.25, 1.25] },
    type: "f64",
    uses: [],
    sizes: [262144],
    mayDiffer: true,
  },
  {
    id: "k11",
    title: "i32 ((a*31 + b) ^ (a >>> 3))",
    source: "((a * 31 + b) ^ (a >>> 3))",
    inputs: { a: [-2147483648, 2147483647], b: [-2147483648, 2147483647] },
    type: "i32",
    uses: [],
  },
  {
    id: "k12",
    title: "a*a + b*b + 2*a*b",
    source: "a * a + b * b + 2 * a * b",
    inputs: { a: [-10, 10], b: [-10, 10] },
    type: "f64",
    smallest: 1,
    uses: [],
    tolerance: 1e-9,
  },
  {
    id: "k13",
    title: "pow(x, y)",
    source: "pow(x, y)",
    inputs: { x: [0.1, 10], y: [-3, 3] },
    type: "f64",
    uses: ["pow"],
  },
  { id: "k14", title: "tanh(x)", source: "tanh(x)", inputs: { x: [-5, 5] }, type: "f64", uses: ["tanh"] },
  {
    id: "k15",
    title: "Gaussian in f32",
    source: "exp(-x * x / 2) * fround(0.3989422804014327)",
    inputs: { x: [-5, 5] },
    type: "f32",
    uses: ["expf"],
    tolerance: 2e-6,
  },
];

/** Loops of JavaScript, one function for each kernel, as somebody would write them. */
export const javascriptLoops = {
  k1: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (x[i] + 5) * 3;
  },
  k2: (p, q, d, out) => {
    for (let i = 0; i < out.length; i++) out[i] = p[i] * q[i] * (1 - d[i]);
  },
  k3: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i] * x[i] + y[i] * y[i]);
  },
  k4: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.exp((-x[i] * x[i]) / 2) * 0.3989422804014327;
  },
  k5: (x, y, z, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sin(x[i]) * Math.cos(y[i]) + Math.log(z[i]);
  },
  k6: (S, K, T, r, v, out) => {
    for (let i = 0; i < out.length; i++) out[i] = call(S[i], K[i], T[i], r[i], v[i]);
  },
  k7: (x, out) => {
    for (let i = 0; i < out.length; i++) {
      const t = x[i];
      out[i] = (((((((0.3 * t + 0.7) * t - 0.2) * t + 0.9) * t - 0.4) * t + 0.6) * t - 0.8) * t + 0.1) * t + 0.5;
    }
  },
  k8: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] > 0 ? Math.sqrt(x[i]) : -x[i];
  },
  k9: (x, y) => {
    let s = 0;
    for (let i = 0; i < x.length; i++) s += x[i] * y[i];
    return s;
  },
  k10: (cx, cy, out) => {
    for (let i = 0; i < out.length; i++) out[i] = escapes(cx[i], cy[i]);
  },
  k11: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = (Math.imul(a[i], 31) + b[i]) ^ (a[i] >>> 3);
  },
  k12: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] * a[i] + b[i] * b[i] + 2 * a[i] * b[i];
  },
  k13: (x, y, out) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i] ** y[i];
  },
  k14: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i]);
  },
  k15: (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.exp((-x[i] * x[i]) / 2) * 0.3989422804014327;
  },
};

function normal(x) {
  const l = Math.abs(x);
  const k = 1 / (1 + 0.2316419 * l);
  const polynomial = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  const w = 1 - 0.3989422804014327 * Math.exp((-l * l) / 2) * polynomial;
  return x < 0 ? 1 - w : w;
}

function call(S, K, T, r, v) {
  const s = v * Math.sqrt(T);
  const d1 = (Math.log(S / K) + (r + (v * v) / 2) * T) / s;
  return S * normal(d1) - K * Math.exp(-r * T) * normal(d1 - s);
}

function escapes(cx, cy) {
  let x = 0;
  let y = 0;
  let n = 0;
  while (x * x + y * y <= 4 && n < 256) {
    const t = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = t;
    n++;
  }
  return n;
}

/** Single functions, for the table of functions: ranges as in the kernels, or where the function is of interest. */
export const functions = {
  exp: [[-20, 20]],
  exp2: [[-20, 20]],
  exp10: [[-10, 10]],
  expm1: [[-5, 5]],
  log: [[0.1, 100]],
  log2: [[0.1, 100]],
  log10: [[0.1, 100]],
  log1p: [[-0.9, 10]],
  pow: [
    [0.1, 10],
    [-3, 3],
  ],
  cbrt: [[-100, 100]],
  hypot: [
    [-10, 10],
    [-10, 10],
  ],
  sin: [[-10, 10]],
  cos: [[-10, 10]],
  tan: [[-10, 10]],
  asin: [[-1, 1]],
  acos: [[-1, 1]],
  atan: [[-10, 10]],
  atan2: [
    [-10, 10],
    [-10, 10],
  ],
  sinh: [[-5, 5]],
  cosh: [[-5, 5]],
  tanh: [[-5, 5]],
  asinh: [[-10, 10]],
  acosh: [[1, 10]],
  atanh: [[-0.99, 0.99]],
  erf: [[-4, 4]],
  erfc: [[-4, 10]],
};

/** What is another range of f32: from 9.2 on erfc is subnormal there, which the processor takes 150 cycles for, whoever computes it. */
export const functionsOfSingle = { erfc: [[-4, 9]] };
