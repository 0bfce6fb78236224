/** Pancakes: the most flips of any permutation, and a checksum, in one number. */
export const program = {
  name: "fannkuch",
  options: { types: { permutation: "Int32Array", flipped: "Int32Array", count: "Int32Array" } },
  source: `(permutation, flipped, count) => {
  const n = permutation.length;
  for (let i = 0; i < n; i++) permutation[i] = i;
  let most = 0;
  let checksum = 0;
  let turn = 0;
  let r = n;
  for (;;) {
    while (r !== 1) {
      count[r - 1] = r;
      r--;
    }
    for (let i = 0; i < n; i++) flipped[i] = permutation[i];
    let flips = 0;
    for (let first = flipped[0]; first !== 0; first = flipped[0]) {
      for (let low = 0, high = first; low < high; low++, high--) {
        const kept = flipped[low];
        flipped[low] = flipped[high];
        flipped[high] = kept;
      }
      flips++;
    }
    if (flips > most) most = flips;
    checksum += turn % 2 === 0 ? flips : -flips;
    for (;;) {
      if (r === n) return checksum * 1000 + most;
      const first = permutation[0];
      for (let i = 0; i < r; i++) permutation[i] = permutation[i + 1];
      permutation[r] = first;
      count[r] -= 1;
      if (count[r] > 0) break;
      r++;
    }
    turn++;
  }
}`,
  small: () => [new Int32Array(6), new Int32Array(6), new Int32Array(6)],
  large: () => [new Int32Array(8), new Int32Array(8), new Int32Array(8)],
};
