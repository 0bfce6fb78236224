/** Lesson `baby-jit N`: eleven bytes, four of them patched at run time, make a function that adds N. */
import { WritableRegion } from "../memory/region.ts";
import type { Lesson } from "./lesson.ts";
import { hex, Narrator } from "./narrator.ts";

/** `mov rax, strict dword 0; add rax, rdi; ret` as NASM assembles it. */
const template = [0x48, 0xc7, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x48, 0x01, 0xf8, 0xc3] as const;
const immediateOffset = 3;

/** The eleven bytes with `term` in its place, little endian. */
export function adder(term: number): Uint8Array {
  const code = Uint8Array.from(template);
  new DataView(code.buffer).setInt32(immediateOffset, term, true);
  return code;
}

function parseTerm(word: string | undefined): number | undefined {
  if (word === undefined || !/^[+-]?\d+$/.test(word)) return undefined;
  const term = Number(word);
  return Number.isInteger(term) && term === (term | 0) ? term : undefined;
}

export const babyJit: Lesson = {
  name: "baby-jit",
  title: "patch a number into eleven bytes and call them",
  article: "Baby's First JIT",
  usage: "N",

  run(args, out, complaints = process.stderr) {
    const plain = args.includes("--plain");
    const words = args.filter((word) => word !== "--plain");
    const term = parseTerm(words[0]);
    if (term === undefined || words.length > 1) {
      const came = words.length === 0 ? "none came" : `what came is ${words.join(" ")}`;
      complaints.write(`baby-jit takes one whole number from -2147483648 to 2147483647; ${came}. Try: baby-jit 1\n`);
      return 64;
    }
    tell(term, new Narrator(out, { plain }));
    return 0;
  },
};

function tell(term: number, narrator: Narrator): void {
  const code = adder(term);
  const patched = code.subarray(immediateOffset, immediateOffset + 4);
  narrator.title(`Baby's first JIT: a function that adds ${term}`);

  narrator.step("The code, with a hole in it");
  narrator.say(
    `A just-in-time compiler writes machine code while the program runs, and then runs that. The least it can do is to
     take finished code and put one number into it. These eleven bytes add a constant, still 0, to their argument:`,
  );
  narrator.code(Uint8Array.from(template), [
    "the constant, 4 bytes of 0",
    "the first integer argument is in rdi",
    "the result is in rax",
  ]);
  narrator.say(
    `Where arguments and results live is not the CPU's choice but an agreement, the System V calling convention: both
     sides keep to it and so can call each other without having met.`,
  );

  narrator.step(`Patch ${term} into the hole`);
  narrator.say(
    `Bytes 3 to 6 are the constant. x86 is little endian, the least significant byte comes first, and negative numbers
     are two's complement. So ${term} is ${hex(patched)}:`,
  );
  narrator.code(code);
  narrator.safer(
    `The article reads its argument with strtol, which takes "4x" for 4 and "x" for 0, and cuts what is too large. Here
     only a whole number that fits into the four bytes gets this far; anything else ends with exit status 64 (EX_USAGE).`,
  );

  narrator.step("Ask for a page, write, seal");
  narrator.say(
    `Memory comes in pages. We ask the operating system for one that can be read and written (mmap), copy the code, and
     then trade the right to write for the right to execute (mprotect). At no time is the page both, so whoever finds a
     way to write into it still cannot make the CPU run what was written.`,
  );
  const writable = WritableRegion.allocate(code.length);
  writable.write(0, code);
  const page = writable.seal();
  narrator.show(
    `asked for ${code.length} bytes, got ${page.length}: one page`,
    "rw-  while writing",
    "r-x  from now on",
  );
  narrator.say(
    `If the system refuses either call, the error names the call and the reason, and the exit status is 71 (EX_OSERR).`,
  );

  try {
    narrator.step("Call it with 1, 2 and 3");
    narrator.say(`In JavaScript the page becomes a function through a signature, i32(i32): one int in, one int out.`);
    narrator.result([1, 2, 3].map((x) => page.call("i32(i32)", x)).join(" "));
  } finally {
    page.dispose();
  }
  narrator.safer(
    `The article's program ends with its page still mapped and lets the system clean up. In a program that lives on that
     is a leak, so we give the page back as soon as we are done; a later call throws an error instead of jumping there.`,
  );
}
