/**
 * The instruction tables joined: every table with the CPU features its rows need.
 * Rows are read when first asked for, so loading this module costs nothing per row.
 */
import { InternalError } from "../../base/errors.ts";
import { bmi1, bmi2, leadingZeros, populationCount } from "./instructions/bmi.ts";
import { control } from "./instructions/control.ts";
import { general } from "./instructions/general.ts";
import { strings } from "./instructions/strings.ts";
import { parseRow, plainSignature, type Row } from "./row.ts";
import type { InstructionTable } from "./row-notation.ts";

export interface InstructionSet {
  /** As `/proc/cpuinfo` spells them; empty for what every x86-64 CPU has. */
  readonly features: readonly string[];
  readonly rows: InstructionTable;
}

/** Tables in order of preference: of two rows that fit, the one in the earlier table wins. */
const tables = [
  { features: [], rows: general },
  { features: [], rows: control },
  { features: [], rows: strings },
  { features: ["popcnt"], rows: populationCount },
  { features: ["abm"], rows: leadingZeros },
  { features: ["bmi1"], rows: bmi1 },
  { features: ["bmi2"], rows: bmi2 },
] as const satisfies readonly InstructionSet[];

/** All tables, for whoever walks the whole instruction set. */
export const instructionSets: readonly InstructionSet[] = tables;

type JoinedTables<Sets extends readonly InstructionSet[]> = Sets extends readonly [
  infer First extends InstructionSet,
  ...infer Rest extends readonly InstructionSet[],
]
  ? First["rows"] & JoinedTables<Rest>
  : unknown;

/** The type of all tables as one: mnemonic -> signature -> encoding. */
export type Instructions = JoinedTables<typeof tables>;

export type Mnemonic = keyof Instructions & string;

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
  throw new InternalError(`${mnemonic} has no row "${signature}"; rows: ${forms}`);
}
