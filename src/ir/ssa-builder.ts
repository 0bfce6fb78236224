/**
 * A builder with variables: writes and reads of variables become SSA values and block parameters while the code is built,
 * after Braun, Buchwald, Hack, Leißa, Mallon and Zwinkau, "Simple and Efficient Construction of Static Single Assignment
 * Form" (CC 2013).
 *
 * A read looks for the variable's value in its block, then in the blocks before it; where several lead in, the block gets a
 * parameter, and each edge the value at its other end. A block may be read in once all edges into it are there; a loop's
 * header is built before its back edges, so it stands open (`openBlock`) and is sealed after them. Parameters that turn
 * out to have one value only are removed. Other values may refer to a removed parameter until `finish`, which puts what it
 * stood for in its place. Nothing here recurses: chains of blocks may be long.
 */
import { InternalError } from "../base/errors.ts";
import { FunctionBuilder } from "./builder.ts";
import { type Block, type Edge, edgesOf, type Value } from "./function.ts";
import { shapeOf } from "./opcode-shapes.ts";
import type { Type } from "./types.ts";

/** A variable of the function that is being built. */
export type Variable = number;

interface Predecessor {
  readonly block: Block;
  readonly edge: Edge;
}

/** A block parameter that stands for a variable. */
interface Merge {
  readonly parameter: Value;
  readonly block: Block;
  readonly variable: Variable;
  /** False until every edge has its argument. */
  isFilled: boolean;
  /** Merges that got this one's parameter as an argument. */
  readonly users: Merge[];
}

/** The values of some variables: lists, since most blocks know few; a map where there are more. */
class VariableValues {
  readonly #variables: Variable[];
  readonly #values: Value[];
  #map: Map<Variable, Value> | undefined;

  constructor(variable: Variable, value: Value) {
    this.#variables = [variable];
    this.#values = [value];
  }

  get(variable: Variable): Value | undefined {
    if (this.#map !== undefined) return this.#map.get(variable);
    const index = this.#variables.indexOf(variable);
    return index < 0 ? undefined : this.#values[index];
  }

  set(variable: Variable, value: Value): void {
    if (this.#map !== undefined) {
      this.#map.set(variable, value);
      return;
    }
    const index = this.#variables.indexOf(variable);
    if (index >= 0) this.#values[index] = value;
    else if (this.#variables.length < 12) {
      this.#variables.push(variable);
      this.#values.push(value);
    } else {
      const known = this.#values;
      this.#map = new Map(this.#variables.map((one, at) => [one, known[at] ?? value])); // as many values as variables
      this.#map.set(variable, value);
    }
  }
}

export class SsaBuilder extends FunctionBuilder {
  readonly #types: Type[] = [];
  /** By block id: the value of each variable at the block's end, as far as it is known. */
  readonly #values: (VariableValues | undefined)[] = [];
  readonly #predecessors: Predecessor[][] = [];
  /** Blocks whose edges are not all there, and the parameters that wait for them. */
  readonly #open = new Map<Block, Merge[]>();
  /** By a parameter's value id. */
  readonly #merges = new Map<number, Merge>();
  /** What stands for a removed parameter, by its value id. */
  readonly #replaced = new Map<number, Value>();

  /** A new variable. It has to be written on every way to a read. */
  createVariable(type: Type): Variable {
    this.#types.push(type);
    return this.#types.length - 1;
  }

  write(variable: Variable, value: Value): void {
    this.#note(this.block, variable, value);
  }

  /** The variable's value at this point of the current block. */
  read(variable: Variable): Value {
    const known = this.#values[this.block.id]?.get(variable);
    if (known !== undefined) return this.#resolve(known);
    const pending: Merge[] = [];
    const value = this.#look(this.block, variable, pending);
    if (pending.length === 0) return value;
    // Filling may meet further blocks that need a parameter.
    for (let index = 0; index < pending.length; index++) {
      const merge = pending[index];
      if (merge !== undefined) this.#fill(merge, pending);
    }
    for (const merge of pending.reverse()) this.#removeIfTrivial(merge);
    return this.#resolve(value);
  }

  /** Marks the block as one that edges will be added to although its variables are read already. */
  openBlock(block: Block): void {
    this.#open.set(block, []);
  }

  /** All edges into the block are there. */
  seal(block: Block): void {
    const waiting = this.#open.get(block);
    if (waiting === undefined) throw new InternalError(`block b${block.id} is not open`);
    this.#open.delete(block);
    const pending = [...waiting];
    for (let index = 0; index < pending.length; index++) {
      const merge = pending[index];
      if (merge !== undefined) this.#fill(merge, pending);
    }
    for (const merge of pending.reverse()) this.#removeIfTrivial(merge);
  }

  /** True if some edge leads to the block. */
  isReached(block: Block): boolean {
    return (this.#predecessors[block.id]?.length ?? 0) > 0;
  }

  override jump(target: Block, ...args: Value[]): void {
    super.jump(target, ...args);
    this.#recordEdges();
  }

  override branch(
    condition: Value,
    whenTrue: Block,
    whenFalse: Block,
    trueArguments: Value[] = [],
    falseArguments: Value[] = [],
  ): void {
    super.branch(condition, whenTrue, whenFalse, trueArguments, falseArguments);
    this.#recordEdges();
  }

  /** Puts values in the places of the parameters that were removed. To be called once, after everything is built. */
  finish(): void {
    if (this.#open.size > 0) throw new InternalError(`@${this.function.name}: a block was never sealed`);
    if (this.#replaced.size === 0) return;
    for (const { instructions, terminator } of this.function.blocks) {
      for (const { operands } of instructions) this.#resolveAll(operands);
      if (terminator === undefined) continue;
      for (const edge of edgesOf(terminator)) this.#resolveAll(edge.arguments);
      if (terminator.kind === "branch") terminator.condition = this.#resolve(terminator.condition);
      else if (terminator.kind === "return" && terminator.value !== undefined)
        terminator.value = this.#resolve(terminator.value);
    }
  }

  #recordEdges(): void {
    const { block } = this;
    for (const edge of edgesOf(block.terminator)) {
      const list = this.#predecessors[edge.block.id];
      if (list === undefined) this.#predecessors[edge.block.id] = [{ block, edge }];
      else list.push({ block, edge });
    }
  }

  #note(block: Block, variable: Variable, value: Value): void {
    const values = this.#values[block.id];
    if (values === undefined) this.#values[block.id] = new VariableValues(variable, value);
    else values.set(variable, value);
  }

  /** The variable's value at the end of a block. Blocks that get a parameter for it are added to `pending`. */
  #look(from: Block, variable: Variable, pending: Merge[]): Value {
    let passed: Block[] | undefined;
    let block = from;
    for (;;) {
      const known = this.#values[block.id]?.get(variable);
      const value = known === undefined ? undefined : this.#resolve(known);
      const predecessors = this.#predecessors[block.id];
      const single = predecessors?.length === 1 && !this.#open.has(block) ? predecessors[0] : undefined;
      if (value === undefined && single !== undefined) {
        if (passed === undefined) passed = [block];
        else passed.push(block);
        block = single.block;
        continue;
      }
      const found = value ?? this.#merge(block, variable, pending);
      if (passed !== undefined) for (const between of passed) this.#note(between, variable, found);
      return found;
    }
  }

  #merge(block: Block, variable: Variable, pending: Merge[]): Value {
    const type = this.#types[variable];
    if (type === undefined || (!this.isReached(block) && !this.#open.has(block)))
      throw new InternalError(`@${this.function.name}: variable ${variable} is read where it was never written`);
    const parameter = this.function.addParameter(block, type);
    const merge: Merge = { parameter, block, variable, isFilled: false, users: [] };
    this.#merges.set(parameter.id, merge);
    this.#note(block, variable, parameter);
    const waiting = this.#open.get(block);
    if (waiting === undefined) pending.push(merge);
    else waiting.push(merge);
    return parameter;
  }

  /** Gives every edge into the merge's block the variable's value at its other end. */
  #fill(merge: Merge, pending: Merge[]): void {
    for (const { block, edge } of this.#predecessors[merge.block.id] ?? []) {
      const value = this.#look(block, merge.variable, pending);
      edge.arguments.push(value);
      if (value !== merge.parameter) this.#merges.get(value.id)?.users.push(merge);
    }
    merge.isFilled = true;
  }

  /** Removes the merge's parameter if all its arguments are one value, and those that become removable by that. */
  #removeIfTrivial(first: Merge): void {
    const candidates = [first];
    for (let merge = candidates.pop(); merge !== undefined; merge = candidates.pop()) {
      const { parameter, block, users } = merge;
      if (!merge.isFilled || this.#replaced.has(parameter.id)) continue;
      const position = block.parameters.indexOf(parameter);
      let only: Value | undefined;
      let isTrivial = true;
      for (const { edge } of this.#predecessors[block.id] ?? []) {
        const argument = this.#resolve(argumentAt(edge, position));
        if (argument === parameter || argument === only) continue;
        if (only !== undefined) {
          isTrivial = false;
          break;
        }
        only = argument;
      }
      if (!isTrivial || only === undefined) continue;
      block.parameters.splice(position, 1);
      for (const { edge } of this.#predecessors[block.id] ?? []) edge.arguments.splice(position, 1);
      this.#replaced.set(parameter.id, only);
      this.#merges.get(only.id)?.users.push(...users);
      candidates.push(...users);
    }
  }

  #resolve(value: Value): Value {
    if (value.shape !== parameterShape) return value; // nothing else is removed
    let last = value;
    for (let next = this.#replaced.get(last.id); next !== undefined; next = this.#replaced.get(last.id)) last = next;
    // The way is shortened for the next time.
    for (let at = value; at !== last; ) {
      const next = this.#replaced.get(at.id) ?? last;
      this.#replaced.set(at.id, last);
      at = next;
    }
    return last;
  }

  #resolveAll(values: Value[]): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value === undefined || value.shape !== parameterShape) continue;
      const resolved = this.#resolve(value);
      if (resolved !== value) values[index] = resolved;
    }
  }
}

const parameterShape = shapeOf("parameter");

function argumentAt(edge: Edge, position: number): Value {
  const argument = edge.arguments[position];
  if (argument === undefined) throw new InternalError(`an edge to b${edge.block.id} lacks argument ${position}`);
  return argument;
}
