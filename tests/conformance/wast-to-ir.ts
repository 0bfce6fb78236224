/**
 * Functions of a WebAssembly module in text form, as IR.
 *
 * The operand stack becomes SSA values as it is walked. Where control joins (`block`, `loop`, `if`, calls), the join's
 * block takes the results and every local as parameters: more than needed, which is the optimiser's exercise. A call is
 * expanded in place. What the IR has no operation for (memories, tables, mutable globals, references, vectors) makes the
 * function unsupported, with that reason.
 */
import { FunctionBuilder } from "../../src/ir/builder.ts";
import type { Block, IrFunction, Value } from "../../src/ir/function.ts";
import { opcodeNames, shapeOf } from "../../src/ir/opcode-shapes.ts";
import { type Opcode, opcodeRow } from "../../src/ir/opcodes.ts";
import { isType, type Type } from "../../src/ir/types.ts";
import { floatBits, headOf, integerBits, isList, type List, type Node } from "./s-expressions.ts";
import { readInstructions, type WasmInstruction } from "./wast-instructions.ts";

/** The reason why something cannot be brought into IR. */
export class UnsupportedByIr extends Error {}

export interface BuildOptions {
  /**
   * Floats come in and go out as integers with their bits (`bitcast`), for executors whose calls do not carry a NaN's
   * payload.
   */
  readonly floatsAsBits?: boolean;
}

interface WasmFunction {
  readonly name: string | undefined;
  readonly parameters: readonly Variable[];
  readonly results: readonly string[];
  readonly locals: readonly Variable[];
  readonly body: List;
}
interface Variable {
  readonly name: string | undefined;
  readonly type: string;
}

/** An exported function's types, as the module declares them, and its IR. */
export interface ExportedFunction {
  readonly parameters: readonly Type[];
  readonly result: Type | undefined;
  readonly ir: IrFunction;
}

/** A module whose functions become IR when they are asked for. */
export class WasmModule {
  readonly #types = new Map<string, { parameters: readonly Variable[]; results: readonly string[] }>();
  readonly #functions: WasmFunction[] = [];
  readonly #exports = new Map<string, string>();
  readonly #constants = new Map<string, { type: string; literal: string }>();

  constructor(module: List) {
    const fields = module.slice(1).filter(isList);
    const names = { type: 0, global: 0 };
    for (const field of fields) {
      if (headOf(field) === "type") {
        const definition = field.find((node) => headOf(node) === "func");
        const { parameters, results } = readTypeUse(isList(definition) ? definition.slice(1) : []);
        for (const key of [nameAt(field, 1), String(names.type)])
          if (key !== undefined) this.#types.set(key, { parameters, results });
        names.type++;
      } else if (headOf(field) === "global") {
        const [type, initial] = field.slice(nameAt(field, 1) === undefined ? 1 : 2);
        if (typeof type === "string" && isList(initial) && headOf(initial).endsWith(".const"))
          for (const key of [nameAt(field, 1), String(names.global)])
            if (key !== undefined) this.#constants.set(key, { type, literal: String(initial[1]) });
        names.global++;
      }
    }
    for (const field of fields) {
      if (headOf(field) === "func") this.#addFunction(field);
      if (headOf(field) === "export") {
        const [, name, target] = field;
        if (isQuoted(name) && isList(target) && headOf(target) === "func")
          this.#exports.set(name.quoted, String(target[1]));
      }
    }
  }

  #addFunction(field: List): void {
    const name = nameAt(field, 1);
    let at = name === undefined ? 1 : 2;
    for (; headOf(field[at]) === "export"; at++) {
      const node = field[at];
      const exported = isList(node) ? node[1] : undefined;
      if (isQuoted(exported)) this.#exports.set(exported.quoted, String(this.#functions.length));
    }
    const start = at;
    while (["type", "param", "result"].includes(headOf(field[at]))) at++;
    const use = field.slice(start, at);
    const declared = this.#typeOf(use);
    const locals: Variable[] = [];
    for (; headOf(field[at]) === "local"; at++) locals.push(...readVariables(field[at]));
    this.#functions.push({ name, ...declared, locals, body: field.slice(at) });
  }

  #typeOf(use: List): { parameters: readonly Variable[]; results: readonly string[] } {
    const written = readTypeUse(use);
    const reference = use.find((node) => headOf(node) === "type");
    if (!isList(reference) || written.parameters.length + written.results.length > 0) return written;
    const named = this.#types.get(String(reference[1]));
    if (named === undefined) throw new UnsupportedByIr(`unknown type ${String(reference[1])}`);
    return named;
  }

  /** The types that a block's header gives. */
  blockType(immediates: readonly Node[]): { parameters: Type[]; results: Type[] } {
    const { parameters, results } = this.#typeOf(immediates.filter(isList));
    return { parameters: parameters.map(({ type }) => irType(type)), results: results.map(irType) };
  }

  constantGlobal(key: string): { type: string; literal: string } | undefined {
    return this.#constants.get(key);
  }

  function(key: string): WasmFunction {
    const found = key.startsWith("$")
      ? this.#functions.find((candidate) => candidate.name === key)
      : this.#functions[Number(key)];
    if (found === undefined) throw new UnsupportedByIr(`function ${key} is not one of the module`);
    return found;
  }

  /** Builds an exported function. Throws `UnsupportedByIr`. */
  build(exportName: string, options: BuildOptions = {}): ExportedFunction {
    const key = this.#exports.get(exportName);
    if (key === undefined) throw new UnsupportedByIr(`no function is exported as ${exportName}`);
    const fn = this.function(key);
    const parameters = fn.parameters.map(({ type }) => irType(type));
    const results = fn.results.map(irType);
    if (results.length > 1) throw new UnsupportedByIr("several results");
    const [result] = results;
    const outside = (type: Type): Type =>
      options.floatsAsBits !== true ? type : type === "f32" ? "i32" : type === "f64" ? "i64" : type;
    const builder = new FunctionBuilder(
      exportName.replace(/[^\w.-]/g, "_") || "unnamed",
      parameters.map(outside),
      result === undefined ? undefined : outside(result),
    );
    const args = parameters.map((type, index) => {
      const parameter = builder.parameter(index);
      return parameter.type === type ? parameter : builder.convert("bitcast", type, parameter);
    });
    const values = new BodyBuilder(this, builder).call(fn, args);
    if (values !== undefined) {
      const [value] = values;
      if (value === undefined || result === undefined) builder.return();
      else builder.return(outside(result) === result ? value : builder.convert("bitcast", outside(result), value));
    }
    return { parameters, result, ir: builder.function };
  }
}

const isQuoted = (node: Node | undefined): node is { readonly quoted: string } =>
  typeof node === "object" && !isList(node);

function nameAt(list: List, index: number): string | undefined {
  const node = list[index];
  return typeof node === "string" && node.startsWith("$") ? node : undefined;
}

function irType(word: string): Type {
  if (!isType(word) || word === "bool") throw new UnsupportedByIr(`type ${word}`);
  return word;
}

/** The variables of a `param` or `local` list. */
function readVariables(node: Node | undefined): Variable[] {
  if (!isList(node)) return [];
  const name = nameAt(node, 1);
  if (name !== undefined) return [{ name, type: textOf(node[2]) }];
  return node.slice(1).map((type) => ({ name: undefined, type: textOf(type) }));
}

const textOf = (node: Node | undefined): string => (typeof node === "string" ? node : `(${headOf(node)} …)`);

function readTypeUse(nodes: List): { parameters: Variable[]; results: string[] } {
  const parameters: Variable[] = [];
  const results: string[] = [];
  for (const node of nodes) {
    if (headOf(node) === "param") parameters.push(...readVariables(node));
    if (isList(node) && headOf(node) === "result") results.push(...node.slice(1).map(textOf));
  }
  return { parameters, results };
}

// ---------------------------------------------------------------- Instructions

interface NumericInstruction {
  readonly opcode: Opcode;
  readonly operands: number;
  readonly result: Type;
  readonly isExplicit: boolean;
}

/** WebAssembly's numeric instructions by name, from the `wasm` column of the opcode rows. */
const numeric: ReadonlyMap<string, NumericInstruction> = new Map(opcodeNames.flatMap(numericNames));

function numericNames(opcode: Opcode): [string, NumericInstruction][] {
  const { wasm, types: operandTypes = [], from } = opcodeRow(opcode);
  if (wasm === undefined || opcode === "select") return [];
  const shape = shapeOf(opcode);
  const operands = shape.operands.length;
  const sources = from ?? shape.operands[0]?.accepts ?? [];
  const isConversion = from !== undefined || (shape.resultType !== undefined && shape.resultOperand < 0);
  if (!isConversion || (operands === 1 && sources.length === 1 && sources[0] === shape.resultType)) {
    const own = operandTypes.length > 0 ? operandTypes : sources;
    return own.map((type) => [
      `${type}.${wasm}`,
      { opcode, operands, result: shape.resultType ?? type, isExplicit: false },
    ]);
  }
  if (shape.resultType === "bool")
    return sources.map((type) => [`${type}.${wasm}`, { opcode, operands, result: "bool", isExplicit: false }]);
  const [, base = "", suffix = ""] = /^(.*?)(_[su])?$/.exec(wasm) ?? [];
  return (shape.result?.accepts ?? []).flatMap((result) =>
    sources.map((source): [string, NumericInstruction] => [
      `${result}.${base}_${source}${suffix}`,
      { opcode, operands, result, isExplicit: shape.explicit },
    ]),
  );
}

/** A label that `br` can leave to: the block behind it takes `types` and every local. */
interface Label {
  readonly name: string | undefined;
  readonly target: Block;
  readonly types: readonly Type[];
  isUsed: boolean;
}

/** The function whose body is being expanded. */
interface Activation {
  readonly locals: Value[];
  readonly names: ReadonlyMap<string, number>;
  readonly labels: Label[];
}

const deepestCall = 20;

class BodyBuilder {
  readonly #module: WasmModule;
  readonly #builder: FunctionBuilder;
  readonly #calls: WasmFunction[] = [];

  constructor(module: WasmModule, builder: FunctionBuilder) {
    this.#module = module;
    this.#builder = builder;
  }

  /** Expands a function where the builder stands. Its results, or undefined if it never returns. */
  call(fn: WasmFunction, args: readonly Value[]): Value[] | undefined {
    if (this.#calls.includes(fn) || this.#calls.length >= deepestCall) throw new UnsupportedByIr("recursive calls");
    this.#calls.push(fn);
    const names = new Map<string, number>();
    [...fn.parameters, ...fn.locals].forEach(({ name }, index) => {
      if (name !== undefined) names.set(name, index);
    });
    const zeros = fn.locals.map(({ type }) => this.#zero(irType(type)));
    const activation: Activation = { locals: [...args, ...zeros], names, labels: [] };
    const results = fn.results.map(irType);
    const values = this.#labelled(activation, undefined, results, () =>
      this.#sequence(readInstructions(fn.body), activation, []),
    );
    this.#calls.pop();
    return values;
  }

  #zero(type: Type): Value {
    return this.#builder.constant(type, type === "i64" ? 0n : 0);
  }

  /** Builds a body whose label is behind it. The results there, or undefined if nothing gets there. */
  #labelled(
    activation: Activation,
    name: string | undefined,
    results: readonly Type[],
    body: () => Value[] | undefined,
  ): Value[] | undefined {
    const target = this.#builder.createBlock(...results, ...activation.locals.map((local) => local.type));
    const label: Label = { name, target, types: results, isUsed: false };
    activation.labels.push(label);
    const values = body();
    if (values !== undefined) this.#leave(activation, label, values);
    activation.labels.pop();
    return this.#arrive(activation, label);
  }

  #leave(activation: Activation, label: Label, values: readonly Value[]): void {
    label.isUsed = true;
    const passed = values.slice(values.length - label.types.length);
    this.#builder.jump(label.target, ...passed, ...activation.locals);
  }

  #arrive(activation: Activation, label: Label): Value[] | undefined {
    if (!label.isUsed) {
      this.#builder.function.blocks = this.#builder.function.blocks.filter((block) => block !== label.target);
      return undefined;
    }
    this.#builder.switchTo(label.target);
    const { parameters } = label.target;
    activation.locals.splice(0, Number.POSITIVE_INFINITY, ...parameters.slice(label.types.length));
    return parameters.slice(0, label.types.length);
  }

  /** Builds instructions. The operand stack behind them, or undefined if control does not get there. */
  #sequence(
    instructions: readonly WasmInstruction[],
    activation: Activation,
    initial: readonly Value[],
  ): Value[] | undefined {
    const stack = [...initial];
    for (const instruction of instructions) {
      const isReached = this.#instruction(instruction, activation, stack);
      if (!isReached) return undefined; // what follows is valid but never executed
    }
    return stack;
  }

  #instruction(instruction: WasmInstruction, activation: Activation, stack: Value[]): boolean {
    const { op, immediates } = instruction;
    const builder = this.#builder;
    const pop = (): Value => {
      const value = stack.pop();
      if (value === undefined) throw new SyntaxError(`${op}: the operand stack is empty`);
      return value;
    };
    const pushAll = (values: readonly Value[] | undefined): boolean => {
      for (const value of values ?? []) stack.push(value);
      return values !== undefined;
    };
    const operation = numeric.get(op);
    if (operation !== undefined) {
      const operands = stack.splice(stack.length - operation.operands);
      const [operand] = operands;
      const value =
        operation.isExplicit && operand !== undefined
          ? builder.convert(operation.opcode, operation.result, operand)
          : builder.emit(operation.opcode, ...operands);
      stack.push(value.type === "bool" ? builder.convert("zext", "i32", value) : value);
      return true;
    }
    switch (op) {
      case "nop":
        return true;
      case "drop":
        pop();
        return true;
      case "unreachable":
        builder.trap("unreachable");
        return false;
      case "i32.const":
      case "i64.const":
      case "f32.const":
      case "f64.const":
        stack.push(this.#constant(op.slice(0, 3), textOf(immediates[0])));
        return true;
      case "i32.eqz":
      case "i64.eqz": {
        const value = pop();
        stack.push(builder.convert("zext", "i32", builder.emit("ieq", value, this.#zero(value.type))));
        return true;
      }
      case "local.get":
        stack.push(localOf(activation, immediates[0]).value);
        return true;
      case "local.set":
      case "local.tee": {
        const { index } = localOf(activation, immediates[0]);
        const value = pop();
        activation.locals[index] = value;
        if (op === "local.tee") stack.push(value);
        return true;
      }
      case "global.get": {
        const constant = this.#module.constantGlobal(textOf(immediates[0]));
        if (constant === undefined) throw new UnsupportedByIr("mutable globals");
        stack.push(this.#constant(constant.type, constant.literal));
        return true;
      }
      case "select": {
        const condition = this.#condition(pop());
        const whenFalse = pop();
        stack.push(builder.emit("select", condition, pop(), whenFalse));
        return true;
      }
      case "call": {
        const callee = this.#module.function(textOf(immediates[0]));
        const args = stack.splice(stack.length - callee.parameters.length);
        return pushAll(this.call(callee, args));
      }
      case "block": {
        const { parameters, results } = this.#module.blockType(immediates);
        const inputs = stack.splice(stack.length - parameters.length);
        return pushAll(
          this.#labelled(activation, nameAt(immediates, 0), results, () =>
            this.#sequence(instruction.body, activation, inputs),
          ),
        );
      }
      case "loop":
        return pushAll(this.#loop(instruction, activation, stack));
      case "if": {
        const { parameters, results } = this.#module.blockType(immediates);
        const condition = this.#condition(pop());
        const inputs = stack.splice(stack.length - parameters.length);
        return pushAll(
          this.#labelled(activation, nameAt(immediates, 0), results, () =>
            this.#arms(instruction, activation, condition, inputs),
          ),
        );
      }
      case "return":
        this.#leave(activation, labelOf(activation, String(activation.labels.length - 1)), stack);
        return false;
      case "br":
        this.#leave(activation, labelOf(activation, textOf(immediates[0])), stack);
        return false;
      case "br_if": {
        this.#leaveIf(this.#condition(pop()), labelOf(activation, textOf(immediates[0])), activation, stack);
        return true;
      }
      case "br_table": {
        const index = pop();
        const labels = immediates.map((node) => labelOf(activation, textOf(node)));
        const last = labels.pop();
        if (last === undefined) throw new SyntaxError("br_table without labels");
        labels.forEach((label, position) => {
          this.#leaveIf(builder.emit("ieq", index, builder.constant("i32", position)), label, activation, stack);
        });
        this.#leave(activation, last, stack);
        return false;
      }
      default:
        throw new UnsupportedByIr(op);
    }
  }

  #leaveIf(condition: Value, label: Label, activation: Activation, stack: readonly Value[]): void {
    label.isUsed = true;
    const next = this.#builder.createBlock();
    const passed = stack.slice(stack.length - label.types.length);
    this.#builder.branch(condition, label.target, next, [...passed, ...activation.locals], []);
    this.#builder.switchTo(next);
  }

  #loop(instruction: WasmInstruction, activation: Activation, stack: Value[]): Value[] | undefined {
    const { parameters, results } = this.#module.blockType(instruction.immediates);
    const inputs = stack.splice(stack.length - parameters.length);
    const header = this.#builder.createBlock(...parameters, ...activation.locals.map((local) => local.type));
    this.#builder.jump(header, ...inputs, ...activation.locals);
    this.#builder.switchTo(header);
    activation.locals.splice(0, Number.POSITIVE_INFINITY, ...header.parameters.slice(parameters.length));
    const name = nameAt(instruction.immediates, 0);
    activation.labels.push({ name, target: header, types: parameters, isUsed: true });
    const values = this.#sequence(instruction.body, activation, header.parameters.slice(0, parameters.length));
    activation.labels.pop();
    return values?.slice(values.length - results.length);
  }

  /** Both arms of an `if`; each leaves to the label that stands innermost. */
  #arms(
    instruction: WasmInstruction,
    activation: Activation,
    condition: Value,
    inputs: readonly Value[],
  ): Value[] | undefined {
    const label = labelOf(activation, "0");
    const locals = [...activation.locals];
    const [whenTrue, whenFalse] = [this.#builder.createBlock(), this.#builder.createBlock()];
    this.#builder.branch(condition, whenTrue, whenFalse);
    this.#builder.switchTo(whenTrue);
    const values = this.#sequence(instruction.body, activation, inputs);
    if (values !== undefined) this.#leave(activation, label, values);
    this.#builder.switchTo(whenFalse);
    activation.locals.splice(0, Number.POSITIVE_INFINITY, ...locals);
    return this.#sequence(instruction.otherwise, activation, inputs);
  }

  #condition(value: Value): Value {
    return this.#builder.emit("ine", value, this.#zero("i32"));
  }

  #constant(type: string, literal: string): Value {
    const builder = this.#builder;
    if (type === "i32") return builder.constant("i32", Number(BigInt.asIntN(32, integerBits(literal, 32))));
    if (type === "i64") return builder.constant("i64", BigInt.asIntN(64, integerBits(literal, 64)));
    if (type !== "f32" && type !== "f64") throw new UnsupportedByIr(`${type}.const`);
    const bits = floatBits(literal, type);
    const isNaN32 = type === "f32" && (bits & 0x7fff_ffffn) > 0x7f80_0000n;
    const isNaN64 = type === "f64" && (bits & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;
    // The IR's constants know one NaN; the others come as bits.
    if (isNaN32) return builder.convert("bitcast", "f32", builder.constant("i32", Number(BigInt.asIntN(32, bits))));
    if (isNaN64) return builder.convert("bitcast", "f64", builder.constant("i64", BigInt.asIntN(64, bits)));
    return builder.constant(type, numberOf(bits, type));
  }
}

function numberOf(bits: bigint, type: "f32" | "f64"): number {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function localOf(activation: Activation, node: Node | undefined): { index: number; value: Value } {
  const key = textOf(node);
  const index = activation.names.get(key) ?? Number(key);
  const value = activation.locals[index];
  if (value === undefined) throw new SyntaxError(`there is no local ${key}`);
  return { index, value };
}

/** A label by name or by depth, the innermost being 0. */
function labelOf(activation: Activation, key: string): Label {
  const { labels } = activation;
  const label = key.startsWith("$")
    ? labels.findLast((candidate) => candidate.name === key)
    : labels[labels.length - 1 - Number(key)];
  if (label === undefined) throw new SyntaxError(`there is no label ${key}`);
  return label;
}
