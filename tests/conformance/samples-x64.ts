/**
 * Boundary operands for every instruction row, and the text that each instruction must have.
 *
 * The text comes from the row's words and the operands that were chosen, not from the disassembler, so that both judge
 * each other. What LLVM prints otherwise than the manual's row has it stands in `expectedText`.
 */
import { isMemory, Operand, operandFlag, operandKind } from "../../src/asm/x64/operand.ts";
import * as memory from "../../src/asm/x64/operands.ts";
import {
  ah,
  bh,
  ch,
  dh,
  fs,
  gpr8,
  gpr16,
  gpr32,
  gpr64,
  gs,
  k,
  k1,
  k5,
  k7,
  rdSae,
  rip,
  rnSae,
  ruSae,
  rzSae,
  sae,
  sreg,
  xmm,
  ymm,
  zmm,
} from "../../src/asm/x64/registers.ts";
import type { Row, RowOperand } from "../../src/asm/x64/row.ts";

export type Argument = Operand | number | bigint;

/** Registers whose numbers are special in ModRM and SIB, or need a REX bit. */
const boundaryCodes = [0, 3, 4, 5, 7, 8, 12, 13, 15];
/** In EVEX, every bit of a register's number stands in another place. */
const evexCodes = [0, 5, 8, 15, 16, 31];
const maskCodes = [0, 1, 4, 7];

const registers: Readonly<Record<string, readonly Operand[]>> = {
  r8: gpr8,
  r16: gpr16,
  r32: gpr32,
  r64: gpr64,
  xmm,
  ymm,
  zmm,
  k,
  sreg,
};
const fixedRegisters: Readonly<Record<string, Operand | undefined>> = {
  al: gpr8[0],
  cl: gpr8[1],
  ax: gpr16[0],
  dx: gpr16[2],
  eax: gpr32[0],
  rax: gpr64[0],
  xmm0: xmm[0],
  fs,
  gs,
};

type Address = (make: memory.MemoryConstructor<Operand, Operand>) => Operand;

const general = gpr64 as readonly (typeof gpr64)[number][];
const base =
  (code: number, disp?: number): Address =>
  (at) =>
    at(general[code] as never, disp);

/** Every kind of address. The casts of base and index are for the types of rsp, which tests give on purpose. */
export const addresses: readonly Address[] = [
  ...boundaryCodes.map((code) => base(code)),
  ...[0, 4, 5, 12, 13].flatMap((code) => [-128, -1, 127, 128, -129].map((disp) => base(code, disp))),
  base(3, 129),
  base(7, 0x12345678),
  base(15, -0x80000000),
  base(4, 0x7fffffff),
  ...[0, 4, 5, 12, 13].flatMap((code) =>
    [0, 5, 8, 12, 13].map(
      (index, at): Address =>
        (make) =>
          make(general[code] as never, general[index] as never, ([1, 2, 4, 8, 1] as const)[at]),
    ),
  ),
  (make) => make(general[5] as never, general[5] as never, 8, 127),
  (make) => make(general[13] as never, general[15] as never, 4, -129),
  (make) => make(undefined, general[0] as never, 8, 16),
  (make) => make(undefined, general[13] as never, 2, -4096),
  (make) => make(undefined, general[12] as never, 4),
  (make) => make(rip, 16),
  (make) => make(rip, -16),
  (make) => make(rip),
  (make) => make(4096),
  (make) => make(-1),
  (make) => make(0),
  (make) => make(gpr32[0] as never, 8),
  (make) => make(gpr32[12] as never, gpr32[13] as never, 2, 1),
  (make) => make(fs, make(0x28) as never),
  (make) => make(gs, make(general[4] as never, 8) as never),
];

const vectorAddresses = (index: readonly Operand[], codes: readonly number[], scale: number): readonly Address[] =>
  [0, 4, 5, 12, 13, 7].flatMap((code, at): Address[] => [
    (make) =>
      make(
        general[code] as never,
        index[codes[at] ?? 0] as never,
        ([1, 2, 4, 8] as const)[at & 3],
        [0, 127, -129].map((units) => units * scale)[at % 3],
      ),
    (make) =>
      make(
        undefined,
        index[codes[(at + 3) % codes.length] ?? 0] as never,
        ([8, 1, 4, 2] as const)[at & 3],
        [-1, 0, 4096][at % 3],
      ),
  ]);

const vectorFiles = { xmm, ymm, zmm };

/** Addresses around the ends of what an eight-bit displacement in units of `scale` bytes reaches. */
const scaledAddresses = (scale: number): readonly Address[] =>
  [scale, 127 * scale, 128 * scale, -128 * scale, -129 * scale, scale === 1 ? 2 : scale + 1].map((disp, at) =>
    at === 3
      ? (make) => make(general[5] as never, general[13] as never, 4, disp)
      : base([0, 4, 12, 13, 7, 9][at] ?? 0, disp),
  );

const constructors: Readonly<Record<number, memory.MemoryConstructor<Operand, Operand>>> = {
  0: memory.ptr,
  8: memory.byte,
  16: memory.word,
  32: memory.dword,
  48: memory.fword,
  64: memory.qword,
  80: memory.tbyte,
  128: memory.xmmword,
  256: memory.ymmword,
  512: memory.zmmword,
};

/** Immediates at the edges of their words, as the disassembler prints them. */
const immediates: Readonly<Record<string, readonly Argument[]>> = {
  "1": [1],
  simm8: [0, 1, -1, 127, -128],
  simm32: [0, 128, -129, 0x7fffffff, -0x80000000],
  uimm8: [0, 1, 7, 31, 127, 128, 255],
  imm8: [0, 1, -1, 127, -128],
  imm16: [0, 127, 128, 0x7fff, 0x8000, 0xffff],
  imm32: [0, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff],
  imm64: [0n, -1n, 0x80000000n, -0x80000001n, 0x7fffffffffffffffn, -0x8000000000000000n, 0x123456789abcdef0n],
  rel8: [0, 127, -128],
  rel32: [0, 128, -129, 0x7fffffff, -0x80000000],
};

const signedImmediates: Readonly<Record<string, readonly number[]>> = {
  imm16: [0, 127, 128, 0x7fff, -0x8000, -1],
};

const far: Readonly<Record<string, memory.MemoryConstructor<Operand, Operand>>> = {
  moffs8: memory.byte,
  moffs16: memory.word,
  moffs32: memory.dword,
  moffs64: memory.qword,
};

const farAddresses = [0n, 5n, -1n, 0x7fff_ffff_ffff_ffffn, -0x8000_0000_0000_0000n, 0x1122_3344_5566_7788n];

/** All samples of one operand of `row`. */
function samplesOf(row: Row, operand: RowOperand): readonly Argument[] {
  const atFar = far[operand.word];
  if (atFar !== undefined) {
    const inSegment = atFar as memory.MemoryConstructor<Operand, Operand>; // of any memory
    return [...farAddresses.map((address) => atFar(address)), inSegment(gs, atFar(-3n) as never)];
  }
  const { word, register, memory: bits, vectorIndex } = operand;
  const numbers = immediates[word];
  // ret and enter are printed with signed numbers.
  const signed = /^(?:retf?[wq]?|enterw?)$/.test(row.mnemonic) ? signedImmediates[word] : undefined;
  if (numbers !== undefined) return signed ?? numbers;
  const fixed = fixedRegisters[register ?? ""];
  if (fixed !== undefined) return [fixed];
  const samples: Operand[] = [];
  const file = registers[register ?? ""];
  const isEvex = row.space === "EVEX";
  const pairs = row.mnemonic.startsWith("vp2intersect");
  const codes =
    file === sreg
      ? operand.written
        ? [0, 2, 3, 4, 5]
        : [0, 1, 2, 3, 4, 5]
      : file === k
        ? pairs
          ? [0, 2, 4, 6]
          : maskCodes
        : isEvex && file !== undefined && file.length > 16
          ? evexCodes
          : boundaryCodes;
  if (file !== undefined) for (const code of codes) samples.push(file[code] as Operand); // the codes are registers of the file
  if (register === "r8") samples.push(ah, ch, dh, bh);
  if (vectorIndex !== undefined) {
    const made = vectorAddresses(vectorFiles[vectorIndex], isEvex ? evexCodes : boundaryCodes, row.dispScale).map(
      (make) => make(memory.ptr),
    );
    return operand.mask === undefined ? made : made.map((each, at) => masked(each, maskCodes[1 + (at % 3)] ?? 1));
  }
  const sized = constructors[bits ?? -1];
  if (sized !== undefined) {
    for (const make of addresses) samples.push(make(sized));
    if (isEvex) for (const make of scaledAddresses(row.dispScale)) samples.push(make(sized));
    if (row.prefixes.includes(0x67)) for (const code of [0, 5, 12]) samples.push(sized(gpr32[code] as never, 8));
  }
  return samples;
}

// The casts below: whether an operand can be masked or broadcast, the row's words say.
function masked(operand: Operand, code: number): Operand {
  return (operand as Operand<"zmm">).mask(k[code] as Operand<"k">);
}

/** The first operand with masks, where the row's word allows them. */
function maskedSamples(operand: RowOperand | undefined, usual: Argument | undefined): Operand[] {
  if (operand?.mask === undefined || operand.vectorIndex !== undefined || !(usual instanceof Operand)) return [];
  const samples: Operand[] = [(usual as Operand<"zmm">).mask(k1), (usual as Operand<"zmm">).mask(k7)];
  if (operand.mask === "zero" && !isMemory(usual)) samples.push((usual as Operand<"zmm">).maskz(k5));
  return samples;
}

/** Broadcast memory where the word allows it. */
function broadcastSamples({ broadcast, memory: bits }: RowOperand, all = true): Operand[] {
  if (broadcast === undefined || bits === undefined) return [];
  const sized = constructors[broadcast];
  if (sized === undefined) return [];
  const made = [
    ...scaledAddresses(broadcast / 8),
    addresses[0],
    (make: memory.MemoryConstructor<Operand, Operand>) => make(rip, 16),
  ];
  return (all ? made : made.slice(0, 2)).flatMap((make) =>
    make === undefined ? [] : [(make(sized) as Operand<"m64">).broadcast((bits / broadcast) as 2)],
  );
}

const roundingModes: readonly Operand[] = [rnSae, rdSae, ruSae, rzSae];

/**
 * Operand lists of one row: each operand goes through its samples while the others stay. A number that is the row's own
 * picks which ones stay and which share of the addresses it takes, so that all rows together see all of them many times.
 */
export function operandLists(row: Row, addressShare = row.space === "EVEX" ? 3 : 12): Argument[][] {
  const turn = numberOf(row);
  const samples = row.operands.map((operand) => samplesOf(row, operand));
  const lists = new Map<string, Argument[]>();
  const gathers = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  const add = (list: Argument[]): void => {
    // `xchg eax, eax` with the opcode 90 is nop.
    if (row.opcode === 0x90 && row.plusRegister && list.every((value) => value instanceof Operand && value.code === 0))
      return;
    if (isUndefined(row, list)) return;
    lists.set(list.map((value) => (value instanceof Operand ? `${value.kind}:${value}` : String(value))).join(), list);
  };
  const usual = samples.map(
    (list, position) => list[(turn + 2 * position + 1) % Math.min(list.length, registerSamples(row, position))] ?? 0,
  );
  const [first] = usual;
  // A gather's destination has its mask always.
  if (gathers && row.space === "EVEX" && first instanceof Operand && !isMemory(first)) {
    const codes = samples[0] ?? [];
    samples[0] = codes.map((each, at) => masked(each as Operand, maskCodes[1 + (at % 3)] ?? 1));
    usual[0] = masked(first, 1);
  }
  if (samples.length === 0) add([]);
  samples.forEach((list, position) => {
    let addressNumber = 0;
    for (const value of list) {
      if (
        value instanceof Operand &&
        isMemory(value) &&
        addressNumber++ < addresses.length &&
        row.operands[position]?.vectorIndex === undefined &&
        (addressNumber - 1 + turn) % Math.ceil(addresses.length / addressShare) !== 0
      )
        continue;
      add(usual.map((other, index) => (index === position ? value : other)));
    }
  });
  if (row.space !== "EVEX") return [...lists.values()];
  const withRm = (rm: Operand): Argument[] =>
    usual.map((other, index) => (row.operands[index]?.field === "rm" ? rm : other));
  if (!gathers) for (const value of maskedSamples(row.operands[0], first)) add([value, ...usual.slice(1)]);
  for (const operand of row.operands) for (const value of broadcastSamples(operand)) add(withRm(value));
  const masks = maskedSamples(row.operands[0], first);
  const rm = row.operands.find(({ field }) => field === "rm");
  const [broadcast] = rm === undefined ? [] : broadcastSamples(rm);
  const [, , last = masks[1]] = masks;
  if (broadcast !== undefined && last !== undefined) add([last, ...withRm(broadcast).slice(1)]);
  const destination = samples[0]?.[0];
  if (row.rounding !== undefined && destination !== undefined) {
    const modes = row.rounding === "sae" ? [sae] : roundingModes;
    for (const mode of modes) add([...usual, mode]);
    if (masks[0] !== undefined) add([masks[0], ...usual.slice(1), modes[modes.length - 1] ?? sae]);
  }
  return [...lists.values()];
}

/** How many of an operand's samples are registers, or all where none are. */
function registerSamples(row: Row, position: number): number {
  const file = registers[row.operands[position]?.register ?? ""];
  if (file === k) return maskCodes.length;
  return row.space === "EVEX" && file !== undefined && file.length > 16 ? evexCodes.length : boundaryCodes.length;
}

/**
 * A gather with two equal registers among destination, index and mask is undefined (SDM volume 2, VPGATHERDD). The address in
 * the register of movdir64b and enqcmd is as wide as that of memory.
 */
function isUndefined(row: Row, operands: readonly Argument[]): boolean {
  if (row.mnemonic === "movdir64b" || row.mnemonic === "enqcmd") {
    const [register, address] = operands as readonly Operand[]; // the rows have two
    return (
      (row.operands[0]?.register === "r32") !== ((address?.rex ?? 0) & operandFlag.address32) > 0 &&
      register !== undefined
    );
  }
  if (!row.operands.some(({ vectorIndex }) => vectorIndex !== undefined)) return false;
  const numbers = operands.map((operand) =>
    operand instanceof Operand && operand.index >= 0 ? operand.index : operand instanceof Operand ? operand.code : -1,
  );
  return new Set(numbers).size < numbers.length;
}

/** A number below 1,000 from the row's text, the same whatever other rows there are. */
function numberOf({ mnemonic, signature, encoding }: Row): number {
  let sum = 0;
  for (const letter of `${mnemonic} ${signature} ${encoding}`) sum = (31 * sum + letter.charCodeAt(0)) % 997;
  return sum;
}

/** What LLVM 14 prints for this row with these operands; "as given" keeps mnemonics and the order of operands. */
export function expectedText(
  row: Row,
  operands: readonly Argument[],
  order: "printed" | "as given" = "printed",
): string {
  const canonical = canonicalMnemonic(row.mnemonic);
  const string = stringInstruction(row);
  if (string !== undefined) return string;
  let texts = operands.slice(0, row.operands.length).map((operand, index) => operandText(row, operand, index));
  const last = operands[row.operands.length - 1];
  const rounding = operands[row.operands.length];
  if (rounding !== undefined) {
    // Behind the operand that is rounded, but before a general register.
    const at = row.operands.findIndex((operand) => operand.rounding !== undefined);
    texts.splice(/mm/.test(row.operands[at]?.register ?? "") ? at + 1 : at, 0, rounding.toString());
  }
  const compare = /^(v?cmp)([ps][sd])$/.exec(row.mnemonic);
  if (order === "printed" && compare !== null && typeof last === "number" && last < (compare[1] === "cmp" ? 8 : 32)) {
    return `${compare[1]}${predicates[last]}${compare[2]} ${texts.slice(0, -1).join(", ")}`;
  }
  const integerCompare = /^vpcmp(u?[bwdq])$/.exec(row.mnemonic);
  const predicate = ["eq", "lt", "le", "", "neq", "nlt", "nle", ""][Number(last)] ?? "";
  if (order === "printed" && integerCompare !== null && predicate !== "") {
    return `vpcmp${predicate}${integerCompare[1]} ${texts.slice(0, -1).join(", ")}`;
  }
  // The count of a shift by one is not printed.
  if (row.operands.at(-1)?.word === "1") texts = texts.slice(0, -1);
  if (order === "printed" && isTurned(row, operands)) texts.reverse();
  if (order === "as given") return [row.mnemonic, texts.join(", ")].join(" ").trimEnd();
  const isVnni = row.space === "VEX" && /^vpdp(?:bus|wss)ds?$/.test(row.mnemonic);
  const mnemonic =
    row.mnemonic === "mov" && row.immediates[0] === 8 ? "movabs" : isVnni ? `{vex} ${canonical}` : canonical;
  return texts.length === 0 ? mnemonic : `${mnemonic} ${texts.join(", ")}`;
}

const predicates = [
  ..."eq lt le unord neq nlt nle ord eq_uq nge ngt false neq_oq ge gt true".split(" "),
  ..."eq_os lt_oq le_oq unord_s neq_us nlt_uq nle_uq ord_s eq_us nge_uq ngt_uq false_os neq_os ge_oq gt_oq true_us".split(
    " ",
  ),
];

/** test and xchg mean the same either way; printed is r/m first, of two registers of xchg the reg field or the accumulator. */
function isTurned({ mnemonic, operands: words }: Row, operands: readonly Argument[]): boolean {
  const [first] = words;
  if (mnemonic === "test") return first?.field === "reg";
  if (mnemonic !== "xchg") return false;
  if (words[1]?.field === "fixed") return true;
  const hasMemory = operands.some((operand) => operand instanceof Operand && operand.kind >= operandKind.m);
  return first?.field === (hasMemory ? "reg" : "rm");
}

/** Of several names of the same condition, the one that is printed. */
export function canonicalMnemonic(mnemonic: string): string {
  if (mnemonic === "sal") return "shl";
  if (mnemonic.startsWith("addr32_")) return mnemonic.replace("_", " ");
  const condition = /^(j|set|cmov|loop)(z|nz|c|nc|nae|nb|na|nbe|nge|nl|ng|nle|pe|po)$/.exec(mnemonic);
  return condition === null ? mnemonic : `${condition[1]}${conditionNames[condition[2] ?? ""]}`;
}

const conditionNames: Readonly<Record<string, string>> = {
  z: "e",
  nz: "ne",
  c: "b",
  nc: "ae",
  nae: "b",
  nb: "ae",
  na: "be",
  nbe: "a",
  nge: "l",
  nl: "ge",
  ng: "le",
  nle: "g",
  pe: "p",
  po: "np",
};

/** The size of all that a gather or scatter moves: the elements that have both a lane and an index. */
function gatherSize(row: Row, { memory: indexBits = 32, vectorIndex = "xmm" }: RowOperand): string {
  const elementBits = row.w === 1 ? 64 : 32;
  const count = Math.min(
    (128 << (row.l ?? 0)) / elementBits,
    { xmm: 128, ymm: 256, zmm: 512 }[vectorIndex] / indexBits,
  );
  return { 64: "qword", 128: "xmmword", 256: "ymmword", 512: "zmmword" }[count * elementBits] ?? "";
}

function operandText(row: Row, operand: Argument, index: number): string {
  // enter's second number is a signed byte in print.
  const value =
    /^enterw?$/.test(row.mnemonic) && index === 1 && typeof operand === "number" ? (operand << 24) >> 24 : operand;
  const text = value.toString().replace("[1*", "[");
  const word = row.operands[index];
  return word?.vectorIndex === undefined ? text : `${gatherSize(row, word)} ptr ${text.replace(/^.*ptr /, "")}`;
}

/** `rep_movsb` -> `rep movsb byte ptr es:[rdi], byte ptr [rsi]` */
function stringInstruction(row: Row): string | undefined {
  const match = /^(?:(rep)e?_|(repne)_)?(movs|stos|lods|cmps|scas)([bwdq])$/.exec(row.mnemonic);
  if (match === null || row.operands.length > 0) return undefined;
  const [, rep = "", repne = "", stem = "", letter = ""] = match;
  const [size, accumulator] =
    { b: ["byte", "al"], w: ["word", "ax"], d: ["dword", "eax"], q: ["qword", "rax"] }[letter] ?? [];
  const source = `${size} ptr [rsi]`;
  const destination = `${size} ptr es:[rdi]`;
  const operands = {
    movs: [destination, source],
    stos: [destination, accumulator],
    lods: [accumulator, source],
    cmps: [source, destination],
    scas: [accumulator, destination],
  }[stem];
  const prefix = rep || repne;
  return `${prefix === "" ? "" : `${prefix} `}${stem}${letter} ${operands?.join(", ")}`;
}

/** Operands for `row` picked by `choose(n)`, a number from 0 to n - 1; undefined where they cannot stand together. */
export function operandsFrom(row: Row, choose: (count: number) => number): Argument[] | undefined {
  const operands = row.operands.map((operand) => chosenOperand(row, operand, choose));
  const highBytes = [ah, bh, ch, dh] as readonly Argument[];
  if (operands.some((operand) => highBytes.includes(operand)) && operands.some(needsRex)) return undefined;
  if (row.w === 1 && operands.some((operand) => highBytes.includes(operand))) return undefined;
  const accumulators = row.opcode === 0x90 && row.plusRegister;
  if (row.space === "EVEX") decorate(row, operands, choose);
  if (isUndefined(row, operands) || (accumulators && operands.every((value) => (value as Operand).code === 0)))
    return undefined;
  return operands;
}

/** Adds a mask, broadcast memory or a rounding mode where the row takes them. */
function decorate(row: Row, operands: Argument[], choose: (count: number) => number): void {
  const [word] = row.operands;
  const [first] = operands;
  const gathers = row.operands.some(({ vectorIndex }) => vectorIndex !== undefined);
  if (word?.mask !== undefined && first instanceof Operand && (gathers || choose(2) === 0)) {
    const by = k[1 + choose(7)] as Operand<"k">;
    const zeroing = word.mask === "zero" && !isMemory(first) && choose(2) === 0;
    operands[0] = zeroing ? (first as Operand<"zmm">).maskz(by) : (first as Operand<"zmm">).mask(by);
  }
  const at = row.operands.findIndex(({ field }) => field === "rm");
  const rm = operands[at];
  const rmWord = row.operands[at];
  if (!(rm instanceof Operand) || rmWord === undefined) return;
  if (isMemory(rm)) {
    const sized = constructors[rmWord.broadcast ?? -1];
    if (sized !== undefined && choose(2) === 0) {
      const disp = [choose(256) - 128, choose(512) - 256][choose(2)] ?? 0;
      const element = (rmWord.broadcast ?? 8) / 8;
      const address = sized(general[choose(16)] as never, disp * element) as Operand<"m64">;
      operands[at] = address.broadcast(((rmWord.memory ?? 0) / (8 * element)) as 2);
    }
  } else if (row.rounding !== undefined && choose(2) === 0) {
    operands.push(row.rounding === "sae" ? sae : (roundingModes[choose(4)] ?? sae));
  }
}

function needsRex(operand: Argument): boolean {
  return operand instanceof Operand && (operand.rex & 0x43) !== 0
    ? true
    : operand instanceof Operand && operand.kind < operandKind.xmm && operand.code > 7;
}

function chosenOperand(row: Row, operand: RowOperand, choose: (count: number) => number): Argument {
  const { word, register, memory: bits, vectorIndex } = operand;
  if (word in far) {
    const samples = samplesOf(row, operand);
    return samples[choose(samples.length)] ?? 0;
  }
  const edges = immediates[word];
  if (edges !== undefined) {
    const width = immediateWidths[word];
    if (width === undefined || choose(4) === 0)
      return samplesOf(row, operand)[choose(samplesOf(row, operand).length)] ?? 0;
    const value = choose(2 ** width[1]);
    return width[0] ? value - 2 ** (width[1] - 1) : value;
  }
  const fixed = fixedRegisters[register ?? ""];
  if (fixed !== undefined) return fixed;
  const sized = vectorIndex === undefined ? constructors[bits ?? -1] : memory.ptr;
  const file = registers[register ?? ""];
  if (sized === undefined || (file !== undefined && choose(2) === 0)) {
    if (file === sreg) return sreg[[0, 2, 3, 4, 5, operand.written ? 0 : 1][choose(6)] ?? 0] ?? 0;
    if (register === "r8" && choose(4) === 0) return [ah, bh, ch, dh][choose(4)] ?? ah;
    return (
      file?.[
        row.mnemonic.startsWith("vp2intersect") && file === k
          ? 2 * choose(4)
          : choose(file === k ? 8 : row.space === "EVEX" ? file.length : 16)
      ] ?? 0
    );
  }
  const scaled = (choose(260) - 130) * row.dispScale;
  const disp = [0, choose(256) - 128, scaled, choose(2 ** 32) - 2 ** 31][choose(4)] ?? 0;
  const scale = ([1, 2, 4, 8] as const)[choose(4)] ?? 1;
  if (vectorIndex !== undefined) {
    const index = vectorFiles[vectorIndex][choose(row.space === "EVEX" ? 32 : 16)];
    return sized(choose(5) === 0 ? undefined : (general[choose(16)] as never), index as never, scale, disp);
  }
  const index = general[(choose(15) + 5) & 15]; // any but rsp
  switch (choose(8)) {
    case 0:
      return sized(rip, disp);
    case 1:
      return sized(disp);
    case 2:
      return sized(undefined, index as never, scale === 1 ? 2 : scale, disp);
    case 3:
    case 4:
      return sized(general[choose(16)] as never, index as never, scale, disp);
    case 5:
      return sized([fs, gs][choose(2)] ?? fs, sized(general[choose(16)] as never, disp) as never);
    default:
      return sized(general[choose(16)] as never, disp);
  }
}

/** Whether numbers of an immediate word are signed where they are printed, and their bits. */
const immediateWidths: Readonly<Record<string, readonly [signed: boolean, bits: number]>> = {
  simm8: [true, 8],
  simm32: [true, 32],
  uimm8: [false, 8],
  imm8: [true, 8],
  imm16: [false, 15],
  imm32: [false, 32],
  rel8: [true, 8],
  rel32: [true, 32],
};
