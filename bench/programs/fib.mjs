/** Fibonacci numbers by recursion: nothing but calls. */
export const program = {
  name: "fib",
  options: {},
  source: `function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}`,
  small: () => [15],
  large: () => [27],
};
