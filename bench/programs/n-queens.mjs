/** How many ways n queens stand on a board without a fight: recursion on bit sets. */
export const program = {
  name: "n-queens",
  options: {},
  source: `function place(all, columns, left, right) {
  if (columns === all) return 1;
  let count = 0;
  let free = all & ~(columns | left | right);
  while (free !== 0) {
    const bit = free & -free;
    free ^= bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}`,
  small: () => [(1 << 6) - 1, 0, 0, 0],
  large: () => [(1 << 11) - 1, 0, 0, 0],
};
