/** From text to something that can be called, warm: against `new Function` and WebAssembly in the same process. Processor time. */
import { compile } from "../dist/node/index.js";
import { asJavaScript, small, thirty } from "./formulas.mjs";
import { asJavaScript as programAsJavaScript, programs } from "./programs/programs.mjs";
import { compare, processorTime } from "./sampling.mjs";

/** A module with one function of type (f64) -> f64 that computes (x + c) * 3, the smallest that does the job. */
export function wasmModule(c) {
  const constant = (value) => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)];
  const body = [0x00, 0x20, 0x00, ...constant(c), 0xa0, ...constant(3), 0xa2, 0x0b];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7c, 0x01, 0x7c],
    ...[0x03, 0x02, 0x01, 0x00],
    ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
    ...[0x0a, body.length + 2, 0x01, body.length, ...body],
  ]);
}

let serial = 0;

function contendersFor(formula) {
  return [
    {
      name: "jitsmith compile + dispose",
      run: (times) => {
        for (let i = 0; i < times; i++) compile(formula.vary(serial++)).dispose();
      },
    },
    {
      name: "jitsmith compile + first call",
      run: (times) => {
        for (let i = 0; i < times; i++) {
          const f = compile(formula.vary(serial++));
          f(4, 5);
          f.dispose();
        }
      },
    },
    {
      name: "new Function + first call",
      run: (times) => {
        for (let i = 0; i < times; i++) {
          new Function(...formula.parameters, `return ${asJavaScript(formula.vary(serial++))}`)(4, 5);
        }
      },
    },
    {
      name: "new WebAssembly.Module, minimal",
      run: (times) => {
        for (let i = 0; i < times; i++) new WebAssembly.Module(wasmModule(serial++));
      },
    },
    {
      name: "WebAssembly Module + Instance + first call",
      run: (times) => {
        for (let i = 0; i < times; i++)
          new WebAssembly.Instance(new WebAssembly.Module(wasmModule(serial++))).exports.f(4);
      },
    },
  ];
}

const nbody = programs.find(({ name }) => name === "nbody");

/** The program under another step each time, so that no cache knows it. */
const variedNbody = () => ({ ...nbody, source: nbody.source.replace("dt = 0.01", `dt = 0.01${serial++}`) });

const nbodyContenders = [
  {
    name: "jitsmith compile + dispose",
    warmUpMs: 6000, // V8 optimises the passes for some 500 compiles
    run: (times) => {
      for (let i = 0; i < times; i++) {
        const { source, options } = variedNbody();
        compile(source, options).dispose();
      }
    },
  },
  {
    name: "new Function + first call, in V8's interpreter",
    run: (times) => {
      for (let i = 0; i < times; i++) programAsJavaScript(variedNbody())(...nbody.small().slice(0, -1), 0);
    },
  },
  {
    name: "new WebAssembly.Module, minimal",
    run: (times) => {
      for (let i = 0; i < times; i++) new WebAssembly.Module(wasmModule(serial++));
    },
  },
];

/** A table of figures for each formula, and one for a function of loops over arrays. */
export function compileLatency() {
  const formulas = [small, thirty].map((formula) => ({
    title: `compile latency, warm: ${formula.name}`,
    goal: formula === small ? "under 25 µs" : "under 80 µs",
    reference: "new WebAssembly.Module, minimal",
    // V8 optimises the compiler for some 6,000 compiles, on threads whose time counts; warmup.mjs shows that curve.
    figures: compare(contendersFor(formula), { warmUpMs: 2500, rounds: 25, clock: processorTime }),
  }));
  const program = {
    title: "compile latency, warm: the program nbody",
    goal: "under 1.5 ms",
    reference: "new WebAssembly.Module, minimal",
    figures: compare(nbodyContenders, { rounds: 25, clock: processorTime }),
  };
  return [...formulas, program];
}
