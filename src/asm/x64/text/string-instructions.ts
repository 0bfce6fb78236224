/**
 * String instructions, with their operands written out as disassemblers do, or without: `movsb`,
 * `movs byte ptr es:[rdi], byte ptr [rsi]`, `rep stosd`, `ins dword ptr [rdi], dx`. The rows have none of these operands: only
 * a segment and the width of the address can be chosen (SDM volume 1, section 7.3.9), and a prefix says each.
 */
import type { Assembler } from "../assembler.ts";
import type { Argument } from "../encode-rm.ts";
import { isMemory, Operand, operandFlag, operandKind } from "../operand.ts";
import { Fault } from "./fault.ts";
import { isPlainBase } from "./memory-operand.ts";
import type { OperandReader } from "./operand-reader.ts";
import { methodOf, type Word } from "./words.ts";

/** What the rows of string instructions begin with, by the prefix as it is written. */
const repeatNames: Readonly<Record<string, readonly string[]>> = {
  rep: ["rep", "repe"],
  repe: ["rep", "repe"],
  repz: ["rep", "repe"],
  repne: ["repne"],
  repnz: ["repne"],
};

/**
 * Writes the repeated form that has a row of its own, behind `others`, the prefixes beside the repeating one. False where
 * there is none and the prefix is one as others are: `repne stosb`.
 */
export function writeRepeatedString(
  assembler: Assembler,
  operands: OperandReader,
  word: Word,
  repeat: string,
  others: readonly number[],
  start: number,
): boolean {
  const { buffer } = assembler;
  buffer.append(others);
  for (const name of repeatNames[repeat] ?? [])
    if (writeString(assembler, operands, word, `${name}_`, start)) return true;
  buffer.length -= others.length;
  return false;
}

/** Writes `word` with the operands that were read. False where it is no string instruction, as SSE's `movsd`. */
export function writeString(
  assembler: Assembler,
  operands: OperandReader,
  word: Word,
  prefix: string,
  start: number,
): boolean {
  const given = operands.values.slice(0, operands.count);
  const isSse = given.some(
    (value) => value instanceof Operand && (value.kind === operandKind.xmm || value.kind === operandKind.xmm0),
  );
  if (isSse) return false;
  const shape = stringShape(word.name);
  // Memory alone will do: `lods byte ptr [rsi]`.
  const places = given.length < shape.places.length ? shape.places.filter((place) => place in bases) : shape.places;
  let { letter } = shape;
  const { buffer } = assembler;
  const prefixes: number[] = [];
  for (const [index, value] of given.entries()) {
    const place = places[index];
    const start = operands.starts[index] ?? 0;
    const end = operands.ends[index] ?? start;
    const isPort = place === "dx";
    const width = value instanceof Operand && !isPort ? widthLetters[value.kind] : undefined;
    if (!isAt(value, place) || (width !== undefined && letter !== "" && width !== letter)) {
      throw new Fault("no-such-form", `${word.name} takes ${shape.text}`, start, end, "or no operands");
    }
    if (letter === "" && width !== undefined) letter = width;
    if (!isMemory(value)) continue;
    const { segment, rex } = value;
    if (rex & operandFlag.address32 && !prefixes.includes(0x67)) prefixes.push(0x67);
    if (place === "es:[rdi]" && segment !== 0 && segment !== 0x26) {
      throw new Fault("bad-address", "the destination's segment is es", start, end);
    }
    if (place !== "es:[rdi]" && segment !== 0 && segment !== 0x3e) prefixes.push(segment);
  }
  const mnemonic = `${prefix}${shape.stem}${letter}`;
  const method = methodOf(mnemonic);
  if (method === undefined) {
    if (prefix !== "") return false;
    if (letter === "")
      throw new Fault(
        "unknown-size",
        `${word.name}: the size is not known here`,
        start,
        operands.end,
        `write ${shape.stem}b, w, d or q`,
      );
    throw new Fault("left-out", `${word.name} is left out`, start, start + word.name.length);
  }
  buffer.append(prefixes);
  method.call(assembler);
  return true;
}

const widthLetters: Readonly<Record<number, string>> = {
  [operandKind.m8]: "b",
  [operandKind.m16]: "w",
  [operandKind.m32]: "d",
  [operandKind.m64]: "q",
  [operandKind.al]: "b",
  [operandKind.ax]: "w",
  [operandKind.eax]: "d",
  [operandKind.rax]: "q",
};

type Place = "es:[rdi]" | "[rsi]" | "[rbx]" | "the accumulator" | "dx";

/** Numbers of the registers that address its memory. */
const bases = { "es:[rdi]": 7, "[rsi]": 6, "[rbx]": 3 } as const;

/** Operands in the order of the manual. */
const shapes: Readonly<Record<string, readonly Place[]>> = {
  movs: ["es:[rdi]", "[rsi]"],
  cmps: ["[rsi]", "es:[rdi]"],
  stos: ["es:[rdi]", "the accumulator"],
  scas: ["the accumulator", "es:[rdi]"],
  lods: ["the accumulator", "[rsi]"],
  ins: ["es:[rdi]", "dx"],
  outs: ["dx", "[rsi]"],
  xlat: ["[rbx]"],
};

interface StringShape {
  readonly stem: string;
  /** b, w, d, q, or empty where the operands say. */
  readonly letter: string;
  readonly places: readonly Place[];
  /** The places as a message tells them. */
  readonly text: string;
}

function stringShape(name: string): StringShape {
  const stem = name.slice(0, name.startsWith("ins") ? 3 : 4);
  const letter = stem === "xlat" ? "b" : name.slice(stem.length);
  const places = shapes[stem] ?? [];
  return { stem, letter, places, text: stem === "xlat" ? "byte ptr [rbx]" : places.join(" and ") };
}

function isAt(value: Argument | undefined, place: Place | undefined): value is Operand {
  if (!(value instanceof Operand) || place === undefined) return false;
  if (place === "dx") return value.kind === operandKind.dx;
  if (place === "the accumulator")
    return value.kind >= operandKind.al && value.kind <= operandKind.rax && value.kind in widthLetters;
  return isMemory(value) && isPlainBase(value) && value.code === bases[place];
}
