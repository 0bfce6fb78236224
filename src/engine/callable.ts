/**
 * The JavaScript functions that call compiled code: convert, then check, then call.
 *
 * Arguments convert from left to right before anything else: ToNumber, and `| 0` for i32. A conversion can run the
 * caller's code (`valueOf`), which may dispose the very function; so the check that the code is still there comes after
 * all conversions, directly before the call. One wrapper for each number of parameters up to twelve keeps argument arrays
 * out of calls, and makes each the only caller of its host's function for that number, so that V8 compiles a direct call.
 */
import { DisposedError } from "../base/errors.ts";
import { callContext, callStatus } from "../codegen/call-context.ts";
import { setFuel } from "./column-call.ts";
import type { ScalarBinding } from "./host.ts";
import { defaultMaxIterations } from "./options.ts";

const statusWord = callContext.status >> 2;

/** What a wrapper calls, and whether it still may. */
export interface CallTarget {
  /** `ended` is 1 once the function is disposed: a number, since V8's code for a boolean costs half a call. */
  readonly lease: { readonly ended: 0 | 1 };
  readonly binding: ScalarBinding;
  /** By parameter: true for i32. */
  readonly isInteger: readonly boolean[];
  /** What a raw result means: the answer, a boolean, a number after which traps are looked for, or what a function makes of it. */
  readonly answer: "number" | "boolean" | Traps | Finish;
}

/** How a call's traps are found. */
export interface Traps {
  /** The call context. */
  readonly words: Int32Array;
  /** Whether calls count iterations, so that the context has to be made ready for the next one. */
  readonly countsIterations: boolean;
  /** Makes the error of the trap that the context tells of. */
  readonly trap: () => Error;
}

/** Makes the answer of a raw result, or throws the trap. */
type Finish = (result: number) => number | boolean;
/** What comes may be anything: unary plus is ToNumber, which throws for BigInt and symbols. */
type NumberCall = (...args: number[]) => number;
export type Call = (...args: number[]) => number | boolean;

/** The function to call `target` with. */
export function makeCall(target: CallTarget): Call {
  const { answer, isInteger } = target;
  const count = isInteger.length;
  const call = makers[count]?.(target);
  if (call === undefined) return makeLongCall(target);
  if (answer === "number") return call;
  if (answer === "boolean") return booleans[count]?.(call) ?? call;
  if (typeof answer === "function") return finishers[count]?.(call, answer) ?? call;
  return trapping[count]?.(call, answer) ?? call;
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

// Three lists by number of parameters, too, one for each sort of answer, so that no call site in them sees two functions. They stand
// apart from the makers so that those give numbers only, which V8 need not box.

/** A boolean as 0 or 1. */
const booleans: readonly ((call: NumberCall) => Call)[] = [
  (call) => () => call() !== 0,
  (call) => (x0) => call(x0) !== 0,
  (call) => (x0, x1) => call(x0, x1) !== 0,
  (call) => (x0, x1, x2) => call(x0, x1, x2) !== 0,
  (call) => (x0, x1, x2, x3) => call(x0, x1, x2, x3) !== 0,
  (call) => (x0, x1, x2, x3, x4) => call(x0, x1, x2, x3, x4) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5) => call(x0, x1, x2, x3, x4, x5) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6) => call(x0, x1, x2, x3, x4, x5, x6) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6, x7) => call(x0, x1, x2, x3, x4, x5, x6, x7) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6, x7, x8) => call(x0, x1, x2, x3, x4, x5, x6, x7, x8) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9) => call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) => call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) !== 0,
  (call) => (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) =>
    call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) !== 0,
];

/** A number, after which the call context has to be looked at. */
const trapping: readonly ((call: NumberCall, traps: Traps) => NumberCall)[] = [
  (call, { words, countsIterations, trap }) =>
    () => {
      const result = call();
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0) => {
      const result = call(x0);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1) => {
      const result = call(x0, x1);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2) => {
      const result = call(x0, x1, x2);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3) => {
      const result = call(x0, x1, x2, x3);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4) => {
      const result = call(x0, x1, x2, x3, x4);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5) => {
      const result = call(x0, x1, x2, x3, x4, x5);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6, x7) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6, x7);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6, x7, x8) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6, x7, x8);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
  (call, { words, countsIterations, trap }) =>
    (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11) => {
      const result = call(x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11);
      if (countsIterations) setFuel(words, defaultMaxIterations);
      if (words[statusWord] !== callStatus.done) throw trap();
      return result;
    },
];

/** Anything else. */
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
function makeLongCall({ binding, lease, isInteger, answer }: CallTarget): Call {
  const finish = finishOf(answer);
  const { call, address, entry } = binding;
  const longCall: Call = (...args) => {
    const converted = isInteger.map((integer, index) => {
      const value = args[index];
      const number = value === undefined ? Number.NaN : +value;
      return integer ? number | 0 : number;
    });
    if (lease.ended !== 0) throw disposed();
    const result = call(...converted, address, entry);
    return finish(result);
  };
  return Object.defineProperty(longCall, "length", { value: isInteger.length, configurable: true });
}

function finishOf(answer: CallTarget["answer"]): Finish {
  if (answer === "number") return (result) => result;
  if (answer === "boolean") return (result) => result !== 0;
  if (typeof answer === "function") return answer;
  const { words, countsIterations, trap } = answer;
  return (result) => {
    if (countsIterations) setFuel(words, defaultMaxIterations);
    if (words[statusWord] !== callStatus.done) throw trap();
    return result;
  };
}
