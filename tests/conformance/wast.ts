/**
 * Runs the assertions of a WebAssembly specification script (`.wast`) against anything that executes IR: the interpreter,
 * optimised IR, or machine code. Arguments and results are bit patterns throughout.
 */
import { type TrapCode, TrapError } from "../../src/base/errors.ts";
import type { IrFunction } from "../../src/ir/function.ts";
import type { Type } from "../../src/ir/types.ts";
import { floatBits, headOf, integerBits, isList, type List, type Node, readExpressions } from "./s-expressions.ts";
import { type BuildOptions, type ExportedFunction, UnsupportedByIr, WasmModule } from "./wast-to-ir.ts";

export { readExpressions } from "./s-expressions.ts";
export { type BuildOptions, type ExportedFunction, UnsupportedByIr, WasmModule } from "./wast-to-ir.ts";

/**
 * Prepares a function and gives what calls it. A call takes and gives bits (an f32 or i32 in the low 32, unsigned), gives
 * undefined where the function has no result, and throws `TrapError` where it traps.
 */
export type Executor = (fn: IrFunction) => (args: readonly bigint[]) => bigint | undefined;

export interface Score {
  passed: number;
  /** One line for each assertion that does not hold. */
  readonly failures: string[];
  /** How many assertions were not tried, by reason. */
  readonly skipped: Map<string, number>;
}

const traps: Readonly<Record<string, TrapCode>> = {
  "integer divide by zero": "integer-divide-by-zero",
  "integer overflow": "integer-overflow",
  "invalid conversion to integer": "invalid-conversion-to-integer",
  unreachable: "unreachable",
};

/** Tries every assertion of a script. */
export function runScript(text: string, execute: Executor, options: BuildOptions = {}): Score {
  return new Script(execute, options).run(text);
}

/** `f32.wast: 2500 of 2500 hold; not tried: 11 validation of modules`. */
export function describeScore(file: string, score: Score): string {
  const skipped = [...score.skipped].map(([reason, count]) => `${count} ${reason}`);
  const tried = score.passed + score.failures.length;
  return `${file}: ${score.passed} of ${tried} hold${skipped.length === 0 ? "" : `; not tried: ${skipped.join(", ")}`}`;
}

interface Prepared {
  readonly exported: ExportedFunction;
  readonly call: (args: readonly bigint[]) => bigint | undefined;
}

class Script {
  readonly #execute: Executor;
  readonly #options: BuildOptions;
  readonly #score: Score = { passed: 0, failures: [], skipped: new Map() };
  #module: WasmModule | undefined;
  #whyNoModule = "assertions before the first module";
  readonly #named = new Map<string, WasmModule>();
  readonly #prepared = new Map<string, Prepared | UnsupportedByIr>();

  constructor(execute: Executor, options: BuildOptions) {
    this.#execute = execute;
    this.#options = options;
  }

  run(text: string): Score {
    for (const command of readExpressions(text)) if (isList(command)) this.#command(command);
    return this.#score;
  }

  #command(command: List): void {
    switch (headOf(command)) {
      case "module":
        this.#load(command);
        break;
      case "assert_return":
        this.#try(command, (action) => this.#assertReturn(action, command.slice(2)));
        break;
      case "assert_trap":
        this.#try(command, (action) => this.#assertTrap(action, quotedOf(command[2])));
        break;
      case "invoke":
        this.#try([command[0] ?? "", command], (action) => {
          action.call();
          return undefined;
        });
        break;
      case "assert_invalid":
      case "assert_malformed":
      case "assert_malformed_custom":
      case "assert_invalid_custom":
        this.#skip("validation of modules");
        break;
      default:
        this.#skip(headOf(command));
    }
  }

  #load(command: List): void {
    this.#module = undefined;
    this.#prepared.clear();
    if (command.includes("binary") || command.includes("quote")) {
      this.#whyNoModule = "binary or quoted modules";
      return;
    }
    try {
      this.#module = new WasmModule(command);
      const name = command[1];
      if (typeof name === "string" && name.startsWith("$")) this.#named.set(name, this.#module);
    } catch (error) {
      if (!(error instanceof UnsupportedByIr)) throw error;
      this.#whyNoModule = error.message;
    }
  }

  #skip(reason: string): void {
    this.#score.skipped.set(reason, (this.#score.skipped.get(reason) ?? 0) + 1);
  }

  /** Counts what a check says: undefined, or what is wrong. */
  #try(command: List, check: (action: Action) => string | undefined): void {
    const text = textOf(command);
    try {
      const fault = check(this.#action(command[1]));
      if (fault === undefined) this.#score.passed++;
      else this.#score.failures.push(`${text}: ${fault}`);
    } catch (error) {
      if (error instanceof UnsupportedByIr) this.#skip(error.message);
      else this.#score.failures.push(`${text}: ${String(error)}`);
    }
  }

  #action(node: Node | undefined): Action {
    if (!isList(node) || headOf(node) !== "invoke") throw new UnsupportedByIr(headOf(node));
    const isNamed = typeof node[1] === "string";
    const module = isNamed ? this.#named.get(String(node[1])) : this.#module;
    if (module === undefined) throw new UnsupportedByIr(this.#whyNoModule);
    const rest = node.slice(isNamed ? 2 : 1);
    const name = quotedOf(rest[0]);
    const { exported, call } = this.#prepare(module, isNamed ? String(node[1]) : "", name);
    const args = rest.slice(1).map(bitsOf);
    return { exported, call: () => call(args) };
  }

  #prepare(module: WasmModule, moduleName: string, name: string): Prepared {
    const key = `${moduleName} ${name}`;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      try {
        const exported = module.build(name, this.#options);
        prepared = { exported, call: this.#execute(exported.ir) };
      } catch (error) {
        if (!(error instanceof UnsupportedByIr)) throw error;
        prepared = error;
      }
      this.#prepared.set(key, prepared);
    }
    if (prepared instanceof UnsupportedByIr) throw prepared;
    return prepared;
  }

  #assertReturn(action: Action, expected: List): string | undefined {
    const bits = action.call();
    const { result } = action.exported;
    const [pattern] = expected;
    if (result === undefined || bits === undefined)
      return pattern === undefined && bits === undefined ? undefined : `gave ${String(bits)}`;
    return matches(bits, result, pattern) ? undefined : `gave 0x${bits.toString(16)}`;
  }

  #assertTrap(action: Action, message: string): string | undefined {
    const expected = Object.entries(traps).find(([start]) => message.startsWith(start))?.[1];
    if (expected === undefined) throw new UnsupportedByIr(`trap "${message}"`);
    try {
      return `did not trap but gave ${String(action.call())}`;
    } catch (error) {
      if (!(error instanceof TrapError)) throw error;
      return error.trap === expected ? undefined : `trapped with ${error.trap}`;
    }
  }
}

interface Action {
  readonly exported: ExportedFunction;
  readonly call: () => bigint | undefined;
}

/** The bits of `(f32.const 0x1p-1)` and its like. */
function bitsOf(node: Node): bigint {
  const literal = isList(node) ? node[1] : undefined;
  if (typeof literal !== "string") throw new UnsupportedByIr(`argument ${textOf(node)}`);
  switch (headOf(node)) {
    case "i32.const":
      return integerBits(literal, 32);
    case "i64.const":
      return integerBits(literal, 64);
    case "f32.const":
      return floatBits(literal, "f32");
    case "f64.const":
      return floatBits(literal, "f64");
    default:
      throw new UnsupportedByIr(`argument ${headOf(node)}`);
  }
}

/** Whether bits are what an assertion expects; `nan:canonical` is either sign, `nan:arithmetic` any quiet NaN. */
function matches(bits: bigint, type: Type, pattern: Node | undefined): boolean {
  if (!isList(pattern)) return false;
  if (headOf(pattern) === "either") return pattern.slice(1).some((choice) => matches(bits, type, choice));
  if (headOf(pattern) !== `${type}.const`) return false;
  const quiet = type === "f32" ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  const magnitude = type === "f32" ? 0x7fff_ffffn : 0x7fff_ffff_ffff_ffffn;
  if (pattern[1] === "nan:canonical") return (bits & magnitude) === quiet;
  if (pattern[1] === "nan:arithmetic") return (bits & quiet) === quiet;
  return bits === bitsOf(pattern);
}

function quotedOf(node: Node | undefined): string {
  return node !== undefined && typeof node !== "string" && !isList(node) ? node.quoted : "";
}

function textOf(node: Node): string {
  if (typeof node === "string") return node;
  return isList(node) ? `(${node.map(textOf).join(" ")})` : JSON.stringify(node.quoted);
}
