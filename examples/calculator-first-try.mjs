// The mistake that everyone makes first: jumping to machine code that lies in an ordinary array. It dies of SIGSEGV,
// because an array's memory may be read and written but not executed.
//
//   node examples/calculator-first-try.mjs; echo $?      prints 139, which is 128 + SIGSEGV
import { assembler, rdi } from "jitsmith/x64";

const machineCode = Uint8Array.of(0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3); // mov eax, 42; ret

const a = assembler();
a.jmp(rdi); // to wherever the argument points
const callAddressOf = a.toFunction("i64(ptr)");
console.log(`run: ${callAddressOf(machineCode)}`);
