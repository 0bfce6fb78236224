/**
 * Which value stands for which from now on. A pass that replaces values notes them here, sees through them while it
 * walks, and rewrites what it had already passed at the end; with nothing replaced, all of that costs nothing.
 */
import type { IrFunction, Value } from "../ir/function.ts";

export class Replacements {
  #targets: (Value | undefined)[] | undefined;
  readonly #fn: IrFunction;

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  get isEmpty(): boolean {
    return this.#targets === undefined;
  }

  /** `target` must be defined wherever `value` is used. */
  replace(value: Value, target: Value): void {
    this.#targets ??= new Array(this.#fn.valueCount).fill(undefined);
    this.#targets[value.id] = target;
  }

  /** What stands for a value at last. */
  resolve(value: Value): Value {
    const targets = this.#targets;
    const target = targets?.[value.id];
    if (targets === undefined || target === undefined) return value;
    let last = target;
    for (let next = targets[last.id]; next !== undefined; next = targets[last.id]) last = next;
    // Shorten the chain, so that the next walk along it is one step.
    for (let at = value; at !== last; ) {
      const next = targets[at.id] ?? last;
      targets[at.id] = last;
      at = next;
    }
    return last;
  }

  resolveOperands(value: Value): void {
    if (this.#targets !== undefined) this.#resolveList(value.operands);
  }

  /** Rewrites every use in the function. */
  apply(): void {
    if (this.#targets === undefined) return;
    for (const { instructions } of this.#fn.blocks)
      for (let index = 0; index < instructions.length; index++) {
        const value = instructions[index];
        if (value !== undefined) this.#resolveList(value.operands);
      }
    this.applyToEnds();
  }

  /** Rewrites the uses of terminators: all that is left after a walk in which each use came after what it uses. */
  applyToEnds(): void {
    if (this.#targets === undefined) return;
    for (const { terminator } of this.#fn.blocks) {
      if (terminator === undefined) continue;
      switch (terminator.kind) {
        case "jump":
          this.#resolveList(terminator.target.arguments);
          break;
        case "branch":
          this.#resolveList(terminator.whenTrue.arguments);
          this.#resolveList(terminator.whenFalse.arguments);
          terminator.condition = this.resolve(terminator.condition);
          break;
        case "return":
          if (terminator.value !== undefined) terminator.value = this.resolve(terminator.value);
      }
    }
  }

  #resolveList(values: Value[]): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value !== undefined) values[index] = this.resolve(value);
    }
  }
}
