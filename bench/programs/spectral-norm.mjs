/** The spectral norm of an infinite matrix's corner, by the power method; with functions that take arrays. */
export const program = {
  name: "spectral-norm",
  options: {
    types: { u: "Float64Array", v: "Float64Array", t: "Float64Array" },
    functions: {
      entry: "(i, j) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1)",
      times: `(from, to) => {
        for (let i = 0; i < to.length; i++) {
          let sum = 0;
          for (let j = 0; j < from.length; j++) sum += entry(i, j) * from[j];
          to[i] = sum;
        }
      }`,
      timesTransposed: `(from, to) => {
        for (let i = 0; i < to.length; i++) {
          let sum = 0;
          for (let j = 0; j < from.length; j++) sum += entry(j, i) * from[j];
          to[i] = sum;
        }
      }`,
    },
  },
  source: `(u, v, t) => {
  for (let i = 0; i < u.length; i++) u[i] = 1;
  for (let i = 0; i < 10; i++) {
    times(u, t);
    timesTransposed(t, v);
    times(v, t);
    timesTransposed(t, u);
  }
  let uv = 0;
  let vv = 0;
  for (let i = 0; i < u.length; i++) {
    uv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.sqrt(uv / vv);
}`,
  small: () => [new Float64Array(30), new Float64Array(30), new Float64Array(30)],
  large: () => [new Float64Array(250), new Float64Array(250), new Float64Array(250)],
};
