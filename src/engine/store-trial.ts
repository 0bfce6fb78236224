/**
 * Which stores suit results that are larger than all caches: those that ask for their lines early, or those that go past the caches.
 *
 * No rule tells: streaming spares a third of a copy's traffic and wins by up to a half where a core can have many such stores
 * under way, and loses by a quarter where the buffers that fetch lines are the limit. So the first rows of a kernel's first large
 * call are computed by both, in stretches, and what took less time at its best does the rest. The results are the same bits.
 *
 * The best counts, since a stretch that is the first in its pages, or shares the processor, tells nothing. The order is ABBA:
 * of each huge page, which is two stretches long, both are the first equally often.
 */
import type { Stores } from "../vector/map-kernel.ts";

type LargeStores = Exclude<Stores, "plain">;

/** Bytes of results of one stretch: many pages, and a small part of what is worth a trial. */
export const stretchBytes = 1024 * 1024;
/** Stretches by each, an even number. */
const stretches = 6;
/** Streaming has to be so much quicker, since it leaves nothing in the caches for whoever reads the results. */
const enough = 0.95;

export class StoreTrial {
  readonly #times: Record<LargeStores, number[]> = { fetching: [], streaming: [] };
  #winner: LargeStores | undefined;

  /** What won; undefined as long as the trial goes on. */
  get winner(): LargeStores | undefined {
    return this.#winner;
  }

  /** What the next stretch is to be computed with. */
  get next(): LargeStores {
    const { fetching, streaming } = this.#times;
    const position = (fetching.length + streaming.length) % 4;
    return this.#winner ?? (position === 1 || position === 2 ? "streaming" : "fetching");
  }

  /** Is told what a row of a stretch took, in any unit. */
  record(stores: LargeStores, time: number): void {
    const { fetching, streaming } = this.#times;
    this.#times[stores].push(time);
    if (fetching.length < stretches || streaming.length < stretches) return;
    this.#winner = Math.min(...streaming) < enough * Math.min(...fetching) ? "streaming" : "fetching";
  }
}
