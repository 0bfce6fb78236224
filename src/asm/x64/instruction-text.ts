/**
 * A decoded instruction as text, as LLVM 14 prints Intel syntax: `mov rax, qword ptr [rdi + 8*rcx + 16]`.
 *
 * What LLVM writes otherwise than the rows have it stands here in tables: predicates in the mnemonic of compares, the
 * memory of string instructions, `movabs`, the order of xchg between registers, and the pseudo index `riz` where a SIB
 * byte scales nothing.
 */
import { type DecodeSlot, registerNames, slotSource } from "./decode-slots.ts";
import { type Decoded, prefixBit, readSigned, readSigned64 } from "./decoder.ts";
import { generalRegisterNames, highByteNames, roundingNames } from "./operand.ts";

/** `address` is that of the first byte of `decoded.bytes`; with it, branch targets are absolute. */
export function instructionText(decoded: Decoded, address: bigint | undefined): string {
  const form = decoded.form;
  if (form === undefined) return "(bad)";
  const { row, printing, printed } = form;
  if (printing === "compare" || printing === "integer compare") {
    const text = compareText(decoded, printed, row.mnemonic);
    if (text !== undefined) return prefixText(decoded) + text;
  } else if (printing === "string") return stringText(decoded, row.mnemonic, row.opcode);
  let text = form.name;
  if (printing === "exchange" && decoded.modRm >= 0xc0) {
    for (let i = printed.length - 1; i >= 0; i--)
      text = withOperand(text, decoded, printed[i], i < printed.length - 1, address);
  } else {
    for (let i = 0; i < printed.length; i++) text = withOperand(text, decoded, printed[i], i > 0, address);
  }
  return decoded.prefixes === 0 ? text : prefixText(decoded) + text;
}

/** Prefixes that the row did not ask for, where they mean something. */
function prefixText({ prefixes, form, modRm }: Decoded): string {
  const lock = prefixes & prefixBit.lock ? "lock " : "";
  if ((prefixes & (prefixBit.rep | prefixBit.repne)) === 0 || form === undefined || form.takesRepeat) return lock;
  const repne = (prefixes & prefixBit.repne) !== 0;
  switch (form.repeatMeaning) {
    case "returns":
      return repne ? "repne " : "rep ";
    case "bounds":
      return repne ? "repne " : "";
    case "nothing":
      return lock;
    default: {
      // Hardware lock elision: with lock, of xchg, and F3 of a store.
      const elides = lock !== "" || form.repeatMeaning === "exchanges" || (form.repeatMeaning === "stores" && !repne);
      return elides && modRm < 0xc0 ? (repne ? "xacquire " : "xrelease ") + lock : lock;
    }
  }
}

/** What stands behind the destination for mask and zeroing, by EVEX.aaa and, times eight, z. */
const maskTexts = ["", " {z}"].flatMap((z) =>
  Array.from({ length: 8 }, (_, mask) => (mask === 0 ? "" : ` {k${mask}}${z}`)),
);

/** The text with an operand behind it, `isLater` with a comma between, and with what EVEX adds to it. */
function withOperand(
  text: string,
  decoded: Decoded,
  slot: DecodeSlot | undefined,
  isLater: boolean,
  address: bigint | undefined,
): string {
  if (slot === undefined) return text;
  if (decoded.evexAt < 0) return withPlain(text, decoded, slot, isLater, address);
  const { form } = decoded;
  if (slot.rounded === "before") {
    return withPlain(`${text}${isLater ? ", " : ""}${roundingText(decoded)}`, decoded, slot, true, address);
  }
  const longer = withPlain(text, decoded, slot, isLater, address);
  // The first operand is what a mask is for.
  if (slot === form?.slots[0]) {
    return decoded.mask === 0 ? longer : longer + (maskTexts[decoded.mask | (decoded.zeroing ? 8 : 0)] ?? "");
  }
  if (slot.rounded === "behind") return `${longer}, ${roundingText(decoded)}`;
  return slot.broadcastText === "" ? longer : longer + slot.broadcastText;
}

function roundingText({ form, rounding }: Decoded): string {
  return form?.rounding === "er" ? (roundingNames[rounding] ?? "") : "{sae}";
}

function withPlain(
  text: string,
  decoded: Decoded,
  slot: DecodeSlot,
  isLater: boolean,
  address: bigint | undefined,
): string {
  switch (slot.source) {
    case slotSource.reg:
      return text + registerText(decoded, slot, ((decoded.modRm >> 3) & 7) | decoded.r, isLater);
    case slotSource.rm: {
      if (decoded.modRm >= 0xc0) return text + registerText(decoded, slot, rmRegister(decoded, slot), isLater);
      return withMemory(text + (isLater ? slot.laterSizeText : slot.sizeText), decoded);
    }
    case slotSource.vvvv:
      return text + registerText(decoded, slot, decoded.vvvv, isLater);
    case slotSource.is4:
      return text + registerText(decoded, slot, (decoded.bytes[decoded.immediateAt + slot.at] ?? 0) >> 4, isLater);
    case slotSource.opcode:
      return text + registerText(decoded, slot, ((decoded.bytes[decoded.opcodeAt] ?? 0) & 7) | decoded.b, isLater);
    default:
      return text + (isLater ? ", " : "") + numberText(decoded, slot, address);
  }
}

/** Operands that are numbers, and registers that stand in no field. */
function numberText(decoded: Decoded, slot: DecodeSlot, address: bigint | undefined): string {
  switch (slot.source) {
    case slotSource.fixed:
      return slot.names[0] ?? slot.operand.word;
    case slotSource.absolute: {
      const target = readSigned64(decoded.bytes, decoded.immediateAt + slot.at);
      return `${slot.sizeText}${segmentNames[decoded.segment] ?? ""}[${target}]`;
    }
    case slotSource.branch: {
      const distance = readSigned(decoded.bytes, decoded.immediateAt + slot.at, slot.size);
      if (address === undefined) return String(distance);
      return `0x${BigInt.asUintN(64, address + BigInt(decoded.end + distance)).toString(16)}`;
    }
    default:
      return immediateText(decoded, slot);
  }
}

/** The register in r/m. X is its fifth bit in EVEX, and means nothing where there are fewer. */
export function rmRegister({ modRm, b, x, evexAt }: Decoded, { names }: DecodeSlot): number {
  const code = (modRm & 7) | b | (evexAt >= 0 ? x << 1 : 0);
  return names.length > 0 ? code & (names.length - 1) : code;
}

function registerText(decoded: Decoded, slot: DecodeSlot, code: number, isLater: boolean): string {
  if (slot.highBytes && code >= 4 && code < 8 && decoded.rexAt < 0) {
    return (isLater ? ", " : "") + (highByteNames[code - 4] ?? "");
  }
  return (isLater ? slot.laterNames : slot.names)[code] ?? "";
}

function immediateText(decoded: Decoded, { at, size, signed }: DecodeSlot): string {
  const { bytes, immediateAt } = decoded;
  if (size === 8) return String(readSigned64(bytes, immediateAt + at));
  const value = readSigned(bytes, immediateAt + at, size);
  return String(signed ? value : size === 4 ? value >>> 0 : value & (size === 1 ? 0xff : 0xffff));
}

const segmentNames: Readonly<Record<number, string>> = {
  38: "es:",
  46: "cs:",
  54: "ss:",
  62: "ds:",
  100: "fs:",
  101: "gs:",
};

/** The pieces of an address, so that few strings are put together: `[rax`, ` + 8*rcx`, ` + 16]`. */
const wideBases = generalRegisterNames[64].map((name) => `[${name}`);
const narrowBases = generalRegisterNames[32].map((name) => `[${name}`);
const scaleTexts = ["", "2*", "4*", "8*"];
const indexPieces = (names: readonly string[]): readonly (readonly string[])[] =>
  scaleTexts.map((scale) => names.map((name) => ` + ${scale}${name}`));
const wideIndexes = indexPieces(generalRegisterNames[64]);
const narrowIndexes = indexPieces(generalRegisterNames[32]);
const vectorIndexes = {
  xmm: indexPieces(registerNames("xmm")),
  ymm: indexPieces(registerNames("ymm")),
  zmm: indexPieces(registerNames("zmm")),
};

/** Displacements of this size and less have their text kept. */
const keptDisplacement = 512;
const keptTexts: (string | undefined)[] = new Array<string | undefined>(2 * keptDisplacement).fill(undefined);

/** ` + 16]`, ` - 16]` or `]`. */
function displacementText(disp: number): string {
  const at = disp + keptDisplacement;
  const kept = at >= 0 && at < 2 * keptDisplacement ? keptTexts[at] : undefined;
  if (kept !== undefined) return kept;
  const text = disp === 0 ? "]" : disp > 0 ? ` + ${disp}]` : ` - ${-disp}]`;
  if (at >= 0 && at < 2 * keptDisplacement) keptTexts[at] = text;
  return text;
}

/** The text with `fs:[rax + 8*rcx + 16]` behind it. */
function withMemory(text: string, decoded: Decoded): string {
  const { prefixes, disp, form, modRm } = decoded;
  const segmented = decoded.segment === 0 ? text : text + (segmentNames[decoded.segment] ?? "");
  const wide = (prefixes & prefixBit.addressSize) === 0;
  const bases = wide ? wideBases : narrowBases;
  const noDisplacement = modRm < 0x40;
  if (decoded.sibAt < 0) {
    const low = modRm & 7;
    const base = noDisplacement && low === 5 ? (wide ? "[rip" : "[eip") : (bases[low | decoded.b] ?? "");
    return segmented + base + displacementText(disp);
  }
  const sib = decoded.sib;
  const scale = sib >> 6;
  const vector = form?.vectorIndex;
  const number = ((sib >> 3) & 7) | decoded.x | (vector === undefined ? 0 : decoded.v);
  const hasBase = (sib & 7) !== 5 || !noDisplacement;
  let index = "";
  if (vector !== undefined) index = vectorIndexes[vector][scale]?.[number] ?? "";
  else if (number !== 4) index = (wide ? wideIndexes : narrowIndexes)[scale]?.[number] ?? "";
  // Index 100 is none; `riz` shows that there is a SIB byte where none was needed.
  else if (scale !== 0 || (hasBase && (sib & 7) !== 4)) index = ` + ${scaleTexts[scale]}${wide ? "riz" : "eiz"}`;
  if (hasBase) {
    const base = segmented + (bases[(sib & 7) | decoded.b] ?? "");
    return (index === "" ? base : base + index) + displacementText(disp);
  }
  // Behind the bracket the plus of an index is none.
  return index === "" ? `${segmented}[${disp}]` : `${segmented}[${index.slice(3)}${displacementText(disp)}`;
}

/** The predicates of cmpps and vcmpps (SDM volume 2, CMPPD, table 3-1), by immediate. */
const predicates =
  "eq lt le unord neq nlt nle ord eq_uq nge ngt false neq_oq ge gt true eq_os lt_oq le_oq unord_s neq_us nlt_uq nle_uq ord_s eq_us nge_uq ngt_uq false_os neq_os ge_oq gt_oq true_us".split(
    " ",
  );

/** The predicates of vpcmp and vpcmpu (SDM volume 2, VPCMPD); 3 and 7, never and always, have no name of their own. */
const integerPredicates: readonly (string | undefined)[] = ["eq", "lt", "le", undefined, "neq", "nlt", "nle"];

/** Undefined where the immediate is no predicate. */
function compareText(decoded: Decoded, slots: readonly DecodeSlot[], mnemonic: string): string | undefined {
  const immediate = decoded.bytes[decoded.end - 1] ?? 0;
  const ofIntegers = decoded.form?.printing === "integer compare";
  const predicate =
    ofIntegers || immediate < 8 || mnemonic.startsWith("v")
      ? (ofIntegers ? integerPredicates : predicates)[immediate]
      : undefined;
  if (predicate === undefined) return undefined;
  const stem = ofIntegers ? 5 : mnemonic.length - 2;
  let text = `${mnemonic.slice(0, stem)}${predicate}${mnemonic.slice(stem)} `;
  for (let i = 0; i < slots.length - 1; i++) text = withOperand(text, decoded, slots[i], i > 0, undefined);
  return text;
}

/** The operands of string instructions by opcode: S the source, D the destination, A the accumulator. */
const stringOperands: ReadonlyMap<number, string> = new Map([
  [0xa4, "DS"],
  [0xa6, "SD"],
  [0xaa, "DA"],
  [0xac, "AS"],
  [0xae, "AD"],
]);

const stringWidths: Readonly<Record<string, readonly [size: string, accumulator: string]>> = {
  b: ["byte", "al"],
  w: ["word", "ax"],
  d: ["dword", "eax"],
  q: ["qword", "rax"],
};

function stringText({ prefixes, segment }: Decoded, rowMnemonic: string, opcode: number): string {
  const operands = stringOperands.get(opcode & 0xfe) ?? "";
  const mnemonic = rowMnemonic.slice(rowMnemonic.indexOf("_") + 1);
  const [size = "", accumulator = ""] = stringWidths[mnemonic.slice(-1)] ?? [];
  const address = prefixes & prefixBit.addressSize ? "e" : "r";
  const texts: Readonly<Record<string, string>> = {
    A: accumulator,
    S: `${size} ptr ${segmentNames[segment] ?? ""}[${address}si]`,
    D: `${size} ptr es:[${address}di]`,
  };
  const repeat = prefixes & prefixBit.repne ? "repne " : prefixes & prefixBit.rep ? "rep " : "";
  const lock = prefixes & prefixBit.lock ? "lock " : "";
  return `${lock}${repeat}${mnemonic} ${[...operands].map((letter) => texts[letter]).join(", ")}`;
}
