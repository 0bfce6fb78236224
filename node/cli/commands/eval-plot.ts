/**
 * `eval --plot`: results as a line in the terminal, over the rows of a table or over a range of one variable.
 *
 * A table may have any number of rows: they are gathered in at most some thousand buckets of equally many rows each, which
 * are joined in pairs whenever they have all been used.
 */
import { plot } from "simple-ascii-chart";
import {
  type AddedColumn,
  type Field,
  isValid,
  type NumberType,
  type TableBatch,
  type TableWriter,
} from "../../files/table.ts";
import { numberText, print } from "../terminal.ts";

const mostBuckets = 4096;

/** Rows that are drawn as one. */
interface Bucket {
  sum: number;
  count: number;
}

/** Means of buckets of rows. */
export class Buckets {
  readonly #buckets: Bucket[] = [];
  /** Rows in each bucket, and rows so far. */
  #size = 1;
  #rows = 0;

  /** The next row's value; NaN and infinities leave a gap. */
  add(value: number): void {
    const index = Math.floor(this.#rows / this.#size);
    this.#rows++;
    if (index === mostBuckets) {
      this.#joinPairs();
      this.#rows--;
      this.add(value);
      return;
    }
    this.#buckets[index] ??= { sum: 0, count: 0 };
    const bucket = this.#buckets[index];
    if (bucket === undefined || !Number.isFinite(value)) return;
    bucket.sum += value;
    bucket.count++;
  }

  /** At most `count` points of first row and mean, for the rows that have any. */
  points(count: number): [row: number, mean: number][] {
    const joined = Math.max(1, Math.ceil(this.#buckets.length / count));
    const points: [number, number][] = [];
    for (let from = 0; from < this.#buckets.length; from += joined) {
      let sum = 0;
      let rows = 0;
      for (const bucket of this.#buckets.slice(from, from + joined)) {
        sum += bucket.sum;
        rows += bucket.count;
      }
      if (rows > 0) points.push([from * this.#size, sum / rows]);
    }
    return points;
  }

  #joinPairs(): void {
    for (let at = 0; at < mostBuckets / 2; at++) {
      const a = this.#buckets[2 * at];
      const b = this.#buckets[2 * at + 1];
      this.#buckets[at] = { sum: (a?.sum ?? 0) + (b?.sum ?? 0), count: (a?.count ?? 0) + (b?.count ?? 0) };
    }
    this.#buckets.length = mostBuckets / 2;
    this.#size *= 2;
  }
}

/** Draws the first computed column of a table. */
export class TablePlot {
  readonly #name: string;
  readonly #buckets = new Buckets();

  constructor(name: string) {
    this.#name = name;
  }

  /** A writer that notes what it sees and hands it on. */
  before(next: TableWriter | undefined): TableWriter {
    const buckets = this.#buckets;
    return {
      begin(fields: readonly Field[], added: readonly { readonly name: string; readonly type: NumberType }[]): void {
        next?.begin(fields, added);
      },
      async write(batch: TableBatch, added: readonly AddedColumn[], keep: Uint8Array | undefined): Promise<void> {
        const [column] = added;
        if (column !== undefined)
          for (let row = 0; row < batch.rows; row++)
            if (keep === undefined || keep[row] === 1)
              buckets.add(isValid(column.validity, row) ? Number(column.values[row]) : Number.NaN);
        await next?.write(batch, added, keep);
      },
      finish: async () => {},
    };
  }

  print(): void {
    printPlot(`${this.#name} by row`, this.#buckets.points(plotWidth()));
  }
}

/** How many points fit into the terminal, or into 80 characters. */
export function plotWidth(): number {
  return Math.max(20, Math.min(160, (process.stdout.columns ?? 80) - 14));
}

/** Prints a line through the points. */
export function printPlot(title: string, points: [x: number, y: number][]): void {
  if (points.length === 0) {
    print(`${title}: no finite value to draw`);
    return;
  }
  const places = [0, 0.25, 0.5, 0.75, 1].map((share) => points[Math.round(share * (points.length - 1))]?.[0] ?? 0);
  const chart = plot(points, {
    width: plotWidth(),
    height: 16,
    title,
    customXAxisTicks: [...new Set(places)],
    formatter: (value) => shortNumber(value),
  });
  print(chart.trimEnd());
}

function shortNumber(value: number): string {
  const text = numberText(value);
  return text.length <= 8 ? text : numberText(Number(value.toPrecision(4)));
}
