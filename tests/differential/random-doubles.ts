/** Doubles of any bits, the same in every run with one seed (random-runs.ts), quickly: for tests that draw millions of them. */
import { nodeHost } from "../../node/node-host.ts";
import { createEngine } from "../../src/engine/compile.ts";
import { seed } from "../random-runs.ts";

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);

let state = seed;

/** 32 bits. */
export function randomWord(): number {
  state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
  const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export function doubleOf(low: number, high: number): number {
  words[0] = low;
  words[1] = high;
  return bits[0] ?? 0;
}

export const anyNumber = (): number => doubleOf(randomWord(), randomWord());

/** Compiles as for a CPU whose divider is quick. */
export const compileDividing = createEngine(
  Object.create(nodeHost, { cpuFeatures: { value: new Set([...nodeHost.cpuFeatures, "sse4a"]) } }),
).compile;
