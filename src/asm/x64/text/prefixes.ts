/**
 * Prefixes written before a mnemonic: `lock`, `rep`, `xrelease`, `data16`, segments. Which may stand together, and which mean
 * something to the instruction behind them; one that would mean nothing is a fault, not a wasted byte (SDM volume 2, section
 * 2.1.1; NASM refuses none, LLVM few).
 */
import { Decoded, decodeInstruction } from "../decoder.ts";
import { lockableMnemonics, type RepeatMeaning } from "../prefix-rules.ts";
import { Fault } from "./fault.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import { type Method, methodOf, type Word } from "./words.ts";

/** A prefix as it stands in the text. */
export interface WrittenPrefix {
  readonly name: string;
  readonly prefix: number;
  readonly start: number;
  readonly end: number;
}

const repeatGroup = 1;
const lockGroup = 2;

/** Of each group of prefixes an instruction has one at most (SDM volume 2, section 2.1.1). */
function groupOf(prefix: number): number {
  switch (prefix) {
    case 0xf2:
    case 0xf3:
      return repeatGroup;
    case 0xf0:
      return lockGroup;
    case 0x66:
      return 3;
    case 0x67:
      return 4;
    default:
      return 5;
  }
}

/** Whether F2 or F3, by the name that it was given, means something to an instruction. */
function repeats(name: string, meaning: RepeatMeaning, hasMemory: boolean, isLocked: boolean): boolean {
  switch (name) {
    case "xacquire":
    case "xrelease":
      if (!hasMemory) return false;
      return (
        meaning === "exchanges" || (meaning === "locked" && isLocked) || (meaning === "stores" && name === "xrelease")
      );
    case "bnd":
      return meaning === "bounds" || meaning === "returns";
    case "repne":
    case "repnz":
      return meaning === "bounds" || meaning === "returns" || meaning === "repeats";
    default:
      return meaning === "returns" || meaning === "repeats";
  }
}

const repeatHint = "it repeats string instructions: movs, stos, lods, cmps, scas";
const elisionHint = "it stands before lock, or xchg with memory";
const prefixHints: Readonly<Record<string, string>> = {
  lock: `what can be locked, with memory as its destination: ${lockableMnemonics.join(" ")}`,
  rep: repeatHint,
  repe: repeatHint,
  repz: repeatHint,
  repne: repeatHint,
  repnz: repeatHint,
  xacquire: elisionHint,
  xrelease: `${elisionHint}, or a mov to memory`,
  bnd: "it stands before jumps, calls and returns",
};

/** Reads prefixes up to the mnemonic; the current token is the first. */
export function readPrefixes(scanner: Scanner): WrittenPrefix[] {
  const prefixes: WrittenPrefix[] = [];
  let { word } = scanner;
  while (scanner.kind === tokenKind.word && word !== undefined && word.prefix !== 0) {
    // `lock` alone is an instruction in the tables.
    if (word.method !== undefined && scanner.peek() === 0x0a) break;
    const { name, prefix } = word;
    // Others can be repeated, as padding.
    const isAlone = groupOf(prefix) === repeatGroup || groupOf(prefix) === lockGroup;
    const before = isAlone ? prefixes.find((other) => groupOf(other.prefix) === groupOf(prefix)) : undefined;
    if (before !== undefined) {
      const message =
        before.prefix === prefix ? `${name} stands here already` : `${before.name} and ${name} exclude each other`;
      throw new Fault("misplaced-prefix", message, scanner.start, scanner.end);
    }
    prefixes.push({ name, prefix, start: scanner.start, end: scanner.end });
    scanner.advance();
    word = scanner.word;
  }
  return prefixes;
}

/** `addr32 loop` and `data16 leave` have rows of their own: takes their prefix out and returns the method. */
export function sizedByPrefix(word: Word, prefixes: WrittenPrefix[]): Method | undefined {
  const names: readonly (readonly [number, string | undefined])[] = [
    [0x67, addressSized(word)],
    [0x66, shortForms[word.mnemonic ?? ""]],
  ];
  for (const [byte, mnemonic] of names) {
    const at = prefixes.findIndex(({ prefix }) => prefix === byte);
    const method = at < 0 || mnemonic === undefined ? undefined : methodOf(mnemonic);
    if (method === undefined) continue;
    prefixes.splice(at, 1);
    return method;
  }
  return undefined;
}

/**
 * Faults where a prefix means nothing to the instruction in `bytes` from `plain` on, or makes another one of it; the
 * prefixes are the bytes from `from` on.
 */
export function checkPrefixes(
  prefixes: readonly WrittenPrefix[],
  { name }: Word,
  bytes: Uint8Array,
  from: number,
  plain: number,
): void {
  const decoded = new Decoded();
  const form = decodeInstruction(bytes, plain, decoded) ? decoded.form : undefined;
  const hasMemory = decoded.modRm < 0xc0 && form?.hasModRm === true;
  const isLocked = prefixes.some(({ prefix }) => prefix === 0xf0);
  for (const { name: written, prefix, start, end } of prefixes) {
    const isFitting =
      prefix === 0xf0
        ? form?.isLockable === true && hasMemory
        : groupOf(prefix) !== repeatGroup || repeats(written, form?.repeatMeaning ?? "nothing", hasMemory, isLocked);
    if (isFitting) continue;
    throw new Fault(
      "misplaced-prefix",
      `${written} cannot stand before ${name}${isLocked && form?.isLockable === true && !hasMemory ? " without memory as its destination" : ""}`,
      start,
      end,
      prefixHints[written],
    );
  }
  const [first] = prefixes;
  const last = prefixes.at(-1);
  if (first === undefined || last === undefined || keepsMeaning(bytes, from, plain, decoded)) return;
  const names = prefixes.map((each) => each.name).join(" ");
  throw new Fault("misplaced-prefix", `${names} cannot stand before ${name}`, first.start, last.end);
}

/** Whether the instruction from `plain` on is still the same one with the prefixes in front. */
function keepsMeaning(bytes: Uint8Array, from: number, plain: number, decoded: Decoded): boolean {
  if (plain === from) return true;
  if (!decodeInstruction(bytes, plain, decoded) || decoded.end !== bytes.length) return false;
  const row = decoded.form?.row;
  return decodeInstruction(bytes, from, decoded) && decoded.form?.row === row && decoded.end === bytes.length;
}

/** The mnemonic of a loop that counts in ecx. */
export function addressSized({ mnemonic = "" }: Word): string {
  return `addr32_${mnemonic}`;
}

/** What 66 makes of these. */
const shortForms: Readonly<Record<string, string>> = {
  pushfq: "pushfw",
  popfq: "popfw",
  leave: "leavew",
  enter: "enterw",
  iretd: "iretw",
  retf: "retfw",
};
