/**
 * Exact division: half of an even integer is an integer.
 *
 * `n % 2 === 0 ? n / 2 : …` divides in f64, as the quotient may be a fraction; but where it is used, it is none. A product of
 * a converted i32 and 2^-k that stands where a branch above has found the low k bits clear, or that a `select` takes only if
 * they are, becomes the conversion of a shift. 0 / 2 is 0 and not -0, as a converted integer never is -0.
 *
 * Before: rules have made `and` of the remainder, and products of divisions. After: int32-narrowing sees an integer there.
 */

import { Analyses } from "../analysis/analyses.ts";
import { impliedConditions } from "../analysis/ranges.ts";
import type { Block, IrFunction, Value } from "../ir/function.ts";

export function shiftExactQuotients(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  if (!fn.blocks.some(({ instructions }) => instructions.some((value) => quotientOf(value) !== undefined)))
    return false;
  const changes = new Changes(fn);
  for (const block of fn.blocks)
    for (const value of block.instructions) if (value.opcode === "select") changes.choose(block, value);
  if (fn.blocks.length > 1) changes.walk(analyses);
  return changes.apply();
}

/** A quotient of a converted i32 by a power of two. */
interface Quotient {
  readonly dividend: Value;
  readonly shift: number;
}

function quotientOf({ opcode, type, operands }: Value): Quotient | undefined {
  if (opcode !== "fmul" || type !== "f64") return undefined;
  const [number, factor] = operands;
  const [dividend] = number?.operands ?? [];
  if (number?.opcode !== "convert-s" || dividend?.type !== "i32") return undefined;
  if (factor?.opcode !== "const" || typeof factor.immediate !== "number" || factor.immediate <= 0) return undefined;
  const shift = -Math.round(Math.log2(factor.immediate));
  return 2 ** -shift === factor.immediate && shift > 0 && shift < 31 ? { dividend, shift } : undefined;
}

/** The i32 whose low bits a condition finds clear, and how many. */
function clearBitsOf(condition: Value, isTrue: boolean): Quotient | undefined {
  if (condition.opcode !== (isTrue ? "ieq" : "ine")) return undefined;
  const [masked, zero] = condition.operands;
  if (masked?.opcode !== "and" || masked.type !== "i32" || zero?.opcode !== "const" || zero.immediate !== 0)
    return undefined;
  const [dividend, mask] = masked.operands;
  if (dividend === undefined || mask?.opcode !== "const" || typeof mask.immediate !== "number") return undefined;
  const shift = 32 - Math.clz32(mask.immediate);
  return mask.immediate === 2 ** shift - 1 ? { dividend, shift } : undefined;
}

class Changes {
  readonly #fn: IrFunction;
  /** By block: what comes in front of which instruction. */
  readonly #inserted = new Map<Block, Map<Value, Value[]>>();

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  /** An arm of a `select` is computed anew, since others may take the quotient whatever it is. */
  choose(block: Block, select: Value): void {
    const [condition] = select.operands;
    if (condition === undefined) return;
    for (const isTrue of [true, false]) {
      const index = isTrue ? 1 : 2;
      const arm = select.operands[index];
      const quotient = arm === undefined ? undefined : quotientOf(arm);
      const clear = clearBitsOf(condition, isTrue);
      if (quotient === undefined || clear === undefined || !isClear(quotient, clear)) continue;
      select.operands[index] = this.#shifted(block, select, quotient);
    }
  }

  /** Quotients where a branch above has found the bits clear. */
  walk({ dominators, incoming }: Analyses): void {
    const known: Quotient[] = [];
    const marks: number[] = [];
    dominators.walk(
      (block) => {
        marks.push(known.length);
        const [only, ...more] = incoming[block.id] ?? [];
        const branch = only?.from.terminator;
        if (branch?.kind === "branch" && more.length === 0 && branch.whenTrue.block !== branch.whenFalse.block)
          for (const { condition, isTrue } of impliedConditions(branch.condition, only?.edge === branch.whenTrue)) {
            const clear = clearBitsOf(condition, isTrue);
            if (clear !== undefined) known.push(clear);
          }
        if (known.length === 0) return;
        for (const value of block.instructions) {
          const quotient = quotientOf(value);
          if (quotient === undefined || !known.some((clear) => isClear(quotient, clear))) continue;
          const conversion = this.#shifted(block, value, quotient);
          value.opcode = "convert-s";
          value.operands = conversion.operands;
        }
      },
      () => {
        known.length = marks.pop() ?? 0;
      },
    );
  }

  apply(): boolean {
    for (const [block, places] of this.#inserted)
      block.instructions = block.instructions.flatMap((value) => [...(places.get(value) ?? []), value]);
    return this.#inserted.size > 0;
  }

  /** A new conversion of the shifted dividend, to stand in front of an instruction. */
  #shifted(block: Block, before: Value, { dividend, shift }: Quotient): Value {
    const fn = this.#fn;
    const count = fn.createValue("const", "i32", [], shift);
    const shifted = fn.createValue("sshr", "i32", [dividend, count], undefined, before.span);
    const conversion = fn.createValue("convert-s", "f64", [shifted], undefined, before.span);
    const places = this.#inserted.get(block) ?? new Map<Value, Value[]>();
    this.#inserted.set(block, places);
    places.set(before, [...(places.get(before) ?? []), count, shifted, conversion]);
    return conversion;
  }
}

function isClear(quotient: Quotient, clear: Quotient): boolean {
  return quotient.dividend === clear.dividend && quotient.shift <= clear.shift;
}
