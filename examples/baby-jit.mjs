// Eleven bytes of machine code with a number patched into them make a function that adds that number.
//
//   node examples/baby-jit.mjs 1      prints 2 3 4
//
// Exit status: 64 without a whole number of 32 bits, 71 when the system refuses memory. `jitsmith lesson baby-jit 1`
// tells the story behind it.
import { WritableRegion } from "jitsmith/memory";

const [word = "", ...more] = process.argv.slice(2);
const term = Number(word);
if (!/^[+-]?\d+$/.test(word) || term !== (term | 0) || more.length > 0) {
  console.error("usage: node examples/baby-jit.mjs N, a whole number from -2147483648 to 2147483647");
  process.exit(64);
}

// mov rax, 0; add rax, rdi; ret. The four zeros are the number's place, least significant byte first.
const code = Uint8Array.of(0x48, 0xc7, 0xc0, 0, 0, 0, 0, 0x48, 0x01, 0xf8, 0xc3);
new DataView(code.buffer).setInt32(3, term, true);

try {
  const writable = WritableRegion.allocate(code.length);
  writable.write(0, code);
  const add = writable.seal(); // from here on executable and no longer writable
  console.log([1, 2, 3].map((x) => add.call("i32(i32)", x)).join(" "));
  add.dispose();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error.message);
  process.exitCode = 71;
}
