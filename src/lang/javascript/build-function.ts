/**
 * A checked function's statements to IR, on a builder with variables (ir/ssa-builder.ts).
 *
 * Each variable of the source is a variable of the builder, and one more for whether it holds a boolean where it may. Blocks
 * stand in the layout in the order of the source; what hardly ever runs stands behind everything.
 *
 * Every loop can be stopped: `fuel` (codegen/call-context.ts) is one more variable of functions with loops, counted down on
 * each way back; when it runs out, a block behind everything looks at the stop word and takes more, or traps. Recursive
 * functions count their entries in the same way, in memory.
 */
import { InternalError } from "../../base/errors.ts";
import type { Span } from "../../base/source.ts";
import { callContext, fuelChunk } from "../../codegen/call-context.ts";
import type { Block, IrFunction, Value } from "../../ir/function.ts";
import type { SsaBuilder, Variable } from "../../ir/ssa-builder.ts";
import type { MathLibrary } from "../../math/library.ts";
import { ExpressionBuilder } from "./build-expression.ts";
import { convertPayload } from "./convert-payload.ts";
import type { BuiltArray, BuiltValue, Environment } from "./environment.ts";
import type { Label, Statement, Statements } from "./function-tree.ts";
import type { Instance } from "./program.ts";
import {
  type ArrayParameter,
  isMixed,
  LocalVariable,
  type Node,
  numberTypeOf,
  payloadType,
  type Tree,
  type ValueType,
} from "./tree.ts";

/** What a function's parameter is built to. */
export type BuiltParameter = BuiltValue | BuiltArray;

/** How a function's body meets what stands around it. */
export interface Surroundings {
  /** The mathematical functions that calls go to. */
  readonly math: MathLibrary;
  /** The IR function of an instance. */
  functionOf(instance: Instance): IrFunction;
  /** Whether a call of the instance counts iterations. */
  usesFuel(instance: Instance): boolean;
  /** Builds what a call does where the call stands, instead of a call. Loops then do not count iterations. */
  readonly inline?: (instance: Instance, args: readonly BuiltParameter[]) => BuiltValue | undefined;
  /** False where loops are not to count their iterations, since who runs the code does it in its own way. */
  readonly countsIterations: boolean;
  /** Ends the current block: the function returns, with this value. */
  return(value: BuiltValue | undefined): void;
}

interface Targets {
  readonly onBreak: Block;
  readonly onContinue: Block | undefined;
}

export class FunctionBodyBuilder implements Environment {
  readonly #builder: SsaBuilder;
  readonly #instance: Instance;
  readonly #surroundings: Surroundings;
  readonly #payloads = new Map<LocalVariable, Variable>();
  readonly #flags = new Map<LocalVariable, Variable>();
  readonly #arrays = new Map<ArrayParameter, BuiltArray>();
  readonly #targets = new Map<Label, Targets>();
  readonly #fuel: Variable | undefined;
  /** Whether a function that has called this one goes on with the fuel that is left. */
  #leavesFuel = true;
  /** Blocks that hardly ever run, to be placed behind all others. */
  readonly #unlikely: Block[] = [];

  constructor(builder: SsaBuilder, instance: Instance, surroundings: Surroundings) {
    this.#builder = builder;
    this.#instance = instance;
    this.#surroundings = surroundings;
    this.#fuel = instance.hasLoops && surroundings.countsIterations ? builder.createVariable("i32") : undefined;
    for (const variable of instance.variables) {
      const type = variable.type ?? "f64";
      this.#payloads.set(variable, builder.createVariable(payloadType(type)));
      if (isMixed(type)) this.#flags.set(variable, builder.createVariable("bool"));
    }
  }

  /** Builds the body behind the current block. `isRecursive`: entries are counted. */
  build(parameters: readonly BuiltParameter[], isRecursive: boolean): void {
    const { fn, parameters: declared, parameterTypes, body } = this.#instance;
    declared.forEach((parameter, index) => {
      const value = parameters[index];
      if (value === undefined) throw new InternalError(`${fn.name} lacks parameter ${index}`);
      if (parameter instanceof LocalVariable) {
        if ("payload" in value) this.#writeAs(parameter, parameterTypes[index] as ValueType, value); // no array, so a value
      } else if ("address" in value) this.#arrays.set(parameter, value);
    });
    this.#builder.span = spanOfHead(this.#instance);
    this.#leavesFuel = isRecursive || !this.#instance.isRoot;
    if (isRecursive) this.#countEntry();
    else if (this.#fuel !== undefined) this.#builder.write(this.#fuel, this.#loadFuel());
    this.#statements(body);
    if (this.#isReachable()) this.#return(undefined);
    for (const block of this.#unlikely) this.#builder.function.blocks.push(block);
  }

  // ---- names

  get math(): MathLibrary {
    return this.#surroundings.math;
  }

  parameter(): never {
    throw new InternalError("a function's parameters are variables");
  }

  aggregate(): never {
    throw new InternalError("a function has no aggregates");
  }

  read(variable: LocalVariable): BuiltValue {
    const flag = this.#flags.get(variable);
    return {
      payload: this.#builder.read(this.#payloadOf(variable)),
      isBoolean: flag === undefined ? undefined : this.#builder.read(flag),
    };
  }

  write(variable: LocalVariable, value: BuiltValue): void {
    const builder = this.#builder;
    const type = variable.type ?? "f64";
    const flag = this.#flags.get(variable);
    if (flag !== undefined)
      builder.write(flag, value.isBoolean ?? builder.constant("bool", value.payload.type === "bool"));
    builder.write(this.#payloadOf(variable), convertPayload(builder, value.payload, payloadType(type)));
  }

  array(array: ArrayParameter): BuiltArray {
    const built = this.#arrays.get(array);
    if (built === undefined) throw new InternalError(`array ${array.name} was not passed`);
    return built;
  }

  checkBounds(inBounds: Value): void {
    const builder = this.#builder;
    const next = builder.createLaterBlock();
    builder.branch(inBounds, next, this.#trapBlock("out-of-bounds"));
    builder.continueIn(next);
  }

  invoke({ target, arrays }: Node, args: readonly BuiltValue[]): BuiltValue | undefined {
    if (target === undefined) throw new InternalError("a call of nothing");
    const builder = this.#builder;
    const { inline } = this.#surroundings;
    if (inline !== undefined) return inline(target, this.#inlined(target, arrays, args));
    const operands: Value[] = [];
    let nextArray = 0;
    let nextScalar = 0;
    target.parameters.forEach((parameter, index) => {
      if (!(parameter instanceof LocalVariable)) {
        const array = arrays[nextArray++];
        if (array === undefined) throw new InternalError(`${target.name} lacks array ${parameter.name}`);
        const { address, length } = this.array(array);
        operands.push(address, length);
        return;
      }
      const argument = args[nextScalar++];
      if (argument === undefined) throw new InternalError(`${target.name} lacks argument ${parameter.name}`);
      const type = target.parameterTypes[index] as ValueType; // no array
      operands.push(...this.#passed(argument, type));
    });
    const countsToo = this.#fuel !== undefined && this.#surroundings.usesFuel(target) ? this.#fuel : undefined;
    if (countsToo !== undefined) this.#storeFuel(builder.read(countsToo));
    const result = builder.call(this.#surroundings.functionOf(target), ...operands);
    if (countsToo !== undefined) builder.write(countsToo, this.#loadFuel());
    if (target.result === "void" || target.result === undefined) return undefined;
    if (target.result === "bool") return { payload: isTrue(builder, result), isBoolean: undefined };
    if (!isMixed(target.result)) return { payload: result, isBoolean: undefined };
    const flag = builder.load("i32", builder.emit("context"), callContext.isBoolean);
    return { payload: result, isBoolean: isTrue(builder, flag) };
  }

  /** The arguments of a call whose body is built in its place. */
  #inlined(target: Instance, arrays: readonly ArrayParameter[], args: readonly BuiltValue[]): BuiltParameter[] {
    let nextArray = 0;
    let nextScalar = 0;
    return target.parameters.map((parameter, index): BuiltParameter => {
      const array = parameter instanceof LocalVariable ? undefined : arrays[nextArray++];
      if (array !== undefined) return this.array(array);
      const argument = args[nextScalar++];
      if (argument === undefined) throw new InternalError(`${target.name} lacks argument ${parameter.name}`);
      const type = target.parameterTypes[index] as ValueType; // no array
      const { payload, isBoolean } = argument;
      const flag = isMixed(type) ? (isBoolean ?? this.#builder.constant("bool", payload.type === "bool")) : undefined;
      return { payload: convertPayload(this.#builder, payload, payloadType(type)), isBoolean: flag };
    });
  }

  /** An argument as the parameters of the IR function take it. */
  #passed({ payload, isBoolean }: BuiltValue, type: ValueType): Value[] {
    const builder = this.#builder;
    if (type === "bool") return [convertPayload(builder, payload, "i32")];
    const number = convertPayload(builder, payload, payloadType(type));
    if (!isMixed(type)) return [number];
    const flag = isBoolean ?? builder.constant("bool", payload.type === "bool");
    return [number, convertPayload(builder, flag, "i32")];
  }

  #payloadOf(variable: LocalVariable): Variable {
    const payload = this.#payloads.get(variable);
    if (payload === undefined) throw new InternalError(`${variable.name} is no variable of ${this.#instance.name}`);
    return payload;
  }

  /** A parameter arrives with the type of the instance; the variable's own may be wider. */
  #writeAs(variable: LocalVariable, type: ValueType, { payload, isBoolean }: BuiltValue): void {
    const flag = isBoolean ?? (type === "bool" ? this.#builder.constant("bool", true) : undefined);
    this.write(variable, { payload, isBoolean: flag });
  }

  // ---- statements

  #isReachable(): boolean {
    return this.#builder.block.terminator === undefined;
  }

  #statements(list: Statements): void {
    for (const statement of list) {
      if (!this.#isReachable()) return;
      this.#statement(statement);
    }
  }

  #statement(statement: Statement): void {
    const builder = this.#builder;
    switch (statement.kind) {
      case "evaluate":
        this.#value(statement.tree);
        return;
      case "declare": {
        const type = payloadType(statement.variable.type ?? "f64");
        const empty = type === "bool" ? false : type === "i64" ? 0n : type === "i32" ? 0 : Number.NaN;
        this.write(statement.variable, { payload: builder.constant(type, empty), isBoolean: undefined });
        return;
      }
      case "if":
        this.#if(statement);
        return;
      case "loop":
        this.#loop(statement);
        return;
      case "labelled": {
        const after = builder.createLaterBlock();
        this.#targets.set(statement.label, { onBreak: after, onContinue: undefined });
        this.#statements(statement.body);
        this.#meetIn(after);
        return;
      }
      case "switch":
        this.#switch(statement);
        return;
      case "break":
      case "continue": {
        const targets = this.#targets.get(statement.label);
        const target = statement.kind === "break" ? targets?.onBreak : targets?.onContinue;
        if (target === undefined) throw new InternalError(`${statement.kind} leads nowhere`);
        builder.jump(target);
        return;
      }
      case "return": {
        const value = statement.value === undefined ? undefined : this.#value(statement.value);
        builder.span = statement.span;
        this.#return(value);
      }
    }
  }

  /** A chain of `else if` is walked, not descended into. */
  #if(first: Extract<Statement, { kind: "if" }>): void {
    const builder = this.#builder;
    const after = builder.createLaterBlock();
    let node = first;
    for (;;) {
      const { test, whenTrue, whenFalse } = node;
      const then = whenTrue.length === 0 ? after : builder.createLaterBlock();
      const otherwise = whenFalse.length === 0 ? after : builder.createLaterBlock();
      this.#branch(test, then, otherwise);
      if (then !== after) {
        builder.continueIn(then);
        this.#statements(whenTrue);
        if (this.#isReachable()) builder.jump(after);
      }
      if (otherwise === after) break;
      builder.continueIn(otherwise);
      const [only, ...more] = whenFalse;
      if (only?.kind === "if" && more.length === 0) {
        node = only;
        continue;
      }
      this.#statements(whenFalse);
      if (this.#isReachable()) builder.jump(after);
      break;
    }
    if (builder.isReached(after)) builder.continueIn(after);
  }

  #loop({ label, test, isTestFirst, body, update, span }: Extract<Statement, { kind: "loop" }>): void {
    const builder = this.#builder;
    const header = builder.createLaterBlock();
    const next = builder.createLaterBlock();
    const after = builder.createLaterBlock();
    this.#targets.set(label, { onBreak: after, onContinue: next });
    builder.jump(header);
    builder.openBlock(header);
    builder.continueIn(header);
    if (isTestFirst && test !== undefined) {
      const inside = builder.createLaterBlock();
      this.#branch(test, inside, after);
      builder.continueIn(inside);
    }
    this.#statements(body);
    this.#meetIn(next);
    if (this.#isReachable()) {
      if (!isTestFirst && test !== undefined) {
        const again = builder.createLaterBlock();
        this.#branch(test, again, after);
        builder.continueIn(again);
      }
      if (update !== undefined) this.#value(update);
      builder.span = span;
      this.#goBack(header);
    }
    builder.seal(header);
    if (builder.isReached(after)) builder.continueIn(after);
  }

  #switch({ label, cases }: Extract<Statement, { kind: "switch" }>): void {
    const builder = this.#builder;
    const after = builder.createLaterBlock();
    this.#targets.set(label, { onBreak: after, onContinue: undefined });
    const bodies = cases.map(() => builder.createLaterBlock());
    let otherwise = after;
    cases.forEach(({ test }, index) => {
      const body = bodies[index] ?? after;
      if (test === undefined) {
        otherwise = body;
        return;
      }
      const next = builder.createLaterBlock();
      this.#branch(test, body, next);
      builder.continueIn(next);
    });
    builder.jump(otherwise);
    cases.forEach(({ body }, index) => {
      const block = bodies[index] ?? after;
      if (this.#isReachable()) builder.jump(block); // the case before falls through
      if (!builder.isReached(block)) return;
      builder.continueIn(block);
      this.#statements(body);
    });
    this.#meetIn(after);
  }

  /** Goes on in a block that others lead to as well, if any does. */
  #meetIn(block: Block): void {
    if (this.#isReachable()) this.#builder.jump(block);
    if (this.#builder.isReached(block)) this.#builder.continueIn(block);
  }

  #value(tree: Tree): BuiltValue {
    return new ExpressionBuilder(this.#builder, this).build(tree);
  }

  #branch(test: Tree, whenTrue: Block, whenFalse: Block): void {
    new ExpressionBuilder(this.#builder, this).branch(test, whenTrue, whenFalse);
  }

  #return(value: BuiltValue | undefined): void {
    if (this.#fuel !== undefined && this.#leavesFuel) this.#storeFuel(this.#builder.read(this.#fuel));
    const { result } = this.#instance;
    if (value === undefined || result === "void" || result === undefined) {
      this.#surroundings.return(undefined);
      return;
    }
    const builder = this.#builder;
    const payload = result === "bool" ? value.payload : convertPayload(builder, value.payload, payloadType(result));
    const isBoolean = isMixed(result)
      ? (value.isBoolean ?? builder.constant("bool", value.payload.type === "bool"))
      : undefined;
    this.#surroundings.return({ payload, isBoolean });
  }

  // ---- fuel

  #loadFuel(): Value {
    return this.#builder.load("i32", this.#builder.emit("context"), callContext.fuel);
  }

  #storeFuel(fuel: Value): void {
    this.#builder.store(fuel, this.#builder.emit("context"), callContext.fuel);
  }

  /** The way back to a loop's header. */
  #goBack(header: Block): void {
    const fuel = this.#fuel;
    const builder = this.#builder;
    if (fuel === undefined) {
      builder.jump(header);
      return;
    }
    const left = builder.emit("isub", builder.read(fuel), builder.constant("i32", 1));
    builder.write(fuel, left);
    const empty = builder.createLaterBlock();
    builder.branch(builder.emit("slt", left, builder.constant("i32", 0)), empty, header);
    this.#refill(empty, (grant) => {
      builder.write(fuel, grant);
      builder.jump(header);
    });
  }

  /** Counts an entry of a recursive function. */
  #countEntry(): void {
    const builder = this.#builder;
    const fuel = this.#fuel;
    const left = builder.emit("isub", this.#loadFuel(), builder.constant("i32", 1));
    if (fuel === undefined) this.#storeFuel(left);
    else builder.write(fuel, left);
    const empty = builder.createLaterBlock();
    const start = builder.createLaterBlock();
    builder.branch(builder.emit("slt", left, builder.constant("i32", 0)), empty, start);
    this.#refill(empty, (grant) => {
      if (fuel === undefined) this.#storeFuel(grant);
      else builder.write(fuel, grant);
      builder.jump(start);
    });
    builder.continueIn(start);
  }

  /** In `empty`: stops, or takes fuel for what has just been counted and more, and goes on. */
  #refill(empty: Block, goOn: (grant: Value) => void): void {
    const builder = this.#builder;
    builder.switchTo(empty);
    const context = builder.emit("context");
    const isStopped = builder.emit(
      "ine",
      builder.load("i32", context, callContext.stopWord),
      builder.constant("i32", 0),
    );
    const running = builder.createLaterBlock();
    const refilled = builder.createLaterBlock();
    this.#unlikely.push(empty, running, refilled);
    builder.branch(isStopped, this.#trapBlock("stopped"), running);
    builder.switchTo(running);
    const left = builder.load("i64", context, callContext.iterationsLeft);
    const isSpent = builder.emit("slt", left, builder.constant("i64", 1n));
    builder.branch(isSpent, this.#trapBlock("iteration-limit"), refilled);
    builder.switchTo(refilled);
    const chunk = builder.constant("i64", BigInt(fuelChunk));
    const grant = builder.emit("select", builder.emit("slt", left, chunk), left, chunk);
    builder.store(builder.emit("isub", left, grant), context, callContext.iterationsLeft);
    goOn(builder.emit("isub", builder.emit("wrap", grant), builder.constant("i32", 1)));
  }

  /** A block that traps, with the builder's span. */
  #trapBlock(code: "out-of-bounds" | "stopped" | "iteration-limit"): Block {
    const builder = this.#builder;
    const { block } = builder;
    const trap = builder.createLaterBlock();
    this.#unlikely.push(trap);
    builder.switchTo(trap);
    builder.trap(code);
    builder.switchTo(block);
    return trap;
  }
}

/** The number of an i32 as a truth value. */
function isTrue(builder: SsaBuilder, value: Value): Value {
  return builder.emit("ine", value, builder.constant("i32", 0));
}

/** The function's text before its body, for traps on entry. */
function spanOfHead({ fn, isRoot }: Instance): Span {
  const { start, body } = fn.node;
  return isRoot ? { start, end: body.start } : { start, end: body.start, source: fn.source };
}

/** What a value of the type is as a parameter or result of an IR function: booleans are 0 and 1 in an i32. */
export function scalarIrType(type: ValueType): "i32" | "i64" | "f32" | "f64" {
  return numberTypeOf(type) ?? "i32";
}
