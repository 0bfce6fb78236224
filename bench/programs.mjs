/**
 * Whole programs: `compile` against V8 running the same text, and against `clang -O2` of the same program in C
 * (bench/programs/c) where clang is on the PATH. All three get the same arguments and must give the same number and leave the
 * same arrays behind, to the bit, before anything is timed. Arrays that a program writes are put back before each run, in all
 * three. Times are the processor's, so that other processes take no part. What is quoted is speed: the other's time divided by ours, so that above 1 we are quicker.
 */
import { compile } from "../dist/node/index.js";
import { cPrograms } from "./c-programs.mjs";
import { asJavaScript, programs } from "./programs/programs.mjs";
import { compare, processorTime } from "./sampling.mjs";

const sameBits = (a, b) =>
  ArrayBuffer.isView(a) ? Buffer.from(a.buffer).equals(Buffer.from(b.buffer)) : Object.is(a, b);

/** Runs all three once on fresh arguments. The indices of the arrays that the program writes. */
function checkAlike(program, contenders) {
  const outcomes = contenders.map(({ name, f }) => {
    const args = program.large();
    return { name, answer: f(...args), args };
  });
  const [first] = outcomes;
  for (const { name, answer, args } of outcomes) {
    if (!Object.is(answer, first.answer))
      throw new Error(`${program.name}: ${name} gave ${answer}, ${first.name} ${first.answer}`);
    const odd = args.findIndex((arg, i) => !sameBits(arg, first.args[i]));
    if (odd >= 0) throw new Error(`${program.name}: ${name} leaves argument ${odd} other than ${first.name} does`);
  }
  const fresh = program.large();
  return fresh.flatMap((arg, i) => (sameBits(arg, first.args[i]) ? [] : [i]));
}

/** A contender with arguments of its own, whose written arrays are put back each time. */
function contenderOf({ name, f }, program, written) {
  const args = program.large();
  const restored = written.map((i) => ({ array: args[i], from: args[i].slice() }));
  return {
    name,
    run: (times) => {
      for (let i = 0; i < times; i++) {
        for (const { array, from } of restored) array.set(from);
        f(...args);
      }
    },
  };
}

const geometricMean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const speedText = (peers) =>
  Object.entries(peers)
    .map(([name, speed]) => `${speed.toPrecision(3).padStart(5)} of ${name}`)
    .join("  ");

/** The speed of each program as a share of each peer's, and the geometric means. */
export async function programSpeed({ requireClang = false } = {}) {
  const native = cPrograms({ required: requireClang });
  const rows = [];
  for (const program of programs) {
    const f = compile(program.source, program.options);
    const contenders = [
      { name: "jitsmith", f },
      { name: "V8", f: asJavaScript(program) },
    ];
    if (native !== undefined) contenders.push({ name: "clang -O2", f: native(program) });
    const written = checkAlike(program, contenders);
    const figures = compare(
      contenders.map((contender) => contenderOf(contender, program, written)),
      { rounds: 21, warmUpMs: 250, clock: processorTime },
    );
    f.dispose();
    const [ours, ...others] = figures;
    const speed = Object.fromEntries(others.map(({ name, ns }) => [name, ns / ours.ns]));
    rows.push({ ...ours, name: program.name, beside: speedText(speed), speed, others });
  }
  const peers = Object.keys(rows[0].speed);
  const means = Object.fromEntries(peers.map((peer) => [peer, geometricMean(rows.map(({ speed }) => speed[peer]))]));
  const mean = geometricMean(rows.map(({ ns }) => ns));
  return [
    {
      title: "whole programs: our time, and our speed as a share of the others'",
      goal: "geometric means: V8's speed or better (1), 0.8 of clang -O2",
      figures: [
        ...rows,
        { name: "geometric mean", ns: mean, p10: mean, p90: mean, beside: speedText(means), speed: means },
      ],
    },
  ];
}
