import { expect, test } from "vitest";
import { StoreTrial } from "./store-trial.ts";

/** Runs a trial with stretches that take so long, and tells the order and the winner. */
function tried(timeOf: (stores: string, position: number) => number): { order: string; winner: string | undefined } {
  const trial = new StoreTrial();
  let order = "";
  for (let position = 0; trial.winner === undefined && position < 100; position++) {
    const { next } = trial;
    order += next.charAt(0);
    trial.record(next, timeOf(next, position));
  }
  return { order, winner: trial.winner };
}

test("each is the first of two as often as the other, and the quicker one wins", () => {
  expect(tried((stores) => (stores === "streaming" ? 1 : 2))).toEqual({ order: "fssffssffssf", winner: "streaming" });
  expect(tried((stores) => (stores === "streaming" ? 2 : 1)).winner).toBe("fetching");
});

test("stretches that make pages, or wait for the processor, do not count", () => {
  expect(tried((stores, position) => (position % 2 === 0 ? 50 : stores === "streaming" ? 1 : 2)).winner).toBe(
    "streaming",
  );
  expect(tried((stores, position) => (position > 6 ? 50 : stores === "streaming" ? 2 : 1)).winner).toBe("fetching");
});

test("a little quicker is not enough to leave the caches empty", () => {
  expect(tried((stores) => (stores === "streaming" ? 0.97 : 1)).winner).toBe("fetching");
});

test("once it is decided, nothing else is asked for", () => {
  const trial = new StoreTrial();
  while (trial.winner === undefined) trial.record(trial.next, trial.next === "streaming" ? 1 : 2);
  expect([trial.next, trial.next, trial.winner]).toEqual(["streaming", "streaming", "streaming"]);
});
