/**
 * The instruction tables joined: every table with the CPU features its rows need.
 * Rows are read when first asked for, so loading this module costs nothing per row.
 */
import { EncodingError } from "../../base/errors.ts";
import type { CpuFeature } from "./features.ts";
import { avx } from "./instructions/avx.ts";
import { avx2 } from "./instructions/avx2.ts";
import { bmi1, bmi2, leadingZeros, populationCount } from "./instructions/bmi.ts";
import { control, prefetchForWriting, timestampAndProcessor } from "./instructions/control.ts";
import { aes, avxAes, avxPclmulqdq, pclmulqdq, sha } from "./instructions/crypto.ts";
import { f16c, fma } from "./instructions/fma.ts";
import { compareExchange16, general } from "./instructions/general.ts";
import { sse, sse2 } from "./instructions/sse.ts";
import { sse3, sse41, sse42, ssse3 } from "./instructions/sse4.ts";
import { strings } from "./instructions/strings.ts";
import { parseRow, plainSignature, type Row } from "./row.ts";
import type { InstructionTable } from "./row-notation.ts";

export interface InstructionSet {
  /** Empty for what every x86-64 CPU has. */
  readonly features: readonly CpuFeature[];
  readonly rows: InstructionTable;
}

/** Tables in order of preference: of two rows that fit, the one in the earlier table wins. */
const tables = [
  { features: [], rows: general },
  { features: [], rows: control },
  { features: [], rows: strings },
  { features: ["cx16"], rows: compareExchange16 },
  { features: ["rdtscp"], rows: timestampAndProcessor },
  { features: ["3dnowprefetch"], rows: prefetchForWriting },
  { features: ["popcnt"], rows: populationCount },
  { features: ["abm"], rows: leadingZeros },
  { features: ["bmi1"], rows: bmi1 },
  { features: ["bmi2"], rows: bmi2 },
  { features: ["sse"], rows: sse },
  { features: ["sse2"], rows: sse2 },
  { features: ["pni"], rows: sse3 },
  { features: ["ssse3"], rows: ssse3 },
  { features: ["sse4_1"], rows: sse41 },
  { features: ["sse4_2"], rows: sse42 },
  { features: ["aes"], rows: aes },
  { features: ["pclmulqdq"], rows: pclmulqdq },
  { features: ["sha_ni"], rows: sha },
  { features: ["avx"], rows: avx },
  { features: ["aes", "avx"], rows: avxAes },
  { features: ["pclmulqdq", "avx"], rows: avxPclmulqdq },
  { features: ["avx2"], rows: avx2 },
  { features: ["fma"], rows: fma },
  { features: ["f16c"], rows: f16c },
] as const satisfies readonly InstructionSet[];

/** All tables, for whoever walks the whole instruction set. */
export const instructionSets: readonly InstructionSet[] = tables;

type Tables = (typeof tables)[number]["rows"];
type KeysOf<T> = T extends unknown ? keyof T : never;

export type Mnemonic = KeysOf<Tables> & string;

/** The tables' rows of a mnemonic, signature -> encoding; a union where several tables have some. */
export type RowsOfMnemonic<M extends Mnemonic> = RowsIn<Tables, M>;
type RowsIn<T, M> = T extends unknown ? (M extends keyof T ? T[M] : never) : never;

/** The keys of a mnemonic's rows. */
export type SignatureKey<M extends Mnemonic> = KeysOf<RowsOfMnemonic<M>> & string;

let setsByMnemonic: Map<string, InstructionSet[]> | undefined;
const rowsByMnemonic = new Map<string, readonly Row[]>();

function setsOf(mnemonic: string): readonly InstructionSet[] {
  if (setsByMnemonic === undefined) {
    setsByMnemonic = new Map();
    for (const set of instructionSets) {
      for (const name of Object.keys(set.rows)) {
        const sets = setsByMnemonic.get(name);
        if (sets === undefined) setsByMnemonic.set(name, [set]);
        else sets.push(set);
      }
    }
  }
  return setsByMnemonic.get(mnemonic) ?? [];
}

/** Every mnemonic of the tables, each once. */
export function mnemonics(): readonly string[] {
  setsOf("");
  return [...(setsByMnemonic?.keys() ?? [])];
}

/** The rows of a mnemonic in order of preference; empty for an unknown one. */
export function rowsOf(mnemonic: string): readonly Row[] {
  let rows = rowsByMnemonic.get(mnemonic);
  if (rows === undefined) {
    rows = setsOf(mnemonic).flatMap(({ features, rows }) =>
      Object.entries(rows[mnemonic] ?? {}).map(([signature, encoding]) =>
        parseRow(mnemonic, signature, encoding, features),
      ),
    );
    if (rows.length > 0) rowsByMnemonic.set(mnemonic, rows);
  }
  return rows;
}

/**
 * The largest number of explicit operands that a row of the mnemonic takes, rounding included. Counts commas without
 * reading the rows.
 */
export function mostOperandsOf(mnemonic: string): number {
  let most = 0;
  for (const { rows } of setsOf(mnemonic)) {
    for (const signature in rows[mnemonic]) {
      const end = signature.indexOf("<");
      let count = 1;
      for (let at = signature.indexOf(","); at >= 0 && (end < 0 || at < end); at = signature.indexOf(",", at + 1))
        count++;
      if (signature.includes("{er}") || signature.includes("{sae}")) count++;
      if (count > most) most = count;
    }
  }
  return most;
}

/** Every row of every table. */
export function allRows(): Row[] {
  return mnemonics().flatMap((mnemonic) => rowsOf(mnemonic));
}

/** The row with this signature, with or without marks and implicit operands. */
export function rowOf(mnemonic: Mnemonic, signature: string): Row {
  const rows = rowsOf(mnemonic);
  const row =
    rows.find((candidate) => candidate.signature === signature) ??
    rows.find((candidate) => plainSignature(candidate.signature) === signature);
  if (row !== undefined) return row;
  const forms = rows.map((candidate) => plainSignature(candidate.signature)).join(" | ");
  throw new EncodingError(`${mnemonic}: no form is written "${signature}"; forms: ${forms}`);
}
