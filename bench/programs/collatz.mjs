/** The longest Collatz chain below a limit: its start and length in one number. */
export const program = {
  name: "collatz",
  options: {},
  source: `(limit) => {
  let longest = 0;
  let best = 0;
  for (let start = 1; start < limit; start++) {
    let n = start;
    let length = 1;
    while (n !== 1) {
      n = n % 2 === 0 ? n / 2 : 3 * n + 1;
      length++;
    }
    if (length > longest) {
      longest = length;
      best = start;
    }
  }
  return best * 1000 + longest;
}`,
  small: () => [300],
  large: () => [10_000],
};
