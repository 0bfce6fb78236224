/** WebAssembly's specification tests, through the IR: as built, and after the optimiser. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { verify } from "../../src/analysis/verify.ts";
import { interpretBits } from "../../src/ir/interpret.ts";
import { optimize } from "../../src/opt/pipeline.ts";
import { describeScore, type Executor, runScript } from "./wast.ts";

const corpus = fileURLToPath(new URL("../../../shared/corpora/wasm/", import.meta.url));
const files = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".wast")) : [];

const executors: Readonly<Record<string, Executor>> = {
  interpreter: (fn) => {
    verify(fn);
    return (args) => interpretBits(fn, args, { maxSteps: 1_000_000 });
  },
  "interpreter after the optimiser": (fn) => {
    optimize(fn, { verify: true });
    return (args) => interpretBits(fn, args, { maxSteps: 1_000_000 });
  },
};

describe.skipIf(files.length === 0)("WebAssembly specification (../shared/corpora/wasm, absent: skipped)", () => {
  for (const [name, execute] of Object.entries(executors)) {
    describe(name, () => {
      it.each(files)("%s", (file) => {
        const score = runScript(readFileSync(corpus + file, "utf8"), execute);
        console.log(`${name}: ${describeScore(file, score)}`);
        expect(score.failures).toEqual([]);
        expect(score.passed).toBeGreaterThan(0);
      });
    });
  }
});

/** A script of our own for what the reader must do, so that it is tested where the corpus is absent. */
const script = `
(module
  (global $g i32 (i32.const 7))
  (func $twice (param i32) (result i32) (i32.add (local.get 0) (local.get 0)))
  (func (export "quiet") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 1)))
  (func (export "payload") (result f64) (f64.neg (f64.const nan:0x4000000000001)))
  (func (export "call") (param i32) (result i32) (call $twice (call $twice (local.get 0))))
  (func (export "global") (result i32) global.get $g)
  (func (export "sum") (param $n i32) (result i32) (local $sum i32)
    block $done
      loop $next
        local.get $n
        i32.eqz
        br_if $done
        local.get $sum
        local.get $n
        i32.add
        local.set $sum
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        br $next
      end
    end
    local.get $sum)
  (func (export "switch") (param i32) (result i32)
    (block (block (block (br_table 1 0 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20)))
    (i32.const 30))
  (func (export "memory") (result i32) (i32.load (i32.const 0))))
(assert_return (invoke "quiet" (f32.const nan:0x200000)) (f32.const nan:arithmetic))
(assert_return (invoke "payload") (f64.const -nan:0x4000000000001))
(assert_return (invoke "call" (i32.const 3)) (i32.const 12))
(assert_return (invoke "global") (i32.const 7))
(assert_return (invoke "sum" (i32.const 10)) (i32.const 55))
(assert_return (invoke "switch" (i32.const 0)) (i32.const 20))
(assert_return (invoke "switch" (i32.const 1)) (i32.const 10))
(assert_return (invoke "switch" (i32.const 9)) (i32.const 30))
(assert_return (invoke "sum" (i32.const 3)) (i32.const 7)) (; wrong on purpose (; nested ;) ;)
(assert_trap (invoke "global") "integer overflow")
(assert_return (invoke "memory") (i32.const 0))
`;

describe("the runner of specification scripts", () => {
  it.each(Object.entries(executors))("%s: counts what holds, what fails and what is not tried", (_, execute) => {
    const score = runScript(script, execute);
    expect(score.passed).toBe(8);
    expect(score.failures).toEqual([
      '(assert_return (invoke "sum" (i32.const 3)) (i32.const 7)): gave 0x6',
      '(assert_trap (invoke "global") "integer overflow"): did not trap but gave 7',
    ]);
    expect([...score.skipped]).toEqual([["i32.load", 1]]);
  });

  it("takes floats as bits where calls do not carry a NaN's payload", () => {
    const score = runScript(
      script,
      (fn) => {
        expect([...fn.parameters.map((parameter) => parameter.type), fn.result]).not.toContain("f32");
        return (args) => interpretBits(fn, args);
      },
      { floatsAsBits: true },
    );
    expect(score.passed).toBe(8);
  });
});
