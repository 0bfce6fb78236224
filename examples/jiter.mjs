// A mapped region: allocate, copy, check, protect, call, release. Then the same function from a builder.
//
//   node examples/jiter.mjs           prints Add(4): 8, twice
import assert from "node:assert/strict";
import { WritableRegion } from "jitsmith/memory";
import { assembler, rax, rdi } from "jitsmith/x64";

// mov rax, rdi; add rax, 4; ret
const code = Uint8Array.of(0x48, 0x89, 0xf8, 0x48, 0x83, 0xc0, 0x04, 0xc3);

const writable = WritableRegion.allocate(code.length);
writable.write(0, code);
assert.deepEqual(writable.read(0, code.length), code, "the region holds what was copied");
const region = writable.seal();
try {
  console.log(`Add(4): ${region.call("i64(i64)", 4n)}`);
} finally {
  region.dispose(); // with `using region = …`, where that exists, the scope's end does this
}

// The builder knows the encodings.
const a = assembler();
a.mov(rax, rdi);
a.add(rax, 4);
a.ret();
assert.deepEqual(a.toBytes(), code, "the builder makes the same bytes");
const add = a.toFunction("i64(i64)");
console.log(`Add(4): ${add(4n)}`);
add.dispose();
