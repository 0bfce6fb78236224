/**
 * Whether an instruction of ours is what another disassembler's line says: the same mnemonic in its spelling, the same
 * operands. What may differ is listed here and is spelling: names of conditions, number bases, the sign of an immediate
 * of known width, AT&T's suffixes, operands that a manual leaves understood.
 */
import { decodableRows } from "../../src/asm/x64/decode-tables.ts";
import type { Instruction } from "../../src/asm/x64/disassembler.ts";
import type { RowOperand } from "../../src/asm/x64/row.ts";
import { type InstructionText, type OperandText, parseIntel } from "./assembly-text.ts";

export type Syntax = "intel" | "att";

/** Every mnemonic of our tables. */
const known: ReadonlySet<string> = new Set([...decodableRows()].map(({ row }) => row.mnemonic));

/** Whether our tables have this mnemonic, or the compare that it is a spelling of. */
export function isKnown(mnemonic: string): boolean {
  return known.has(mnemonic) || isCompare(mnemonic);
}

/** Whether `theirs`, written by another, is `instruction`. */
export function agrees(instruction: Instruction, written: InstructionText, syntax: Syntax): boolean {
  const theirs = withoutAlias(written);
  const ours = parseIntel(instruction.text);
  const { mnemonic, size } = spelled(theirs, syntax, instruction.mnemonic);
  // Intel syntax has no operands here; others write what it reads.
  if (mnemonic === "xlatb") return instruction.mnemonic === mnemonic;
  return (
    (ours.mnemonic === mnemonic || instruction.mnemonic === mnemonic) &&
    sameDecorators(ours.decorators, theirs.decorators) &&
    sameOperands(instruction, ours, theirs, syntax === "intel", size)
  );
}

/** `{1to}` is a broadcast whose lanes the others do not tell. */
function sameDecorators(ours: readonly string[], theirs: readonly string[]): boolean {
  return (
    ours.length === theirs.length &&
    ours.every((text, at) => text === theirs[at] || (theirs[at] === "{1to}" && text.startsWith("{1to")))
  );
}

const suffixes: Readonly<Record<string, string>> = {
  b: "byte",
  w: "word",
  l: "dword",
  q: "qword",
  x: "xmmword",
  y: "ymmword",
  z: "zmmword",
};

/** AT&T's own mnemonics, in Intel's words. */
const attMnemonics: Readonly<Record<string, string>> = {
  movsl: "movsd",
  cmpsl: "cmpsd",
  movslq: "movsxd",
  cltq: "cdqe",
  cqto: "cqo",
  cltd: "cdq",
  cwtl: "cwde",
  cbtw: "cbw",
  cwtd: "cwd",
  movabsq: "mov",
  lcallq: "lcall",
  lcallw: "lcall",
  ljmpq: "ljmp",
  ljmpw: "ljmp",
};

/** golang/arch's and AT&T's other names of the same instruction. */
const sameAs = new Map<string, string>([
  ["cmpsd_xmm", "cmpsd"],
  ["movabs", "mov"],
  ["xlat", "xlatb"],
  ["sal", "shl"],
  ["iret", "iretd"],
  ["icebp", "int1"],
  ["pushf", "pushfq"],
  ["popf", "popfq"],
  ["lret", "retf"],
  ["lretq", "retfq"],
  ["lretw", "retfw"],
]);
for (const stem of ["j", "set", "cmov"]) {
  const others = "z e nz ne c b nc ae nae b nb ae na be nbe a nge l nl ge ng le nle g pe p po np".split(" ");
  for (let i = 0; i < others.length; i += 2) sameAs.set(stem + others[i], stem + others[i + 1]);
}

interface Spelling {
  readonly mnemonic: string;
  /** What an AT&T suffix tells of the operation's size. */
  readonly size?: string | undefined;
}

/** `pclmulhqlqdq` is pclmulqdq with 1: the halves stand in the name. */
function withoutAlias(text: InstructionText): InstructionText {
  const halves = /^(v?pclmul)([hl])q([hl])qdq$/.exec(text.mnemonic);
  if (halves === null) return text;
  const value = (halves[2] === "h" ? 1n : 0n) | (halves[3] === "h" ? 16n : 0n);
  return { ...text, mnemonic: `${halves[1]}qdq`, operands: [...text.operands, { kind: "number", value }] };
}

/** A corpus' mnemonic in our spelling. Where AT&T leaves two readings (`movq`), ours decides. */
export function spelled(text: InstructionText, syntax: Syntax, ours: string): Spelling {
  const { mnemonic } = text;
  const plain = sameAs.get(mnemonic) ?? mnemonic;
  // objdump's Intel syntax leaves the size of these to the operand.
  const bytes = text.operands.find((operand) => operand.kind === "memory");
  if (syntax === "intel" && /^(?:movs|stos|lods|cmps|scas)$/.test(mnemonic) && bytes?.kind === "memory") {
    return { mnemonic: `${mnemonic}${bytes.size?.[0]}` };
  }
  // The width of these stands in no operand, and others leave it out.
  if (
    syntax === "intel" &&
    /^(?:(?:push|pop|pushf|popf|leave|enter|retf|iret)w|retfq)$/.test(ours) &&
    ours.slice(0, -1) === mnemonic
  ) {
    return { mnemonic: ours };
  }
  if (syntax === "intel" && /^l(?:jmp|call)$/.test(ours) && ours === `l${plain}`) return { mnemonic: ours };
  if (syntax === "intel" || plain === ours) return { mnemonic: plain };
  // The accumulator tells the size of these: `stos %al,%es:(%rdi)`.
  if (/^(?:stos|lods|scas)$/.test(mnemonic)) {
    const accumulator = text.operands.find(({ kind }) => kind === "register");
    const letter = accumulator?.kind === "register" ? { al: "b", ax: "w", eax: "d", rax: "q" }[accumulator.name] : "";
    return { mnemonic: `${mnemonic}${letter}` };
  }
  const renamed = attMnemonics[mnemonic];
  if (renamed !== undefined) return { mnemonic: renamed };
  const extension = /^mov([sz])([bw])([wlq])$/.exec(mnemonic);
  if (extension !== null) return { mnemonic: `mov${extension[1]}x`, size: suffixes[extension[2] ?? ""] };
  const stem = mnemonic.slice(0, -1);
  const size = suffixes[mnemonic.slice(-1)];
  const spelling = sameAs.get(stem) ?? stem;
  if (isCompare(plain) || (known.has(plain) && spelling !== ours)) return { mnemonic: plain };
  return size !== undefined && known.has(spelling) ? { mnemonic: spelling, size } : { mnemonic: plain };
}

/** `cmpeqps` is a spelling of `cmpps`. */
function isCompare(mnemonic: string): boolean {
  const plain = mnemonic
    .replace(/^(v?cmp)\w+?(ps|pd|ss|sd)$/, "$1$2")
    .replace(/^vpcmp(?:n?eq|n?lt|n?le|false|true)(u?[bwdq])$/, "vpcmp$1");
  return plain !== mnemonic && known.has(plain);
}

const sizesInBits: Readonly<Record<string, number>> = {
  byte: 8,
  word: 16,
  dword: 32,
  qword: 64,
  xmmword: 128,
  ymmword: 256,
  zmmword: 512,
};

function sameOperand(ours: OperandText, theirs: OperandText, bits: number, withSize: boolean): boolean {
  if (ours.kind === "register" && theirs.kind === "register") return ours.name === theirs.name;
  // A signed and an unsigned spelling of the same bits are the same.
  if (ours.kind === "number" && theirs.kind === "number") {
    return BigInt.asUintN(bits, ours.value) === BigInt.asUintN(bits, theirs.value);
  }
  if (ours.kind === "branch" && theirs.kind === "branch") return ours.distance === theirs.distance;
  if (ours.kind !== "memory" || theirs.kind !== "memory") return false;
  return (
    ours.segment === theirs.segment &&
    ours.base === theirs.base &&
    ours.index === theirs.index &&
    ours.scale === theirs.scale &&
    ours.disp === theirs.disp &&
    (!withSize || (ours.size ?? "") === (theirs.size ?? ""))
  );
}

function sameOperands(
  instruction: Instruction,
  ours: InstructionText,
  theirs: InstructionText,
  withSize: boolean,
  suffixSize: string | undefined,
): boolean {
  const row = instruction.row;
  if (row === undefined) return false;
  const string = ours.operands.length > 0 && row.operands.length === 0;
  let left = ours.operands;
  let right = theirs.operands;
  if (string) {
    // String instructions: es: and the accumulator are understood.
    const strip = (operands: readonly OperandText[]): OperandText[] =>
      operands.filter(({ kind }) => kind === "memory").map((operand) => ({ ...operand, segment: "" }) as OperandText);
    if (right.length === 0) return true;
    left = strip(left);
    right = strip(right);
  }
  // A shift by one: the count may be written or not.
  if (right.length === left.length + 1 && row.operands.at(-1)?.word === "1") {
    const count = right.at(-1);
    if (count?.kind !== "number" || count.value !== 1n) return false;
    right = right.slice(0, -1);
  }
  // `cmpeqps xmm0, xmm1` is `cmpps xmm0, xmm1, 0`.
  const predicate = instruction.operands.at(-1);
  if (
    ours.mnemonic !== row.mnemonic &&
    theirs.mnemonic.replace("_xmm", "") === row.mnemonic &&
    typeof predicate === "number"
  ) {
    left = [...left, { kind: "number", value: BigInt(predicate) }];
  }
  // xmm0 may be understood.
  if (row.operands.at(-1)?.word === "xmm0" && right.length === left.length - 1) left = left.slice(0, -1);
  if (
    (row.mnemonic === "xchg" || row.mnemonic === "test") &&
    left.length === 2 &&
    left[0] !== undefined &&
    left[1] !== undefined
  ) {
    const turned = [left[1], left[0]];
    if (turned.every((operand, index) => sameOperand(operand, right[index] ?? operand, 64, false))) return true;
  }
  // Nor does objdump print a size for lddqu.
  const unsized =
    /^(?:v?lddqu|movdir64b|enqcmd|l[fgs]s|[ls][gi]dt|ljmp|lcall)$/.test(row.mnemonic) ||
    row.operands.some(({ word }) => word.startsWith("moffs"));
  const gathers = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  if (left.length !== right.length) return false;
  // Of the selector's register objdump prints the width of the other one.
  if (/^(?:lar|lsl)$/.test(row.mnemonic))
    right = right.map((operand, index) => (index === 1 ? selector(operand) : operand));
  const matches = left.every((operand, index) => {
    const other = right[index];
    const bits = immediateBits[row.operands[index]?.word ?? ""] ?? row.operationBits;
    return other !== undefined && sameOperand(operand, other, bits, withSize && !gathers && !unsized);
  });
  if (!matches || suffixSize === undefined) return matches;
  return row.operands.length === 0 || row.operands.some((operand) => takes(operand, sizesInBits[suffixSize] ?? 0));
}

/** A general register as the 16-bit one of its number. */
function selector(operand: OperandText): OperandText {
  if (operand.kind !== "register") return operand;
  return { kind: "register", name: operand.name.replace(/^[re](?=[a-z][xip]$)/, "").replace(/^(r\d+)d?$/, "$1w") };
}

/** Immediates that are not extended. */
const immediateBits: Readonly<Record<string, number>> = { uimm8: 8, imm8: 8, imm16: 16 };

const fixedSizes: Readonly<Record<string, number>> = { al: 8, ax: 16, eax: 32, rax: 64 };

function takes({ memory, register, word }: RowOperand, bits: number): boolean {
  if (memory === bits || register === `r${bits}` || fixedSizes[register ?? ""] === bits) return true;
  // A table's place has no size, and fs is pushed as 64 bits.
  if (word === "m" || ((word === "fs" || word === "gs") && bits === 64)) return true;
  // What is pushed, and where a jump goes, has 64 bits.
  return /^(?:s?imm|rel)/.test(word) && bits === 64;
}
