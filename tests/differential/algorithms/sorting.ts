/** Sorting, searching, and structures in arrays. */
import type { Algorithm } from "./algorithm.ts";
import { float64s, int32s, uint8s, uint32s } from "./draw.ts";

export const sorting: readonly Algorithm[] = [
  {
    name: "longest increasing subsequence",
    options: { types: { xs: "Float64Array", tails: "Float64Array" } },
    text: `(xs, tails) => {
  let size = 0;
  for (let i = 0; i < xs.length; i++) {
    let lo = 0,
      hi = size;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (tails[mid] < xs[i]) lo = mid + 1;
      else hi = mid;
    }
    tails[lo] = xs[i];
    if (lo === size) size++;
  }
  return size;
}`,
    args: (draw) => {
      const n = draw.int(0, 40);
      return [float64s(n, () => draw.int(-20, 20)), float64s(n, () => 0)];
    },
  },
  {
    name: "union-find",
    options: {
      types: { parent: "Int32Array", a: "Int32Array", b: "Int32Array" },
      functions: {
        find: `(parent, x) => {
  while (parent[x] !== x) {
    parent[x] = parent[parent[x]];
    x = parent[x];
  }
  return x;
}`,
      },
    },
    text: `(parent, a, b) => {
  let sets = parent.length;
  for (let i = 0; i < parent.length; i++) parent[i] = i;
  for (let i = 0; i < a.length; i++) {
    const x = find(parent, a[i]),
      y = find(parent, b[i]);
    if (x !== y) {
      parent[x] = y;
      sets--;
    }
  }
  return sets;
}`,
    args: (draw) => {
      const n = draw.int(1, 30),
        m = draw.int(0, 30);
      return [int32s(n, () => 0), int32s(m, () => draw.int(0, n - 1)), int32s(m, () => draw.int(0, n - 1))];
    },
  },
  {
    name: "quicksort, recursive",
    options: {
      types: { xs: "Float64Array" },
      functions: {
        sort: `(xs, lo, hi) => {
  if (lo >= hi) return;
  const pivot = xs[(lo + hi) >> 1];
  let i = lo,
    j = hi;
  while (i <= j) {
    while (xs[i] < pivot) i++;
    while (xs[j] > pivot) j--;
    if (i <= j) {
      const t = xs[i];
      xs[i] = xs[j];
      xs[j] = t;
      i++;
      j--;
    }
  }
  sort(xs, lo, j);
  sort(xs, i, hi);
}`,
      },
    },
    text: `(xs) => {
  sort(xs, 0, xs.length - 1);
  let sum = 0;
  for (let i = 0; i < xs.length; i++) sum += xs[i] * i;
  return sum;
}`,
    args: (draw) => [float64s(draw.int(0, 60), () => draw.float())],
  },
  {
    name: "quicksort with a stack",
    options: { types: { xs: "Int32Array", stack: "Int32Array" } },
    text: `(xs, stack) => {
  let top = 0;
  stack[top++] = 0;
  stack[top++] = xs.length - 1;
  let swaps = 0;
  while (top > 0) {
    const hi = stack[--top],
      lo = stack[--top];
    if (lo >= hi) continue;
    const p = xs[hi];
    let i = lo;
    for (let j = lo; j < hi; j++)
      if (xs[j] < p) {
        const t = xs[i];
        xs[i] = xs[j];
        xs[j] = t;
        i++;
        swaps++;
      }
    xs[hi] = xs[i];
    xs[i] = p;
    stack[top++] = lo;
    stack[top++] = i - 1;
    stack[top++] = i + 1;
    stack[top++] = hi;
  }
  return swaps;
}`,
    args: (draw) => {
      const n = draw.int(0, 40);
      return [int32s(n, () => draw.int(-99, 99)), int32s(4 * n + 8, () => 0)];
    },
  },
  {
    name: "merge sort, bottom up",
    options: { types: { a: "Float64Array", b: "Float64Array" } },
    text: `(a, b) => {
  const n = a.length;
  for (let width = 1; width < n; width *= 2) {
    for (let lo = 0; lo < n; lo += 2 * width) {
      const mid = Math.min(lo + width, n),
        hi = Math.min(lo + 2 * width, n);
      let i = lo,
        j = mid;
      for (let k = lo; k < hi; k++)
        if (i < mid && (j >= hi || a[i] <= a[j])) b[k] = a[i++];
        else b[k] = a[j++];
    }
    for (let i = 0; i < n; i++) a[i] = b[i];
  }
  return n > 0 ? a[0] : NaN;
}`,
    args: (draw) => {
      const n = draw.int(0, 60);
      return [float64s(n, () => draw.int(-50, 50)), float64s(n, () => 0)];
    },
  },
  {
    name: "shell sort",
    options: { types: { xs: "Int16Array" } },
    text: `(xs) => {
  let moves = 0;
  for (let gap = xs.length >> 1; gap > 0; gap >>= 1)
    for (let i = gap; i < xs.length; i++) {
      const x = xs[i];
      let j = i;
      for (; j >= gap && xs[j - gap] > x; j -= gap) {
        xs[j] = xs[j - gap];
        moves++;
      }
      xs[j] = x;
    }
  return moves;
}`,
    args: (draw) => [Int16Array.from({ length: draw.int(0, 60) }, () => draw.int(-32768, 32767))],
  },
  {
    name: "counting sort",
    options: { types: { xs: "Uint8Array", counts: "Uint32Array", out: "Uint8Array" } },
    text: `(xs, counts, out) => {
  for (let i = 0; i < xs.length; i++) counts[xs[i]]++;
  for (let v = 1; v < 256; v++) counts[v] += counts[v - 1];
  for (let i = xs.length - 1; i >= 0; i--) out[--counts[xs[i]]] = xs[i];
  return counts[255];
}`,
    args: (draw) => {
      const n = draw.int(0, 80);
      return [uint8s(n, () => draw.int(0, 255)), uint32s(256, () => 0), uint8s(n, () => 0)];
    },
  },
  {
    name: "radix sort",
    options: { types: { xs: "Uint32Array", ys: "Uint32Array", counts: "Uint32Array" } },
    text: `(xs, ys, counts) => {
  for (let shift = 0; shift < 32; shift += 8) {
    for (let d = 0; d < 256; d++) counts[d] = 0;
    for (let i = 0; i < xs.length; i++) counts[(xs[i] >>> shift) & 255]++;
    let sum = 0;
    for (let d = 0; d < 256; d++) {
      const c = counts[d];
      counts[d] = sum;
      sum += c;
    }
    for (let i = 0; i < xs.length; i++) ys[counts[(xs[i] >>> shift) & 255]++] = xs[i];
    for (let i = 0; i < xs.length; i++) xs[i] = ys[i];
  }
  return xs.length ? xs[0] + xs[xs.length - 1] : -1;
}`,
    args: (draw) => {
      const n = draw.int(0, 50);
      return [uint32s(n, () => draw.int(0, 4294967295)), uint32s(n, () => 0), uint32s(256, () => 0)];
    },
  },
  {
    name: "binary heap",
    options: { types: { heap: "Float64Array", xs: "Float64Array" } },
    text: `(heap, xs) => {
  let size = 0;
  for (let k = 0; k < xs.length; k++) {
    let i = size++;
    heap[i] = xs[k];
    while (i > 0) {
      const p = (i - 1) >> 1;
      if (heap[p] <= heap[i]) break;
      const t = heap[p];
      heap[p] = heap[i];
      heap[i] = t;
      i = p;
    }
  }
  let check = 0;
  for (let k = 0; k < xs.length; k++) {
    xs[k] = heap[0];
    check = ((check * 31) % 65521) + xs[k];
    heap[0] = heap[--size];
    let i = 0;
    for (;;) {
      let c = 2 * i + 1;
      if (c >= size) break;
      if (c + 1 < size && heap[c + 1] < heap[c]) c++;
      if (heap[i] <= heap[c]) break;
      const t = heap[c];
      heap[c] = heap[i];
      heap[i] = t;
      i = c;
    }
  }
  return check;
}`,
    args: (draw) => {
      const n = draw.int(0, 40);
      return [float64s(n, () => 0), float64s(n, () => draw.int(-99, 99) / 4)];
    },
  },
  {
    name: "lower bound",
    options: { types: { xs: "Float64Array" } },
    text: `(xs, x) => {
  let lo = 0,
    hi = xs.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (xs[mid] < x) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}`,
    args: (draw) => [float64s(draw.int(0, 30), () => draw.int(0, 50)).sort(), draw.int(-2, 55)],
  },
  {
    name: "quickselect",
    options: { types: { xs: "Float64Array" } },
    text: `(xs, k) => {
  let lo = 0,
    hi = xs.length - 1;
  while (lo < hi) {
    const p = xs[k];
    let i = lo,
      j = hi;
    do {
      while (xs[i] < p) i++;
      while (p < xs[j]) j--;
      if (i <= j) {
        const t = xs[i];
        xs[i] = xs[j];
        xs[j] = t;
        i++;
        j--;
      }
    } while (i <= j);
    if (j < k) lo = i;
    if (k < i) hi = j;
  }
  return xs[k];
}`,
    args: (draw) => {
      const n = draw.int(1, 40);
      return [float64s(n, () => draw.int(0, 20)), draw.int(0, n - 1)];
    },
  },
  {
    name: "Fenwick tree",
    options: { types: { tree: "Float64Array", ops: "Int32Array" } },
    text: `(tree, ops) => {
  let check = 0;
  for (let k = 0; k + 2 < ops.length; k += 3) {
    if (ops[k] & 1) for (let i = ops[k + 1]; i < tree.length; i += i & -i) tree[i] += ops[k + 2];
    else {
      let s = 0;
      for (let i = ops[k + 1]; i > 0; i -= i & -i) s += tree[i];
      check = check * 7 + s;
    }
  }
  return check;
}`,
    args: (draw) => {
      const n = draw.int(2, 40);
      return [float64s(n, () => 0), int32s(90, (i) => (i % 3 === 1 ? draw.int(1, n - 1) : draw.int(-9, 9)))];
    },
  },
  {
    name: "segment tree of minima",
    options: { types: { tree: "Int32Array", xs: "Int32Array" } },
    text: `(tree, xs, l, r) => {
  const n = xs.length;
  for (let i = 0; i < n; i++) tree[n + i] = xs[i];
  for (let i = n - 1; i > 0; --i) tree[i] = Math.min(tree[2 * i], tree[2 * i + 1]);
  let best = 2147483647;
  for (l += n, r += n; l < r; l >>= 1, r >>= 1) {
    if (l & 1) best = Math.min(best, tree[l++]);
    if (r & 1) best = Math.min(best, tree[--r]);
  }
  return best;
}`,
    args: (draw) => {
      const n = draw.int(1, 30),
        l = draw.int(0, n);
      return [int32s(2 * n, () => 0), int32s(n, () => draw.int(-999, 999)), l, draw.int(l, n)];
    },
  },
];
