/**
 * The JavaScript functions that call compiled code: convert, then check, then call.
 *
 * Arguments convert from left to right before anything else: ToNumber, and `| 0` for i32. A conversion can run the
 * caller's code (`valueOf`), which may dispose the very function; so the check that the code is still there comes after
 * all conversions, directly before the call. One wrapper for each number of parameters up to twelve keeps argument arrays
 * out of calls, and makes each the only caller of its host's function for that number, so that V8 compiles a direct call.
 */
import { DisposedError } from "../base/errors.ts";
import type { ScalarBinding } from "./host.ts";

/** What a wrapper calls, and whether it still may. */
export interface CallTarget {
  /** `ended` is 1 once the function is disposed: a number, since V8's code for a boolean costs half a call. */
  readonly lease: { readonly ended: 0 | 1 };
  readonly binding: ScalarBinding;
  /** By parameter: true for i32. */
  readonly isInteger: readonly boolean[];
  /** Makes the answer of a raw result, or throws the trap; none where the result is the answer. */
  readonly finish: Finish | undefined;
}

type Finish = (result: number) => number | boolean;
/** What comes may be anything: unary plus is ToNumber, which throws for BigInt and symbols. */
type NumberCall = (...args: number[]) => number;
export type Call = (...args: number[]) => number | boolean;

/** The function to call `target` with. */
export function makeCall(target: CallTarget): Call {
  const { finish, isInteger } = target;
  const call = makers[isInteger.length]?.(target);
  if (call === undefined) return makeLongCall(target);
  return finish === undefined ? call : (finishers[isInteger.length]?.(call, finish) ?? call);
}

function disposed(): DisposedError {
  return new DisposedError("the compiled function was disposed; compile it again");
}

/**
 * By number of parameters; near-copies on purpose, one plain function each, without calls on the usual way: what V8 inlines
 * is not free, since it keeps what a deoptimisation would need.
 */
const makers: readonly ((target: CallTarget) => NumberCall)[] = [
  ({ binding, lease }) => {
    const { call, address, entry } = binding;
    return () => {
      if (lease.ended !== 0) throw disposed();
      return call(address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0] = isInteger;
    return (x0) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1] = isInteger;
    return (x0, x1) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2] = isInteger;
    return (x0, x1, x2) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3] = isInteger;
    return (x0, x1, x2, x3) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4] = isInteger;
    return (x0, x1, x2, x3, x4) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5] = isInteger;
    return (x0, x1, x2, x3, x4, x5) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6, i7] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      let a7 = +x7;
      if (i7) a7 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, a7, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6, i7, i8] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7, x8) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      let a7 = +x7;
      if (i7) a7 |= 0;
      let a8 = +x8;
      if (i8) a8 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, a7, a8, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      let a7 = +x7;
      if (i7) a7 |= 0;
      let a8 = +x8;
      if (i8) a8 |= 0;
      let a9 = +x9;
      if (i9) a9 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      let a7 = +x7;
      if (i7) a7 |= 0;
      let a8 = +x8;
      if (i8) a8 |= 0;
      let a9 = +x9;
      if (i9) a9 |= 0;
      let a10 = +x10;
      if (i10) a10 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, address, entry);
    };
  },
  ({ binding, lease, isInteger }) => {
    const { call, address, entry } = binding;
    const [i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11] = isInteger;
    return (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) => {
      let a0 = +x0;
      if (i0) a0 |= 0;
      let a1 = +x1;
      if (i1) a1 |= 0;
      let a2 = +x2;
      if (i2) a2 |= 0;
      let a3 = +x3;
      if (i3) a3 |= 0;
      let a4 = +x4;
      if (i4) a4 |= 0;
      let a5 = +x5;
      if (i5) a5 |= 0;
      let a6 = +x6;
      if (i6) a6 |= 0;
      let a7 = +x7;
      if (i7) a7 |= 0;
      let a8 = +x8;
      if (i8) a8 |= 0;
      let a9 = +x9;
      if (i9) a9 |= 0;
      let a10 = +x10;
      if (i10) a10 |= 0;
      let a11 = +x11;
      if (i11) a11 |= 0;
      if (lease.ended !== 0) throw disposed();
      return call(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, address, entry);
    };
  },
];

/** By number of parameters, too. They stand apart so that the functions above give numbers only, which V8 need not box. */
const finishers: readonly ((call: NumberCall, finish: Finish) => Call)[] = [
  (call, finish) => () => finish(call()),
  (call, finish) => (x0) => finish(call(x0)),
  (call, finish) => (x0, x1) => finish(call(x0, x1)),
  (call, finish) => (x0, x1, x2) => finish(call(x0, x1, x2)),
  (call, finish) => (x0, x1, x2, x3) => finish(call(x0, x1, x2, x3)),
  (call, finish) => (x0, x1, x2, x3, x4) => finish(call(x0, x1, x2, x3, x4)),
  (call, finish) => (x0, x1, x2, x3, x4, x5) => finish(call(x0, x1, x2, x3, x4, x5)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6) => finish(call(x0, x1, x2, x3, x4, x5, x6)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6, x7) => finish(call(x0, x1, x2, x3, x4, x5, x6, x7)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6, x7, x8) => finish(call(x0, x1, x2, x3, x4, x5, x6, x7, x8)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9) => finish(call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) =>
    finish(call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10)),
  (call, finish) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) =>
    finish(call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11)),
];

/** Any number of parameters, in an array. */
function makeLongCall({ binding, lease, isInteger, finish }: CallTarget): Call {
  const { call, address, entry } = binding;
  const longCall: Call = (...args) => {
    const converted = isInteger.map((integer, index) => {
      const value = args[index];
      const number = value === undefined ? Number.NaN : +value;
      return integer ? number | 0 : number;
    });
    if (lease.ended !== 0) throw disposed();
    const result = call(...converted, address, entry);
    return finish === undefined ? result : finish(result);
  };
  return Object.defineProperty(longCall, "length", { value: isInteger.length, configurable: true });
}
