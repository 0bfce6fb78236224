/**
 * Reductions as docs/columns.md tells them, for tests: plain JavaScript over a list of all rows' values, and in nothing like the
 * engine's code.
 */
type Value = number | bigint | boolean;

/** A tree of pairs: the largest power of two below the count, and the rest. */
function tree<Part>(parts: readonly Part[], join: (left: Part, right: Part) => Part): Part {
  if (parts.length === 1) return parts[0] as Part; // that one
  let half = 1;
  while (half * 2 < parts.length) half *= 2;
  return join(tree(parts.slice(0, half), join), tree(parts.slice(half), join));
}

/** Folds 32 lanes in each block of 16,384 rows, then the lanes, then the blocks. */
function inTrees(values: readonly number[], start: number, join: (left: number, right: number) => number): number {
  if (values.length === 0) return start;
  const blocks: number[] = [];
  for (let first = 0; first < values.length; first += 16_384) {
    const block = values.slice(first, first + 16_384);
    const lanes = Array.from({ length: Math.min(32, block.length) }, (_, lane) =>
      block.filter((__, row) => row % 32 === lane).reduce(join, start),
    );
    blocks.push(tree(lanes, join));
  }
  return tree(blocks, join);
}

/** Whether a value comes before another as `Math.min` has it: NaN first, -0 below 0. */
function isLess(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === "bigint" || typeof b === "bigint") return a < b;
  return !Object.is(a, b) && Object.is(Math.min(a, b), a) && !Number.isNaN(b);
}

/** The answer of `reduce(name)`; `first` is what the first row is called. Variance is near only. */
export function reduceModel(name: string, values: readonly Value[], type: string, first: number): unknown {
  const rows = values.length;
  const isWide = type === "i64";
  const plain = values.map((value) => (typeof value === "boolean" ? Number(value) : value));
  const numbers = plain.map(Number);
  switch (name) {
    case "sum":
    case "dot":
    case "mean": {
      const exact = () => plain.reduce<bigint>((total, value) => total + BigInt(value), 0n);
      const total = isWide
        ? BigInt.asIntN(64, exact())
        : type === "i32" || type === "bool"
          ? Number(exact())
          : inTrees(numbers, 0, (left, right) => left + right);
      return name === "mean" ? Number(total) / rows : total;
    }
    case "product":
      return isWide
        ? plain.reduce<bigint>((total, value) => BigInt.asIntN(64, total * BigInt(value)), 1n)
        : inTrees(numbers, 1, (left, right) => left * right);
    case "min":
    case "max": {
      if (!isWide)
        return numbers.reduce((best, value) => Math[name](best, value), name === "min" ? Infinity : -Infinity);
      const sorted = [...plain].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      return sorted.at(name === "min" ? 0 : -1);
    }
    case "count":
      return values.filter(Boolean).length;
    case "any":
      return values.some(Boolean);
    case "all":
      return values.every(Boolean);
    case "argmin":
    case "argmax": {
      let best = -1;
      plain.forEach((value, row) => {
        const than = plain[best];
        const isBetter =
          than === undefined ||
          (name === "argmin" || typeof value === "bigint" || typeof than === "bigint"
            ? name === "argmin"
              ? isLess(value, than)
              : value > than
            : isLess(Number.isNaN(value) ? value : -value, Number.isNaN(than) ? than : -than));
        if (isBetter) best = row;
      });
      return best < 0 ? -1 : best + first;
    }
    case "variance": {
      const mean = numbers.reduce((total, value) => total + value, 0) / rows;
      return numbers.reduce((total, value) => total + (value - mean) ** 2, 0) / rows;
    }
    default:
      throw new Error(`no reduction ${name}`);
  }
}
