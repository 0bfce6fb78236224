/** The programs of the benchmark give what V8 gives, to the bit, and leave the same arrays behind. */
import { expect, test } from "vitest";
import { asJavaScript, programs } from "../../bench/programs/programs.mjs";
import { compile } from "../../node/index.ts";

test.each(programs)("$name", (program) => {
  const { source, options, small } = program;
  const expectedArgs = small();
  const expected = asJavaScript(program)(...expectedArgs);
  using f = compile(source, { ...options, verify: true });
  for (let run = 0; run < 2; run++) {
    const args = small();
    expect(f(...args)).toBe(expected);
    expect(args).toEqual(expectedArgs);
  }
  if ("knownSmall" in program) expect(expected).toBe(program.knownSmall);
});

test("there are as many as the benchmark promises", () => {
  expect(programs.length).toBe(14);
});
