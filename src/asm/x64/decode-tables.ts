/**
 * The instruction rows turned around: from map and opcode to the rows that can stand there. Nothing here is a second
 * table; every form is computed from its `Row`, when its opcode is met for the first time. Until then only the mnemonics
 * of an opcode are known: reading all rows would cost the first instruction several times as much.
 *
 * Rows of one opcode are tried from the most to the least specific; each asks for some bits of the decode state
 * (`decode-state.ts`). An EVEX row has up to three forms, since b means a broadcast beside memory and rounding between
 * registers. See SDM volume 2, chapter 2.
 */
import { type DecodeSlot, decodeSlots, vectorClasses } from "./decode-slots.ts";
import { conditions, isNopOpcode, type MeaningOfB } from "./decode-state.ts";
import { allRows, encodingsOfMnemonic, mnemonics, rowsOf } from "./instructions.ts";
import { segmentRegisterNames } from "./operand.ts";
import { isLockable, type RepeatMeaning, repeatMeaning } from "./prefix-rules.ts";
import { alternativesOf, type Encoding, encodingsOf, parseEncoding, type Rounding, type Row } from "./row.ts";

export interface DecodeForm {
  readonly row: Row;
  readonly mask: number;
  readonly value: number;
  /** ModRM follows the opcode (also a fixed one). */
  readonly hasModRm: boolean;
  /** A register class of the index where a vector of addresses stands. */
  readonly vectorIndex: "xmm" | "ymm" | "zmm" | undefined;
  readonly slots: readonly DecodeSlot[];
  /** All bytes after the displacement. */
  readonly immediateBytes: number;
  /** What an eight-bit displacement counts in: bytes, but for EVEX. */
  readonly dispScale: number;
  /** What EVEX.b says: broadcast to so many lanes, rounding, or nothing. */
  readonly lanes: number;
  readonly rounding: Rounding | undefined;
  /** The registers that `reg` and `vvvv` can name: fewer than their bits of mask registers, and of general ones in EVEX. */
  readonly regLimit: number;
  readonly vvvvLimit: number;
  /** A mask register in r/m, which B must not extend. */
  readonly readsMask: boolean;
  /** A segment register in reg is loaded, which cs cannot be. */
  readonly loadsSegment: boolean;
  /** Memory in the place of the destination, which cannot be masked with zeroing. */
  readonly writesRm: boolean;
  /** The prefix F2 or F3 is part of the instruction, not a repetition. */
  readonly takesRepeat: boolean;
  /** With memory in r/m, it can be locked. */
  readonly isLockable: boolean;
  /** What F2 and F3 mean where they are no part of the opcode. */
  readonly repeatMeaning: RepeatMeaning;
  /** The mnemonic as it is printed, with a space behind it where operands follow. */
  readonly name: string;
  /** How the text is made; all but "plain" differ from the row in print. */
  readonly printing: "plain" | "compare" | "integer compare" | "string" | "exchange";
  /** The slots that are printed: a shift's count of one is not. */
  readonly printed: readonly DecodeSlot[];
}

/** The kinds of opcode space: legacy maps 0 to 3, VEX maps 1 to 3 at 4 to 6, EVEX from 8. */
export function opcodeSpace(space: Row["space"], map: number): number {
  return space === "legacy" ? map : space === "VEX" ? 3 + map : 7 + map;
}

/**
 * The forms of one opcode, from the most to the least specific. What was found for a state is remembered by the bits that the
 * forms look at: losing an entry would cost time, nothing else.
 */
export class OpcodeForms {
  readonly #place: number;
  readonly #mnemonics: readonly string[];
  #forms: readonly DecodeForm[] = [];
  /** All bits of the state that some form looks at. */
  #bits = 0;
  /** The states seen last by the hash of those bits, and what they decode to. */
  #seen: Int32Array | undefined;
  readonly #found: (DecodeForm | undefined)[] = [];

  /** `place`: `space << 8 | opcode`; `mnemonics`: those that have rows there. */
  constructor(place: number, mnemonics: readonly string[]) {
    this.#place = place;
    this.#mnemonics = mnemonics;
  }

  /** The form for a decode state, or undefined. */
  find(state: number): DecodeForm | undefined {
    const key = state & this.#bits;
    const slot = Math.imul(key, 0x9e3779b1) >>> (32 - rememberedBits);
    const seen = this.#seen;
    if (seen !== undefined && seen[slot] === key) return this.#found[slot];
    return this.#search(state);
  }

  #search(state: number): DecodeForm | undefined {
    if (this.#seen === undefined) {
      this.#forms = formsAt(this.#place, this.#mnemonics);
      this.#bits = this.#forms.reduce((all, { mask }) => all | mask, 0);
      // No state is negative.
      this.#seen = new Int32Array(1 << rememberedBits).fill(-1);
      for (let at = 0; at < 1 << rememberedBits; at++) this.#found.push(undefined);
    }
    const key = state & this.#bits;
    const form = this.#forms.find(({ mask, value }) => (key & mask) === value);
    const slot = Math.imul(key, 0x9e3779b1) >>> (32 - rememberedBits);
    this.#seen[slot] = key;
    this.#found[slot] = form;
    return form;
  }
}

const rememberedBits = 5;
const spaces = 12;
let forms: readonly (OpcodeForms | undefined)[] | undefined;

/** The forms of every opcode, at `space << 8 | opcode`. */
export function decodeForms(): readonly (OpcodeForms | undefined)[] {
  forms ??= mnemonicsByPlace().map((names, place) => (names.length === 0 ? undefined : new OpcodeForms(place, names)));
  return forms;
}

/** Every row, those that are only decoded too (`A | B` in the notation), in the order of the tables. */
export function* decodableRows(): Iterable<{ readonly row: Row; readonly decodeOnly: boolean }> {
  for (const row of allRows()) {
    yield { row, decodeOnly: false };
    for (const other of alternativesOf(row)) yield { row: other, decodeOnly: true };
  }
}

/** Which mnemonics have rows at each opcode, in the order of the tables; their operands are not read for it. */
function mnemonicsByPlace(): readonly (readonly string[])[] {
  const table = Array.from({ length: spaces << 8 }, (): string[] => []);
  for (const mnemonic of mnemonics()) {
    if (spelledOtherwise.has(mnemonic)) continue;
    for (const encoding of encodingsOfMnemonic(mnemonic).flatMap(encodingsOf)) {
      for (const place of placesOf(parseEncoding(encoding))) {
        const names = table[place];
        if (names !== undefined && names.at(-1) !== mnemonic) names.push(mnemonic);
      }
    }
  }
  return table;
}

/** Where a row stands: at one opcode, or at eight. */
function placesOf({ space, map, opcode, plusRegister }: Encoding): readonly number[] {
  const place = (opcodeSpace(space, map) << 8) | opcode;
  return plusRegister ? [0, 1, 2, 3, 4, 5, 6, 7].map((register) => place + register) : [place];
}

function formsAt(place: number, names: readonly string[]): readonly DecodeForm[] {
  const rows = names
    .flatMap(rowsOf)
    .flatMap((row) => [row, ...alternativesOf(row)])
    // A short form with registers of its own and a fixed ModRM reads as the general one.
    .filter((row) => row.fixedModRm === undefined || row.operands.every(({ field }) => field !== "fixed"))
    .filter((row) => placesOf(row).includes(place));
  // Sorting is stable: rows that are equally specific stay in the order of the tables.
  return rows.flatMap(formsOf).sort((a, b) => specificity(b.row) - specificity(a.row));
}

/** The eight opcodes with a register share their forms. */
const formsByRow = new Map<Row, readonly DecodeForm[]>();

function formsOf(row: Row): readonly DecodeForm[] {
  const known = formsByRow.get(row) ?? meaningsOf(row).map((meaning) => decodeForm(row, meaning));
  if (row.plusRegister) formsByRow.set(row, known);
  return known;
}

/** Mnemonics that name the same bytes as another one, which is the one that disassemblers write. */
const spelledOtherwise: ReadonlySet<string> = new Set(
  ["j", "set", "cmov"]
    .flatMap((stem) => "c z nc nz na nae nb nbe ng nge nl nle pe po".split(" ").map((condition) => stem + condition))
    .concat("loopz", "loopnz", "sal", "wait"),
);

function specificity(row: Row): number {
  let score = 0;
  if (row.fixedModRm !== undefined) score += 128;
  if (isNopOpcode(row)) score += 64;
  if (row.w === 1) score += 32;
  if (row.prefixes.includes(0xf2) || row.prefixes.includes(0xf3)) score += 8;
  if (row.prefixes.includes(0x66)) score += 4;
  if (row.prefixes.includes(0x67)) score += 2;
  if (!row.plusRegister) score += 1;
  return score;
}

function meaningsOf(row: Row): readonly MeaningOfB[] {
  const meanings: MeaningOfB[] = ["nothing"];
  if (row.operands.some(({ broadcast }) => broadcast !== undefined)) meanings.push("broadcast");
  if (row.rounding !== undefined) meanings.push("rounding");
  return meanings;
}

/** The form that decodes `row` with this meaning of EVEX.b. */
function decodeForm(row: Row, meaning: MeaningOfB): DecodeForm {
  const { mask, value } = conditions(row, meaning);
  const rm = row.operands.find(({ field }) => field === "rm");
  const element = meaning === "broadcast" ? (rm?.broadcast ?? 0) : 0;
  const { slots, bytes } = decodeSlots(row, meaning);
  const isWhole = slots.every(({ operand }) => operand.word !== "1");
  const printed = isWhole ? slots : slots.filter(({ operand }) => operand.word !== "1");
  return {
    row,
    mask,
    value,
    hasModRm: row.modRm !== undefined || row.fixedModRm !== undefined,
    vectorIndex: row.operands.find(({ vectorIndex }) => vectorIndex !== undefined)?.vectorIndex,
    slots,
    immediateBytes: bytes + (row.is4 ? 1 : 0),
    dispScale: element === 0 ? row.dispScale : element / 8,
    lanes: element === 0 ? 0 : (rm?.memory ?? 0) / element,
    rounding: meaning === "rounding" ? row.rounding : undefined,
    regLimit: registerLimit(row, "reg"),
    vvvvLimit: registerLimit(row, "vvvv"),
    readsMask: rm?.register === "k",
    loadsSegment: row.operands.some(({ register, written }) => register === "sreg" && written),
    writesRm: row.operands[0]?.field === "rm",
    takesRepeat: row.prefixes.includes(0xf2) || row.prefixes.includes(0xf3),
    isLockable: isLockable(row),
    repeatMeaning: repeatMeaning(row),
    name: printedName(row, printed.length > 0),
    printing: printingOf(row),
    printed,
  };
}

/** AVX-VNNI came after the EVEX forms of the same name: `{vex}` tells them apart. */
function printedName({ mnemonic, space, immediates }: Row, hasOperands: boolean): string {
  const isVnni = space === "VEX" && /^vpdp(?:bus|wss)ds?$/.test(mnemonic);
  const plain = mnemonic === "mov" && immediates[0] === 8 ? "movabs" : mnemonic.replace("_", " ");
  return `${isVnni ? "{vex} " : ""}${plain}${hasOperands ? " " : ""}`;
}

function registerLimit({ operands, space }: Row, where: "reg" | "vvvv"): number {
  const register = operands.find(({ field }) => field === where)?.register;
  if (register === "k") return 8;
  if (register === "sreg") return segmentRegisterNames.length;
  return register !== undefined && space === "EVEX" && !vectorClasses.has(register) ? 16 : 32;
}

function printingOf({ mnemonic, operands }: Row): DecodeForm["printing"] {
  if (operands.length === 0)
    return /^(?:rep\w*_)?(?:movs|stos|lods|cmps|scas)[bwdq]$/.test(mnemonic) ? "string" : "plain";
  if (/^v?cmp[ps][sd]$/.test(mnemonic)) return "compare";
  if (/^vpcmpu?[bwdq]$/.test(mnemonic)) return "integer compare";
  return mnemonic === "xchg" ? "exchange" : "plain";
}
