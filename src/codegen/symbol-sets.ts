/**
 * Sets of symbols as numbers, for the allocation checker, whose states hold one for each location: a set of one symbol is
 * that symbol's number, larger ones get the numbers above in the order in which they turn up. Equal sets have one number.
 */

/** The set of no symbols. */
export const nothing = -1;

export class SymbolSets {
  readonly #symbolCount: number;
  /** The sets of two and more, each in ascending order. */
  readonly #members: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();

  /** Symbols are the numbers from 0 below `symbolCount`. */
  constructor(symbolCount: number) {
    this.#symbolCount = symbolCount;
  }

  membersOf(set: number): readonly number[] {
    if (set === nothing) return [];
    return set < this.#symbolCount ? [set] : this.#members[set - this.#symbolCount]!; // numbers were given out in order
  }

  has(set: number, symbol: number): boolean {
    return set === symbol || (set >= this.#symbolCount && this.membersOf(set).includes(symbol));
  }

  /** The set of these, which may come in any order and more than once. */
  of(symbols: readonly number[]): number {
    const members = [...new Set(symbols)].sort((a, b) => a - b);
    if (members.length < 2) return members[0] ?? nothing;
    const key = members.join();
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#symbolCount + this.#members.push(members) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  without(set: number, symbol: number): number {
    if (set === symbol) return nothing;
    return this.has(set, symbol) ? this.of(this.membersOf(set).filter((member) => member !== symbol)) : set;
  }

  /** What two sets have in common. */
  common(a: number, b: number): number {
    if (a === b) return a;
    return this.of(this.membersOf(a).filter((member) => this.has(b, member)));
  }
}
