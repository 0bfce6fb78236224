// A page filled with `ret`, so that code written to its start needs no end of its own.
//
//   node examples/rustyjit.mjs        prints 0x30
import { WritableRegion } from "jitsmith/memory";

const ret = 0xc3;
const page = WritableRegion.allocate(4096);
page.fill(ret);

/** @param {number} index @param {number} byte */
const set = (index, byte) => page.write(index, Uint8Array.of(byte));

set(0, 0x48); // mov rax, 0x30
set(1, 0xc7);
set(2, 0xc0);
set(3, 0x30);
set(4, 0x00);
set(5, 0x00);
set(6, 0x00);

const code = page.seal(); // readable and executable now; never writable and executable at once
console.log(`0x${code.call("i64()").toString(16)}`);
code.dispose();
