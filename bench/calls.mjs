/**
 * What one call costs in a hot loop, loop included: compiled code through us, koffi alone, a WebAssembly export, JavaScript.
 * Each contender has a loop of its own text, since V8 keeps what it learns of a call site with the text.
 */
import koffi from "koffi";
import { compile } from "../dist/node/index.js";
import { assembler, rax, rdi } from "../dist/node/x64.js";
import { wasmModule } from "./compile-latency.mjs";
import { compare } from "./sampling.mjs";

const i32 = { types: { a: "i32", b: "i32" } };

/** A loop over `call`, the text of a call of `f` in which `i` counts. */
function loop(name, f, call) {
  const body = `return (times) => { let sum = 0; for (let i = 0; i < times; i++) sum += ${call}; return sum; } // ${name}`;
  return { name, run: new Function("f", body)(f) };
}

/** A loop over a call site that sees all of `functions` in turn. */
function loopOver(name, functions) {
  const body = `return (times) => {
    let sum = 0;
    for (let i = 0, next = 0; i < times; i++) {
      sum += functions[next](i);
      if (++next === functions.length) next = 0;
    }
    return sum;
  } // ${name}`;
  return { name, run: new Function("functions", body)(functions) };
}

function check(contenders, expected) {
  for (const { name, run } of contenders) {
    const sum = run(1000);
    if (sum !== expected(name)) throw new Error(`${name}: 1000 calls gave ${sum}, not ${expected(name)}`);
  }
}

const sumOf = (f) => {
  let sum = 0;
  for (let i = 0; i < 1000; i++) sum += f(i);
  return sum;
};

export function callCost() {
  const made = [];
  const compiled = (text, options) => {
    const f = compile(text, options);
    made.push(f);
    return f;
  };
  const wasm = () => new WebAssembly.Instance(new WebAssembly.Module(wasmModule(5))).exports.f;
  const a = assembler();
  a.mov(rax, rdi);
  a.add(rax, 4);
  a.ret();
  const addFour = a.toFunction("i64(i64)");
  const x = compiled("(x + 5) * 3");

  const one = [
    [loop("WebAssembly export f(x)", wasm(), "f(i)"), (i) => (i + 5) * 3],
    [loop("jitsmith f(x)", x, "f(i)"), (i) => (i + 5) * 3],
    [loop("jitsmith f(x, y, z)", compiled("x * y + z"), "f(i, 2, 3)"), (i) => i * 2 + 3],
    [
      loop(
        "jitsmith, 10 numbers",
        compiled("a + b + c + d + e + f + g + h + i + j"),
        "f(i, 1, 2, 3, 4, 5, 6, 7, 8, 9)",
      ),
      (i) => i + 45,
    ],
    [loop("jitsmith, i32 a + b", compiled("a + b", i32), "f(i, 3)"), (i) => i + 3],
    [loop("jitsmith, i32 a / b, which may trap", compiled("a / b", i32), "f(i, 3)"), (i) => Math.trunc(i / 3)],
    [loop("jitsmith, boolean x < y", compiled("x < y"), "f(i, 500) ? 1 : 0"), (i) => (i < 500 ? 1 : 0)],
    [loop("koffi alone, double(double)", koffi.load("libm.so.6").func("double fabs(double)"), "f(i)"), (i) => i],
    [loop("toFunction i64(i64)", addFour, "Number(f(7n))"), () => 11],
    [loop("new Function f(x), inlined by V8", new Function("x", "return (x + 5) * 3"), "f(i)"), (i) => (i + 5) * 3],
  ];
  for (const [contender, value] of one) check([contender], () => sumOf(value));

  const counts = [2, 10, 100];
  const many = counts.flatMap((count) => [
    loopOver(`WebAssembly, ${count} exports`, Array.from({ length: count }, wasm)),
    loopOver(
      `jitsmith, ${count} functions`,
      Array.from({ length: count }, (_, i) => compiled(`(x + 5) * 3 + ${i} * 0`)),
    ),
  ]);
  check(many, () => sumOf((i) => (i + 5) * 3));

  const tables = [
    {
      title: `one call in a hot loop (${x.code.call})`,
      goal: "a call site that sees one function: 1.5 × a WebAssembly export",
      reference: "WebAssembly export f(x)",
      figures: compare(one.map(([contender]) => contender)),
    },
    {
      title: "one call site that sees many functions in turn",
      goal: "reported; no goal",
      reference: "WebAssembly, 2 exports",
      figures: compare(many),
    },
  ];
  for (const f of made) f.dispose();
  return tables;
}
