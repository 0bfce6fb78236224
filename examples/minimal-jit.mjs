// From `return 42` to a compiler for expression trees in one function.
//
//   node examples/minimal-jit.mjs     prints f() = 42, f(4) = 27, f(10) = 45
import { toFunction } from "jitsmith/memory";
import { assembler, eax, ecx, edi, rax, rcx } from "jitsmith/x64";

// mov eax, 42; ret
const return42 = toFunction(Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3), "i32()");
console.log(`f() = ${return42()}`);
return42.dispose();

/**
 * An expression of one variable, x.
 * @typedef {number | "x" | ["+" | "*", Expression, Expression]} Expression
 */

/**
 * Emits code that leaves the expression's value in eax. x is in edi, where the calling convention puts a first int.
 * The machine's own stack keeps a left operand while the right one is computed.
 * @param {ReturnType<typeof assembler>} a
 * @param {Expression} expression
 */
function emit(a, expression) {
  if (expression === "x") {
    a.mov(eax, edi);
  } else if (typeof expression === "number") {
    a.mov(eax, expression);
  } else {
    const [operator, left, right] = expression;
    emit(a, left);
    a.push(rax); // 64-bit code has no push of eax
    emit(a, right);
    a.pop(rcx);
    if (operator === "+") a.add(eax, ecx);
    else a.imul(eax, ecx);
  }
}

const a = assembler();
emit(a, ["*", ["+", "x", 5], 3]); // (x + 5) * 3
a.ret();
const f = a.toFunction("i32(i32)");
console.log(`f(4) = ${f(4)}`);
console.log(`f(10) = ${f(10)}`);
f.dispose();
