/**
 * The labels of one text: names on the assembler's labels, where each was defined and first used.
 *
 *     name:     anywhere in the text
 *     .name:    belongs to the last label without a dot, as in NASM; but `.L…` are compilers' labels, known everywhere
 *     1:        as often as wanted; `1b` is the last one above, `1f` the next one below
 */
import { nearestWord } from "../../../base/spelling.ts";
import type { Assembler } from "../assembler.ts";
import type { Label } from "../operands.ts";
import { labelValue, type Names, type Value } from "./expression.ts";
import { Fault, quoted } from "./fault.ts";
import { knownWords } from "./words.ts";

interface Named {
  readonly label: Label;
  /** As written where it was first seen. */
  readonly lexeme: string;
  isBound: boolean;
  readonly firstUse: number;
}

interface Numbered {
  /** The last one above, and the next one below if it was mentioned. */
  last: Label | undefined;
  next: Named | undefined;
}

/** JavaScript's maps hold fewer than 2^24 entries. */
const mostNames = 1 << 23;
const mostSuggested = 10_000;

export class Labels implements Names {
  readonly #assembler: Assembler;
  readonly #named = new Map<string, Named>();
  readonly #numbered = new Map<string, Numbered>();
  readonly #constants = new Map<string, Value>();
  readonly #origin: Label;
  /** The last label without a dot. */
  #scope = "";
  #here: Label | undefined;
  #hereAt = -1;

  constructor(assembler: Assembler) {
    this.#assembler = assembler;
    this.#origin = assembler.label();
    assembler.bind(this.#origin);
  }

  define(lexeme: string, start: number, end: number): void {
    const name = this.#qualified(lexeme);
    if (this.#constants.has(name)) throw duplicate(lexeme, start, end);
    const named = this.#named.get(name) ?? this.#add(name, lexeme, start);
    if (named.isBound) throw duplicate(lexeme, start, end);
    named.isBound = true;
    this.#assembler.bind(named.label);
    if (!lexeme.startsWith(".")) this.#scope = name;
  }

  defineNumber(digits: string): void {
    const numbered = this.#numberedOf(digits);
    const label = numbered.next?.label ?? this.#assembler.label();
    this.#assembler.bind(label);
    numbered.last = label;
    numbered.next = undefined;
  }

  /** `name equ 5`; `replaces`: a constant of that name may be there already. */
  setConstant(lexeme: string, value: Value, start: number, end: number, replaces: boolean): void {
    const name = this.#qualified(lexeme);
    const isTaken = this.#named.has(name) || (this.#constants.has(name) && !replaces);
    if (isTaken) throw duplicate(lexeme, start, end);
    this.#constants.set(name, value);
  }

  valueOf(lexeme: string, start: number, _end: number): Value {
    const name = this.#qualified(lexeme);
    const constant = this.#constants.get(name);
    if (constant !== undefined) return constant;
    const named = this.#named.get(name) ?? this.#add(name, lexeme, start);
    return labelValue(named.label);
  }

  isDefined(lexeme: string): boolean {
    const name = this.#qualified(lexeme);
    return this.#constants.has(name) || this.#named.get(name)?.isBound === true;
  }

  numbered(lexeme: string, start: number, _end: number): Label | undefined {
    const match = /^(\d{1,9})([bf])$/i.exec(lexeme);
    if (match === null) return undefined;
    const [, digits = "", direction] = match;
    if (direction === "b" || direction === "B") return this.#numbered.get(digits)?.last;
    const numbered = this.#numberedOf(digits);
    numbered.next ??= { label: this.#assembler.label(), lexeme, isBound: false, firstUse: start };
    return numbered.next.label;
  }

  here(): Label {
    const { buffer } = this.#assembler;
    // Labels at one place are one label, unless a fixup stands between.
    if (this.#here === undefined || this.#hereAt !== buffer.length || !this.#isAtEnd(this.#here)) {
      this.#here = this.#assembler.label();
      this.#hereAt = buffer.length;
      this.#assembler.bind(this.#here);
    }
    return this.#here;
  }

  origin(): Label {
    return this.#origin;
  }

  distance(from: Label, to: Label): number | undefined {
    const { labelOffsets, labelFixups } = this.#assembler.buffer;
    const a = labelOffsets[from.code] ?? -1;
    const b = labelOffsets[to.code] ?? -1;
    // What stands between may still grow where it holds fixups.
    if (from === to) return 0;
    return a < 0 || b < 0 || labelFixups[from.code] !== labelFixups[to.code] ? undefined : b - a;
  }

  /** A `Fault` for every name that was used and has no place, `most` of them. */
  undefinedNames(most: number): Fault[] {
    const faults: Fault[] = [];
    let known: readonly string[] | undefined;
    for (const named of this.#named.values()) {
      if (named.isBound) continue;
      if (faults.length === most) return faults;
      known ??= this.#knownNames();
      faults.push(undefinedName(named, known));
    }
    for (const { next } of this.#numbered.values()) {
      if (faults.length === most) return faults;
      if (next !== undefined) faults.push(undefinedFault(next, `there is no label ${next.lexeme.slice(0, -1)} below`));
    }
    return faults;
  }

  /** Names and their offsets in the finished code. */
  offsets(): Map<string, number> {
    const offsets = new Map<string, number>();
    for (const [name, { label }] of this.#named) offsets.set(name, this.#assembler.offsetOf(label));
    return offsets;
  }

  /** What a wrong name may have been meant for. Nobody has thousands of labels and types them by hand. */
  #knownNames(): readonly string[] {
    const names = [...this.#constants.keys()];
    for (const { isBound, lexeme } of this.#named.values()) {
      if (names.length > mostSuggested) break;
      if (isBound) names.push(lexeme);
    }
    for (const word of knownWords().all()) if (word.isReserved) names.push(word.name);
    return names;
  }

  #add(name: string, lexeme: string, start: number): Named {
    if (this.#named.size === mostNames) {
      throw new Fault("bad-label", `the text has more than ${mostNames} labels`, start, start + lexeme.length);
    }
    const named = { label: this.#assembler.label(), lexeme, isBound: false, firstUse: start };
    this.#named.set(name, named);
    return named;
  }

  #isAtEnd(label: Label): boolean {
    return this.#assembler.buffer.labelFixups[label.code] === this.#assembler.buffer.fixupCount;
  }

  #qualified(lexeme: string): string {
    return lexeme.charCodeAt(0) === 0x2e && lexeme.charCodeAt(1) !== 0x4c ? this.#scope + lexeme : lexeme;
  }

  #numberedOf(digits: string): Numbered {
    let numbered = this.#numbered.get(digits);
    if (numbered === undefined) {
      numbered = { last: undefined, next: undefined };
      this.#numbered.set(digits, numbered);
    }
    return numbered;
  }
}

function undefinedName(named: Named, known: readonly string[]): Fault {
  const { lexeme } = named;
  const near = lexeme.length > 100 ? undefined : nearestWord(lexeme, known);
  const shown = quoted(lexeme, 0, lexeme.length).slice(1, -1);
  return undefinedFault(named, `there is no label ${shown}, and no register of that name`, near);
}

function undefinedFault({ firstUse, lexeme }: Named, message: string, near?: string): Fault {
  const hint = near === undefined ? undefined : `did you mean ${near}?`;
  return new Fault("undefined-label", message, firstUse, firstUse + lexeme.length, hint);
}

function duplicate(lexeme: string, start: number, end: number): Fault {
  return new Fault(
    "duplicate-label",
    `${quoted(lexeme, 0, lexeme.length).slice(1, -1)} is defined already`,
    start,
    end,
  );
}
