/**
 * Reads one line of x86-64 assembly, Intel or AT&T syntax, into a mnemonic and operands, so that texts of several
 * disassemblers can be compared exactly: spelling, number bases, spaces and the order of operands differ, nothing else.
 */

export interface MemoryText {
  readonly kind: "memory";
  /** `qword`, `xmmword`, …; undefined where the text does not say. */
  readonly size: string | undefined;
  readonly segment: string;
  readonly base: string;
  readonly index: string;
  readonly scale: number;
  readonly disp: bigint;
}

export type OperandText =
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "number"; readonly value: bigint }
  /** A distance from the end of the instruction. */
  | { readonly kind: "branch"; readonly distance: bigint }
  | MemoryText
  /** What this reader does not know, such as far pointers. */
  | { readonly kind: "other"; readonly text: string };

export interface InstructionText {
  readonly prefixes: readonly string[];
  readonly mnemonic: string;
  /** What AVX-512 adds to operands, in order of the alphabet: `{1to8}`, `{k1}`, `{rn-sae}`, `{z}`. */
  readonly decorators: readonly string[];
  /** In Intel's order. */
  readonly operands: readonly OperandText[];
}

const prefixWords = new Set(
  "lock rep repe repz repne repnz xacquire xrelease data16 data64 addr32 rex.w bnd notrack cs ds es fs gs ss".split(
    " ",
  ),
);
const isBranch = (mnemonic: string): boolean => /^(?:j\w+|call\w*|loop\w*|xbegin)$/.test(mnemonic);

function splitPrefixes(line: string): { prefixes: string[]; mnemonic: string; rest: string } {
  const prefixes: string[] = [];
  // Far branches as iced-x86 and golang/arch write them.
  let rest = line
    .trim()
    .replace(/\b(jmp|call) far /, "l$1 ")
    .replace(/\bret far\b/, "retf")
    .replace(/\s+/g, " ")
    .replace(/,p[tn] /, " ");
  for (;;) {
    const [, word = "", tail = ""] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    if (!(prefixWords.has(word) || /^rex(?:\.[wrxb]+)?$/.test(word)) || tail === "")
      return { prefixes, mnemonic: word, rest: tail };
    prefixes.push(word);
    rest = tail;
  }
}

/** Takes what stands in braces out of the operands. `bcst` says that there is a broadcast; GNU leaves out its lanes where it can. */
function takeDecorators(rest: string): { decorators: string[]; rest: string } {
  const decorators: string[] = [];
  let plain = rest
    .replace(/\{%?([^}]*)\}/g, (_, inside: string) => {
      decorators.push(`{${inside}}`);
      return " ";
    })
    .replace(/,\s*(?=,|$)|^\s*,/g, "");
  if (/\bbcst\b/.test(plain)) {
    plain = plain.replace(/\bbcst\b/, "ptr");
    if (!decorators.some((text) => text.startsWith("{1to"))) decorators.push("{1to}");
  }
  return { decorators: decorators.sort(), rest: plain };
}

/** Splits at commas that stand in no bracket. */
function splitOperands(text: string): string[] {
  if (text.trim() === "") return [];
  const operands: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const letter = text[at];
    if (letter === "[" || letter === "(") depth++;
    else if (letter === "]" || letter === ")") depth--;
    else if (at === text.length || (letter === "," && depth === 0)) {
      operands.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return operands;
}

function parseNumber(text: string): bigint | undefined {
  const match = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (match === null) return undefined;
  const value = BigInt(match[2] ?? "0");
  return match[1] === "-" ? -value : value;
}

const registerName =
  /^(?:[re]?[abcd]x|[abcd][lh]|[re]?(?:si|di|sp|bp|ip)|(?:si|di|sp|bp)l|r\d+[bwd]?|[xyz]mm\d+|mmx?\d|k[0-7]|[cdefgs]s|[cd][rb]\d+|st(?:\(?\d\)?)?|[re]iz|tr\d)$/;

/** Intel syntax, of LLVM, GNU objdump and golang/arch. */
export function parseIntel(line: string): InstructionText {
  const { prefixes, mnemonic, rest: decorated } = splitPrefixes(line.toLowerCase().replace(/^\{e?vex\} /, ""));
  const { decorators, rest } = takeDecorators(decorated);
  const operands = splitOperands(rest).map((text): OperandText => {
    const relative = /^\.([+-]0x[0-9a-f]+|[+-]\d+)$/.exec(text)?.[1];
    if (relative !== undefined) return { kind: "branch", distance: parseNumber(relative.replace("+", "")) ?? 0n };
    const value = parseNumber(text);
    if (value !== undefined)
      return isBranch(mnemonic) ? { kind: "branch", distance: value } : { kind: "number", value };
    if (registerName.test(text)) return { kind: "register", name: text };
    return parseIntelMemory(text);
  });
  return { prefixes, mnemonic, decorators, operands };
}

function parseIntelMemory(text: string): OperandText {
  const match = /^(?:(\w+) )?(?:ptr )?(?:([cdefgs]s):)?(?:\[(.*)\]|(0x[0-9a-f]+))$/.exec(text);
  if (match === null) return { kind: "other", text };
  const [, size, segment = "", inside = "", absolute] = match;
  let base = "";
  let index = "";
  let scale = 1;
  let disp = absolute === undefined ? 0n : BigInt(absolute);
  for (const term of inside.replace(/\s/g, "").matchAll(/([+-]?)([^+-]+)/g)) {
    const [, sign = "", word = ""] = term;
    const value = parseNumber(word);
    const scaled = /^(?:(\d)\*(\w+)|(\w+)\*(\d))$/.exec(word);
    if (value !== undefined) disp += sign === "-" ? -value : value;
    else if (scaled !== null) {
      index = scaled[2] ?? scaled[3] ?? "";
      scale = Number(scaled[1] ?? scaled[4]);
    } else if (base === "" && !/^[xyz]mm|iz$/.test(word)) base = word;
    else index = word;
  }
  // objdump writes an address without registers as `ds:0x1000`.
  const override = absolute !== undefined && segment === "ds" ? "" : segment;
  return memory(size === "oword" ? "xmmword" : size === "ptr" ? undefined : size, override, base, index, scale, disp);
}

function memory(
  size: string | undefined,
  segment: string,
  base: string,
  index: string,
  scale: number,
  disp: bigint,
): MemoryText {
  // `riz` is no index, whatever it is scaled by.
  const noIndex = index === "" || /^[re]iz$/.test(index);
  const signed = BigInt.asIntN(64, disp);
  return { kind: "memory", size, segment, base, index: noIndex ? "" : index, scale: noIndex ? 1 : scale, disp: signed };
}

/** AT&T syntax, of LLVM and GNU. The mnemonic keeps its suffix; memory has no size. */
export function parseAtt(line: string): InstructionText {
  const { prefixes, mnemonic, rest: decorated } = splitPrefixes(line.toLowerCase().replace(/^\{e?vex\} /, ""));
  const { decorators, rest } = takeDecorators(decorated);
  const written = splitOperands(rest);
  // `enter` alone keeps its order.
  const operands = (mnemonic.startsWith("enter") ? written : written.reverse()).map((operand): OperandText => {
    const text = operand.replace(/^\*/, "").replace(/\s/g, "");
    const relative = /^\.([+-]0x[0-9a-f]+|[+-]\d+)$/.exec(text)?.[1];
    if (relative !== undefined) return { kind: "branch", distance: parseNumber(relative.replace("+", "")) ?? 0n };
    if (text.startsWith("$")) {
      const value = parseNumber(text.slice(1));
      return value === undefined ? { kind: "other", text } : { kind: "number", value };
    }
    if (text.startsWith("%") && !text.includes(":")) return { kind: "register", name: text.slice(1) };
    const value = parseNumber(text);
    if (value !== undefined && isBranch(mnemonic) && !operand.startsWith("*"))
      return { kind: "branch", distance: value };
    const match = /^(?:%([cdefgs]s):)?(-?(?:0x[0-9a-f]+|\d+))?(?:\((?:%(\w+))?(?:,%(\w+)(?:,(\d))?)?\))?$/.exec(text);
    if (match === null) return { kind: "other", text };
    const [, segment = "", disp = "0", base = "", index = "", scale = "1"] = match;
    return memory(undefined, segment, base, index, Number(scale), parseNumber(disp) ?? 0n);
  });
  return { prefixes, mnemonic, decorators, operands };
}
