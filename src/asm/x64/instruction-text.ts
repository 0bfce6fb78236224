/**
 * A decoded instruction as text, as LLVM 14 prints Intel syntax: `mov rax, qword ptr [rdi + 8*rcx + 16]`.
 *
 * What LLVM writes otherwise than the rows have it stands here in tables: predicates in the mnemonic of compares, the
 * memory of string instructions, `movabs`, the order of xchg between registers, and the pseudo index `riz` where a SIB
 * byte scales nothing.
 */
import { type DecodeSlot, slotSource } from "./decode-tables.ts";
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
  const turned = printing === "exchange" && decoded.modRm >= 0xc0;
  for (let i = 0; i < printed.length; i++) {
    const slot = printed[turned ? printed.length - 1 - i : i];
    if (slot !== undefined) text += (i === 0 ? "" : ", ") + operandText(decoded, slot, address);
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

/** An operand with what EVEX adds to it; the first one is what a mask is for. */
function operandText(decoded: Decoded, slot: DecodeSlot, address: bigint | undefined): string {
  const text = plainText(decoded, slot, address);
  if (decoded.evexAt < 0) return text;
  const { form, mask, zeroing } = decoded;
  if (slot === form?.slots[0]) return mask === 0 ? text : `${text} {k${mask}}${zeroing ? " {z}" : ""}`;
  if (slot.rounded === undefined) return text + slot.broadcastText;
  const rounding = form?.rounding === "er" ? roundingNames[decoded.rounding] : "{sae}";
  return slot.rounded === "behind" ? `${text}, ${rounding}` : `${rounding}, ${text}`;
}

function plainText(decoded: Decoded, slot: DecodeSlot, address: bigint | undefined): string {
  switch (slot.source) {
    case slotSource.fixed:
      return slot.names[0] ?? slot.operand.word;
    case slotSource.reg:
      return registerText(decoded, slot, ((decoded.modRm >> 3) & 7) | decoded.r);
    case slotSource.rm: {
      const modRm = decoded.modRm;
      if (modRm >= 0xc0) return registerText(decoded, slot, rmRegister(decoded, slot));
      return slot.sizeText + memoryText(decoded);
    }
    case slotSource.vvvv:
      return registerText(decoded, slot, decoded.vvvv);
    case slotSource.is4:
      return registerText(decoded, slot, (decoded.bytes[decoded.immediateAt + slot.at] ?? 0) >> 4);
    case slotSource.opcode:
      return registerText(decoded, slot, ((decoded.bytes[decoded.opcodeAt] ?? 0) & 7) | decoded.b);
    case slotSource.absolute:
      return `${slot.sizeText}${segmentNames[decoded.segment] ?? ""}[${readSigned64(decoded.bytes, decoded.immediateAt + slot.at)}]`;
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

function registerText(decoded: Decoded, slot: DecodeSlot, code: number): string {
  if (slot.highBytes && code >= 4 && code < 8 && decoded.rexAt < 0) return highByteNames[code - 4] ?? "";
  return slot.names[code] ?? "";
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

/** `fs:[rax + 8*rcx + 16]` without the size. */
function memoryText(decoded: Decoded): string {
  const { prefixes, segment, disp, form } = decoded;
  const wide = (prefixes & prefixBit.addressSize) === 0;
  const names = wide ? generalRegisterNames[64] : generalRegisterNames[32];
  const modRm = decoded.modRm;
  const noDisplacement = modRm < 0x40;
  let base = "";
  let index = "";
  if (decoded.sibAt < 0) {
    base = noDisplacement && (modRm & 7) === 5 ? (wide ? "rip" : "eip") : (names[(modRm & 7) | decoded.b] ?? "");
  } else {
    const sib = decoded.sib;
    const scale = sib >> 6;
    const number = ((sib >> 3) & 7) | decoded.x | (form?.vectorIndex === undefined ? 0 : decoded.v);
    if ((sib & 7) !== 5 || !noDisplacement) base = names[(sib & 7) | decoded.b] ?? "";
    if (form?.vectorIndex !== undefined) index = `${form.vectorIndex}${number}`;
    else if (number !== 4) index = names[number] ?? "";
    // Index 100 is none; `riz` shows that there is a SIB byte where none was needed.
    else if (scale !== 0 || (base !== "" && (sib & 7) !== 4)) index = wide ? "riz" : "eiz";
    if (index !== "" && scale !== 0) index = scaleTexts[scale] + index;
  }
  let inside = base;
  if (index !== "") inside = base === "" ? index : `${base} + ${index}`;
  if (inside === "") inside = String(disp);
  else if (disp > 0) inside += ` + ${disp}`;
  else if (disp < 0) inside += ` - ${-disp}`;
  return segment === 0 ? `[${inside}]` : `${segmentNames[segment] ?? ""}[${inside}]`;
}

const scaleTexts = ["", "2*", "4*", "8*"];

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
  const operands = slots.slice(0, -1).map((slot) => operandText(decoded, slot, undefined));
  const stem = ofIntegers ? 5 : mnemonic.length - 2;
  return `${mnemonic.slice(0, stem)}${predicate}${mnemonic.slice(stem)} ${operands.join(", ")}`;
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
