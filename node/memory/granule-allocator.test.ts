import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GranuleAllocator, granulesPerPage } from "./granule-allocator.ts";

describe("GranuleAllocator", () => {
  it("never gives a granule twice, keeps pages' emptiness, and gets everything back", () => {
    const step = fc.record({
      take: fc.boolean(),
      count: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }) },
        { weight: 3, arbitrary: fc.integer({ min: 1, max: 64 }) },
        { weight: 1, arbitrary: fc.integer({ min: 65, max: 400 }) },
      ),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const maxPages = 20;
        const allocator = new GranuleAllocator(maxPages);
        const owner = new Int32Array(maxPages * granulesPerPage);
        const live: { first: number; count: number }[] = [];
        const mark = (first: number, count: number, from: number, to: number): void => {
          for (let granule = first; granule < first + count; granule++) {
            expect(owner[granule]).toBe(from);
            owner[granule] = to;
          }
        };
        for (const { take, count, which } of steps) {
          if (take || live.length === 0) {
            const first = allocator.take(count);
            if (first < 0) {
              expect(hasRoom(owner, count)).toBe(false);
            } else {
              mark(first, count, 0, 1);
              live.push({ first, count });
            }
          } else {
            const [gone] = live.splice(which % live.length, 1);
            if (gone === undefined) continue;
            allocator.give(gone.first, gone.count);
            mark(gone.first, gone.count, 1, 0);
          }
          for (let page = 0; page < maxPages; page++) {
            const granules = owner.subarray(page * granulesPerPage, (page + 1) * granulesPerPage);
            expect(allocator.isPageFree(page)).toBe(granules.every((granule) => granule === 0));
          }
        }
        for (const { first, count } of live) allocator.give(first, count);
        expect(allocator.take(maxPages * granulesPerPage)).toBe(0);
        expect(allocator.take(1)).toBe(-1);
      }),
    );
  });

  it("packs 64 functions of one granule into one page and reuses a freed place", () => {
    const allocator = new GranuleAllocator(4);
    expect(Array.from({ length: 64 }, () => allocator.take(1))).toEqual(
      Array.from({ length: 64 }, (_, index) => index),
    );
    allocator.give(17, 1);
    expect(allocator.take(1)).toBe(17);
    expect(allocator.take(1)).toBe(64);
  });

  it("takes the shortest run that fits, and lets small ones use the rest of a large one's last page", () => {
    const allocator = new GranuleAllocator(8);
    expect(allocator.take(70)).toBe(0);
    expect(allocator.take(58)).toBe(70);
    expect(allocator.take(2)).toBe(128);
    expect(allocator.take(3)).toBe(130);
    expect(allocator.take(10)).toBe(133);
    allocator.give(128, 2);
    expect(allocator.take(2)).toBe(128);
  });

  it("needs less than 18 bytes of bookkeeping for each page in use, doubling included twice that", () => {
    const allocator = new GranuleAllocator(1 << 16);
    const before = allocator.metadataBytes;
    for (let index = 0; index < 64 * 2048; index++) allocator.take(1);
    expect(allocator.metadataBytes - before).toBeLessThan(18 * 4096);
  });

  it("takes and gives in about constant time, also with a hundred thousand functions and holes", () => {
    const allocator = new GranuleAllocator(1 << 16);
    const places = Array.from({ length: 100_000 }, () => allocator.take(2));
    for (let index = 0; index < places.length; index += 2) allocator.give(places[index] ?? 0, 2);
    const start = performance.now();
    let lowest = 0;
    for (let index = 0; index < 50_000; index++) lowest = Math.min(lowest, allocator.take(2));
    // About 20 ms; 50,000 first-fit searches over 100,000 functions would take minutes.
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(lowest).toBe(0);
    expect(allocator.take(2)).toBeGreaterThanOrEqual(200_000);
  });
});

/**
 * Whether the allocator promises room: a run inside one page for up to 64 granules, whole free pages for more. (A larger
 * function may end in the middle of a page but starts and runs in wholly free ones.)
 */
function hasRoom(owner: Int32Array, count: number): boolean {
  const pages = owner.length / granulesPerPage;
  const needed = Math.ceil(count / granulesPerPage);
  let freePages = 0;
  for (let page = 0; page < pages; page++) {
    const granules = owner.subarray(page * granulesPerPage, (page + 1) * granulesPerPage);
    let run = 0;
    for (const granule of granules) {
      run = granule === 0 ? run + 1 : 0;
      if (count <= granulesPerPage && run >= count) return true;
    }
    freePages = granules.every((granule) => granule === 0) ? freePages + 1 : 0;
    if (count > granulesPerPage && freePages >= needed) return true;
  }
  return false;
}
