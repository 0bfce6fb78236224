/** Tables of dynamic programming, graphs, grids and pictures. */
import type { Algorithm } from "./algorithm.ts";
import { float64s, int32s, uint8s } from "./draw.ts";

export const grids: readonly Algorithm[] = [
  {
    name: "longest common subsequence",
    options: { types: { a: "Uint8Array", b: "Uint8Array", table: "Int32Array" } },
    text: `(a, b, table) => {
  const w = b.length + 1;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i * w + j] =
        a[i - 1] === b[j - 1] ? table[(i - 1) * w + j - 1] + 1 : Math.max(table[(i - 1) * w + j], table[i * w + j - 1]);
  return table[a.length * w + b.length];
}`,
    args: (draw) => {
      const n = draw.int(0, 20),
        m = draw.int(0, 20);
      return [uint8s(n, () => draw.int(0, 4)), uint8s(m, () => draw.int(0, 4)), int32s((n + 1) * (m + 1), () => 0)];
    },
  },
  {
    name: "knapsack",
    options: { types: { weights: "Int32Array", values: "Int32Array", best: "Int32Array" } },
    text: `(weights, values, best) => {
  for (let i = 0; i < weights.length; i++)
    for (let c = best.length - 1; c >= weights[i]; c--) {
      const v = best[c - weights[i]] + values[i];
      if (v > best[c]) best[c] = v;
    }
  return best[best.length - 1];
}`,
    args: (draw) => {
      const n = draw.int(1, 12);
      return [int32s(n, () => draw.int(0, 30)), int32s(n, () => draw.int(0, 100)), int32s(draw.int(1, 100), () => 0)];
    },
  },
  {
    name: "matrix chain",
    options: { types: { dims: "Int32Array", cost: "Float64Array" } },
    text: `(dims, cost) => {
  const n = dims.length - 1;
  for (let len = 2; len <= n; len++)
    for (let i = 0; i + len <= n; i++) {
      const j = i + len - 1;
      let best = Infinity;
      for (let k = i; k < j; k++) {
        const c = cost[i * n + k] + cost[(k + 1) * n + j] + dims[i] * dims[k + 1] * dims[j + 1];
        if (c < best) best = c;
      }
      cost[i * n + j] = best;
    }
  return cost[n - 1];
}`,
    args: (draw) => {
      const n = draw.int(1, 9);
      return [int32s(n + 1, () => draw.int(1, 50)), float64s(n * n, () => 0)];
    },
  },
  {
    name: "Floyd-Warshall",
    options: { types: { d: "Float64Array" } },
    text: `(d, n) => {
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const through = d[i * n + k] + d[k * n + j];
        if (through < d[i * n + j]) d[i * n + j] = through;
      }
  let sum = 0;
  for (let i = 0; i < n * n; i++) if (d[i] < Infinity) sum += d[i];
  return sum;
}`,
    args: (draw) => {
      const n = draw.int(1, 9);
      return [float64s(n * n, (i) => (i % (n + 1) === 0 ? 0 : draw.int(0, 3) === 0 ? Infinity : draw.int(1, 100))), n];
    },
  },
  {
    name: "Bellman-Ford",
    options: { types: { from: "Uint16Array", to: "Uint16Array", weight: "Int16Array", dist: "Float64Array" } },
    text: `(from, to, weight, dist) => {
  dist[0] = 0;
  for (let i = 1; i < dist.length; i++) dist[i] = Infinity;
  for (let round = 0; round < dist.length; round++) {
    let changed = false;
    for (let e = 0; e < from.length; e++) {
      const d = dist[from[e]] + weight[e];
      if (d < dist[to[e]]) {
        dist[to[e]] = d;
        changed = true;
      }
    }
    if (!changed) return round;
  }
  return -1;
}`,
    args: (draw) => {
      const n = draw.int(1, 10),
        m = draw.int(0, 30);
      return [
        Uint16Array.from({ length: m }, () => draw.int(0, n - 1)),
        Uint16Array.from({ length: m }, () => draw.int(0, n - 1)),
        Int16Array.from({ length: m }, () => draw.int(-3, 30)),
        float64s(n, () => 0),
      ];
    },
  },
  {
    name: "Dijkstra on a matrix",
    options: { types: { w: "Float64Array", dist: "Float64Array", done: "Uint8Array" } },
    text: `(w, dist, done) => {
  const n = dist.length;
  for (let i = 0; i < n; i++) dist[i] = Infinity;
  dist[0] = 0;
  for (;;) {
    let u = -1;
    for (let i = 0; i < n; i++) if (!done[i] && (u < 0 || dist[i] < dist[u])) u = i;
    if (u < 0 || dist[u] === Infinity) break;
    done[u] = 1;
    for (let v = 0; v < n; v++) {
      const alt = dist[u] + w[u * n + v];
      if (alt < dist[v]) dist[v] = alt;
    }
  }
  return dist[n - 1];
}`,
    args: (draw) => {
      const n = draw.int(1, 9);
      return [
        float64s(n * n, () => (draw.int(0, 2) === 0 ? Infinity : draw.int(1, 90))),
        float64s(n, () => 0),
        uint8s(n, () => 0),
      ];
    },
  },
  {
    name: "breadth first on a grid",
    options: { types: { grid: "Uint8Array", queue: "Int32Array", dist: "Int32Array" } },
    text: `(grid, queue, dist, w, h) => {
  for (let i = 0; i < dist.length; i++) dist[i] = -1;
  let head = 0,
    tail = 0;
  queue[tail++] = 0;
  dist[0] = 0;
  while (head < tail) {
    const at = queue[head++];
    const x = at % w,
      y = (at / w) | 0;
    for (let d = 0; d < 4; d++) {
      const nx = x + (d === 0 ? 1 : d === 1 ? -1 : 0),
        ny = y + (d === 2 ? 1 : d === 3 ? -1 : 0);
      if (nx < 0 || ny < 0 || nx >= w || ny >= h) continue;
      const next = ny * w + nx;
      if (grid[next] || dist[next] >= 0) continue;
      dist[next] = dist[at] + 1;
      queue[tail++] = next;
    }
  }
  return dist[w * h - 1];
}`,
    args: (draw) => {
      const w = draw.int(1, 9),
        h = draw.int(1, 9);
      return [
        uint8s(w * h, () => (draw.int(0, 3) === 0 ? 1 : 0)),
        int32s(w * h, () => 0),
        int32s(w * h, () => 0),
        w,
        h,
      ];
    },
  },
  {
    name: "flood fill, recursive",
    options: {
      types: { grid: "Uint8Array" },
      functions: {
        fill: `(grid, w, x, y) => {
  if (x < 0 || y < 0 || x >= w || y * w >= grid.length || grid[y * w + x] !== 0) return 0;
  grid[y * w + x] = 2;
  return 1 + fill(grid, w, x + 1, y) + fill(grid, w, x - 1, y) + fill(grid, w, x, y + 1) + fill(grid, w, x, y - 1);
}`,
      },
    },
    text: `(grid, w) => fill(grid, w, 0, 0)`,
    args: (draw) => {
      const w = draw.int(1, 8),
        h = draw.int(1, 8);
      return [uint8s(w * h, () => (draw.int(0, 2) === 0 ? 1 : 0)), w];
    },
  },
  {
    name: "game of life",
    options: { types: { a: "Uint8Array", b: "Uint8Array" } },
    text: `(a, b, w, h) => {
  let alive = 0;
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let n = 0;
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) {
          if (dx === 0 && dy === 0) continue;
          n += a[((y + dy + h) % h) * w + ((x + dx + w) % w)];
        }
      b[y * w + x] = n === 3 || (n === 2 && a[y * w + x]) ? 1 : 0;
      alive += b[y * w + x];
    }
  return alive;
}`,
    args: (draw) => {
      const w = draw.int(1, 10),
        h = draw.int(1, 10);
      return [uint8s(w * h, () => draw.int(0, 1)), uint8s(w * h, () => 0), w, h];
    },
  },
  {
    name: "Julia picture",
    options: { types: { pixels: "Uint8ClampedArray" } },
    text: `(pixels, w, cx, cy) => {
  const h = pixels.length / 4 / w;
  for (let py = 0; py < h; py++)
    for (let px = 0; px < w; px++) {
      let x = (px / w) * 3 - 1.5,
        y = (py / h) * 3 - 1.5,
        n = 0;
      while (x * x + y * y < 4 && n < 40) {
        const t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
        n++;
      }
      const at = 4 * (py * w + px);
      pixels[at] = n * 9.7;
      pixels[at + 1] = 300 - n * 20;
      pixels[at + 2] = x * 100;
      pixels[at + 3] = 255;
    }
  return pixels[pixels.length - 2];
}`,
    args: (draw) => {
      const w = draw.int(1, 8),
        h = draw.int(1, 8);
      return [new Uint8ClampedArray(4 * w * h), w, draw.int(-100, 100) / 100, draw.int(-100, 100) / 100];
    },
  },
  {
    name: "Bresenham",
    options: { types: { grid: "Uint8Array" } },
    text: `(grid, w, x0, y0, x1, y1) => {
  const dx = Math.abs(x1 - x0),
    dy = -Math.abs(y1 - y0),
    sx = x0 < x1 ? 1 : -1,
    sy = y0 < y1 ? 1 : -1;
  let e = dx + dy,
    count = 0;
  for (;;) {
    grid[y0 * w + x0] = ++count;
    if (x0 === x1 && y0 === y1) break;
    const e2 = 2 * e;
    if (e2 >= dy) {
      e += dy;
      x0 += sx;
    }
    if (e2 <= dx) {
      e += dx;
      y0 += sy;
    }
  }
  return count;
}`,
    args: (draw) => [uint8s(400, () => 0), 20, draw.int(0, 19), draw.int(0, 19), draw.int(0, 19), draw.int(0, 19)],
  },
  {
    name: "largest sum of neighbours",
    options: { types: { xs: "Float64Array" } },
    text: `(xs) => {
  let best = -Infinity,
    here = 0;
  for (let i = 0; i < xs.length; i++) {
    here = Math.max(xs[i], here + xs[i]);
    if (here > best) best = here;
  }
  return best;
}`,
    args: (draw) => [float64s(draw.int(0, 40), () => draw.int(-20, 20))],
  },
  {
    name: "spiral",
    options: { types: { m: "Int32Array" } },
    text: `(m, w) => {
  const h = m.length / w;
  let x = 0,
    y = 0,
    dx = 1,
    dy = 0;
  for (let i = 1; i <= m.length; i++) {
    m[y * w + x] = i;
    const nx = x + dx,
      ny = y + dy;
    if (nx < 0 || nx >= w || ny < 0 || ny >= h || m[ny * w + nx] !== 0) {
      const t = dx;
      dx = -dy;
      dy = t;
    }
    x += dx;
    y += dy;
  }
  return m[m.length - 1];
}`,
    args: (draw) => {
      const w = draw.int(1, 8);
      return [int32s(w * draw.int(1, 8), () => 0), w];
    },
  },
];
