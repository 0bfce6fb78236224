/** SHA-256 of blocks of 16 words, many times over: 32-bit integers, rotations, three arrays. Gives the first word. */
const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
// The first 32 bits of the fractions of the primes' cube and square roots; found in integers, so exact.
const rootBits = (n, degree) => {
  const scaled = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 37n; bit > 0n; bit >>= 1n) if ((root + bit) ** BigInt(degree) <= scaled) root += bit;
  return Number(BigInt.asIntN(32, root));
};
const rounds = () => Int32Array.from(primes, (prime) => rootBits(prime, 3));
const initial = () => Int32Array.from(primes.slice(0, 8), (prime) => rootBits(prime, 2));
// The padded message "abc".
const message = () => Int32Array.from([0x61626380, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24]);

export const program = {
  name: "sha-256",
  options: { types: { state: "Int32Array", block: "Int32Array", k: "Int32Array", w: "Int32Array" } },
  source: `(state, block, k, w, times) => {
  for (let time = 0; time < times; time++) {
    for (let i = 0; i < 16; i++) w[i] = block[i];
    for (let i = 16; i < 64; i++) {
      const early = w[i - 15] | 0;
      const late = w[i - 2] | 0;
      const s0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
      const s1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = state[0] | 0;
    let b = state[1] | 0;
    let c = state[2] | 0;
    let d = state[3] | 0;
    let e = state[4] | 0;
    let f = state[5] | 0;
    let g = state[6] | 0;
    let h = state[7] | 0;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const choice = (e & f) ^ (~e & g);
      const t1 = (h + s1 + choice + k[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const t2 = (s0 + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
  return state[0] >>> 0;
}`,
  /** The first word of the digest of "abc" (FIPS 180-4). */
  knownSmall: 0xba7816bf,
  small: () => [initial(), message(), rounds(), new Int32Array(64), 1],
  large: () => [initial(), message(), rounds(), new Int32Array(64), 4000],
};
