/** Functions that call themselves and each other. */
import type { Algorithm } from "./algorithm.ts";
import { int32s, uint8s } from "./draw.ts";

export const recursion: readonly Algorithm[] = [
  {
    name: "queens by bits",
    options: {
      functions: {
        place: `(all, columns, left, right) => {
  if (columns === all) return 1;
  let count = 0;
  let free = all & ~(columns | left | right);
  while (free) {
    const bit = free & -free;
    free ^= bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}`,
      },
    },
    text: `(n) => place((1 << n) - 1, 0, 0, 0)`,
    args: (draw) => [draw.int(1, 7)],
  },
  {
    name: "Ackermann",
    text: `function ack(m, n) {
  return m === 0 ? n + 1 : n === 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1));
}`,
    args: (draw) => [draw.int(0, 2), draw.int(0, 6)],
  },
  {
    name: "Takeuchi",
    text: `function tak(x, y, z) {
  return y < x ? tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) : z;
}`,
    args: (draw) => [draw.int(0, 9), draw.int(0, 6), draw.int(0, 6)],
  },
  {
    name: "Hanoi",
    options: {
      types: { pegs: "Int32Array" },
      functions: {
        move: `(pegs, n, from, to, via) => {
  if (n === 0) return 0;
  const a = move(pegs, n - 1, from, via, to);
  pegs[from]--;
  pegs[to]++;
  return a + 1 + move(pegs, n - 1, via, to, from);
}`,
      },
    },
    text: `(pegs, n) => move(pegs, n, 0, 2, 1)`,
    args: (draw) => [int32s(3, () => 5), draw.int(0, 8)],
  },
  {
    name: "even and odd in turns",
    options: {
      functions: { even: `(n) => (n === 0 ? true : odd(n - 1))`, odd: `(n) => (n === 0 ? false : even(n - 1))` },
    },
    text: `(n) => (even(n) ? n : -n)`,
    args: (draw) => [draw.int(0, 200)],
  },
  {
    name: "Hofstadter F and M",
    options: {
      functions: {
        female: `(n) => (n === 0 ? 1 : n - male(female(n - 1)))`,
        male: `(n) => (n === 0 ? 0 : n - female(male(n - 1)))`,
      },
    },
    text: `(n) => female(n) * 1000 + male(n)`,
    args: (draw) => [draw.int(0, 20)],
  },
  {
    name: "sudoku of four",
    options: {
      types: { g: "Uint8Array" },
      functions: {
        fits: `(g, at, v) => {
  const r = at >> 2,
    c = at & 3;
  for (let i = 0; i < 4; i++) {
    if (g[4 * r + i] === v || g[4 * i + c] === v) return false;
    if (g[4 * ((r & 2) + (i >> 1)) + (c & 2) + (i & 1)] === v) return false;
  }
  return true;
}`,
        solve: `(g, at) => {
  while (at < 16 && g[at] !== 0) at++;
  if (at === 16) return 1;
  let n = 0;
  for (let v = 1; v <= 4; v++)
    if (fits(g, at, v)) {
      g[at] = v;
      n += solve(g, at + 1);
      g[at] = 0;
    }
  return n;
}`,
      },
    },
    text: `(g) => solve(g, 0)`,
    args: (draw) => [uint8s(16, () => (draw.int(0, 4) === 0 ? draw.int(1, 4) : 0))],
  },
];
