/** What one call costs in a hot loop, loop included: machine code through us, koffi alone, a WebAssembly export, JavaScript. */
import koffi from "koffi";
import { compile } from "../dist/node/index.js";
import { assembler, rax, rdi } from "../dist/node/x64.js";
import { wasmModule } from "./compile-latency.mjs";
import { compare } from "./sampling.mjs";

const loop = (f) => (times) => {
  let sum = 0;
  for (let i = 0; i < times; i++) sum += f(i);
  return sum;
};

export function callCost() {
  const ours = compile("(x + 5) * 3");
  const three = compile("x * y + z");
  const javaScript = new Function("x", "return (x + 5) * 3");
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(wasmModule(5))).exports.f;
  const fabs = koffi.load("libm.so.6").func("double fabs(double)");
  const a = assembler();
  a.mov(rax, rdi);
  a.add(rax, 4);
  a.ret();
  const addFour = a.toFunction("i64(i64)");
  const figures = compare([
    { name: "jitsmith f(x)", run: loop(ours) },
    { name: "koffi alone, double(double)", run: loop(fabs) },
    { name: "WebAssembly export f(x)", run: loop(wasm) },
    { name: "new Function f(x), inlined by V8", run: loop(javaScript) },
    {
      name: "jitsmith f(x, y, z)",
      run: (times) => {
        let sum = 0;
        for (let i = 0; i < times; i++) sum += three(i, 2, 3);
        return sum;
      },
    },
    {
      name: "toFunction i64(i64)",
      run: (times) => {
        let last = 0n;
        for (let i = 0; i < times; i++) last = addFour(7n);
        return last;
      },
    },
  ]);
  ours.dispose();
  three.dispose();
  return [
    {
      title: "one call in a hot loop",
      goal: "koffi's own price; direct calls are a later step",
      reference: "koffi alone, double(double)",
      figures,
    },
  ];
}
