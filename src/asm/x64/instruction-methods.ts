/**
 * A method for every mnemonic of the tables, typed from its rows and made when it is first used: a proxy at the end of the
 * prototype chain puts it before itself, where it is found from then on. So loading costs nothing per mnemonic, and V8
 * keeps the prototype fast, which it does not with more than about a thousand properties.
 *
 * The lookup of `Dispatch` is written out in the methods, once for each number of operands, because it is what emitting an
 * instruction costs beside encoding. All methods share the code of one of four closures. The encoder for the operand kinds that
 * came first stands beside the method itself: most mnemonics see no others, and the table need not be read for it.
 */
import type { CodeBuffer } from "../code-buffer.ts";
import { Dispatch, fifthKind, hashFactor, kindOf, noKey, nothing } from "./dispatch.ts";
import type { Argument, Encode } from "./encode-rm.ts";
import { isMnemonic, mostOperandsOf } from "./instructions.ts";
import type { InstructionMethods } from "./operand-types.ts";

interface Target {
  readonly buffer: CodeBuffer;
}

// The casts: behind a key in the table stands its encoder.

function methodOfTwo(dispatch: Dispatch) {
  let { table, shift } = dispatch;
  let firstKey = noKey;
  let firstEncode = nothing;
  const learn = (key: number, given: readonly (Argument | undefined)[]): Encode => {
    const encode = dispatch.resolve(key, given);
    table = dispatch.table;
    shift = dispatch.shift;
    if (firstKey === noKey) {
      firstKey = key;
      firstEncode = encode;
    }
    return encode;
  };
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument): void {
    if (c !== undefined) dispatch.reject([a, b, c]);
    const key = kindOf(a) | (kindOf(b) << 7);
    let encode = firstEncode;
    if (key !== firstKey) {
      const at = (Math.imul(key, hashFactor) >>> shift) << 1;
      encode = table[at] === key ? (table[at + 1] as Encode) : learn(key, [a, b]); // behind a key stands its encoder
    }
    encode(this.buffer, a, b);
  };
}

function methodOfThree(dispatch: Dispatch) {
  let { table, shift } = dispatch;
  let firstKey = noKey;
  let firstEncode = nothing;
  const learn = (key: number, given: readonly (Argument | undefined)[]): Encode => {
    const encode = dispatch.resolve(key, given);
    table = dispatch.table;
    shift = dispatch.shift;
    if (firstKey === noKey) {
      firstKey = key;
      firstEncode = encode;
    }
    return encode;
  };
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument, d?: Argument): void {
    if (d !== undefined) dispatch.reject([a, b, c, d]);
    const key = kindOf(a) | (kindOf(b) << 7) | (kindOf(c) << 14);
    let encode = firstEncode;
    if (key !== firstKey) {
      const at = (Math.imul(key, hashFactor) >>> shift) << 1;
      encode = table[at] === key ? (table[at + 1] as Encode) : learn(key, [a, b, c]); // behind a key stands its encoder
    }
    encode(this.buffer, a, b, c);
  };
}

function methodOfFour(dispatch: Dispatch) {
  let { table, shift } = dispatch;
  let firstKey = noKey;
  let firstEncode = nothing;
  const learn = (key: number, given: readonly (Argument | undefined)[]): Encode => {
    const encode = dispatch.resolve(key, given);
    table = dispatch.table;
    shift = dispatch.shift;
    if (firstKey === noKey) {
      firstKey = key;
      firstEncode = encode;
    }
    return encode;
  };
  return function (this: Target, a?: Argument, b?: Argument, c?: Argument, d?: Argument, e?: Argument): void {
    if (e !== undefined) dispatch.reject([a, b, c, d, e]);
    const key = kindOf(a) | (kindOf(b) << 7) | (kindOf(c) << 14) | (kindOf(d) << 21);
    let encode = firstEncode;
    if (key !== firstKey) {
      const at = (Math.imul(key, hashFactor) >>> shift) << 1;
      encode = table[at] === key ? (table[at + 1] as Encode) : learn(key, [a, b, c, d]); // behind a key stands its encoder
    }
    encode(this.buffer, a, b, c, d);
  };
}

function methodOfFive(dispatch: Dispatch) {
  let { table, shift } = dispatch;
  let firstKey = noKey;
  let firstEncode = nothing;
  const learn = (key: number, given: readonly (Argument | undefined)[]): Encode => {
    const encode = dispatch.resolve(key, given);
    table = dispatch.table;
    shift = dispatch.shift;
    if (firstKey === noKey) {
      firstKey = key;
      firstEncode = encode;
    }
    return encode;
  };
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
    let encode = firstEncode;
    if (key !== firstKey) {
      const at = (Math.imul(key, hashFactor) >>> shift) << 1;
      encode = table[at] === key ? (table[at + 1] as Encode) : learn(key, [a, b, c, d, e]); // behind a key stands its encoder
    }
    encode(this.buffer, a, b, c, d, e);
  };
}

function newMethod(mnemonic: string): unknown {
  const most = mostOperandsOf(mnemonic);
  const method = most <= 2 ? methodOfTwo : most === 3 ? methodOfThree : most === 4 ? methodOfFour : methodOfFive;
  return method(new Dispatch(mnemonic));
}

/** V8 keeps an object fast up to 1020 properties; a longer chain of prototypes costs a call site nothing. */
const mostMethodsTogether = 512;
/** A bound that a test compares with the tables: counting them would read them all. */
export const mostMnemonics = 4096;
const layers: object[] = [];
let made = 0;

/** What is missing in all layers is looked for in the tables. */
const tables = new Proxy(Object.prototype, {
  get(target, key, receiver) {
    if (typeof key !== "string" || !isMnemonic(key)) return Reflect.get(target, key, receiver);
    const method = newMethod(key);
    const layer = layers[Math.floor(made++ / mostMethodsTogether)]!; // there are layers for more mnemonics than the tables have
    Object.defineProperty(layer, key, { value: method, writable: true, configurable: true });
    return method;
  },
  has: (target, key) => (typeof key === "string" && isMnemonic(key)) || Reflect.has(target, key),
});
for (let count = 0; count * mostMethodsTogether < mostMnemonics; count++) {
  layers.unshift(Object.create(layers[0] ?? tables));
}
class Methods {}
Object.setPrototypeOf(Methods.prototype, layers[0] ?? tables);

/** The base class of the assembler, which adds the `buffer` that the methods write into. */
export const InstructionBase = Methods as unknown as new () => InstructionMethods; // the checker cannot see what the proxy finds
