/**
 * Several turns of a strip (loop-strips.ts) at once: in each lane of a vector what one turn computes.
 *
 * Wherever the loop loads or stores, the address is a base from outside plus the counter, or the counter plus something, times the size of an
 * element: neighbouring turns have neighbouring elements. Lanes compute what the turns would, to the bit. What one turn stores, no other may load or store:
 * either both places have the same address in every turn, or the guard asks that all of what the strip touches through one and
 * through the other lies apart; two indices into one base are not tried. A sum that is carried around adds one lane after the
 * other, in the order of the turns.
 */
import type { IrFunction, Value } from "../ir/function.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { type Type, types } from "../ir/types.ts";
import { effectOf } from "./memory.ts";
import { isSum, readElement, type Strip, type StripBlock } from "./strip.ts";

/** Pairs of places that the guard asks about. */
const mostPairs = 6;
/** Operations on floats that make up for taking lanes out one by one. */
const fewestForSums = 4;

/** The bytes of an element; 0 for those of its type. */
const loads: Partial<Record<Opcode, number>> = { load: 0, "load8-s": 1, "load8-u": 1, "load16-s": 2, "load16-u": 2 };
const stores: Partial<Record<Opcode, number>> = { store: 0, store8: 1, store16: 2 };

/** What can be done in each lane. */
const laneWise: ReadonlySet<Opcode> = new Set<Opcode>([
  ...(["fadd", "fsub", "fmul", "fdiv", "fneg", "fabs", "fsqrt"] as const),
  ...(["iadd", "isub", "imul", "and", "or", "xor"] as const),
]);

/** What is known of the CPU's vectors. */
export interface LaneSupport {
  readonly bytes: number;
  /** Whether there are instructions for an operation; `type` is that of the result, or of what is stored. */
  natively(opcode: Opcode, type: Type, from?: Type): boolean;
}

/** Wider vectors cost some CPUs their clock, for all code around. */
const mostBytes = 32;

export interface VectorPlan {
  /** Turns at once. */
  readonly lanes: number;
  /** The condition, and that stores are apart from what else so many turns touch. */
  guard(block: StripBlock, turns: Value, condition: Value | undefined): Value | undefined;
  /** Fills the strip; gives what it passes on to the header. `before` is the block in front of it. */
  build(before: StripBlock, turn: StripBlock, inside: Map<Value, Value>): Value[];
}

/** A load or store of the element that the counter leads to. */
interface Access {
  readonly address: Value;
  readonly base: Value;
  readonly offset: number;
  readonly bytes: number;
  readonly isStore: boolean;
}

export function planVectors(fn: IrFunction, strip: Strip, support: LaneSupport | undefined): VectorPlan | undefined {
  const { header, body, next, counter, fuel, polled, step, isInvariant } = strip;
  if (support === undefined || step.opcode !== "const" || step.immediate !== 1) return undefined;
  const accesses: Access[] = [];
  for (const value of body) {
    const effect = effectOf(value);
    if (effect === undefined) continue;
    const access = readAccess(value, strip, effect === "write");
    if (access === undefined) return undefined;
    accesses.push(access);
  }
  if (accesses.length === 0) return undefined;
  const pairs = findPairs(accesses);
  if (pairs === undefined) return undefined;

  // What is carried around: the counter, the fuel, and sums.
  const sums = new Map<Value, Value>();
  for (const [index, parameter] of header.parameters.entries()) {
    const sum = next[index];
    if (parameter === counter || parameter === fuel || sum === undefined) continue;
    if (!isOrderedSum(sum, parameter, body)) return undefined;
    sums.set(parameter, sum);
  }

  // What is computed in lanes, from what is stored and summed up.
  const wide = new Set<Value>();
  const work: Value[] = [];
  for (const { operands, opcode } of body)
    if (stores[opcode] !== undefined && operands[0] !== undefined) work.push(operands[0]);
  for (const [parameter, { operands }] of sums) work.push(...operands.filter((operand) => operand !== parameter));
  let floats = 0;
  for (let value = work.pop(); value !== undefined; value = work.pop()) {
    if (wide.has(value)) continue;
    const { kind, bytes } = types[value.type];
    if (kind === "bool" || (kind === "int" && bytes !== 4)) return undefined;
    wide.add(value);
    if (isInvariant(value) || value === counter || loads[value.opcode] !== undefined) continue;
    const isConversion = value.opcode === "convert-s" && value.type === "f64" && value.operands[0]?.type === "i32";
    if (!isConversion && !laneWise.has(value.opcode)) return undefined;
    if (kind === "float") floats++;
    work.push(...value.operands);
  }
  if (sums.size > 0 && floats < fewestForSums) return undefined;
  for (const value of body) if (loads[value.opcode] !== undefined) wide.add(value);
  let widest = 4;
  for (const { type } of wide) widest = Math.max(widest, types[type].bytes);
  const lanes = Math.min(support.bytes, mostBytes) / widest;
  if (lanes !== 4 && lanes !== 8) return undefined;
  const isNative = ({ opcode, type, operands }: Value): boolean =>
    support.natively(
      opcode,
      vectorOf(type, lanes),
      operands[0] === undefined ? undefined : vectorOf(operands[0].type, lanes),
    );
  for (const value of wide)
    if (laneWise.has(value.opcode) || value.opcode === "convert-s") if (!isNative(value)) return undefined;
  for (const { opcode, type } of body)
    if ((loads[opcode] ?? stores[opcode]) !== undefined && !support.natively(opcode, vectorOf(type, lanes)))
      return undefined;

  return {
    lanes,
    guard: (block, turns, condition) => guardPairs(block, turns, condition, pairs),
    build: (before, turn, inside) => {
      const lane = new Lanes(fn, strip, lanes, before, turn, inside);
      for (const value of body) if (effectOf(value) !== undefined) lane.access(value);
      return next.map((value, index) => {
        const parameter = header.parameters[index] ?? value;
        if (polled.has(value)) return value;
        if (parameter === counter) return lane.counterAfter();
        return lane.sum(parameter, value);
      });
    },
  };
}

function readAccess(
  { opcode, operands, type, immediate }: Value,
  { counter, isInvariant }: Strip,
  isStore: boolean,
): Access | undefined {
  const known = (isStore ? stores : loads)[opcode];
  const address = operands[isStore ? 1 : 0];
  const element = readElement(address);
  const { lanes, kind } = types[type];
  if (known === undefined || address === undefined || element === undefined) return undefined;
  if (lanes !== 1 || kind === "bool" || type === "i64" || !isInvariant(element.base)) return undefined;
  const bytes = known === 0 ? types[type].bytes : known;
  if (2 ** element.shift !== bytes || !isSum(element.index, counter, isInvariant)) return undefined;
  return { address, base: element.base, offset: Number(immediate ?? 0), bytes, isStore };
}

/** The places that must lie apart, two and two; undefined if they cannot, or are too many. */
function findPairs(accesses: readonly Access[]): (readonly [Access, Access])[] | undefined {
  const pairs: (readonly [Access, Access])[] = [];
  for (const [at, one] of accesses.entries())
    for (const other of accesses.slice(at + 1)) {
      if (!one.isStore && !other.isStore) continue;
      const isSame = one.address === other.address && one.offset === other.offset;
      if (isSame && one.bytes === other.bytes) continue;
      if (one.base === other.base || one.offset !== other.offset) return undefined;
      const isKnown = pairs.some(
        ([a, b]) =>
          (a.address === one.address && b.address === other.address) ||
          (a.address === other.address && b.address === one.address),
      );
      if (!isKnown) pairs.push([one, other]);
    }
  return pairs.length > mostPairs ? undefined : pairs;
}

function guardPairs(
  block: StripBlock,
  turns: Value,
  condition: Value | undefined,
  pairs: readonly (readonly [Access, Access])[],
): Value | undefined {
  let all = condition;
  const count = pairs.length > 0 ? block.emit("zext", "i64", turns) : turns;
  for (const [one, other] of pairs) {
    const bytes = Math.max(one.bytes, other.bytes);
    const size = block.emit("shl", "i64", count, block.constant("i64", BigInt(Math.log2(bytes))));
    const [a, b] = [block.copy(one.address), block.copy(other.address)];
    for (const distance of [block.emit("isub", "i64", a, b), block.emit("isub", "i64", b, a)]) {
      const isApart = block.emit("uge", "bool", distance, size);
      all = all === undefined ? isApart : block.emit("and", "bool", all, isApart);
    }
  }
  return all;
}

/** Whether the parameter is used by nothing but the sum that takes its place. */
function isOrderedSum(sum: Value, parameter: Value, body: readonly Value[]): boolean {
  if ((sum.opcode !== "fadd" && sum.opcode !== "fsub") || sum.operands[0] !== parameter) return false;
  if (sum.operands[1] === parameter || !body.includes(sum)) return false;
  return body.every((value) => (value === sum || !value.operands.includes(parameter)) && !value.operands.includes(sum));
}

/** Writes the body on vectors. */
class Lanes {
  readonly #fn: IrFunction;
  readonly #strip: Strip;
  readonly #lanes: number;
  readonly #before: StripBlock;
  readonly #turn: StripBlock;
  readonly #inside: Map<Value, Value>;
  readonly #wide = new Map<Value, Value>();

  constructor(
    fn: IrFunction,
    strip: Strip,
    lanes: number,
    before: StripBlock,
    turn: StripBlock,
    inside: Map<Value, Value>,
  ) {
    this.#fn = fn;
    this.#strip = strip;
    this.#lanes = lanes;
    this.#before = before;
    this.#turn = turn;
    this.#inside = inside;
  }

  /** A load or store of all lanes, whose first is at the counter. */
  access(value: Value): void {
    const { opcode, operands, immediate, span } = value;
    const isStore = stores[opcode] !== undefined;
    const type = isStore ? operands[0]?.type : value.type;
    const address = operands[isStore ? 1 : 0];
    if (type === undefined || address === undefined) return;
    const at = this.#turn.copy(address);
    const stored = isStore && operands[0] !== undefined ? [this.#of(operands[0])] : [];
    const access = this.#fn.createValue(opcode, this.#vector(type), [...stored, at], immediate, span);
    this.#turn.block.instructions.push(access);
    if (!isStore) this.#wide.set(value, access);
  }

  counterAfter(): Value {
    const { counter } = this.#strip;
    const turn = this.#turn;
    return turn.emit("iadd", "i32", this.#inside.get(counter) ?? counter, turn.constant("i32", this.#lanes));
  }

  /** The sum after all lanes, one after the other. */
  sum(parameter: Value, { opcode, operands, type }: Value): Value {
    const turn = this.#turn;
    let sum = this.#inside.get(parameter) ?? parameter;
    const [, added] = operands;
    if (added === undefined) return sum;
    const wide = this.#of(added);
    for (let lane = 0; lane < this.#lanes; lane++) {
      const one = this.#fn.createValue("extract", type, [wide], lane);
      turn.block.instructions.push(one);
      sum = turn.emit(opcode, type, sum, one);
    }
    return sum;
  }

  #of(value: Value): Value {
    let wide = this.#wide.get(value);
    if (wide === undefined) {
      wide = this.#make(value);
      this.#wide.set(value, wide);
    }
    return wide;
  }

  /** Deep as the body's expressions are, which are short. */
  #make(value: Value): Value {
    const { counter, isInvariant } = this.#strip;
    const type = this.#vector(value.type);
    const turn = this.#turn;
    if (value === counter) {
      const first = turn.emit("splat", type, this.#inside.get(counter) ?? counter);
      return turn.emit("iadd", type, first, this.#before.emit("lane-index", type));
    }
    if (isInvariant(value)) return this.#before.emit("splat", type, this.#before.copy(value));
    return turn.emit(value.opcode, type, ...value.operands.map((operand) => this.#of(operand)));
  }

  #vector(type: Type): Type {
    return vectorOf(type, this.#lanes);
  }
}

/** The vector of so many lanes; the plan sees to it that there is one. */
function vectorOf(type: Type, lanes: number): Type {
  return `${type}x${lanes}` as Type; // a number in a template is any number to the compiler
}
