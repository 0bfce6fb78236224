/** Lesson `jiter`: a mapped region that is allocated, filled, checked, protected, called and released, then a builder. */
import { DisposedError, isJitError } from "../../src/base/errors.ts";
import { WritableRegion } from "../memory/region.ts";
import { assembler, rax, rdi } from "../x64.ts";
import type { Lesson } from "./lesson.ts";
import { hex, Narrator, sideBySide } from "./narrator.ts";

/** `mov rax, rdi; add rax, 4; ret` */
const addFour = [0x48, 0x89, 0xf8, 0x48, 0x83, 0xc0, 0x04, 0xc3] as const;

export const jiter: Lesson = {
  name: "jiter",
  title: "a mapped region that cleans up after itself, and a builder",
  article: "A Just-in-time Compiler In Rust",
  usage: "",

  run(args, out) {
    const narrator = new Narrator(out, { plain: args.includes("--plain") });
    narrator.title("jiter: eight bytes, handled with care");
    tellRegion(narrator);
    tellBuilder(narrator);
    return 0;
  },
};

function tellRegion(narrator: Narrator): void {
  const code = Uint8Array.from(addFour);
  narrator.step("The function");
  narrator.say(
    `It takes a number, adds four and returns it. The article writes it in AT&T order, source first: mov %rdi, %rax. We
     write the manual's order, destination first. The bytes are the same, and the bytes are what counts.`,
  );
  narrator.code(code, ["the argument", "", "back, with the result in rax"]);
  narrator.say(
    `(The article calls this cdecl. That is the old 32-bit convention, with arguments on the stack; an argument in rdi is
     the System V convention of 64-bit Unix.)`,
  );

  narrator.step("Allocate");
  const writable = WritableRegion.allocate(code.length);
  narrator.say(
    `malloc's memory cannot be executed, and its rights cannot be changed without changing its neighbours'. So the region
     comes from mmap, in whole pages: asked for ${code.length} bytes, got ${writable.length}, readable and writable.`,
  );

  narrator.step("Copy, and check the copy");
  writable.write(0, code);
  const copied = writable.read(0, code.length);
  const equal = copied.filter((byte, index) => byte === code[index]).length;
  narrator.show(`wrote  ${hex(code)}`, `read   ${hex(copied)}`, `${equal} of ${code.length} bytes are equal`);
  if (equal !== code.length) throw new Error("the region does not hold what was written to it");
  narrator.safer(
    `The article copies as many bytes as the region has, also when the code is shorter, and then compares the first byte
     only. We copy what there is, refuse what does not fit, and compare all of it.`,
  );

  narrator.step("Protect");
  const region = writable.seal();
  narrator.say(
    `From here the region can be read and executed, and no longer written: never both at once, in the article as well as
     here. A write now is refused before it happens:`,
  );
  narrator.show(messageOf(() => writable.write(0, code)));

  narrator.step("Call");
  try {
    narrator.result(`Add(4): ${region.call("i64(i64)", 4n)}`);
  } finally {
    region.dispose();
  }

  narrator.step("Release when the scope ends");
  narrator.say(
    `Rust unmaps the region when its owner goes out of scope. JavaScript says that with try and finally, or with "using"
     where it exists. The article's function pointer outlives its region, as its author warns: one moved line, and the
     call jumps into unmapped memory. Here the function knows that its code is gone:`,
  );
  narrator.show(messageOf(() => region.call("i64(i64)", 4n)));
}

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DisposedError || isJitError(error)) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error("expected a refusal");
}

function tellBuilder(narrator: Narrator): void {
  narrator.step("The builder that its author wished for");
  narrator.say(
    `At the end the article dreams of a builder that knows the encodings, so that nobody has to. It needs instruction
     tables for a whole processor, which is why the article stops there. Here it is:`,
  );
  narrator.show(
    ...sideBySide(
      [
        "wished for",
        "jit::func::<AddFourFn>()",
        'emit_mov("%rdi", "%rax")',
        'emit_add(4, "%rax")',
        "emit_ret()",
        "getFunction()",
      ],
      [
        "jitsmith/x64",
        "const a = assembler()",
        "a.mov(rax, rdi)",
        "a.add(rax, 4)",
        "a.ret()",
        'a.toFunction("i64(i64)")',
      ],
    ),
  );
  const a = assembler();
  a.mov(rax, rdi);
  a.add(rax, 4);
  a.ret();
  const bytes = a.toBytes();
  narrator.say(`It chooses the same eight bytes, and the shortest ones there are:`);
  narrator.show(hex(bytes));
  const add = a.toFunction("i64(i64)");
  try {
    narrator.say(`And its function, called with 4, says ${add(4n)}. Operands that do not go together, such as
      a.mov(rax, edi), are refused by the type checker before the program runs.`);
  } finally {
    add.dispose();
  }
}
