/** The product of two square matrices, row by row; the sum of the diagonal. */
const matrix = (n, seed) => Float64Array.from({ length: n * n }, (_, i) => ((i * seed) % 101) / 101 - 0.5);

export const program = {
  name: "matmul",
  options: { types: { a: "Float64Array", b: "Float64Array", c: "Float64Array" } },
  source: `(a, b, c, n) => {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) c[i * n + j] = 0;
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  return trace;
}`,
  small: () => [matrix(12, 7), matrix(12, 13), new Float64Array(144), 12],
  large: () => [matrix(150, 7), matrix(150, 13), new Float64Array(22_500), 150],
};
