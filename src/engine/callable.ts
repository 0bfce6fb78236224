/**
 * The JavaScript functions that call compiled code: convert, then check, then call.
 *
 * Arguments convert from left to right before anything else: ToNumber, and `| 0` for i32. A conversion can run the
 * caller's code (`valueOf`), which may dispose the very function; so the check that the code is still there comes after
 * all conversions, directly before the call. One wrapper for each number of parameters up to eight keeps argument arrays
 * out of calls.
 */
import { DisposedError } from "../base/errors.ts";
import type { RawCall } from "./host.ts";

/** What a wrapper calls, and whether it still may. */
export interface CallTarget {
  /** `live` is false once the function is disposed. */
  readonly lease: { readonly live: boolean };
  readonly raw: RawCall;
  /** By parameter: true for i32. */
  readonly isInteger: readonly boolean[];
  /** True if the raw result is the answer: a number, and the code cannot trap. */
  readonly isPlain: boolean;
  /** Makes the answer of a result that is not plain, or throws the trap. */
  finish(result: number): number | boolean;
}

export type Call = (...args: unknown[]) => number | boolean;

/** The function to call `target` with. */
export function makeCall(target: CallTarget): Call {
  const make = makers[target.isInteger.length];
  return make === undefined ? makeLongCall(target) : make(target);
}

function convert(value: unknown, isInteger: boolean | undefined): number {
  // Unary plus is ToNumber; it throws for BigInt and symbols.
  const number = +(value as number);
  return isInteger === true ? number | 0 : number;
}

function requireLive(target: CallTarget): void {
  if (!target.lease.live) throw new DisposedError("the compiled function was disposed; compile it again");
}

function answer(target: CallTarget, result: number | bigint | undefined): number | boolean {
  const number = result as number; // expressions return f64 or i32
  return target.isPlain ? number : target.finish(number);
}

/** By number of parameters; near-copies on purpose, one plain function each. */
const makers: readonly ((target: CallTarget) => Call)[] = [
  (target) => {
    const { raw } = target;
    return () => {
      requireLive(target);
      return answer(target, raw());
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0] = isInteger;
    return (x0) => {
      const a0 = convert(x0, i0);
      requireLive(target);
      return answer(target, raw(a0));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1] = isInteger;
    return (x0, x1) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      requireLive(target);
      return answer(target, raw(a0, a1));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2] = isInteger;
    return (x0, x1, x2) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      requireLive(target);
      return answer(target, raw(a0, a1, a2));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2, i3] = isInteger;
    return (x0, x1, x2, x3) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      const a3 = convert(x3, i3);
      requireLive(target);
      return answer(target, raw(a0, a1, a2, a3));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2, i3, i4] = isInteger;
    return (x0, x1, x2, x3, x4) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      const a3 = convert(x3, i3);
      const a4 = convert(x4, i4);
      requireLive(target);
      return answer(target, raw(a0, a1, a2, a3, a4));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2, i3, i4, i5] = isInteger;
    return (x0, x1, x2, x3, x4, x5) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      const a3 = convert(x3, i3);
      const a4 = convert(x4, i4);
      const a5 = convert(x5, i5);
      requireLive(target);
      return answer(target, raw(a0, a1, a2, a3, a4, a5));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2, i3, i4, i5, i6] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      const a3 = convert(x3, i3);
      const a4 = convert(x4, i4);
      const a5 = convert(x5, i5);
      const a6 = convert(x6, i6);
      requireLive(target);
      return answer(target, raw(a0, a1, a2, a3, a4, a5, a6));
    };
  },
  (target) => {
    const { raw, isInteger } = target;
    const [i0, i1, i2, i3, i4, i5, i6, i7] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7) => {
      const a0 = convert(x0, i0);
      const a1 = convert(x1, i1);
      const a2 = convert(x2, i2);
      const a3 = convert(x3, i3);
      const a4 = convert(x4, i4);
      const a5 = convert(x5, i5);
      const a6 = convert(x6, i6);
      const a7 = convert(x7, i7);
      requireLive(target);
      return answer(target, raw(a0, a1, a2, a3, a4, a5, a6, a7));
    };
  },
];

function makeLongCall(target: CallTarget): Call {
  const { raw, isInteger } = target;
  const call: Call = (...args) => {
    const converted = isInteger.map((integer, index) => convert(args[index], integer));
    requireLive(target);
    return answer(target, raw(...converted));
  };
  return Object.defineProperty(call, "length", { value: isInteger.length, configurable: true });
}
