/**
 * One instruction of the text: prefixes, mnemonic, operands. The assembler's methods encode it; what stands here is how
 * people and other tools write it otherwise than the rows have it.
 */
import { EncodingError } from "../../../base/errors.ts";
import { nearestWord } from "../../../base/spelling.ts";
import type { Assembler } from "../assembler.ts";
import { Decoded, decodeInstruction } from "../decoder.ts";
import { findRow } from "../dispatch.ts";
import type { Argument } from "../encode-rm.ts";
import { formOf } from "../form.ts";
import { broadcastLanes, isMemory, Operand, operandFlag, operandKind } from "../operand.ts";
import { lockableMnemonics, type RepeatMeaning } from "../prefix-rules.ts";
import { xmm0 } from "../registers.ts";
import { type ExpressionReader, isConstant } from "./expression.ts";
import { Fault, quoted } from "./fault.ts";
import type { Labels } from "./labels.ts";
import { isPlainBase, OperandReader, readDecorator } from "./operand-reader.ts";
import type { Patch } from "./patches.ts";
import { rejection } from "./rejection.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import { knownWords, type Method, methodOf, type Word } from "./words.ts";

/** Stands for an immediate or a distance that is known later, and asks for a field of four or of eight bytes. */
const fourBytes = 0x7fff_ffff;
const eightBytes = 0x7fff_ffff_ffff_ffffn;

/** What the rows of string instructions begin with, by the prefix as it is written. */
const repeatNames: Readonly<Record<string, readonly string[]>> = {
  rep: ["rep", "repe"],
  repe: ["rep", "repe"],
  repz: ["rep", "repe"],
  repne: ["repne"],
  repnz: ["repne"],
};

interface WrittenPrefix {
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

export class InstructionWriter {
  readonly #scanner: Scanner;
  readonly #assembler: Assembler;
  readonly #labels: Labels;
  readonly #operands: OperandReader;
  readonly #patches: Patch[];
  /** Branches that need their long form, by their number in the text. */
  readonly #grown: ReadonlySet<number>;
  /** Branches that may need it so far. */
  #growing = 0;
  readonly #decoded = new Decoded();

  constructor(
    scanner: Scanner,
    expressions: ExpressionReader,
    assembler: Assembler,
    labels: Labels,
    patches: Patch[],
    grown: ReadonlySet<number>,
  ) {
    this.#scanner = scanner;
    this.#assembler = assembler;
    this.#labels = labels;
    this.#operands = new OperandReader(scanner, expressions);
    this.#patches = patches;
    this.#grown = grown;
  }

  /** Writes the instruction whose mnemonic is the current token. `address`: numbers are targets, not distances. */
  write(word: Word, address: bigint | undefined, method: Method | undefined = word.method): void {
    const { start } = this.#scanner;
    const operands = this.#operands;
    this.#scanner.advance();
    if (word.mnemonic === "ret" && this.#scanner.kind === tokenKind.word && this.#scanner.word?.keyword === "far") {
      this.write(knownWords().of("retf"), address);
      return;
    }
    if (method === undefined) {
      operands.read(false);
      this.#writeString(word, "", start);
      return;
    }
    operands.read(word.branchBytes !== 0, word.farAddresses);
    if (word.farAddresses !== "none") this.#sizeFarMemory();
    if (operands.isFar && word.habit !== "jump") {
      throw new Fault("no-such-form", `${word.name} has no far form`, start, this.#scanner.previousEnd);
    }
    if (word.appended >= 0) operands.append(word.appended);
    if (operands.rounding !== undefined) operands.append(operands.rounding);
    if (word.habit !== undefined && this.#writeHabit(word, address, start)) return;
    if (operands.target !== undefined) this.#branch(word, method, address, start);
    else if (operands.absolute !== undefined || operands.address !== undefined)
      this.#patched(word, method, address, start);
    else this.#call(word, method, start);
  }

  /** Writes prefixes and the instruction behind them; the current token is the first prefix. */
  writePrefixed(address: bigint | undefined): void {
    const scanner = this.#scanner;
    const { start } = scanner;
    const { buffer } = this.#assembler;
    const from = buffer.length;
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
    if (scanner.kind === tokenKind.end) throw unexpectedEnd(start, scanner.previousEnd);
    if (scanner.kind !== tokenKind.word || word === undefined) throw this.unknownMnemonic();
    if (word.mnemonic === undefined && word.habit !== "string") throw this.unknownMnemonic();
    const repeat = prefixes.find(({ prefix }) => prefix === 0xf2 || prefix === 0xf3);
    if (word.habit === "string" && repeat !== undefined && this.#writeRepeated(word, prefixes, repeat, start)) return;
    const sized = this.#sizedByPrefix(word, prefixes);
    buffer.append(prefixes.map(({ prefix }) => prefix));
    const plain = buffer.length;
    this.write(word, address, sized ?? word.method);
    this.#checkPrefixes(prefixes, word, from, plain);
  }

  /** `addr32 loop` and `data16 leave` have rows of their own; takes their prefix out. */
  #sizedByPrefix(word: Word, prefixes: WrittenPrefix[]): Method | undefined {
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

  /** Faults where a prefix means nothing to the instruction that was written from `plain` on, or makes another one of it. */
  #checkPrefixes(prefixes: readonly WrittenPrefix[], { name }: Word, from: number, plain: number): void {
    const { bytes, length } = this.#assembler.buffer;
    const decoded = this.#decoded;
    const form = decodeInstruction(bytes.subarray(0, length), plain, decoded) ? decoded.form : undefined;
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
    if (first === undefined || last === undefined || this.#keepsMeaning(from, plain)) return;
    const names = prefixes.map((each) => each.name).join(" ");
    throw new Fault("misplaced-prefix", `${names} cannot stand before ${name}`, first.start, last.end);
  }

  /** `{vex} vpdpbusd …`: the form with that prefix; the current token is the brace. */
  writeInSpace(address: bigint | undefined): void {
    const scanner = this.#scanner;
    const { word: name, start, end } = readDecorator(scanner);
    const space = name === "evex" ? "EVEX" : /^vex[23]?$/.test(name) ? "VEX" : undefined;
    if (space === undefined) {
      const found = quoted(scanner.text, start, end);
      throw new Fault("bad-decorator", `${found} cannot stand before a mnemonic; expected {vex} or {evex}`, start, end);
    }
    const { word } = scanner;
    if (scanner.kind !== tokenKind.word || word?.mnemonic === undefined) throw this.unknownMnemonic();
    const { mnemonic } = word;
    this.write(word, address, (...given) => {
      const row = findRow(mnemonic, given, space);
      const [a, b, c, d, e] = given;
      // Rounding, the last operand, is one of the encoder's as well.
      formOf(row).encode(this.#assembler.buffer, a, b, c, d, e);
    });
  }

  /** For a statement that starts with something else than what is known. */
  unknownMnemonic(): Fault {
    const { kind, start, end, text, lexeme } = this.#scanner;
    if (kind !== tokenKind.word)
      return new Fault(
        "unexpected-token",
        `expected an instruction, a label or a directive, got ${quoted(text, start, end)}`,
        start,
        end,
      );
    const names = knownWords()
      .all()
      .filter(({ mnemonic, directive, prefix }) => mnemonic !== undefined || directive !== undefined || prefix !== 0)
      .map(({ name }) => name);
    const near = lexeme.length > 100 ? undefined : nearestWord(lexeme, names.sort());
    const why = leftOutReason(lexeme.toLowerCase());
    const hint = why ?? (near === undefined ? undefined : `did you mean ${near}?`);
    return new Fault(
      "unknown-mnemonic",
      `${quoted(text, start, end).slice(1, -1)} is no instruction or directive here`,
      start,
      end,
      hint,
    );
  }

  #call(word: Word, method: Method, start: number): void {
    const { values } = this.#operands;
    try {
      method.call(this.#assembler, values[0], values[1], values[2], values[3], values[4], values[5]);
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      if (this.#withWiderBroadcast(method) || this.#withUnsignedByte(word, method)) return;
      throw rejection(word.mnemonic ?? "", this.#operands, error, start, this.#scanner.previousEnd);
    }
  }

  /** Tries `[rax]{1to8}` as eight times 64 bits, after 32. */
  #withWiderBroadcast(method: Method): boolean {
    const { values, broadcastInstead } = this.#operands;
    if (broadcastInstead === undefined) return false;
    const at = values.findIndex((value) => value instanceof Operand && broadcastLanes(value) > 0);
    try {
      const [a, b, c, d, e, f] = values.with(at, broadcastInstead);
      method.call(this.#assembler, a, b, c, d, e, f);
      return true;
    } catch (error) {
      if (error instanceof EncodingError) return false;
      throw error;
    }
  }

  /** Tries negative bytes as unsigned ones: `pshufd xmm0, xmm1, -1`. Disassemblers print some so that the rows take unsigned. */
  #withUnsignedByte(word: Word, method: Method): boolean {
    const { values, count } = this.#operands;
    const last = values[count - 1];
    // A vector of an interrupt is a number, not eight bits.
    if (word.mnemonic === "int" || typeof last !== "number" || last >= 0 || last < -128) return false;
    try {
      const [a, b, c, d, e, f] = values.with(count - 1, last & 0xff);
      method.call(this.#assembler, a, b, c, d, e, f);
      return true;
    } catch (error) {
      if (error instanceof EncodingError) return false;
      throw error;
    }
  }

  /** True where it has written the instruction; else it may have changed the operands. */
  #writeHabit(word: Word, address: bigint | undefined, start: number): boolean {
    const operands = this.#operands;
    const { values } = operands;
    const [first, second] = values;
    switch (word.habit) {
      case "shift":
        if (operands.count === 1) operands.append(1);
        return false;
      case "xmm0":
        if (operands.count === 2) operands.append(xmm0);
        return false;
      case "multiply":
        // `imul rax, 5` is short for `imul rax, rax, 5`.
        if (operands.count === 2 && (typeof second === "number" || typeof second === "bigint") && first !== undefined) {
          operands.append(second);
          values[1] = first;
        }
        return false;
      case "exchange":
        // Of two registers LLVM reads, and disassemblers print, the one in ModRM's reg field first.
        if (first instanceof Operand && second instanceof Operand && !isMemory(first) && !isMemory(second)) {
          values[0] = second;
          values[1] = first;
        }
        return false;
      case "push":
        if (operands.immediateBits !== 16) return false;
        this.#callInstead("pushw", start);
        return true;
      case "loop":
        // `loop name, ecx` tells the counter, as NASM has it.
        if (operands.count !== 2 || !isCounter(second)) return false;
        operands.count = 1;
        values[1] = undefined;
        if (second.kind === operandKind.r64) return false;
        this.#branch(word, methodOf(addressSized(word)) ?? nothing, address, start);
        return true;
      case "jump":
        if (!operands.isFar && !isFarPointer(first)) return false;
        this.#writeFar(word, start);
        return true;
      case "string":
        return this.#writeString(word, "", start);
      default:
        return false;
    }
  }

  /** The same operands to an instruction of another name. */
  #callInstead(mnemonic: string, start: number): void {
    const method = methodOf(mnemonic);
    if (method !== undefined) this.#call(knownWords().of(mnemonic), method, start);
  }

  /** `jmp far [rax]`, `call fword ptr [rax]`: through a far pointer, of 16:32 bits where nothing is said. */
  #writeFar(word: Word, start: number): void {
    const { values, starts, ends, target } = this.#operands;
    const [first] = values;
    if (target !== undefined || !(first instanceof Operand) || !isMemory(first)) {
      const message = "a far branch goes through memory in 64-bit mode";
      throw new Fault("no-such-form", message, starts[0] ?? start, ends[0] ?? start, `write ${word.name} far [rax]`);
    }
    if (first.kind === operandKind.m) values[0] = withKind(first, operandKind.m48);
    this.#callInstead(word.name === "jmp" ? "ljmp" : "lcall", start);
  }

  /** Memory at an address of 64 bits is as wide as the accumulator beside it, unless a size was written. */
  #sizeFarMemory(): void {
    const { values, hasSize } = this.#operands;
    const at = values.findIndex((value) => value instanceof Operand && value.kind === operandKind.moffs64);
    const memory = values[at];
    const accumulator = values[1 - at];
    if (hasSize || !(memory instanceof Operand) || !(accumulator instanceof Operand)) return;
    const kind = farKinds[accumulator.kind];
    if (kind !== undefined) values[at] = withKind(memory, kind);
  }

  #writeRepeated(word: Word, prefixes: readonly WrittenPrefix[], repeat: WrittenPrefix, start: number): boolean {
    const scanner = this.#scanner;
    const { buffer } = this.#assembler;
    const nameAt = scanner.start;
    scanner.advance();
    this.#operands.read(false);
    // Without such a row it is a prefix as others are: `repne stosb`.
    const others = prefixes.filter((other) => other !== repeat).map(({ prefix }) => prefix);
    buffer.append(others);
    for (const name of repeatNames[repeat.name] ?? []) if (this.#writeString(word, `${name}_`, start)) return true;
    buffer.length -= others.length;
    scanner.rewind(nameAt);
    return false;
  }

  /**
   * String instructions with their operands written out, as disassemblers do: `movsb byte ptr es:[rdi], byte ptr [rsi]`.
   * Only a segment and the width of the address can be chosen. False where it is no string instruction.
   */
  #writeString(word: Word, prefix: string, start: number): boolean {
    const operands = this.#operands;
    const given = operands.values.slice(0, operands.count);
    const isSse = given.some(
      (value) => value instanceof Operand && (value.kind === operandKind.xmm || value.kind === operandKind.xmm0),
    );
    if (isSse) return false;
    const shape = stringShape(word.name);
    let letter = shape.letter;
    const { buffer } = this.#assembler;
    const prefixes: number[] = [];
    for (const [index, value] of given.entries()) {
      const width = value instanceof Operand ? widthLetters[value.kind] : undefined;
      const isMemoryOperand = value instanceof Operand && isMemory(value);
      const isPort = value instanceof Operand && value.kind === operandKind.dx && shape.hasPort;
      const base = isMemoryOperand && isPlainBase(value) ? value.code : -1;
      const fits = isMemoryOperand ? shape.bases.includes(base) : width !== undefined || isPort;
      if (!fits || (width !== undefined && !isPort && letter !== "" && width !== letter)) {
        const at = operands.starts[index] ?? start;
        throw new Fault(
          "no-such-form",
          `${word.name} takes ${shape.operands}`,
          at,
          operands.ends[index] ?? at,
          "or no operands",
        );
      }
      if (letter === "" && width !== undefined && !isPort) letter = width;
      if (!isMemoryOperand) continue;
      const { segment, rex } = value;
      if (rex & operandFlag.address32 && !prefixes.includes(0x67)) prefixes.push(0x67);
      if (base === 7 ? segment !== 0 && segment !== 0x26 : false) {
        const at = operands.starts[index] ?? start;
        throw new Fault("bad-address", "the destination's segment is es", at, operands.ends[index] ?? at);
      }
      if (base !== 7 && segment !== 0 && segment !== 0x3e) prefixes.push(segment);
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
          this.#scanner.previousEnd,
          `write ${shape.stem}b, w, d or q`,
        );
      throw new Fault("left-out", `${word.name} is left out`, start, start + word.name.length);
    }
    buffer.append(prefixes);
    method.call(this.#assembler);
    return true;
  }

  /** A branch to a label, an address or a distance. */
  #branch(word: Word, method: Method, address: bigint | undefined, start: number): void {
    const operands = this.#operands;
    const { target, values } = operands;
    if (target === undefined) return;
    const { value, reach } = target;
    const { label, constant } = value;
    if (value.terms.length > 0 || value.minus !== undefined) {
      throw new Fault(
        "bad-expression",
        "a branch goes to a label, a number or what a register or memory holds",
        target.start,
        target.end,
      );
    }
    const isRelaxed = word.branchBytes === 1 && word.reachesFar;
    const isAddress = label === undefined && address !== undefined;
    if (
      reach === undefined &&
      !isAddress &&
      constant === 0 &&
      label !== undefined &&
      (isRelaxed || word.branchBytes === 4)
    ) {
      values[0] = label;
      this.#call(word, method, start);
      return;
    }
    if (reach === undefined && !isAddress && isConstant(value)) {
      values[0] = constant;
      this.#call(word, method, start);
      return;
    }
    if (reach === "short" && word.branchBytes !== 1) {
      throw new Fault("no-such-form", `${word.name} has no short form`, target.start, target.end);
    }
    const growing = isRelaxed && reach === undefined ? this.#growing++ : -1;
    const isShort = word.branchBytes === 1 && (!word.reachesFar || reach !== "near") && !this.#grown.has(growing);
    const at = this.#labels.here();
    values[0] = isShort ? 0 : fourBytes;
    this.#call(word, method, start);
    this.#patches.push({ field: "branch", at, width: 0, value, growing, start: target.start, end: target.end });
  }

  /** An instruction with a label's address as immediate, or memory at an address. */
  #patched(word: Word, method: Method, address: bigint | undefined, start: number): void {
    const operands = this.#operands;
    const { absolute, address: memory, values } = operands;
    const at = this.#labels.here();
    if (memory !== undefined) {
      const { start: from, end } = memory;
      if (address === undefined) {
        throw new Fault(
          "unknown-address",
          "the code's own address is not known",
          from,
          end,
          "the option address tells it; [rip + 16] counts from here",
        );
      }
      this.#patches.push({ field: "memory", at, width: 4, value: memory.value, growing: -1, start: from, end });
    }
    if (absolute !== undefined) {
      const index = operands.starts.indexOf(absolute.start);
      const [first] = values;
      const takesEight =
        word.mnemonic === "movabs" ||
        (word.mnemonic === "mov" &&
          first instanceof Operand &&
          (first.kind === operandKind.rax || first.kind === operandKind.r64));
      values[index] = takesEight ? eightBytes : fourBytes;
      this.#patches.push({
        field: "immediate",
        at,
        width: 0,
        value: absolute.value,
        growing: -1,
        start: absolute.start,
        end: absolute.end,
      });
    }
    try {
      this.#call(word, method, start);
    } catch (error) {
      // The number that stands for the address would be named as the fault.
      if (!(error instanceof Fault) || absolute === undefined) throw error;
      const message = `${word.name} takes no label's address here`;
      throw new Fault("no-such-form", message, absolute.start, absolute.end, "lea rax, [label] loads it");
    }
  }

  /** Whether the instruction from `plain` on is still the same one with the prefixes in front. */
  #keepsMeaning(from: number, plain: number): boolean {
    const { bytes: all, length } = this.#assembler.buffer;
    if (plain === from) return true;
    const bytes = all.subarray(0, length);
    const decoded = this.#decoded;
    if (!decodeInstruction(bytes, plain, decoded) || decoded.end !== length) return false;
    const row = decoded.form?.row;
    return decodeInstruction(bytes, from, decoded) && decoded.form?.row === row && decoded.end === length;
  }
}

const farKinds: Readonly<Record<number, number>> = {
  [operandKind.al]: operandKind.moffs8,
  [operandKind.ax]: operandKind.moffs16,
  [operandKind.eax]: operandKind.moffs32,
  [operandKind.rax]: operandKind.moffs64,
};

function withKind({ code, rex, modrm, tail, sib, disp, index, segment, label, evex }: Operand, kind: number): Operand {
  return new Operand(kind, code, rex, modrm, tail, sib, disp, index, segment, label, evex);
}

function isFarPointer(value: Argument | undefined): boolean {
  return value instanceof Operand && (value.kind === operandKind.m48 || value.kind === operandKind.m80);
}

/** ecx or rcx. */
function isCounter(value: Argument | undefined): value is Operand {
  return (
    value instanceof Operand && value.code === 1 && (value.kind === operandKind.r32 || value.kind === operandKind.r64)
  );
}

/** The mnemonic of a loop that counts in ecx. */
function addressSized({ mnemonic = "" }: Word): string {
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

const nothing: Method = () => {};

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

interface StringShape {
  readonly stem: string;
  /** b, w, d, q, or empty where the operands say. */
  readonly letter: string;
  /** Registers that address its memory. */
  readonly bases: readonly number[];
  readonly hasPort: boolean;
  readonly operands: string;
}

const baseRsi = 6;
const baseRdi = 7;

function stringShape(name: string): StringShape {
  if (name.startsWith("xlat")) {
    return { stem: "xlat", letter: "b", bases: [3], hasPort: false, operands: "byte [rbx]" };
  }
  const plain = /^(?:movs|stos|lods|cmps|scas|ins|outs)/.exec(name)?.[0] ?? name;
  const letter = name.slice(plain.length);
  const fromSource = plain === "movs" || plain === "cmps" || plain === "lods" || plain === "outs";
  const toDestination = plain !== "lods" && plain !== "outs";
  const bases = [...(fromSource ? [baseRsi] : []), ...(toDestination ? [baseRdi] : [])];
  const places = [...(fromSource ? ["[rsi]"] : []), ...(toDestination ? ["es:[rdi]"] : [])].join(" and ");
  const hasPort = plain === "ins" || plain === "outs";
  const others = hasPort ? " and dx" : plain === "movs" || plain === "cmps" ? "" : " and the accumulator";
  return { stem: plain, letter, bases, hasPort, operands: places + others };
}

function unexpectedEnd(start: number, end: number): Fault {
  return new Fault("misplaced-prefix", "a prefix stands before an instruction in the same line", start, end);
}

/** Instructions that the tables leave out, by the shape of their names (left-out.ts). */
const leftOutShapes: readonly (readonly [shape: RegExp, why: string])[] = [
  [
    /^f(?:ld|n?st|add|sub|mul|div|i|n?c|x|y|n|p|s|2|abs|rnd|dec|free|tst|rstor)|^f?wait$/,
    "x87 instructions are left out; SSE and AVX compute with doubles",
  ],
  [
    /^(?:emms|femms|pf\w+|pi2f[dw]|pswapd|movntq|maskmovq|pshufw|movq2dq|movdq2q)$/,
    "MMX and 3DNow! are left out; SSE2 has the like on xmm registers",
  ],
  [
    /^(?:in|out|cli|sti|clts|clac|stac|invd|wbinvd|wbnoinvd|invlpg|invpcid|l[lgi]dt|ltr|lmsw|[rw]dmsr|wrmsr|swapgs|sysret[lq]?|sysexitq?|sysenter|rsm|monitor|mwait|xsetbv|xsaves(?:64)?|xrstors(?:64)?|vm\w+|tlbsync|invept|invvpid)$/,
    "privileged instructions and ports are left out",
  ],
  [
    /^(?:aaa|aad|aam|aas|daa|das|into|bound|pusha\w?|popa\w?|arpl|lds|les|salc|jcxz|loopw)$/,
    "64-bit mode does not have it",
  ],
  [
    /^(?:vf(?:n?m|m)(?:add|sub)(?:sub|add)?[ps][sd]|vpcom\w+|vpmac\w+|vprot[bwdq]|vpsh[al][bwdq]|vfrcz\w+|vpperm|vpcmov|blc\w+|blsfill|blsic|t1mskc|tzmsk|extrq|insertq|movnts[sd])$/,
    "AMD's XOP, FMA4, TBM and SSE4a are left out",
  ],
  [/^(?:tile|tdp|ldtilecfg|sttilecfg)/, "AMX is left out"],
  [/^(?:incssp|rdssp|saveprevssp|rstorssp|wrss|wruss|setssbsy|clrssbsy)/, "shadow stacks are left out"],
  [/^bnd(?:mk|c[lun]|mov|ldx|stx)$/, "MPX is left out"],
  [/^v\w+(?:ph|sh)$/, "AVX512_FP16 is left out"],
];

function leftOutReason(name: string): string | undefined {
  return leftOutShapes.find(([shape]) => shape.test(name))?.[1];
}
