/**
 * The instruction tables joined: every table with the CPU features its rows need.
 * Rows are read when first asked for, so loading this module costs nothing per row.
 */
import { EncodingError } from "../../base/errors.ts";
import type { CpuFeature } from "./features.ts";
import { avx } from "./instructions/avx.ts";
import { avx2 } from "./instructions/avx2.ts";
import { conversionsBw, conversionsDq, conversionsF } from "./instructions/avx512-conversions.ts";
import {
  avx512Gfni,
  avxDotProducts,
  avxGfni,
  gfni,
  vaes,
  vaes256,
  vpclmulqdq,
  vpclmulqdq256,
} from "./instructions/avx512-crypto.ts";
import { floatingPointDq, floatingPointF } from "./instructions/avx512-floating-point.ts";
import { fmaF } from "./instructions/avx512-fma.ts";
import {
  brainFloat,
  conflicts,
  countsBitalg,
  countsVpopcntdq,
  dotProducts,
  integerBw,
  integerDq,
  integerF,
  intersections,
  wideMultiplyAdd,
} from "./instructions/avx512-integer.ts";
import {
  elementMovesBw,
  elementMovesDq,
  elementMovesF,
  movesBw,
  movesDq,
  movesF,
  movesVbmi2,
} from "./instructions/avx512-moves.ts";
import { permutationsBw, permutationsF, permutationsVbmi } from "./instructions/avx512-permutations.ts";
import { shiftsBw, shiftsF, shiftsVbmi2 } from "./instructions/avx512-shifts.ts";
import { bmi1, bmi2, leadingZeros, populationCount } from "./instructions/bmi.ts";
import { control, prefetchForWriting, timestampAndProcessor } from "./instructions/control.ts";
import { aes, avxAes, avxPclmulqdq, pclmulqdq, sha } from "./instructions/crypto.ts";
import { f16c, fma } from "./instructions/fma.ts";
import { compareExchange16, general } from "./instructions/general.ts";
import { masksBw, masksDq, masksF, maskVectorsBw, maskVectorsCd, maskVectorsDq } from "./instructions/opmask.ts";
import {
  commands,
  demotion,
  directStores,
  directStores64,
  flushOptimized,
  lineOfZeros,
  processorNumber,
  protectionKeys,
  randomNumbers,
  randomSeeds,
  savedState,
  savedStateCompacted,
  savedStateOptimized,
  segmentBases,
  serialization,
  swappingMoves,
  traceWrites,
  transactions,
  twoCarries,
  untrackedLoads,
  userWaits,
  userWaitsAmd,
  writeBack,
} from "./instructions/small-extensions.ts";
import { sse, sse2 } from "./instructions/sse.ts";
import { sse3, sse41, sse42, ssse3 } from "./instructions/sse4.ts";
import { strings } from "./instructions/strings.ts";
import { parseRow, plainSignature, type Row } from "./row.ts";
import type { InstructionTable } from "./row-notation.ts";

export interface InstructionSet {
  /** Empty for what every x86-64 CPU has. */
  readonly features: readonly CpuFeature[];
  /** What its EVEX rows of 128 and 256 bits need besides. */
  readonly below512?: CpuFeature;
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
  { features: ["movbe"], rows: swappingMoves },
  { features: ["adx"], rows: twoCarries },
  { features: ["rdrand"], rows: randomNumbers },
  { features: ["rdseed"], rows: randomSeeds },
  { features: ["rdpid"], rows: processorNumber },
  { features: ["fsgsbase"], rows: segmentBases },
  { features: ["xsave"], rows: savedState },
  { features: ["xsaveopt"], rows: savedStateOptimized },
  { features: ["xsavec"], rows: savedStateCompacted },
  { features: ["ospke"], rows: protectionKeys },
  { features: ["clflushopt"], rows: flushOptimized },
  { features: ["clwb"], rows: writeBack },
  { features: ["cldemote"], rows: demotion },
  { features: ["clzero"], rows: lineOfZeros },
  { features: ["movdiri"], rows: directStores },
  { features: ["movdir64b"], rows: directStores64 },
  { features: ["enqcmd"], rows: commands },
  { features: ["ptwrite"], rows: traceWrites },
  { features: ["serialize"], rows: serialization },
  { features: ["waitpkg"], rows: userWaits },
  { features: ["mwaitx"], rows: userWaitsAmd },
  { features: ["rtm"], rows: transactions },
  { features: ["tsxldtrk"], rows: untrackedLoads },
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
  { features: ["gfni"], rows: gfni },
  { features: ["gfni", "avx"], rows: avxGfni },
  { features: ["vaes"], rows: vaes256 },
  { features: ["vpclmulqdq"], rows: vpclmulqdq256 },
  { features: ["avx512f"], rows: masksF },
  { features: ["avx512bw"], rows: masksBw },
  { features: ["avx512dq"], rows: masksDq },
  { features: ["avx512bw"], below512: "avx512vl", rows: maskVectorsBw },
  { features: ["avx512dq"], below512: "avx512vl", rows: maskVectorsDq },
  { features: ["avx512cd"], below512: "avx512vl", rows: maskVectorsCd },
  { features: ["avx512f"], below512: "avx512vl", rows: movesF },
  { features: ["avx512f"], rows: elementMovesF },
  { features: ["avx512f"], below512: "avx512vl", rows: floatingPointF },
  { features: ["avx512f"], below512: "avx512vl", rows: fmaF },
  { features: ["avx512f"], below512: "avx512vl", rows: conversionsF },
  { features: ["avx512f"], below512: "avx512vl", rows: integerF },
  { features: ["avx512f"], below512: "avx512vl", rows: shiftsF },
  { features: ["avx512f"], below512: "avx512vl", rows: permutationsF },
  { features: ["avx512bw"], below512: "avx512vl", rows: movesBw },
  { features: ["avx512bw"], rows: elementMovesBw },
  { features: ["avx512bw"], below512: "avx512vl", rows: conversionsBw },
  { features: ["avx512bw"], below512: "avx512vl", rows: integerBw },
  { features: ["avx512bw"], below512: "avx512vl", rows: shiftsBw },
  { features: ["avx512bw"], below512: "avx512vl", rows: permutationsBw },
  { features: ["avx512dq"], below512: "avx512vl", rows: movesDq },
  { features: ["avx512dq"], rows: elementMovesDq },
  { features: ["avx512dq"], below512: "avx512vl", rows: floatingPointDq },
  { features: ["avx512dq"], below512: "avx512vl", rows: conversionsDq },
  { features: ["avx512dq"], below512: "avx512vl", rows: integerDq },
  { features: ["avx512cd"], below512: "avx512vl", rows: conflicts },
  { features: ["avx512ifma"], below512: "avx512vl", rows: wideMultiplyAdd },
  { features: ["avx512vbmi"], below512: "avx512vl", rows: permutationsVbmi },
  { features: ["avx512_vbmi2"], below512: "avx512vl", rows: movesVbmi2 },
  { features: ["avx512_vbmi2"], below512: "avx512vl", rows: shiftsVbmi2 },
  { features: ["avx512_vnni"], below512: "avx512vl", rows: dotProducts },
  { features: ["avx512_bitalg"], below512: "avx512vl", rows: countsBitalg },
  { features: ["avx512_vpopcntdq"], below512: "avx512vl", rows: countsVpopcntdq },
  { features: ["avx512_bf16"], below512: "avx512vl", rows: brainFloat },
  { features: ["avx512_vp2intersect"], below512: "avx512vl", rows: intersections },
  { features: ["gfni", "avx512f"], below512: "avx512vl", rows: avx512Gfni },
  { features: ["vaes", "avx512f"], below512: "avx512vl", rows: vaes },
  { features: ["vpclmulqdq", "avx512f"], below512: "avx512vl", rows: vpclmulqdq },
  // As in LLVM and GNU as, the mnemonic alone means EVEX.
  { features: ["avx_vnni"], rows: avxDotProducts },
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
export type SignatureKey<M extends Mnemonic> = KeysOf<RowsOfMnemonic<M>>;

const rowsByMnemonic = new Map<string, readonly Row[]>();

function setsOf(mnemonic: string): readonly InstructionSet[] {
  return instructionSets.filter(({ rows }) => Object.hasOwn(rows, mnemonic));
}

/** Whether some table has rows of this name. */
export function isMnemonic(name: string): name is Mnemonic {
  return instructionSets.some(({ rows }) => Object.hasOwn(rows, name));
}

/** Every mnemonic of the tables, each once. */
export function mnemonics(): readonly string[] {
  return [...new Set(instructionSets.flatMap(({ rows }) => Object.keys(rows)))];
}

function featuresOf({ features, below512 }: InstructionSet, encoding: string): readonly CpuFeature[] {
  return below512 !== undefined && /^EVEX\.(?:128|256)\./.test(encoding) ? [...features, below512] : features;
}

/** The rows of a mnemonic in order of preference; empty for an unknown one. */
export function rowsOf(mnemonic: string): readonly Row[] {
  let rows = rowsByMnemonic.get(mnemonic);
  if (rows === undefined) {
    rows = setsOf(mnemonic).flatMap((set) =>
      Object.entries(set.rows[mnemonic] ?? {}).map(([signature, encoding]) =>
        parseRow(mnemonic, signature, encoding, featuresOf(set, encoding)),
      ),
    );
    if (rows.length > 0) rowsByMnemonic.set(mnemonic, rows);
  }
  return rows;
}

/** The encodings of a mnemonic's rows as they are written. */
export function encodingsOfMnemonic(mnemonic: string): readonly string[] {
  return setsOf(mnemonic).flatMap(({ rows }) => Object.values(rows[mnemonic] ?? {}));
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
