/** A polynomial of degree 12 at many points, by Horner's rule; the sum of the values. */
export const program = {
  name: "horner",
  options: { types: { coefficients: "Float64Array" } },
  source: `(coefficients, points) => {
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const x = i / points;
    let value = 0;
    for (let j = 0; j < coefficients.length; j++) value = value * x + coefficients[j];
    sum += value;
  }
  return sum;
}`,
  small: () => [Float64Array.from({ length: 13 }, (_, i) => 1 / (i + 1)), 100],
  large: () => [Float64Array.from({ length: 13 }, (_, i) => 1 / (i + 1)), 200_000],
};
