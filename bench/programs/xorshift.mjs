/** Marsaglia's xorshift on 64 bits, as BigInts in JavaScript and as i64 here; the state after many steps. */
export const program = {
  name: "xorshift",
  options: { types: { seed: "i64" } },
  source: `(seed, steps) => {
  let x = seed;
  for (let i = 0; i < steps; i++) {
    x = BigInt.asIntN(64, x ^ BigInt.asIntN(64, x << 13n));
    x = BigInt.asIntN(64, x ^ (BigInt.asUintN(57, x >> 7n)));
    x = BigInt.asIntN(64, x ^ BigInt.asIntN(64, x << 17n));
  }
  return x;
}`,
  small: () => [88172645463325252n, 1000],
  large: () => [88172645463325252n, 500_000],
};
