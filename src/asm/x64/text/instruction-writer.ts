/**
 * One instruction of the text: prefixes, mnemonic, operands. The assembler's methods encode it; what people and other tools
 * write otherwise than the rows have it is put into the rows' words first (`habits.ts`, `string-instructions.ts`,
 * `prefixes.ts`), and what depends on where code ends up becomes a patch (`patches.ts`).
 */
import { EncodingError } from "../../../base/errors.ts";
import type { Assembler } from "../assembler.ts";
import { gatheredBits } from "../decode-slots.ts";
import { findRow } from "../dispatch.ts";
import { formOf } from "../form.ts";
import { broadcastLanes, Operand, operandKind } from "../operand.ts";
import { readDecorator } from "./decorator.ts";
import { type ExpressionReader, isConstant } from "./expression.ts";
import { Fault, quoted } from "./fault.ts";
import { byHabit, sizeFarMemory } from "./habits.ts";
import type { Labels } from "./labels.ts";
import { OperandReader } from "./operand-reader.ts";
import type { Patch } from "./patches.ts";
import { checkPrefixes, readPrefixes, sizedByPrefix, type WrittenPrefix } from "./prefixes.ts";
import { rejection } from "./rejection.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import { writeRepeatedString, writeString } from "./string-instructions.ts";
import { unknownMnemonic } from "./unknown-mnemonic.ts";
import { knownWords, type Method, methodOf, type Word } from "./words.ts";

/** Stands for an immediate or a distance that is known later, and asks for a field of four or of eight bytes. */
const fourBytes = 0x7fff_ffff;
const eightBytes = 0x7fff_ffff_ffff_ffffn;

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
  write(word: Word, address: bigint | undefined, given: Method | undefined = word.method): void {
    const { start } = this.#scanner;
    const operands = this.#operands;
    this.#scanner.advance();
    if (word.mnemonic === "ret" && this.#scanner.kind === tokenKind.word && this.#scanner.word?.keyword === "far") {
      this.write(knownWords().of("retf"), address);
      return;
    }
    if (given === undefined) {
      operands.read(false);
      writeString(this.#assembler, operands, word, "", start);
      return;
    }
    operands.read(word.branchBytes !== 0, word.farAddresses);
    if (word.farAddresses !== "none") sizeFarMemory(operands);
    if (operands.isFar && word.habit !== "jump") {
      throw new Fault("no-such-form", `${word.name} has no far form`, start, this.#scanner.previousEnd);
    }
    if (word.appended >= 0) operands.append(word.appended);
    if (operands.rounding !== undefined) operands.append(operands.rounding);
    let method = given;
    let { mnemonic = "" } = word;
    if (word.habit === "string") {
      if (writeString(this.#assembler, operands, word, "", start)) return;
    } else if (word.habit !== undefined) {
      const instead = byHabit(word, operands, start);
      if (instead !== undefined) {
        mnemonic = instead;
        method = methodOf(instead) ?? given;
      }
    }
    if (operands.target !== undefined) this.#branch(word, mnemonic, method, address, start);
    else if (operands.absolute !== undefined || operands.address !== undefined)
      this.#patched(word, mnemonic, method, address, start);
    else this.#call(mnemonic, method, start);
  }

  /** Writes prefixes and the instruction behind them; the current token is the first prefix. */
  writePrefixed(address: bigint | undefined): void {
    const scanner = this.#scanner;
    const { start } = scanner;
    const { buffer } = this.#assembler;
    const from = buffer.length;
    const prefixes = readPrefixes(scanner);
    const { word } = scanner;
    if (scanner.kind === tokenKind.end) {
      const message = "a prefix stands before an instruction in the same line";
      throw new Fault("misplaced-prefix", message, start, scanner.previousEnd);
    }
    if (scanner.kind !== tokenKind.word || word === undefined) throw unknownMnemonic(scanner);
    if (word.mnemonic === undefined && word.habit !== "string") throw unknownMnemonic(scanner);
    if (word.habit === "string" && this.#writeRepeated(word, prefixes, start)) return;
    const sized = sizedByPrefix(word, prefixes);
    buffer.append(prefixes.map(({ prefix }) => prefix));
    const plain = buffer.length;
    this.write(word, address, sized ?? word.method);
    checkPrefixes(prefixes, word, buffer.bytes.subarray(0, buffer.length), from, plain);
  }

  #writeRepeated(word: Word, prefixes: readonly WrittenPrefix[], start: number): boolean {
    const repeat = prefixes.find(({ prefix }) => prefix === 0xf2 || prefix === 0xf3);
    if (repeat === undefined) return false;
    const scanner = this.#scanner;
    const nameAt = scanner.start;
    scanner.advance();
    this.#operands.read(false);
    const others = prefixes.filter((other) => other !== repeat).map(({ prefix }) => prefix);
    if (writeRepeatedString(this.#assembler, this.#operands, word, repeat.name, others, start)) return true;
    scanner.rewind(nameAt);
    return false;
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
    if (scanner.kind !== tokenKind.word || word?.mnemonic === undefined) throw unknownMnemonic(scanner);
    const { mnemonic } = word;
    this.write(word, address, (...given) => {
      const row = findRow(mnemonic, given, space);
      const [a, b, c, d, e] = given;
      // Rounding, the last operand, is one of the encoder's as well.
      formOf(row).encode(this.#assembler.buffer, a, b, c, d, e);
    });
  }

  #call(mnemonic: string, method: Method, start: number): void {
    const { values } = this.#operands;
    try {
      method.call(this.#assembler, values[0], values[1], values[2], values[3], values[4], values[5]);
      if (this.#operands.gatheredBits !== 0) this.#checkGathered(mnemonic);
    } catch (error) {
      if (!(error instanceof EncodingError)) throw error;
      if (this.#withWiderBroadcast(method) || this.#withUnsignedByte(mnemonic, method)) return;
      throw rejection(mnemonic, this.#operands, error, start, this.#scanner.previousEnd);
    }
  }

  /** A size before a vector of addresses is that of an element, as GNU has it, or of all that is moved, as LLVM has it. */
  #checkGathered(mnemonic: string): void {
    const { values, count, starts, ends, gatheredBits: bits } = this.#operands;
    const row = findRow(mnemonic, values.slice(0, count));
    const at = row.operands.findIndex(({ vectorIndex }) => vectorIndex !== undefined);
    const memory = row.operands[at];
    if (memory === undefined) return;
    const element = row.w === 1 ? 64 : 32;
    const all = gatheredBits(row, memory);
    if (bits === element || bits === all) return;
    const wanted = all === element ? `${all}` : `${element} or ${all}`;
    const message = `${mnemonic}: expected memory of ${wanted} bits, got ${bits}`;
    throw new Fault("no-such-form", message, starts[at] ?? 0, ends[at] ?? 0, "or write no size before the bracket");
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
  #withUnsignedByte(mnemonic: string, method: Method): boolean {
    const { values, count } = this.#operands;
    const last = values[count - 1];
    // A vector of an interrupt is a number, not eight bits.
    if (mnemonic === "int" || typeof last !== "number" || last >= 0 || last < -128) return false;
    try {
      const [a, b, c, d, e, f] = values.with(count - 1, last & 0xff);
      method.call(this.#assembler, a, b, c, d, e, f);
      return true;
    } catch (error) {
      if (error instanceof EncodingError) return false;
      throw error;
    }
  }

  /** A branch to a label, an address or a distance. */
  #branch(word: Word, mnemonic: string, method: Method, address: bigint | undefined, start: number): void {
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
      this.#call(mnemonic, method, start);
      return;
    }
    if (reach === undefined && !isAddress && isConstant(value)) {
      values[0] = constant;
      this.#call(mnemonic, method, start);
      return;
    }
    if (reach === "short" && word.branchBytes !== 1) {
      throw new Fault("no-such-form", `${word.name} has no short form`, target.start, target.end);
    }
    const growing = isRelaxed && reach === undefined ? this.#growing++ : -1;
    const isShort = word.branchBytes === 1 && (!word.reachesFar || reach !== "near") && !this.#grown.has(growing);
    const at = this.#labels.here();
    values[0] = isShort ? 0 : fourBytes;
    this.#call(mnemonic, method, start);
    this.#patches.push({ field: "branch", at, width: 0, value, growing, start: target.start, end: target.end });
  }

  /** An instruction with a label's address as immediate, or memory at an address. */
  #patched(word: Word, mnemonic: string, method: Method, address: bigint | undefined, start: number): void {
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
      this.#call(mnemonic, method, start);
    } catch (error) {
      // The number that stands for the address would be named as the fault.
      if (!(error instanceof Fault) || absolute === undefined) throw error;
      const message = `${word.name} takes no label's address here`;
      throw new Fault("no-such-form", message, absolute.start, absolute.end, "lea rax, [label] loads it");
    }
  }
}
