/**
 * What changed between two texts, line by line: the shortest list of lines that went and lines that came.
 *
 * E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), the greedy form: for each number of changes, how far
 * each diagonal of the edit graph reaches. Equal lines at both ends are cut off first. Time and memory grow with the square of
 * the changes, so that texts with more than `mostChanges` are told as one replacement.
 */

export interface DiffLine {
  /** `-` only in the old text, `+` only in the new one, a space in both. */
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const mostChanges = 2000;

/** All lines of both texts, in order. */
export function lineDifferences(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let tail = 0;
  while (tail < old.length - start && tail < now.length - start && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const same = (text: string): DiffLine => ({ sign: " ", text });
  return [
    ...old.slice(0, start).map(same),
    ...shortestEdit(old.slice(start, old.length - tail), now.slice(start, now.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ];
}

/** The diagonal k holds the points where x - y = k; `reach[k + offset]` is the greatest x on it so far. */
function shortestEdit(old: readonly string[], now: readonly string[]): DiffLine[] {
  const most = Math.min(old.length + now.length, mostChanges);
  const offset = most + 1;
  const reach = new Int32Array(2 * most + 3);
  const rounds: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes++) {
    rounds.push(reach.slice(offset - changes - 1, offset + changes + 2));
    for (let k = -changes; k <= changes; k += 2) {
      const left = reach[offset + k - 1] ?? 0;
      const right = reach[offset + k + 1] ?? 0;
      let x = k === -changes || (k !== changes && left < right) ? right : left + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x++;
      reach[offset + k] = x;
      if (x >= old.length && x - k >= now.length) return walkBack(old, now, rounds);
    }
  }
  return [...old.map((text): DiffLine => ({ sign: "-", text })), ...now.map((text): DiffLine => ({ sign: "+", text }))];
}

/** From the end, one change for each round. `rounds[d]` has the diagonals -d - 1 to d + 1 before round d. */
function walkBack(old: readonly string[], now: readonly string[], rounds: readonly Int32Array[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = old.length;
  let y = now.length;
  for (let changes = rounds.length - 1; changes >= 0; changes--) {
    const reach = rounds[changes] ?? new Int32Array();
    const k = x - y;
    const left = reach[k + changes] ?? 0;
    const right = reach[k + changes + 2] ?? 0;
    const comes = k === -changes || (k !== changes && left < right);
    const fromX = changes === 0 ? 0 : comes ? right : left + 1;
    for (; x > fromX; x--, y--) lines.push({ sign: " ", text: old[x - 1] ?? "" });
    if (changes === 0) break;
    lines.push(comes ? { sign: "+", text: now[--y] ?? "" } : { sign: "-", text: old[--x] ?? "" });
  }
  return lines.reverse();
}
