/** Lesson `calculator`: why bytes in an array do not run, where they do, and a language of four characters. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compile } from "../calculator.ts";
import { WritableRegion } from "../memory/region.ts";
import type { Lesson } from "./lesson.ts";
import { hex, Narrator } from "./narrator.ts";

const program = "+ + * - /";

export const calculator: Lesson = {
  name: "calculator",
  title: "a language of four characters, compiled to machine code",
  article: "Solving the JIT calculator challenge",
  usage: "",

  run(args, out) {
    const narrator = new Narrator(out, { plain: args.includes("--plain") });
    narrator.title("The calculator challenge");
    tellSmallest(narrator);
    tellFirstTry(narrator);
    tellSecondTry(narrator);
    tellLanguage(narrator);
    tellOptimised(narrator);
    return 0;
  },
};

/** `mov eax, 42; ret` */
const returns42 = Uint8Array.of(0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3);

function tellSmallest(narrator: Narrator): void {
  narrator.step("Something to run");
  narrator.say(`Before making code it is good to know how to run some. This is all of "return 42":`);
  narrator.code(returns42);
}

function tellFirstTry(narrator: Narrator): void {
  narrator.step("First try: call the array");
  narrator.say(
    `Code is bytes, an array is bytes, so call the array's address. It cannot end well, so a child process does it, and
     tells first where the array is and what the kernel's table of its memory (/proc/self/maps) says about that place:`,
  );
  const child = spawnSync(process.execPath, [fileURLToPath(new URL("./first-try.js", import.meta.url))], {
    encoding: "utf8",
  });
  narrator.show(...child.stdout.trimEnd().split("\n"));
  if (child.signal === null)
    throw new Error(`the first try should have died; it ended with status ${child.status}\n${child.stderr}`);
  narrator.result(`The first try died of ${child.signal}.`);
  narrator.say(
    `${child.signal} says "invalid memory reference", yet the address is right and the bytes are there. What is missing is
     one letter: the page is rw-p, readable and writable, and has no x. The processor refuses to fetch instructions from
     a page without it, and the kernel ends the process. Data must not be code by accident, or by an attacker's design.`,
  );
}

function run(machineCode: Uint8Array): bigint {
  const writable = WritableRegion.allocate(machineCode.length);
  writable.write(0, machineCode);
  const region = writable.seal();
  try {
    return region.call("i64()");
  } finally {
    region.dispose();
  }
}

function tellSecondTry(narrator: Narrator): void {
  narrator.step("Second try: memory that may execute");
  narrator.say(`Map pages of our own, copy the bytes there, make them executable, call, unmap:`);
  narrator.result(`run(${hex(returns42)}) is ${run(returns42)}`);
  narrator.safer(
    `The article maps its memory readable, writable and executable in one go, which puts back the hole that the missing x
     had closed, and many systems refuse it. We write while the pages are rw- and seal them r-x before the call; and they
     are unmapped also when the call throws.`,
  );
}

function tellLanguage(narrator: Narrator): void {
  narrator.step("A language of four characters");
  narrator.say(
    `An accumulator begins at 0. Each character is an operation with its own piece of code; others are skipped.`,
  );
  narrator.show(
    "start   48 c7 c0 00 00 00 00                  mov rax, 0",
    "+       48 83 c0 01                           add rax, 1",
    "-       48 83 e8 01                           sub rax, 1",
    "*       48 c1 e0 01                           shl rax, 1",
    "/       48 c7 c1 02 00 00 00 48 99 48 f7 f9   mov rcx, 2; cqo; idiv rcx",
    "end     c3                                    ret",
  );
  narrator.say(
    `(The article is not sure that the 0 is needed. It is: rax holds whatever the caller last used it for. And cqo is
     needed because idiv divides the 128 bits in rdx and rax together; without it the quotient may not fit, and then the
     CPU raises a divide error, which ends a process by SIGFPE. By 2, and with cqo, that cannot happen.)`,
  );
  narrator.say(`A compiler for it copies the pieces one after another. For ${program} that makes`);
  const f = compile(program);
  try {
    narrator.code(f.code);
    narrator.say(`which is ${f.code.length} bytes. Run it:`);
    narrator.result(`The program "${program}" calculates the value ${f()}`);
  } finally {
    f.dispose();
  }
}

function tellOptimised(narrator: Narrator): void {
  narrator.step("The same, with some thought");
  narrator.say(
    `The program has no input, so its value is known before it runs. The optimising compiler folds it, as the Rust
     compiler did to the article's author:`,
  );
  const constant = compile(program, { optimize: true });
  narrator.code(constant.code);
  constant.dispose();
  narrator.say(
    `It becomes a real function when the accumulator begins at an argument. Then ++*- is one multiplication and one
     addition, 2x + 3, and dividing by two is a shift, a few cycles instead of the tens of idiv. But a shift rounds down
     and / rounds toward zero, so negative numbers get 1 added before it: that is the sign bit, shifted down to bit 0.`,
  );
  const f = compile(program, { optimize: true, input: true });
  try {
    narrator.code(f.code, ["2x + 3", "", "the sign bit: 1 if negative", "so much more", "shift right by one", ""]);
    narrator.say(`f(0) is ${f(0n)} as before, f(10) is ${f(10n)}, f(-10) is ${f(-10n)}.`);
  } finally {
    f.dispose();
  }
}
