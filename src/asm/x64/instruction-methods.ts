/**
 * A method for every mnemonic of the tables, typed from its rows.
 *
 * The lookup of `Dispatch` is written out in the methods, once for each number of operands, because it is what emitting an
 * instruction costs beside encoding. All methods share the code of one of four closures.
 */
import type { CodeBuffer } from "../code-buffer.ts";
import { Dispatch, fifthKind, hashFactor, kindOf } from "./dispatch.ts";
import type { Argument, Encode } from "./encode-rm.ts";
import { mnemonics, mostOperandsOf } from "./instructions.ts";
import type { InstructionMethods } from "./operand-types.ts";

interface Target {
  readonly buffer: CodeBuffer;
}

// The casts: behind a key in the table stands its encoder.

function methodOfTwo(dispatch: Dispatch) {
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument): void {
    if (c !== undefined) dispatch.reject([a, b, c]);
    const key = kindOf(a) | (kindOf(b) << 7);
    const { table } = dispatch;
    const at = (Math.imul(key, hashFactor) >>> dispatch.shift) << 1;
    const encode = table[at] === key ? (table[at + 1] as Encode) : dispatch.resolve(key, [a, b]);
    encode(this.buffer, a, b);
  };
}

function methodOfThree(dispatch: Dispatch) {
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument, d?: Argument): void {
    if (d !== undefined) dispatch.reject([a, b, c, d]);
    const key = kindOf(a) | (kindOf(b) << 7) | (kindOf(c) << 14);
    const { table } = dispatch;
    const at = (Math.imul(key, hashFactor) >>> dispatch.shift) << 1;
    const encode = table[at] === key ? (table[at + 1] as Encode) : dispatch.resolve(key, [a, b, c]);
    encode(this.buffer, a, b, c);
  };
}

function methodOfFour(dispatch: Dispatch) {
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument, d?: Argument, e?: Argument): void {
    if (e !== undefined) dispatch.reject([a, b, c, d, e]);
    const key = kindOf(a) | (kindOf(b) << 7) | (kindOf(c) << 14) | (kindOf(d) << 21);
    const { table } = dispatch;
    const at = (Math.imul(key, hashFactor) >>> dispatch.shift) << 1;
    const encode = table[at] === key ? (table[at + 1] as Encode) : dispatch.resolve(key, [a, b, c, d]);
    encode(this.buffer, a, b, c, d);
  };
}

function methodOfFive(dispatch: Dispatch) {
  return function (
    this: Target,
    a?: Argument,
    b?: Argument,
    c?: Argument,
    d?: Argument,
    e?: Argument,
    f?: Argument,
  ): void {
    if (f !== undefined) dispatch.reject([a, b, c, d, e, f]);
    const key = kindOf(a) | (kindOf(b) << 7) | (kindOf(c) << 14) | (kindOf(d) << 21) | (fifthKind(e) << 28);
    const { table } = dispatch;
    const at = (Math.imul(key, hashFactor) >>> dispatch.shift) << 1;
    const encode = table[at] === key ? (table[at + 1] as Encode) : dispatch.resolve(key, [a, b, c, d, e]);
    encode(this.buffer, a, b, c, d, e);
  };
}

/** An object of its own: V8 copies all properties of a prototype for each one that is added to it. */
const methods: Record<string, unknown> = {};
for (const mnemonic of mnemonics()) {
  const dispatch = new Dispatch(mnemonic);
  const most = mostOperandsOf(mnemonic);
  const method = most <= 2 ? methodOfTwo : most === 3 ? methodOfThree : most === 4 ? methodOfFour : methodOfFive;
  methods[mnemonic] = method(dispatch);
}
class Methods {}
Object.setPrototypeOf(Methods.prototype, methods);

/** The base class of the assembler, which adds the `buffer` that the methods write into. */
export const InstructionBase = Methods as unknown as new () => InstructionMethods; // the checker cannot see what the loop made
