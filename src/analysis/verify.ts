/**
 * The contract of the IR, as numbered rules. Every pass may rely on them and must leave them true.
 *
 *   1  a function has an entry block, and no edge leads to it
 *   2  block numbers are unique and below `blockCount`, value numbers below `valueCount`
 *   3  a block ends in a terminator
 *   4  a value is defined once: as one parameter of one block, or as one instruction
 *   5  `parameter` stands in parameter lists, and every other opcode in instruction lists
 *   6  an instruction has as many operands as its row says
 *   7  operand and result types are those of the row, or vectors of these; a conversion that keeps or changes the width
 *      does as it says
 *   8  every operand is defined in this function, and has a result
 *   9  a definition dominates its uses; where the entry does not reach, there is nothing to dominate
 *  10  an edge leads to a block of this function and passes one argument of the right type for each of its parameters
 *  11  the condition of a branch is a bool, not a mask
 *  12  `return` gives a value of the function's result type, or none if it has none
 *  13  the constant of `const` is one of its type: i32 and i64 signed and in range, f32 representable, bool a boolean
 *  14  the offset of a load or store is an integer of 32 bits, signed; opcodes that take none have no immediate
 *  15  a `call` has a function to call, and the operands that it takes; other opcodes have none
 *  16  all of one instruction that is not `scalar` in its row has the same number of lanes, and as many as the row allows
 *  17  the lane of `extract` is one of its operand's
 *
 * Linear in the size of the function, and without recursion.
 */
import { VerifyError } from "../base/errors.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { OpcodeShape } from "../ir/opcode-shapes.ts";
import { printFunction } from "../ir/print.ts";
import { elementOf, lanesOf, type Scalar, type Type, types } from "../ir/types.ts";
import { DominatorTree } from "./dominators.ts";

/** The largest text of a function that an error shows. */
const longestText = 20_000;

/** Throws a `VerifyError` with every violation and the function's text. */
export function verify(fn: IrFunction): void {
  const violations = findViolations(fn);
  if (violations.length === 0) return;
  const text = printFunction(fn);
  const shown = text.length > longestText ? `${text.slice(0, longestText)}…\n` : text;
  const list = violations.slice(0, 20).map((violation) => `  ${violation}`);
  if (violations.length > list.length) list.push(`  … and ${violations.length - list.length} more`);
  throw new VerifyError(
    `@${fn.name} breaks ${violations.length} rule${violations.length === 1 ? "" : "s"} of the IR:\n${list.join("\n")}\n${shown}`,
    violations,
  );
}

/** What breaks the rules, each as `rule N, where: what`. Empty for a valid function. */
export function findViolations(fn: IrFunction): string[] {
  const verifier = new Verifier(fn);
  verifier.structure();
  verifier.definitions();
  verifier.instructions();
  verifier.terminators();
  // Dominance only has a meaning on a graph that is one.
  if (verifier.violations.length === 0) verifier.dominance();
  return verifier.violations;
}

class Verifier {
  readonly violations: string[] = [];
  readonly #fn: IrFunction;
  /** By value id: the value, and where it stands. */
  readonly #values: (Value | undefined)[] = [];
  readonly #homes: (Block | undefined)[] = [];
  readonly #places: number[] = [];
  readonly #blocks: (Block | undefined)[] = [];

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  #report(rule: number, where: string, what: string): void {
    this.violations.push(`rule ${rule}, ${where}: ${what}`);
  }

  structure(): void {
    const { blocks, blockCount, name } = this.#fn;
    const [entry] = blocks;
    if (entry === undefined) this.#report(1, `@${name}`, "there is no block");
    for (const block of blocks) {
      if (block.id >= blockCount) this.#report(2, `b${block.id}`, `block numbers go up to ${blockCount - 1}`);
      if (this.#blocks[block.id] !== undefined) this.#report(2, `b${block.id}`, "the number stands for two blocks");
      this.#blocks[block.id] = block;
      if (block.terminator === undefined) this.#report(3, `b${block.id}`, "the block does not end");
      for (const edge of edgesOf(block.terminator))
        if (edge.block === entry) this.#report(1, `b${block.id}`, `an edge leads to the entry block b${entry.id}`);
    }
  }

  definitions(): void {
    for (const block of this.#fn.blocks) {
      for (const value of block.parameters) {
        this.#define(value, block, -1);
        if (value.opcode !== "parameter") this.#report(5, place(value, block), `${value.opcode} in a parameter list`);
      }
      block.instructions.forEach((value, index) => {
        this.#define(value, block, index);
        if (value.opcode === "parameter") this.#report(5, place(value, block), "parameter in an instruction list");
      });
    }
  }

  #define(value: Value, block: Block, index: number): void {
    const { id } = value;
    if (id >= this.#fn.valueCount)
      this.#report(2, place(value, block), `value numbers go up to ${this.#fn.valueCount - 1}`);
    const earlier = this.#homes[id];
    if (earlier !== undefined) this.#report(4, place(value, block), `already defined in b${earlier.id}`);
    this.#values[id] = value;
    this.#homes[id] = block;
    this.#places[id] = index;
  }

  instructions(): void {
    for (const block of this.#fn.blocks) {
      for (const value of block.instructions) {
        const shape = value.shape;
        for (const operand of value.operands) this.#use(operand, place(value, block));
        if (value.opcode === "call" || value.callee !== undefined) {
          const fault = callFault(value);
          if (fault !== undefined) this.#report(15, place(value, block), fault);
        } else if (value.operands.length !== shape.operands.length) {
          const what = `${value.opcode} takes ${shape.operands.length} operands, not ${value.operands.length}`;
          this.#report(6, place(value, block), what);
        } else {
          const fault = typeFault(value, shape);
          if (fault !== undefined) this.#report(7, place(value, block), fault);
          const wrongLanes = laneFault(value, shape);
          if (wrongLanes !== undefined) this.#report(16, place(value, block), wrongLanes);
        }
        this.#immediate(value, shape, block);
      }
    }
  }

  #immediate(value: Value, shape: OpcodeShape, block: Block): void {
    const { immediate, type } = value;
    if (shape.immediate === "constant") {
      const expected = constantFault(type, immediate);
      if (expected !== undefined) {
        const what = typeof immediate === "bigint" ? `${immediate}n` : String(immediate);
        this.#report(13, place(value, block), `const.${type} ${what}: expected ${expected}`);
      }
    } else if (shape.immediate === "offset") {
      if (typeof immediate !== "number" || (immediate | 0) !== immediate)
        this.#report(14, place(value, block), `offset ${String(immediate)}: expected an integer of 32 bits`);
    } else if (shape.immediate === "lane") {
      const lanes = value.operands[0] === undefined ? 0 : lanesOf(value.operands[0].type);
      if (typeof immediate !== "number" || !(Number.isInteger(immediate) && immediate >= 0 && immediate < lanes))
        this.#report(17, place(value, block), `lane ${String(immediate)}: expected 0 to ${lanes - 1}`);
    } else if (immediate !== undefined) {
      this.#report(14, place(value, block), `${value.opcode} has no immediate, yet here is ${String(immediate)}`);
    }
  }

  #use(value: Value, where: string): void {
    if (this.#values[value.id] !== value) this.#report(8, where, `v${value.id} is not defined in this function`);
    else if (!value.hasResult) this.#report(8, where, `v${value.id} is a ${value.opcode}, which has no result`);
  }

  terminators(): void {
    const { result } = this.#fn;
    for (const block of this.#fn.blocks) {
      const where = `b${block.id}`;
      const terminator = block.terminator;
      for (const edge of edgesOf(terminator)) this.#edge(edge, where);
      if (terminator?.kind === "branch") {
        this.#use(terminator.condition, where);
        if (terminator.condition.type !== "bool")
          this.#report(11, where, `branch on v${terminator.condition.id}, which is ${terminator.condition.type}`);
      }
      if (terminator?.kind === "return") {
        const { value } = terminator;
        if (value !== undefined) this.#use(value, where);
        if (value?.type !== result)
          this.#report(12, where, `return gives ${value?.type ?? "nothing"}, the function ${result ?? "nothing"}`);
      }
    }
  }

  #edge(edge: Edge, where: string): void {
    const { block, arguments: args } = edge;
    for (const argument of args) this.#use(argument, where);
    if (this.#blocks[block.id] !== block) {
      this.#report(10, where, `b${block.id} is not a block of this function`);
      return;
    }
    if (args.length !== block.parameters.length) {
      this.#report(10, where, `b${block.id} takes ${block.parameters.length} arguments, not ${args.length}`);
      return;
    }
    args.forEach((argument, index) => {
      const parameter = block.parameters[index];
      if (parameter !== undefined && argument.type !== parameter.type)
        this.#report(
          10,
          where,
          `b${block.id}: v${argument.id} is ${argument.type}, v${parameter.id} ${parameter.type}`,
        );
    });
  }

  dominance(): void {
    const tree = new DominatorTree(this.#fn);
    const check = (used: Value, block: Block, index: number): void => {
      const home = this.#homes[used.id];
      if (home === undefined) return;
      const isBefore = home === block ? (this.#places[used.id] ?? 0) < index : tree.dominates(home, block);
      if (!isBefore) this.#report(9, `b${block.id}`, `v${used.id} is used where its definition does not dominate`);
    };
    for (const block of tree.order) {
      block.instructions.forEach((value, index) => {
        for (const operand of value.operands) check(operand, block, index);
      });
      const end = block.instructions.length;
      const terminator = block.terminator;
      for (const edge of edgesOf(terminator)) for (const argument of edge.arguments) check(argument, block, end);
      if (terminator?.kind === "branch") check(terminator.condition, block, end);
      if (terminator?.kind === "return" && terminator.value !== undefined) check(terminator.value, block, end);
    }
  }
}

const place = (value: Value, block: Block): string => `v${value.id} in b${block.id}`;

/** What is wrong with a call, or with another instruction that has a callee. */
function callFault({ opcode, callee, operands, type }: Value): string | undefined {
  if (callee === undefined) return "call of no function";
  if (opcode !== "call") return `${opcode} has no callee, yet here is @${callee.name}`;
  const { parameters, name, result } = callee;
  if (operands.length !== parameters.length)
    return `@${name} takes ${parameters.length} arguments, not ${operands.length}`;
  const wrong = operands.findIndex((operand, index) => operand.type !== parameters[index]?.type);
  if (wrong >= 0)
    return `argument ${wrong + 1} of @${name} is ${operands[wrong]?.type}, expected ${parameters[wrong]?.type}`;
  return result === undefined || result === type ? undefined : `@${name} gives ${result}, not ${type}`;
}

/** What is wrong with the types of an instruction whose operands are as many as they should be, its lanes left aside. */
function typeFault(value: Value, shape: OpcodeShape): string | undefined {
  let bound: Scalar | undefined;
  for (let index = 0; index < shape.operands.length; index++) {
    const expected = shape.operands[index];
    const operand = value.operands[index];
    if (expected === undefined || operand === undefined) continue;
    const type = elementOf(operand.type);
    if (!expected.accepts.includes(type))
      return `operand ${index + 1} of ${value.opcode} is ${operand.type}, expected ${expected.accepts.join(" or ")}`;
    if (expected.variable === "T") {
      if (bound !== undefined && bound !== type)
        return `operands of ${value.opcode} are ${bound} and ${type}, expected one type`;
      bound = type;
    }
  }
  const { result } = shape;
  const type = elementOf(value.type);
  if (result !== undefined && !result.accepts.includes(type))
    return `${value.opcode} gives ${result.accepts.join(" or ")}, not ${value.type}`;
  if (bound !== undefined && (result === undefined || result.variable === "T") && bound !== type)
    return `${value.opcode} of ${bound} gives ${bound}, not ${value.type}`;
  const from = value.operands[0]?.type;
  if (from !== undefined && value.opcode === "bitcast" && types[from].bits !== types[type].bits)
    return `bitcast keeps the width, ${from} and ${value.type} differ`;
  if (from !== undefined && value.opcode === "zext" && types[from].bits >= types[type].bits)
    return `zext widens, ${from} to ${value.type} does not`;
  return undefined;
}

/** What is wrong with the lanes of an instruction. */
function laneFault(value: Value, { operands, result, lanes, opcode, effect }: OpcodeShape): string | undefined {
  let common = 0; // none seen yet
  for (let index = 0; index <= operands.length; index++) {
    const isResult = index === operands.length;
    // What has no result has the type of what it stores.
    const place = isResult ? (result ?? operands[0]) : operands[index];
    const type = isResult ? value.type : value.operands[index]?.type;
    if (place === undefined || type === undefined) continue;
    const what = isResult ? (effect === "write" ? "type" : "result") : `operand ${index + 1}`;
    const count = lanesOf(type);
    if (place.isScalar) {
      if (count > 1) return `${what} of ${opcode} is ${type}, expected a scalar`;
      continue;
    }
    if (count < 2 && lanes === "many") return `${what} of ${opcode} is ${type}, expected a vector`;
    if (common !== 0 && common !== count)
      return `${what} of ${opcode} is ${type}, expected ${common === 1 ? "a scalar" : `${common} lanes`}`;
    common = count;
  }
  return undefined;
}

/** What a constant of the type looks like, if this is none. */
function constantFault(type: Type, value: unknown): string | undefined {
  switch (type) {
    case "i32":
      return typeof value === "number" && Object.is(value | 0, value) ? undefined : "an integer from -2^31 to 2^31 - 1";
    case "i64":
      return typeof value === "bigint" && BigInt.asIntN(64, value) === value
        ? undefined
        : "a bigint from -2^63 to 2^63 - 1";
    case "f32":
      return typeof value === "number" && Object.is(Math.fround(value), value) ? undefined : "a number that f32 holds";
    case "f64":
      return typeof value === "number" ? undefined : "a number";
    case "bool":
      return typeof value === "boolean" ? undefined : "true or false";
    default:
      return "a scalar type: a vector of constants is a splat of one";
  }
}
