/** The Mandelbrot set: iterations of all points of a square image, summed. */
export const program = {
  name: "mandelbrot",
  options: {},
  source: `(size) => {
  let sum = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cx = (2 * column) / size - 1.5;
      const cy = (2 * row) / size - 1;
      let x = 0;
      let y = 0;
      let n = 0;
      while (x * x + y * y <= 4 && n < 50) {
        const t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
        n++;
      }
      sum += n;
    }
  }
  return sum;
}`,
  small: () => [20],
  large: () => [200],
};
