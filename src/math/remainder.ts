/**
 * JavaScript's `%` of numbers (ECMAScript 6.1.6.1.6, C's `fmod`): exact, with the sign of the dividend.
 *
 * Where both are 32-bit integers, and the divisor is not 0, the machine's remainder is the answer. Else it is found on the
 * significands as integers: the remainder of m * 2^d by n, where the exponents differ by d, is taken 11 bits at a time,
 * since a significand of 53 bits has room for 11 more in 64. At most 187 divisions, for the largest by the smallest number.
 * By a constant power of two it is what is left of x above the multiple of it that `ftrunc` finds.
 */
import type { FunctionBuilder } from "../ir/builder.ts";
import type { Value } from "../ir/function.ts";

const significandBits = 52n;
const implicitBit = 1n << significandBits;

/** Appends the remainder of two f64 values; the builder's block is another one afterwards. */
export function buildRemainder(builder: FunctionBuilder, dividend: Value, divisor: Value): Value {
  const { emit, i64 } = shortForms(builder);
  const integers = builder.createLaterBlock();
  const numbers = builder.createLaterBlock();
  const join = builder.createLaterBlock("f64");
  const left = emit("to-int32", dividend);
  const right = emit("to-int32", divisor);
  const isLeftInt = emit("feq", builder.convert("convert-s", "f64", left), dividend);
  const isRightInt = emit("feq", builder.convert("convert-s", "f64", right), divisor);
  const isNotZero = emit("ine", right, builder.constant("i32", 0));
  builder.branch(emit("and", emit("and", isLeftInt, isRightInt), isNotZero), integers, numbers);

  builder.continueIn(integers);
  const whole = builder.convert("convert-s", "f64", emit("srem", left, right));
  builder.jump(join, emit("fcopysign", whole, dividend)); // of -4 % 2, the sign of a zero

  builder.continueIn(numbers);
  if (isPowerOfTwo(divisor)) {
    // What is left of x above a multiple of 2^k has no bit that x has not, so nothing here rounds; 0 gets x's sign.
    const reciprocal = builder.constant("f64", 1 / Number(divisor.immediate));
    const multiple = emit("fmul", emit("ftrunc", emit("fmul", dividend, reciprocal)), divisor);
    builder.jump(join, emit("fcopysign", emit("fsub", dividend, multiple), dividend));
    builder.continueIn(join);
    return join.parameters[0] ?? dividend;
  }
  const x = emit("fabs", dividend);
  const y = emit("fabs", divisor);
  const infinity = builder.constant("f64", Number.POSITIVE_INFINITY);
  const hasAnswer = emit("and", emit("flt", x, infinity), emit("fgt", y, builder.constant("f64", 0)));
  const finite = builder.createLaterBlock();
  const divide = builder.createLaterBlock();
  builder.branch(hasAnswer, finite, join, [], [builder.constant("f64", Number.NaN)]);
  builder.continueIn(finite);
  builder.branch(emit("fge", x, y), divide, join, [], [dividend]);

  builder.continueIn(divide);
  const m = significand(builder, x);
  const n = significand(builder, y);
  const zero = i64(0n);
  const loop = builder.createLaterBlock("i64", "i64");
  const step = builder.createLaterBlock();
  const pack = builder.createLaterBlock();
  builder.jump(loop, emit("urem", m.bits, n.bits), emit("isub", m.exponent, n.exponent));
  builder.continueIn(loop);
  const [rest = zero, difference = zero] = loop.parameters;
  builder.branch(emit("sgt", difference, zero), step, pack);
  builder.continueIn(step);
  const most = i64(11n);
  const count = emit("select", emit("slt", difference, most), difference, most);
  builder.jump(loop, emit("urem", emit("shl", rest, count), n.bits), emit("isub", difference, count));

  builder.continueIn(pack);
  const nonzero = builder.createLaterBlock();
  builder.branch(emit("ieq", rest, zero), join, nonzero, [emit("fcopysign", builder.constant("f64", 0), dividend)]);
  builder.continueIn(nonzero);
  const shift = emit("isub", emit("clz", rest), i64(11n));
  const exponent = emit("isub", n.exponent, shift);
  const normal = emit(
    "iadd",
    emit("isub", emit("shl", rest, shift), i64(implicitBit)),
    emit("shl", exponent, i64(significandBits)),
  );
  // Below the normal numbers the exponent is that of 1, and the significand stands where it stood.
  const up = emit("isub", n.exponent, i64(1n));
  const down = emit("isub", zero, up);
  const subnormal = emit("select", emit("sgt", down, zero), emit("ushr", rest, down), emit("shl", rest, up));
  const bits = emit("select", emit("sgt", exponent, zero), normal, subnormal);
  builder.jump(join, emit("fcopysign", builder.convert("bitcast", "f64", bits), dividend));

  builder.continueIn(join);
  return join.parameters[0] ?? dividend;
}

/** A constant from 1 to 2^52 with one bit: products with it and with its reciprocal are exact, or too small to matter. */
function isPowerOfTwo({ opcode, immediate }: Value): boolean {
  if (opcode !== "const" || typeof immediate !== "number") return false;
  const exponent = Math.log2(immediate);
  return exponent >= 0 && exponent <= 52 && 2 ** Math.round(exponent) === immediate;
}

/** |x| as bits * 2^(exponent - 1075), with bit 52 the first that is set; x is finite and not 0. */
function significand(builder: FunctionBuilder, x: Value): { bits: Value; exponent: Value } {
  const { emit, i64 } = shortForms(builder);
  const all = builder.convert("bitcast", "i64", x);
  const biased = emit("ushr", all, i64(significandBits));
  const isSubnormal = emit("ieq", biased, i64(0n));
  const shift = emit("isub", emit("clz", all), i64(11n));
  const fraction = emit("and", all, i64(implicitBit - 1n));
  const bits = emit("select", isSubnormal, emit("shl", all, shift), emit("or", fraction, i64(implicitBit)));
  const exponent = emit("select", isSubnormal, emit("isub", i64(1n), shift), biased);
  return { bits, exponent };
}

function shortForms(builder: FunctionBuilder) {
  return {
    emit: builder.emit.bind(builder),
    i64: (value: bigint) => builder.constant("i64", value),
  };
}
