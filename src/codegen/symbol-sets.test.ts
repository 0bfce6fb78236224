import { describe, expect, it } from "vitest";
import { nothing, SymbolSets } from "./symbol-sets.ts";

describe("sets of symbols", () => {
  const sets = new SymbolSets(10);
  const some = sets.of([3, 7, 5, 3]);

  it("gives equal sets one number, and a symbol alone its own", () => {
    expect(sets.of([7, 5, 3])).toBe(some);
    expect(sets.of([4, 4])).toBe(4);
    expect(sets.of([])).toBe(nothing);
    expect(sets.of([3, 7])).not.toBe(some);
    expect(some).toBeGreaterThanOrEqual(10);
  });

  it("knows who is in", () => {
    expect([2, 3, 5, 7].map((symbol) => sets.has(some, symbol))).toEqual([false, true, true, true]);
    expect([2, 3].map((symbol) => sets.has(3, symbol))).toEqual([false, true]);
    expect(sets.has(nothing, 3)).toBe(false);
    expect(sets.membersOf(nothing)).toEqual([]);
  });

  it("takes out, and keeps what two have in common", () => {
    expect(sets.without(some, 5)).toBe(sets.of([3, 7]));
    expect(sets.without(some, 4)).toBe(some);
    expect(sets.without(3, 3)).toBe(nothing);
    expect(sets.without(sets.of([3, 7]), 7)).toBe(3);
    expect(sets.common(some, sets.of([2, 3, 7]))).toBe(sets.of([3, 7]));
    expect(sets.common(some, 5)).toBe(5);
    expect(sets.common(5, some)).toBe(5);
    expect(sets.common(some, nothing)).toBe(nothing);
    expect(sets.common(some, 4)).toBe(nothing);
  });
});
