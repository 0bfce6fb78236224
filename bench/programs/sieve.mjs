/** The sieve of Eratosthenes: how many primes there are below the length of an array. */
export const program = {
  name: "sieve",
  options: { types: { composite: "Uint8Array" } },
  source: `(composite) => {
  const n = composite.length;
  for (let i = 0; i < n; i++) composite[i] = 0;
  let count = 0;
  for (let i = 2; i < n; i++) {
    if (composite[i] !== 0) continue;
    count++;
    for (let j = i * i; j < n; j += i) composite[j] = 1;
  }
  return count;
}`,
  small: () => [new Uint8Array(1000)],
  large: () => [new Uint8Array(500_000)],
};
