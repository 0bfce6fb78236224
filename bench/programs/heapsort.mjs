/** Sorts an array in place by a heap; gives a sum that depends on the order. */
const numbers = (n) => {
  let state = 42;
  return Float64Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 65536;
  });
};

export const program = {
  name: "heapsort",
  options: {
    types: { xs: "Float64Array" },
    functions: {
      sift: `(xs, start, end) => {
        let root = start;
        const value = xs[root];
        for (;;) {
          let child = 2 * root + 1;
          if (child >= end) break;
          if (child + 1 < end && xs[child] < xs[child + 1]) child++;
          if (value >= xs[child]) break;
          xs[root] = xs[child];
          root = child;
        }
        xs[root] = value;
      }`,
    },
  },
  source: `(xs) => {
  const n = xs.length;
  for (let start = (n >> 1) - 1; start >= 0; start--) sift(xs, start, n);
  for (let end = n - 1; end > 0; end--) {
    const last = xs[end];
    xs[end] = xs[0];
    xs[0] = last;
    sift(xs, 0, end);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) sum = sum * 0.5 + xs[i];
  return sum;
}`,
  small: () => [numbers(100)],
  large: () => [numbers(30_000)],
};
