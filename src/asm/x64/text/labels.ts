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
import { isConstant, labelValue, type Names, type Value } from "./expression.ts";
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
    let named = this.#named.get(name);
    if (named === undefined) {
      named = { label: this.#assembler.label(name), lexeme, isBound: false, firstUse: start };
      this.#named.set(name, named);
    }
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
    let named = this.#named.get(name);
    if (named === undefined) {
      named = { label: this.#assembler.label(name), lexeme, isBound: false, firstUse: start };
      this.#named.set(name, named);
    }
    return labelValue(named.label);
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

  /** A `Fault` for every name that was used and has no place. */
  undefinedNames(): Fault[] {
    const faults: Fault[] = [];
    for (const named of this.#named.values()) if (!named.isBound) faults.push(this.#undefined(named));
    for (const { next } of this.#numbered.values()) {
      if (next !== undefined) faults.push(undefinedFault(next, `${next.lexeme} has no such label below it`, undefined));
    }
    return faults;
  }

  /** Names and their offsets in the finished code. */
  offsets(): Map<string, number> {
    const offsets = new Map<string, number>();
    for (const [name, { label }] of this.#named) offsets.set(name, this.#assembler.offsetOf(label));
    return offsets;
  }

  #undefined(named: Named): Fault {
    const { lexeme } = named;
    const known = [...this.#named].filter(([, { isBound }]) => isBound).map(([, other]) => other.lexeme);
    const near =
      known.length > 10_000 || lexeme.length > 100
        ? undefined
        : nearestWord(lexeme, [...known, ...[...this.#constants.keys()], ...reservedNames()]);
    const shown = quoted(lexeme, 0, lexeme.length).slice(1, -1);
    return undefinedFault(named, `there is no label ${shown}, and no register of that name`, near);
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

/** Whether a value, once all is laid out, is an offset in the code or a number. */
export function needsLayout(value: Value): boolean {
  return !isConstant(value);
}

function reservedNames(): string[] {
  return knownWords()
    .all()
    .filter((word) => word.isReserved)
    .map(({ name }) => name);
}

function undefinedFault({ firstUse, lexeme }: Named, message: string, near: string | undefined): Fault {
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
