/** The edit distance of two texts, given as codes, with one row of memory. */
const letters = (n, seed) => Uint16Array.from({ length: n }, (_, i) => 97 + ((i * i * seed + i) % 13));

export const program = {
  name: "levenshtein",
  options: { types: { a: "Uint16Array", b: "Uint16Array", row: "Int32Array" } },
  source: `(a, b, row) => {
  const width = b.length;
  for (let j = 0; j <= width; j++) row[j] = j;
  for (let i = 0; i < a.length; i++) {
    let diagonal = row[0];
    row[0] = i + 1;
    for (let j = 0; j < width; j++) {
      const above = row[j + 1];
      const replaced = diagonal + (a[i] === b[j] ? 0 : 1);
      const inserted = row[j] + 1;
      const removed = above + 1;
      let least = replaced;
      if (inserted < least) least = inserted;
      if (removed < least) least = removed;
      row[j + 1] = least;
      diagonal = above;
    }
  }
  return row[width];
}`,
  small: () => [letters(30, 3), letters(25, 5), new Int32Array(26)],
  large: () => [letters(1500, 3), letters(1500, 5), new Int32Array(1501)],
};
