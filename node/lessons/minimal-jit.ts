/** Lesson `minimal-jit`: from `return 42` to a compiler for expression trees, and beside it what a real one makes. */
import type { ExecutableRegion } from "../memory/region.ts";
import { WritableRegion } from "../memory/region.ts";
import { EmitBuffer, type ExpressionNode, emitNode } from "./emit-buffer.ts";
import type { Lesson } from "./lesson.ts";
import { hex, listing, Narrator, sideBySide } from "./narrator.ts";

export const minimalJit: Lesson = {
  name: "minimal-jit",
  title: "emit functions and a compiler that walks a tree",
  article: "Case Study 39-1: A Minimal JIT Compiler",
  usage: "",

  async run(args, out) {
    const narrator = new Narrator(out, { plain: args.includes("--plain") });
    narrator.title("A minimal JIT: from return 42 to (x + 5) * 3");
    tellLifeCycle(narrator);
    tellArguments(narrator);
    tellEmitFunctions(narrator);
    const code = tellTree(narrator);
    await tellCompiler(narrator, code);
    return 0;
  },
};

/** The three calls of a JIT's life around `use`: allocate, seal, free. */
function install<T>(code: Uint8Array, use: (region: ExecutableRegion) => T): T {
  const writable = WritableRegion.allocate(code.length);
  writable.write(0, code);
  const region = writable.seal();
  try {
    return use(region);
  } finally {
    region.dispose();
  }
}

function tellLifeCycle(narrator: Narrator): void {
  narrator.step("Alloc, seal, free");
  narrator.say(`Every JIT has three calls at the bottom, whatever stands above them:`);
  narrator.show(
    ...sideBySide(
      ["jit_alloc", "jit_seal", "jit_free"],
      [
        "WritableRegion.allocate(bytes)   mmap      rw-",
        "region.seal()                    mprotect  r-x",
        "region.dispose()                 munmap    gone",
      ],
    ),
  );
  narrator.say(
    `seal returns another object: what can be written has no call, and what can be called has no write. The article's
     exit(1) on failure is a MemoryError here, with the system call and the reason.`,
  );

  narrator.step("Return 42");
  const code = Uint8Array.of(0xb8, 42, 0, 0, 0, 0xc3);
  narrator.code(code, ["writing eax clears the upper half of rax", ""]);
  narrator.result(`f() = ${install(code, (region) => region.call("i32()"))}`);
}

function tellArguments(narrator: Narrator): void {
  narrator.step("An argument: inc");
  const inc = Uint8Array.of(0x89, 0xf8, 0x83, 0xc0, 0x01, 0xc3);
  narrator.code(inc, ["the first int argument", "", ""]);
  narrator.say(
    `inc(41) is ${install(inc, (region) => region.call("i32(i32)", 41))}. One instruction would do for both, since lea
     calculates an address without going there:`,
  );
  narrator.code(Uint8Array.of(0x8d, 0x47, 0x01, 0xc3));
  narrator.say(
    `The article wavers here between [edi + 1] and [rdi + 1]. In 64-bit mode 8d 47 01 means [rdi + 1]; addressing with
     edi would cost a prefix, 67. The low 32 bits of the sum are the same either way.`,
  );
}

function tellEmitFunctions(narrator: Narrator): void {
  narrator.step("Emit functions: times_n");
  const buffer = new EmitBuffer();
  buffer.movEaxEdi();
  buffer.imulEaxEsi();
  buffer.ret();
  const code = buffer.toBytes();
  narrator.say(
    `Writing arrays of numbers by hand ends in tears, so each instruction gets a function that appends its bytes. Then a
     function reads like assembly: movEaxEdi(), imulEaxEsi(), ret().`,
  );
  narrator.code(code, ["x", "times n, the second argument", ""]);
  narrator.say(`times_n(6, 7) is ${install(code, (region) => region.call("i32(i32, i32)", 6, 7))}.`);
  narrator.safer(
    `The article's emit_byte knows the buffer's capacity and does not look at it: the 257th byte of a longer expression
     lands in someone else's memory. Ours grows.`,
  );
}

/** `(x + 5) * 3` */
const tree: ExpressionNode = {
  kind: "mul",
  left: { kind: "add", left: { kind: "variable" }, right: { kind: "constant", value: 5 } },
  right: { kind: "constant", value: 3 },
};

function tellTree(narrator: Narrator): Uint8Array {
  narrator.step("A compiler that walks a tree");
  narrator.show("        *", "       / \\", "      +   3", "     / \\", "    x   5");
  narrator.say(
    `One rule compiles any tree: code for a node leaves its value in eax. For an operator: code for the left side, push
     the value, code for the right side, pop the left one into ecx, combine. The machine's stack remembers what is
     waiting, as deep as the tree goes.`,
  );
  const buffer = new EmitBuffer();
  emitNode(buffer, tree);
  buffer.ret();
  const code = buffer.toBytes();
  narrator.code(code, ["x", "save x", "5", "x again", "x + 5", "save x + 5", "3", "x + 5 again", "times 3", ""]);
  narrator.safer(
    `The article calls 50 and 59 "push eax" and "pop ecx". In 64-bit mode there are no such instructions: the same bytes
     are push rax and pop rcx and move all 64 bits and the stack by 8. It works, because only the low halves are used.`,
  );
  install(code, (region) => {
    for (const x of [4, 10]) narrator.result(`f(${x}) = ${region.call("i32(i32)", x)}`);
  });
  return code;
}

async function tellCompiler(narrator: Narrator, walked: Uint8Array): Promise<void> {
  narrator.step("The same tree through jitsmith's compiler");
  const { compile } = await import("../index.ts"); // the whole compiler, which no other lesson needs
  const f = compile("(x + 5) * 3", { types: { x: "i32" } });
  try {
    const compiled = f.code.bytes;
    narrator.say(
      `compile("(x + 5) * 3", { types: { x: "i32" } }) reads the same tree, but decides first where each value lives and
       only then emits, so nothing needs to be pushed. Left the tree walk, ${walked.length} bytes; right the compiler,
       ${compiled.length}:`,
    );
    narrator.show(...sideBySide(["tree walk", "", ...listing(walked)], ["compiler", "", ...listing(compiled)]));
    narrator.say(
      `(x arrives in esi there, as a second argument: the first, rdi, points to the call's context, through which longer
       code reports a division by zero or learns that it shall stop. So one piece of code serves many threads.)`,
    );
    narrator.say(
      `It agrees: f(4) is ${f(4)}, f(10) is ${f(10)}. "jitsmith explain '(x + 5) * 3'" shows how it got there.`,
    );
  } finally {
    f.dispose();
  }
  narrator.say(`And the tree walk in one line of hexadecimal, for "jitsmith run … --signature 'i32(i32)' 4":`);
  narrator.show(hex(walked));
}
