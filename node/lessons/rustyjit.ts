/** Lesson `rustyjit`: a page full of `ret`, written byte by byte, so that the code needs no end of its own. */
import { WritableRegion } from "../memory/region.ts";
import type { Lesson } from "./lesson.ts";
import { hex, Narrator } from "./narrator.ts";

const ret = 0xc3;
/** `mov rax, 0x30`; the `ret` after it is the page's filling. */
const program = [0x48, 0xc7, 0xc0, 0x30, 0x00, 0x00, 0x00] as const;

export const rustyJit: Lesson = {
  name: "rustyjit",
  title: "a page filled with ret, written one byte at a time",
  article: "a minimal JIT in Rust after rustyjit",
  usage: "",

  run(args, out) {
    const narrator = new Narrator(out, { plain: args.includes("--plain") });
    narrator.title("rustyjit: code that ends because the page does");

    narrator.step("A page of nothing but ret");
    narrator.say(
      `The byte c3 is ret, "go back to the caller". Fill a whole page with it and every offset is a tiny function that
       returns at once. Whatever we write at the start, running off its end is harmless.`,
    );
    const writable = WritableRegion.allocate(4096);
    writable.fill(ret);
    narrator.show(`0000  ${hex(new Uint8Array(16).fill(ret))}  …  4096 times`);
    narrator.safer(
      `The article takes a page from the heap (posix_memalign), makes it readable, writable and executable at once, and
       never gives it back. Two things go wrong there: code that can be overwritten while it runs is what attackers look
       for; and the day that page is freed, malloc hands executable memory to whoever asks next. Our page is mapped for
       code alone, is writable first and executable afterwards, and never both.`,
    );

    narrator.step("Write the code, byte by byte");
    narrator.say(`The article makes its page look like an array and sets seven elements. So do we:`);
    program.forEach((byte, index) => {
      writable.write(index, Uint8Array.of(byte));
    });
    narrator.show(...program.map((byte, index) => `page[${index}] = 0x${byte.toString(16).padStart(2, "0")}`));
    narrator.safer(
      `An index outside the page is a RangeError here. In the article it is an "unsafe" pointer that goes where it likes.`,
    );

    narrator.step("Seal it and look");
    const page = writable.seal();
    try {
      const start = page.read(0, program.length + 3);
      narrator.code(start, ["the number, sign-extended to 64 bits", "not ours: the filling", "", ""]);
      narrator.say(
        `These bytes were read back from the executable page. The first ret of the filling ends the
         function; what comes after it never runs.`,
      );

      narrator.step("Call it");
      const result = page.call("i64()");
      narrator.result(`0x${result.toString(16)}`);
      narrator.say(`That is ${result}; the comment in the article promises 3, but the code is right.`);
    } finally {
      page.dispose();
    }
    return 0;
  },
};
