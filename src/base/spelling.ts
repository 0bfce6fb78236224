/**
 * "Did you mean": the known word nearest to one that is not known.
 *
 * Distance is Damerau-Levenshtein's restricted form (insert, delete, replace, swap neighbours), upper and lower case
 * alike. A word is near when at most a third of it has to change, or one letter where a word has two.
 */

/** The nearest of `words`, or undefined when none is near. The first of equally near ones wins. */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  const lower = word.toLowerCase();
  let limit = word.length === 1 ? 1 : Math.max(1, Math.floor(word.length / 3)) + 1;
  let nearest: string | undefined;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) >= limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < limit) {
      limit = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** How many letters must be inserted, deleted, replaced or swapped with their neighbour to turn one word into another. */
export function editDistance(from: string, to: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let best = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) best = Math.min(best, (twoAbove[column - 2] ?? 0) + 1);
      current.push(best);
    }
    twoAbove = above;
    above = current;
  }
  return above[to.length] ?? 0;
}
