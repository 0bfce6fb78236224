import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstVector, slotLocation } from "./machine-code.ts";
import { type MoveResources, sequenceMoves, step } from "./parallel-move.ts";

const scratch = firstVector + 15;
const resources: MoveResources = {
  scratch,
  scratchFor: () => scratch,
  canExchange: (location) => location >= 0 && location < firstVector,
};

/** `r3` general, `x3` vector, `s3` slot. */
function location(word: string): number {
  const number = Number(word.slice(1));
  return word.startsWith("r") ? number : word.startsWith("x") ? firstVector + number : slotLocation(number);
}

function sequence(moves: readonly (readonly [number, number])[]): number[] {
  const steps: number[] = [];
  const from = moves.map(([source]) => source);
  const to = moves.map(([, target]) => target);
  sequenceMoves(from, to, resources, steps);
  return steps;
}

/** Executes a sequence on a machine that holds each location's own number. Slot to slot costs the scratch register. */
function execute(steps: readonly number[]): Map<number, number> {
  const state = new Map<number, number>();
  const at = (place: number): number => state.get(place) ?? place;
  for (let k = 0; k < steps.length; k += 3) {
    const [kind, from = 0, to = 0] = steps.slice(k, k + 3);
    const value = at(from);
    if (kind === step.exchange) state.set(from, at(to));
    if (kind === step.move && from <= -2 && to <= -2) state.set(scratch, Number.NaN);
    state.set(to, value);
  }
  return state;
}

function check(moves: readonly (readonly [number, number])[]): void {
  const state = execute(sequence(moves));
  const targets = new Set(moves.map(([, target]) => target));
  for (const [source, target] of moves) expect(state.get(target) ?? target).toBe(source);
  for (const [place, value] of state) if (!targets.has(place) && place !== scratch) expect(value).toBe(place);
}

const parse = (text: string): [number, number][] =>
  text.split(", ").map((move) => {
    const [to = "", from = ""] = move.split("=");
    return [location(from), location(to)];
  });

describe("parallel moves", () => {
  it.each([
    ["r1=r0", 1],
    ["r1=r0, r2=r1", 2],
    ["r0=r1, r1=r0", 1],
    ["r0=r1, r1=r2, r2=r0", 2],
    ["x0=x1, x1=x0", 3],
    ["x0=x1, x1=x2, x2=x0", 4],
    ["s0=s1, s1=s0", 3],
    ["r0=s0, s0=r0", 3],
    ["r0=r0", 0],
    ["r1=r0, r2=r0, r0=r1", 2],
    ["s0=s1, s2=s3, x0=x1", 3],
  ])("%s takes %i steps", (text, count) => {
    const moves = parse(text);
    check(moves);
    expect(sequence(moves).length / 3).toBe(count);
  });

  it("does not use the scratch register twice at once", () => {
    const steps = sequence(parse("s0=s1, s1=s2, s2=s0"));
    expect(steps.filter((_, k) => k % 3 === 0)).toContain(step.moveThroughStack);
    check(parse("s0=s1, s1=s2, s2=s0"));
  });

  it("any set of moves with distinct targets", () => {
    const places = ["r0", "r1", "r2", "r3", "x0", "x1", "x2", "s0", "s1", "s2"].map(location);
    const moves = fc.uniqueArray(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...places)), {
      selector: ([, target]) => target,
      maxLength: 10,
    });
    fc.assert(fc.property(moves, check), { numRuns: 2000 });
  });
});
