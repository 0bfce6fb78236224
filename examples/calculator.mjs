// The calculator challenge: + adds one, - takes one, * doubles, / halves, compiled to machine code and run.
//
//   node examples/calculator.mjs ['+ + * - /']
import { compile } from "jitsmith/calculator";
import { toFunction } from "jitsmith/memory";

/**
 * Runs machine code that takes nothing and returns an integer.
 * @param {Uint8Array} machineCode
 */
function run(machineCode) {
  const f = toFunction(machineCode, "i64()"); // copied to memory that may be executed, and no longer be written
  try {
    return f();
  } finally {
    f.dispose();
  }
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

const program = process.argv[2] ?? "+ + * - /";
const calculation = compile(program);
console.log(hex(calculation.code));
console.log(`The program "${program}" calculates the value ${run(calculation.code)}`);
calculation.dispose();
