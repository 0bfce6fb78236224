/**
 * Which granules (64 bytes) of a range of pages (64 granules each) are taken: pure bookkeeping, no memory touched.
 *
 * Each page has a 64-bit map of its free granules in two words and is listed under the length of its longest free run, so
 * a function of up to 64 granules finds a page by one look at which lists are not empty, and its place by a few shifts.
 * Larger functions take a run of wholly free pages; the rest of their last page serves small ones.
 * About 17 bytes a page, grown by doubling as pages are first used; a function costs nothing but its granules.
 */

export const granuleBytes = 64;
export const granulesPerPage = 64;
const none = -1;

export class GranuleAllocator {
  readonly maxPages: number;
  /** Pages that bookkeeping exists for; the others were never used. */
  #pages = 0;
  /** Free granules of page p: bit g of `#low[p]` for granule g < 32, of `#high[p]` for g - 32. */
  #low = new Int32Array(0);
  #high = new Int32Array(0);
  /** Longest free run of page p, 0 to 64, which is also the list it is in; 0 and 64 have no list. */
  #run = new Uint8Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** Heads of the lists by longest free run, and which of 1..63 are not empty. */
  readonly #head = new Int32Array(granulesPerPage + 1).fill(none);
  #listedLow = 0;
  #listedHigh = 0;
  /** No page below this one is wholly free. */
  #emptyFrom = 0;
  /** The run found or tested last: a 64-bit map in two words. */
  #mapLow = 0;
  #mapHigh = 0;

  constructor(maxPages: number) {
    this.maxPages = maxPages;
  }

  /** Bytes of this bookkeeping. */
  get metadataBytes(): number {
    return this.#run.length * 17 + this.#head.byteLength;
  }

  /** Takes `count` adjacent granules. Returns the first one's number, or -1 where no such run is left. */
  take(count: number): number {
    return count <= granulesPerPage ? this.#takeSmall(count) : this.#takeLarge(count);
  }

  /** Gives granules back that `take(count)` returned. */
  give(first: number, count: number): void {
    let page = Math.floor(first / granulesPerPage);
    let from = first % granulesPerPage;
    for (let left = count; left > 0; page++, from = 0) {
      const here = Math.min(left, granulesPerPage - from);
      this.#setFree(page, from, here);
      left -= here;
    }
  }

  /** True when no granule of the page is taken. */
  isPageFree(page: number): boolean {
    return page >= this.#pages || this.#run[page] === granulesPerPage;
  }

  #takeSmall(count: number): number {
    let page = this.#pageWithRun(count);
    if (page === none) page = this.#emptyPages(1);
    if (page === none) return none;
    this.#runStarts(this.#low[page] ?? 0, this.#high[page] ?? 0, count);
    const from = this.#mapLow !== 0 ? lowestBit(this.#mapLow) : 32 + lowestBit(this.#mapHigh);
    this.#setTaken(page, from, count);
    return page * granulesPerPage + from;
  }

  #takeLarge(count: number): number {
    const whole = Math.ceil(count / granulesPerPage);
    const page = this.#emptyPages(whole);
    if (page === none) return none;
    for (let index = 0; index < whole; index++) {
      this.#setTaken(page + index, 0, Math.min(granulesPerPage, count - index * granulesPerPage));
    }
    return page * granulesPerPage;
  }

  /** A partly used page with a free run of at least `count`: the shortest run that fits. */
  #pageWithRun(count: number): number {
    if (count >= granulesPerPage) return none;
    let low = this.#listedLow;
    let high = this.#listedHigh;
    if (count < 32) low &= -1 << count;
    else {
      low = 0;
      high &= -1 << (count - 32);
    }
    if (low !== 0) return this.#head[lowestBit(low)] ?? none;
    if (high !== 0) return this.#head[32 + lowestBit(high)] ?? none;
    return none;
  }

  /** The first of `count` adjacent wholly free pages, grown where there are none yet. */
  #emptyPages(count: number): number {
    let found = 0;
    let first = none;
    for (let page = this.#emptyFrom; page < this.maxPages; page++) {
      if (page >= this.#pages) this.#grow(page + count - found);
      if (this.#run[page] !== granulesPerPage) {
        found = 0;
        continue;
      }
      if (first === none) first = page;
      if (++found === count) {
        if (page - count + 1 === first) this.#emptyFrom = page + 1;
        return page - count + 1;
      }
    }
    if (first === none) this.#emptyFrom = this.maxPages;
    return none;
  }

  #grow(atLeast: number): void {
    const pages = Math.min(this.maxPages, Math.max(atLeast, 64, 2 * this.#pages));
    this.#low = grown(this.#low, pages, this.#pages, none);
    this.#high = grown(this.#high, pages, this.#pages, none);
    this.#next = grown(this.#next, pages, this.#pages, none);
    this.#previous = grown(this.#previous, pages, this.#pages, none);
    const run = new Uint8Array(pages).fill(granulesPerPage, this.#pages);
    run.set(this.#run);
    this.#run = run;
    this.#pages = pages;
  }

  #setTaken(page: number, from: number, count: number): void {
    this.#bits(from, count);
    this.#low[page] = (this.#low[page] ?? 0) & ~this.#mapLow;
    this.#high[page] = (this.#high[page] ?? 0) & ~this.#mapHigh;
    this.#relist(page);
  }

  #setFree(page: number, from: number, count: number): void {
    this.#bits(from, count);
    this.#low[page] = (this.#low[page] ?? 0) | this.#mapLow;
    this.#high[page] = (this.#high[page] ?? 0) | this.#mapHigh;
    this.#relist(page);
    if (this.#run[page] === granulesPerPage && page < this.#emptyFrom) this.#emptyFrom = page;
  }

  /** The map with bits from .. from + count - 1 set. */
  #bits(from: number, count: number): void {
    const to = from + count;
    this.#mapLow = onesBelow(Math.min(to, 32)) & ~onesBelow(Math.min(from, 32));
    this.#mapHigh = onesBelow(Math.max(to - 32, 0)) & ~onesBelow(Math.max(from - 32, 0));
  }

  /** The map of places where `count` free granules start: the map and its shifts, anded, by doubling. */
  #runStarts(low: number, high: number, count: number): void {
    for (let have = 1; have < count; ) {
      const shift = Math.min(have, count - have);
      const shiftedLow = shift === 32 ? high : (low >>> shift) | (high << (32 - shift));
      low &= shiftedLow;
      high = shift === 32 ? 0 : high & (high >>> shift);
      have += shift;
    }
    this.#mapLow = low;
    this.#mapHigh = high;
  }

  /** The longest run of ones: the number of times the map survives being anded with its own shift. */
  #longestRun(page: number): number {
    let low = this.#low[page] ?? 0;
    let high = this.#high[page] ?? 0;
    if ((low & high) === -1) return granulesPerPage;
    let run = 0;
    while ((low | high) !== 0) {
      run++;
      low &= (low >>> 1) | (high << 31);
      high &= high >>> 1;
    }
    return run;
  }

  /** Moves the page to the list of its longest free run. */
  #relist(page: number): void {
    const before = this.#run[page] ?? 0;
    const run = this.#longestRun(page);
    if (run === before) return;
    this.#run[page] = run;
    if (before > 0 && before < granulesPerPage) this.#unlink(page, before);
    if (run > 0 && run < granulesPerPage) this.#link(page, run);
  }

  #link(page: number, run: number): void {
    const head = this.#head[run] ?? none;
    this.#next[page] = head;
    this.#previous[page] = none;
    if (head !== none) this.#previous[head] = page;
    this.#head[run] = page;
    if (run < 32) this.#listedLow |= 1 << run;
    else this.#listedHigh |= 1 << (run - 32);
  }

  #unlink(page: number, run: number): void {
    const next = this.#next[page] ?? none;
    const previous = this.#previous[page] ?? none;
    if (next !== none) this.#previous[next] = previous;
    if (previous !== none) this.#next[previous] = next;
    else {
      this.#head[run] = next;
      if (next === none) {
        if (run < 32) this.#listedLow &= ~(1 << run);
        else this.#listedHigh &= ~(1 << (run - 32));
      }
    }
  }
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
const onesBelow = (bit: number): number => (bit >= 32 ? -1 : (1 << bit) - 1);

function grown(old: Int32Array, length: number, from: number, value: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(length).fill(value, from);
  array.set(old);
  return array;
}
