/**
 * The programs that `npm run bench` times, as text: each is JavaScript, and compiles as it stands. `small` and `large` make
 * fresh arguments, `large` for runs of 1 to 20 ms; `options` are those of `compile`. The same programs in C are in c/.
 */
import { program as collatz } from "./collatz.mjs";
import { program as fannkuch } from "./fannkuch.mjs";
import { program as fib } from "./fib.mjs";
import { program as heapsort } from "./heapsort.mjs";
import { program as horner } from "./horner.mjs";
import { program as levenshtein } from "./levenshtein.mjs";
import { program as mandelbrot } from "./mandelbrot.mjs";
import { program as matmul } from "./matmul.mjs";
import { program as nQueens } from "./n-queens.mjs";
import { program as nbody } from "./nbody.mjs";
import { program as sha256 } from "./sha-256.mjs";
import { program as sieve } from "./sieve.mjs";
import { program as spectralNorm } from "./spectral-norm.mjs";
import { program as xorshift } from "./xorshift.mjs";

export const programs = [
  sieve,
  nbody,
  spectralNorm,
  fannkuch,
  mandelbrot,
  matmul,
  collatz,
  fib,
  nQueens,
  heapsort,
  levenshtein,
  sha256,
  xorshift,
  horner,
];

/** The program as V8 runs it: the same texts, evaluated. */
export function asJavaScript({ source, options }) {
  const functions = Object.entries(options.functions ?? {});
  const declarations = functions.map(([name, text]) => `const ${name} = ${text};`);
  return new Function(`"use strict"; ${declarations.join("\n")}\nreturn ${source};`)();
}
