/**
 * The calculator article's first try, run by its lesson in a process of its own, because it dies: it jumps to machine
 * code that lies in an ordinary array. Prints where the array is and which rights the kernel notes for that memory.
 */
import { readFileSync } from "node:fs";
import { assembler, rax, rdi } from "../x64.ts";

// Large enough that V8 keeps the bytes outside its own heap, where they do not move.
const array = new Uint8Array(4096);
array.set([0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3]); // mov eax, 42; ret

const identity = assembler();
identity.mov(rax, rdi);
identity.ret();
const addressOf = identity.toFunction("i64(ptr)");

const jump = assembler();
jump.jmp(rdi);
const callArray = jump.toFunction("i64(ptr)");

const address = addressOf(array);
const maps = readFileSync("/proc/self/maps", "utf8").split("\n");
const place = maps.find((line) => {
  const [start, end] = (line.split(" ")[0] ?? "").split("-");
  return BigInt(`0x${start || 0}`) <= address && address < BigInt(`0x${end || 0}`);
});
const width = place?.indexOf("-") ?? 0;
process.stdout.write(`the array is at ${address.toString(16).padStart(width, "0")}\n`);
process.stdout.write(`in ${place?.split(" ").slice(0, 2).join("  ")}\n`);
process.stdout.write(`it returned ${callArray(array)}\n`);
