// Loaded before a program (node --jitless --import …): makes the kernel itself refuse what executable memory needs, for
// the rest of the process, by a seccomp filter as systemd's MemoryDenyWriteExecute= installs one (seccomp(2)).
//
//   JITSMITH_TEST_REFUSE=mprotect   mprotect to executable fails with EACCES
//   JITSMITH_TEST_REFUSE=mmap       mmap of one anonymous page fails with ENOMEM
//
// Exits with status 99 where the kernel does not let us, so that a test can tell. Linux x86-64.
import process from "node:process";
import koffi from "koffi";

const [PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER] = [38, 22, 2];
const [ALLOW, ERRNO] = [0x7fff0000, 0x00050000];
const [EACCES, ENOMEM] = [13, 12];

// Classic BPF (struct sock_filter): u16 code, u8 jump if true, u8 jump if false, u32 constant.
const [LOAD, JUMP_EQUAL, JUMP_SET, RETURN] = [0x20, 0x15, 0x45, 0x06];
const number = 0; // struct seccomp_data: the system call's number, then arguments of 8 bytes from 16 on
const argument = (index) => 16 + 8 * index;

const filters = {
  mprotect: [
    [LOAD, 0, 0, number],
    [JUMP_EQUAL, 0, 3, 10], // mprotect
    [LOAD, 0, 0, argument(2)],
    [JUMP_SET, 0, 1, 4], // PROT_EXEC
    [RETURN, 0, 0, ERRNO | EACCES],
    [RETURN, 0, 0, ALLOW],
  ],
  mmap: [
    [LOAD, 0, 0, number],
    [JUMP_EQUAL, 0, 5, 9], // mmap
    [LOAD, 0, 0, argument(1)],
    [JUMP_EQUAL, 0, 3, 4096],
    [LOAD, 0, 0, argument(4)],
    [JUMP_EQUAL, 0, 1, 0xffffffff], // no file
    [RETURN, 0, 0, ERRNO | ENOMEM],
    [RETURN, 0, 0, ALLOW],
  ],
};

const filter = filters[process.env.JITSMITH_TEST_REFUSE];
const instructions = Buffer.alloc(8 * filter.length);
for (const [index, [code, ifTrue, ifFalse, constant]] of filter.entries()) {
  instructions.writeUInt16LE(code, 8 * index);
  instructions.writeUInt8(ifTrue, 8 * index + 2);
  instructions.writeUInt8(ifFalse, 8 * index + 3);
  instructions.writeUInt32LE(constant >>> 0, 8 * index + 4);
}
const libc = koffi.load(null);
const Program = koffi.struct({ length: "uint16", filter: "void *" });
const prctl = libc.func("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]);
const prctlWithFilter = libc.func("prctl", "int", ["int", "ulong", koffi.pointer(Program), "ulong", "ulong"]);
const refused =
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0 ||
  prctlWithFilter(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, { length: filter.length, filter: instructions }, 0, 0) !== 0;
if (refused) process.exit(99);
