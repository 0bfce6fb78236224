/**
 * Fast math: changes of floating point that mathematics allows and IEEE 754 does not. Runs only when asked for
 * (`fastMath: true`), and is the only pass that may change a result: by a few rounding errors, and where NaN, infinities
 * and -0 come in, by more.
 *
 *   - x / c is x * (1 / c); x + 0 and x - 0 are x, x * 1 is x, x * 0 is 0;
 *   - a sum or product of several values, whose intermediate results nobody else uses, is computed as a balanced tree of pairs;
 *     its constants become one. The processor computes pairs at the same time, where a chain waits for each
 *     operation. Sums of products stay what they are: there is no contraction, since not every CPU has `fma`.
 *
 * One walk; a chain is gathered from its last operation with a stack.
 */
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { isFloat } from "../ir/types.ts";
import { become, becomeConstant } from "./rules/rule.ts";

/** The shortest chain that a tree is better than: of four operands, three deep against two. */
const fewestOperands = 4;

export function relaxFloats(fn: IrFunction): boolean {
  const users = new Users(fn);
  let isChanged = false;
  for (const block of fn.blocks) {
    const list: Value[] = [];
    for (const value of block.instructions) {
      if (isFloat(value.type) && simplifyRelaxed(fn, value, list)) isChanged = true;
      if (isFloat(value.type) && balance(fn, block, value, users, list)) isChanged = true;
      list.push(value);
    }
    block.instructions = list;
  }
  return isChanged;
}

/** How often each value is used, and the block of its one user. */
class Users {
  readonly #counts: Int32Array;
  /** By value id: the one operation that uses it. */
  readonly #user: (Value | undefined)[] = [];
  readonly #block: (Block | undefined)[] = [];

  constructor(fn: IrFunction) {
    this.#counts = new Int32Array(fn.valueCount);
    const use = (value: Value | undefined, user: Value | undefined): void => {
      if (value === undefined) return;
      this.#counts[value.id] = (this.#counts[value.id] ?? 0) + 1;
      this.#user[value.id] = user;
    };
    for (const block of fn.blocks) {
      for (const value of block.instructions) {
        this.#block[value.id] = block;
        for (const operand of value.operands) use(operand, value);
      }
      const { terminator } = block;
      for (const edge of edgesOf(terminator)) for (const argument of edge.arguments) use(argument, undefined);
      if (terminator?.kind === "return") use(terminator.value, undefined);
      if (terminator?.kind === "branch") use(terminator.condition, undefined);
    }
  }

  /** True if the value is an operation of this kind, in this block, that only one operation of its kind uses. */
  isInner(value: Value, opcode: Opcode, block: Block): boolean {
    if (value.opcode !== opcode || this.#counts[value.id] !== 1 || this.#block[value.id] !== block) return false;
    return this.#user[value.id]?.opcode === opcode;
  }
}

const numberOf = (value: Value | undefined): number | undefined =>
  value?.opcode === "const" && typeof value.immediate === "number" ? value.immediate : undefined;

/** What one operation is without regard to -0, NaN and rounding. */
function simplifyRelaxed(fn: IrFunction, value: Value, list: Value[]): boolean {
  const [a, b] = value.operands;
  const constant = numberOf(b);
  if (a === undefined || b === undefined || constant === undefined) return false;
  if (value.opcode === "fdiv" && constant !== 0 && Number.isFinite(1 / constant)) {
    const reciprocal = value.type === "f32" ? Math.fround(1 / constant) : 1 / constant;
    const factor = fn.createValue("const", value.type, [], reciprocal);
    list.push(factor);
    become(value, "fmul", a, factor);
    return true;
  }
  if (value.opcode === "fmul" && constant === 0) {
    becomeConstant(value, 0);
    return true;
  }
  const isNothing =
    constant === 0 ? value.opcode === "fadd" || value.opcode === "fsub" : constant === 1 && value.opcode === "fmul";
  if (!isNothing) return false;
  // The value itself: a bit operation that later passes see through.
  become(value, "fcopysign", a, a);
  return true;
}

/** Makes a tree of the chain that ends in this operation. */
function balance(fn: IrFunction, block: Block, root: Value, users: Users, list: Value[]): boolean {
  const { opcode, type } = root;
  if ((opcode !== "fadd" && opcode !== "fmul") || users.isInner(root, opcode, block)) return false;
  const operands: Value[] = [];
  let constant: number | undefined;
  let depth = 0;
  const stack = root.operands.toReversed();
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    const number = numberOf(value);
    if (users.isInner(value, opcode, block)) {
      for (const operand of value.operands.toReversed()) stack.push(operand);
      depth++;
    } else if (number === undefined) operands.push(value);
    else if (constant === undefined) constant = number;
    else {
      constant = opcode === "fadd" ? constant + number : constant * number;
      if (type === "f32") constant = Math.fround(constant);
      depth += fewestOperands; // two constants: worth it in any case
    }
  }
  const count = operands.length + (constant === undefined ? 0 : 1);
  if (count < 2 || depth + 2 < fewestOperands) return false;
  if (constant !== undefined) {
    const gathered = fn.createValue("const", type, [], constant);
    list.push(gathered);
    operands.push(gathered);
  }
  // Pairs of pairs; the last pair is the chain's last operation.
  let level = operands;
  while (level.length > 2) {
    const next: Value[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [one, other] = [level[index], level[index + 1]];
      if (one === undefined) continue;
      if (other === undefined) next.push(one);
      else {
        const pair = fn.createValue(opcode, type, [one, other], undefined, root.span);
        list.push(pair);
        next.push(pair);
      }
    }
    level = next;
  }
  root.operands = level;
  return true;
}
