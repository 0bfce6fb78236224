/**
 * What the conformance tests count, kept for `docs/conformance.md`: `npm run conformance` names a folder in which each test
 * that was run leaves its scores.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.CONFORMANCE_SCORES;

export interface CorpusScore {
  readonly files: readonly {
    readonly name: string;
    readonly passed: number;
    readonly explained: number;
    readonly notCovered: number;
    /** Lines of the extensions that the tables are to cover, and those of them that passed. */
    readonly listed: number;
    readonly covered: number;
  }[];
  readonly extensions: readonly { readonly name: string; readonly passed: number; readonly explained: number }[];
  readonly notCovered: readonly (readonly [mnemonic: string, lines: number])[];
  readonly explanations: readonly (readonly [why: string, lines: number])[];
}

export interface ComparisonScore {
  readonly title: string;
  readonly judge: string;
  readonly cases: number;
  readonly unexplained: number;
  /** Reasons for differences and how often each came up. */
  readonly explained: readonly (readonly [why: string, times: number])[];
}

interface Scores {
  readonly corpora: CorpusScore;
  readonly icedGolden: ComparisonScore;
  readonly icedRandom: ComparisonScore;
  readonly llvmInstructions: ComparisonScore;
  readonly llvmBytes: ComparisonScore;
  readonly properties: { readonly cases: number; readonly seed: number; readonly names: readonly string[] };
}

export function recordScore<K extends keyof Scores>(name: K, score: Scores[K]): void {
  if (folder !== undefined) writeFileSync(join(folder, `${name}.json`), JSON.stringify(score));
}

/** Throws where the test that counts it did not run. */
export function readScore<K extends keyof Scores>(name: K): Scores[K] {
  if (folder === undefined) throw new Error("CONFORMANCE_SCORES is not set; run: npm run conformance");
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
}
