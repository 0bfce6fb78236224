/** Fresh processes: the compiler's warm-up curve, the command line's first answer, and what importing the package costs. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { figureOf } from "./sampling.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" });

function processTimes(contenders, rounds) {
  const samples = contenders.map(() => []);
  for (let round = -1; round < rounds; round++) {
    contenders.forEach(({ args }, i) => {
      const start = performance.now();
      node(...args);
      if (round >= 0) samples[i].push((performance.now() - start) * 1e6);
    });
  }
  return contenders.map(({ name }, i) => figureOf(name, samples[i]));
}

/** Times of the 1st, 10th, 100th and 1000th compile in one fresh process, as a program that prints JSON. */
const curveProgram = `
  import { small } from "./bench/formulas.mjs";
  const before = performance.now();
  const { compile } = await import("jitsmith");
  const imported = performance.now() - before;
  const at = {};
  for (let n = 1; n <= 1000; n++) {
    const text = small.vary(n);
    const start = performance.now();
    const f = compile(text);
    f(4);
    const took = performance.now() - start;
    if (n === 1 || n === 10 || n === 100 || n === 1000) at[n] = took * 1e6;
    f.dispose();
  }
  console.log(JSON.stringify({ imported: imported * 1e6, at }));
`;

export function startUp() {
  const runs = Array.from({ length: 9 }, () => JSON.parse(node("--input-type=module", "-e", curveProgram)));
  const curve = [1, 10, 100, 1000].map((n) =>
    figureOf(
      `compile number ${n} and its first call`,
      runs.map((run) => run.at[n]),
    ),
  );
  const whole = processTimes(
    [
      { name: "node, doing nothing", args: ["-e", "0"] },
      {
        name: 'import "jitsmith" in a fresh process',
        args: ["--input-type=module", "-e", 'await import("jitsmith")'],
      },
      { name: "jitsmith eval '(x + 5) * 3' x=4", args: ["bin/jitsmith", "eval", "(x + 5) * 3", "x=4"] },
    ],
    9,
  );
  return [
    {
      title: "warm-up of the compiler in a fresh process",
      goal: "published, not bounded",
      reference: "compile number 1000 and its first call",
      figures: curve,
    },
    { title: "whole processes", goal: "an answer within 150 ms", reference: "node, doing nothing", figures: whole },
    {
      title: "import, inside the process",
      goal: "as little as koffi allows",
      reference: 'import "jitsmith"',
      figures: [
        figureOf(
          'import "jitsmith"',
          runs.map((run) => run.imported),
        ),
      ],
    },
  ];
}
