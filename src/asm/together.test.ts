/** Code that is to stand between two multiples of a power of two does, wherever branches grow around it. */
import { expect, test } from "vitest";
import { CodeBuffer } from "./code-buffer.ts";
import { fillWithNoOperations } from "./x64/no-operations.ts";

/** Numbers below a bound (xorshift32). */
function randomNumbers(start: number): (bound: number) => number {
  let state = start | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

test("neither crosses a multiple of the alignment nor ends there", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomNumbers(seed * 0x9e3779b1);
    const buffer = new CodeBuffer(fillWithNoOperations);
    const targets = Array.from({ length: 6 }, () => buffer.newLabel());
    const unbound = [...targets];
    const groups: { readonly start: number; readonly end: number }[] = [];
    for (let k = 0; k < 60; k++) {
      if (random(8) === 0) {
        const label = unbound.pop();
        if (label !== undefined) buffer.bindLabel(label);
      }
      buffer.append(new Uint8Array(random(24)).fill(0x90));
      if (random(10) === 0) buffer.align(16);
      const handle = buffer.startTogether(32);
      const group = { start: buffer.newLabel(), end: buffer.newLabel() };
      buffer.bindLabel(group.start);
      buffer.append(new Uint8Array(random(8)).fill(0x90));
      if (random(4) > 0) buffer.branch(0x74, 0x0f84, targets[random(targets.length)] ?? 0);
      buffer.bindLabel(group.end);
      buffer.endTogether(handle);
      groups.push(group);
    }
    for (const label of unbound) buffer.bindLabel(label);
    for (const { start, end } of groups) {
      const from = buffer.offsetOf(start);
      const to = buffer.offsetOf(end);
      if (to > from) expect(Math.floor(from / 32), `seed ${seed}: ${from} to ${to}`).toBe(Math.floor(to / 32));
    }
    // The layout that offsets come from is the one that is written.
    expect(buffer.toBytes().length).toBe(buffer.layout().byteLength);
  }
});

test("what has room stays where it is", () => {
  const buffer = new CodeBuffer(fillWithNoOperations);
  buffer.append(new Uint8Array(20).fill(0x90));
  const first = buffer.startTogether(32);
  buffer.append([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  buffer.endTogether(first);
  expect(buffer.toBytes().length).toBe(31);
  const second = buffer.startTogether(32);
  buffer.append([12]);
  buffer.endTogether(second);
  expect([...buffer.toBytes().subarray(30)]).toEqual([11, 0x90, 12]);
});
