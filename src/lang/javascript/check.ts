/**
 * Acorn's tree to the checked tree: resolves names, gives every node its type, and collects every fault.
 *
 * The tree is walked with a list of pending steps instead of recursion, in the order of evaluation, so that a sum of
 * 100,000 terms takes 100,000 steps and no stack. A construct that is not accepted becomes a diagnostic and a NaN, and
 * checking goes on. The rules of types are the table in docs/language.md.
 */
import type {
  Node as AcornNode,
  BinaryExpression,
  CallExpression,
  Expression,
  Identifier,
  Literal,
  LogicalExpression,
  MemberExpression,
  UnaryExpression,
} from "acorn";
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import { InternalError } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import { nearestWord } from "../../base/spelling.ts";
import { laterFunctions, mathConstants, mathFunctions, numberConstants } from "./functions.ts";
import { refusedConstructs } from "./messages.ts";
import { arithmeticOperators, bitOperators, comparisonOperators } from "./operators.ts";
import {
  type CheckedExpression,
  isMixed,
  mostParameters,
  Node,
  type NodeKind,
  type NumberType,
  numberTypeOf,
  type Parameter,
  type ValueType,
} from "./tree.ts";

export interface CheckOptions {
  /** The parameters in order; without it, the variables by first appearance. */
  readonly parameters?: readonly string[] | undefined;
  /** The types of parameters that are not f64. */
  readonly types?: ReadonlyMap<string, NumberType> | undefined;
}

/** Checks an expression. Throws `CompileError` with every fault, in source order. */
export function checkExpression(source: Source, expression: Expression, options: CheckOptions): CheckedExpression {
  const checker = new Checker(source, options);
  const result = checker.check(expression);
  if (checker.parameters.length > mostParameters) {
    const message = `the expression has ${checker.parameters.length} parameters; at most ${mostParameters} are accepted`;
    checker.diagnostics.push({ code: "too-many-parameters", message, span: result.span });
  }
  if (checker.diagnostics.length > 0) {
    throw new CompileError(
      source,
      checker.diagnostics.toSorted((a, b) => a.span.start - b.span.start),
    );
  }
  return { source, parameters: checker.parameters, nodes: checker.nodes, result };
}

/** What is to be done next: visit a node of acorn's tree, or finish it when its operands are on the list of results. */
interface Step {
  readonly node: Expression;
  readonly stage: "visit" | "then" | "else" | "finish";
  /** The node of `&&`, `||`, `?:` that the arms belong to. */
  readonly choice: Node | undefined;
}

/** Names that JavaScript gives a meaning which is not a number's. */
const refusedNames: ReadonlyMap<string, string> = new Map([
  ["undefined", "write NaN for a missing number"],
  ["arguments", "name the parameters"],
  ["eval", "source text is never evaluated"],
]);

class Checker {
  readonly source: Source;
  readonly diagnostics: Diagnostic[] = [];
  readonly parameters: Parameter[] = [];
  readonly nodes: Node[] = [];
  readonly #parameterNumbers = new Map<string, number>();
  readonly #declared: boolean;
  readonly #types: ReadonlyMap<string, NumberType> | undefined;
  readonly #pending: Step[] = [];
  readonly #results: Node[] = [];

  constructor(source: Source, options: CheckOptions) {
    this.source = source;
    this.#types = options.types;
    this.#declared = options.parameters !== undefined;
    for (const name of options.parameters ?? []) this.#addParameter(name);
  }

  check(expression: Expression): Node {
    this.#push(expression, "visit");
    for (let step = this.#pending.pop(); step !== undefined; step = this.#pending.pop()) {
      switch (step.stage) {
        case "visit":
          this.#add(this.#visit(step.node));
          break;
        case "then":
        case "else":
          this.#mark(step.stage, step.choice);
          break;
        case "finish":
          this.#add(this.#finish(step.node, step.choice));
      }
    }
    return this.#pop();
  }

  // ---- the walk

  #push(node: Expression, stage: Step["stage"], choice?: Node): void {
    this.#pending.push({ node, stage, choice });
  }

  #pop(): Node {
    const node = this.#results.pop();
    if (node === undefined) throw new InternalError("the checker has lost an operand");
    return node;
  }

  #add(node: Node | undefined): void {
    if (node === undefined) return;
    node.index = this.nodes.length;
    this.nodes.push(node);
    this.#results.push(node);
  }

  /** Reports a fault; the node's value is a NaN from now on. */
  #refuse(code: string, node: AcornNode, message: string, hint?: string): Node {
    this.#report(code, node, message, hint);
    return new Node("constant", "f64", spanOf(node), [], { constant: Number.NaN });
  }

  #report(code: string, node: AcornNode, message: string, hint?: string): void {
    const span = spanOf(node);
    this.diagnostics.push(hint === undefined ? { code, message, span } : { code, message, span, hint });
  }

  #visit(node: Expression): Node | undefined {
    switch (node.type) {
      case "Literal":
        return this.#literal(node);
      case "Identifier":
        return this.#identifier(node);
      case "UnaryExpression":
        return this.#visitUnary(node);
      case "BinaryExpression":
        return this.#visitBinary(node);
      case "LogicalExpression": {
        if (node.operator === "??")
          return this.#refuse(
            "unsupported-operator",
            node,
            "`??` has no use here: a number is never null",
            "write || or ?:",
          );
        const choice = new Node(node.operator === "&&" ? "and" : "or", "f64", spanOf(node), []);
        this.#push(node, "finish", choice);
        this.#push(node, "else", choice);
        this.#push(node.right, "visit");
        this.#push(node, "then", choice);
        this.#push(node.left, "visit");
        return undefined;
      }
      case "ConditionalExpression": {
        const choice = new Node("conditional", "f64", spanOf(node), []);
        this.#push(node, "finish", choice);
        this.#push(node.alternate, "visit");
        this.#push(node, "else", choice);
        this.#push(node.consequent, "visit");
        this.#push(node, "then", choice);
        this.#push(node.test, "visit");
        return undefined;
      }
      case "CallExpression":
        return this.#visitCall(node);
      case "MemberExpression":
        return this.#member(node);
      default: {
        const [code, message, hint] = refusedConstructs[node.type] ?? ["unsupported", `${node.type} is not accepted`];
        return this.#refuse(code, node, message, hint);
      }
    }
  }

  #mark(kind: "then" | "else", choice: Node | undefined): void {
    if (choice === undefined) throw new InternalError("an arm without its choice");
    const mark = new Node(kind, "bool", choice.span, [choice]);
    mark.index = this.nodes.length;
    this.nodes.push(mark);
  }

  #finish(node: Expression, choice: Node | undefined): Node {
    switch (node.type) {
      case "UnaryExpression":
        return this.#unary(node, this.#pop());
      case "BinaryExpression": {
        const right = this.#pop();
        return this.#binary(node, this.#pop(), right);
      }
      case "LogicalExpression": {
        const right = this.#pop();
        return this.#choose(node, choice, [this.#pop(), right], 0);
      }
      case "ConditionalExpression": {
        const alternate = this.#pop();
        const consequent = this.#pop();
        return this.#choose(node, choice, [this.#pop(), consequent, alternate], 1);
      }
      case "CallExpression":
        return this.#call(node, this.#results.splice(this.#results.length - node.arguments.length));
      default:
        throw new InternalError(`${node.type} has no second stage`);
    }
  }

  // ---- leaves

  #literal(node: Literal): Node {
    const { value } = node;
    if (typeof value === "number") {
      const raw = node.raw ?? "";
      if (/^0\d/.test(raw))
        return this.#refuse(
          "legacy-octal",
          node,
          `${raw} means ${value} in old JavaScript`,
          `write ${octalOrDecimal(raw)}`,
        );
      return new Node("constant", "f64", spanOf(node), [], { constant: value, literal: true });
    }
    if (typeof value === "boolean")
      return new Node("constant", "bool", spanOf(node), [], { at: "bool", constant: value });
    if (typeof value === "bigint" || (node.bigint !== undefined && node.bigint !== null))
      return this.#refuse(
        "not-a-number",
        node,
        "BigInt literals are not accepted yet",
        `write ${node.bigint} for a number`,
      );
    if (typeof value === "string") {
      const number = value.trim() === "" ? Number.NaN : Number(value);
      const hint = Number.isNaN(number) ? "pass text as a number, such as a category's index" : `write ${value.trim()}`;
      return this.#refuse("not-a-number", node, "strings are not accepted: values are numbers and booleans", hint);
    }
    if (value === null)
      return this.#refuse(
        "not-a-number",
        node,
        "null is not accepted: values are numbers and booleans",
        "write 0 or NaN",
      );
    return this.#refuse("not-a-number", node, "this literal is not accepted: values are numbers and booleans");
  }

  #identifier(node: Identifier): Node {
    const { name } = node;
    let number = this.#parameterNumbers.get(name);
    if (number === undefined) {
      if (name === "NaN" || name === "Infinity") {
        const constant = name === "NaN" ? Number.NaN : Number.POSITIVE_INFINITY;
        return new Node("constant", "f64", spanOf(node), [], { constant });
      }
      const refused = refusedNames.get(name);
      if (refused !== undefined) return this.#refuse("reserved-name", node, `${name} is not a variable`, refused);
      if (name === "Math" || name === "Number")
        return this.#refuse(
          "reserved-name",
          node,
          `${name} is not a number`,
          `write a member of it, such as ${name === "Math" ? "Math.PI" : "Number.EPSILON"}`,
        );
      if (this.#declared) {
        const nearest = nearestWord(name, this.#parameterNumbers.keys());
        const known = [...this.#parameterNumbers.keys()].slice(0, 12).join(", ");
        const hint = nearest === undefined ? `the parameters are ${known || "none"}` : `did you mean ${nearest}?`;
        return this.#refuse("unknown-variable", node, `${name} is not a parameter`, hint);
      }
      number = this.#addParameter(name);
    }
    const type = this.parameters[number]?.type ?? "f64";
    return new Node("parameter", type, spanOf(node), [], { constant: number });
  }

  #addParameter(name: string): number {
    const number = this.parameters.length;
    this.#parameterNumbers.set(name, number);
    this.parameters.push({ name, type: this.#types?.get(name) ?? "f64" });
    return number;
  }

  /** `Math.PI` and its like; anything else with a dot is refused. */
  #member(node: MemberExpression): Node {
    const { object, property } = node;
    const members = object.type === "Identifier" && !node.computed ? constantsOf(object.name) : undefined;
    if (members === undefined || object.type !== "Identifier" || property.type !== "Identifier")
      return this.#refuse(
        "member-access",
        node,
        "members of values are not accepted: values are numbers and booleans",
        "pass the member as a parameter",
      );
    const constant = members.get(property.name);
    if (constant !== undefined) return new Node("constant", "f64", spanOf(node), [], { constant });
    const name = `${object.name}.${property.name}`;
    if (object.name === "Math" && (mathFunctions.has(property.name) || laterFunctions.has(property.name)))
      return this.#refuse("unknown-constant", node, `${name} is a function`, `write ${name}(x)`);
    const nearest = nearestWord(property.name, members.keys());
    const hint =
      nearest === undefined
        ? `${object.name} has ${[...members.keys()].join(", ")}`
        : `did you mean ${object.name}.${nearest}?`;
    return this.#refuse("unknown-constant", node, `${name} is not a constant here`, hint);
  }

  // ---- operators

  #visitUnary(node: UnaryExpression): Node | undefined {
    switch (node.operator) {
      case "-":
      case "+":
      case "!":
      case "~":
        this.#push(node, "finish");
        this.#push(node.argument, "visit");
        return undefined;
      default:
        return this.#refuse(
          "unsupported-operator",
          node,
          `\`${node.operator}\` is not accepted: values are numbers and booleans`,
        );
    }
  }

  #unary(node: UnaryExpression, operand: Node): Node {
    const span = spanOf(node);
    switch (node.operator) {
      case "!":
        return new Node("not", "bool", span, [operand], { at: "bool" });
      case "+":
      case "-":
        if (operand.literal && typeof operand.constant === "number") {
          // A literal's sign is part of it. The operand is the last node of the list.
          this.nodes.pop();
          const constant = node.operator === "-" ? -operand.constant : operand.constant;
          return new Node("constant", "f64", span, [], { constant, literal: true });
        }
        if (node.operator === "+") return new Node("number", "f64", span, [operand]);
        break;
      default:
    }
    const type = numberTypeOf(operand.type) ?? "f64";
    if (node.operator === "-") return new Node("negate", type, span, [operand], { at: type });
    return new Node("bit-not", type, span, [operand], { at: "i32" });
  }

  #visitBinary(node: BinaryExpression): Node | undefined {
    const { operator, left } = node;
    if (left.type === "PrivateIdentifier" || operator === "in" || operator === "instanceof")
      return this.#refuse(
        "unsupported-operator",
        node,
        `\`${operator}\` is not accepted: values are numbers and booleans`,
      );
    this.#push(node, "finish");
    this.#push(node.right, "visit");
    this.#push(left, "visit");
    return undefined;
  }

  #binary(node: BinaryExpression, left: Node, right: Node): Node {
    const span = spanOf(node);
    const { operator } = node;
    const arithmetic = arithmeticOperators.get(operator);
    if (arithmetic !== undefined) {
      const type = this.#commonType(left, right, true);
      const traps = arithmetic === "divide" && type === "i32";
      return new Node(arithmetic, type, span, [left, right], { at: type, traps });
    }
    const comparison = comparisonOperators.get(operator);
    if (comparison !== undefined) return this.#compare(comparison, span, left, right);
    const bits = bitOperators.get(operator);
    if (bits !== undefined)
      return new Node(bits, this.#commonType(left, right, true), span, [left, right], { at: "i32" });
    if (operator === "%" && this.#commonType(left, right, true) === "i32")
      return new Node("remainder", "i32", span, [left, right], { at: "i32", traps: true });
    if (operator === "%")
      return this.#refuse(
        "not-yet",
        node,
        "`%` takes values of type i32 only for now",
        'declare the parameters, as in { types: { a: "i32" } }, or write x - y * trunc(x / y), which is near it',
      );
    const hint = operator === "**" ? "write x * x for x ** 2" : undefined;
    return this.#refuse("not-yet", node, `\`${operator}\` is not accepted yet`, hint);
  }

  #compare(kind: NodeKind, span: Span, left: Node, right: Node): Node {
    const number = this.#commonType(left, right, false);
    const bothBoolean = left.type === "bool" && right.type === "bool";
    const ordered = kind === "less" || kind === "less-equal" || kind === "greater" || kind === "greater-equal";
    const at = bothBoolean ? (ordered ? "i32" : "bool") : number;
    // `===` asks for the kind of a value only where the two kinds can differ.
    const sameKind = !isMixed(left.type) && !isMixed(right.type) && (left.type === "bool") === (right.type === "bool");
    const loose = sameKind ? (kind === "identical" ? "equal" : kind === "not-identical" ? "not-equal" : kind) : kind;
    return new Node(loose, "bool", span, [left, right], { at });
  }

  /** `&&`, `||` and `?:`, whose result is one of the operands from `firstArm` on. */
  #choose(
    node: LogicalExpression | Expression,
    choice: Node | undefined,
    operands: readonly Node[],
    firstArm: number,
  ): Node {
    const left = operands[firstArm];
    const right = operands[firstArm + 1];
    if (choice === undefined || left === undefined || right === undefined)
      throw new InternalError(`${node.type} without arms`);
    choice.operands = operands;
    choice.traps = operands.some((operand) => operand.traps);
    choice.type = this.#unionType(left, right);
    choice.at = numberTypeOf(choice.type) ?? "bool";
    return choice;
  }

  // ---- types

  /** The number type that two operands meet in; a literal takes the other's declared type. Booleans alone meet in f64. */
  #commonType(left: Node, right: Node, strict: boolean): NumberType {
    this.#adopt(left, right, strict);
    this.#adopt(right, left, strict);
    return commonType(numberTypeOf(left.type), numberTypeOf(right.type)) ?? "f64";
  }

  #unionType(left: Node, right: Node): ValueType {
    if (left.type === "bool" && right.type === "bool") return "bool";
    const number = this.#commonType(left, right, true);
    const boolean = isMixed(left.type) || isMixed(right.type) || left.type === "bool" || right.type === "bool";
    return boolean ? `${number}|bool` : number;
  }

  /** Gives a literal the declared type of its neighbour. `strict`: a literal that does not fit is a fault. */
  #adopt(literal: Node, neighbour: Node, strict: boolean): void {
    if (!literal.literal || neighbour.literal || numberTypeOf(neighbour.type) !== "i32") return;
    if (literal.type !== "f64" || typeof literal.constant !== "number") return;
    if (Object.is(literal.constant | 0, literal.constant)) literal.type = "i32";
    else if (strict) {
      literal.type = "i32"; // so that one fault does not bring another
      const text = this.source.text.slice(literal.span.start, literal.span.end);
      const other = this.source.text.slice(neighbour.span.start, neighbour.span.end);
      const shown = other.length <= 30 ? other : "…";
      this.diagnostics.push({
        code: "inexact-literal",
        message: `${text} is not an i32, as its neighbour is`,
        span: literal.span,
        hint: `to compute with numbers, write Number(${shown})`,
      });
    }
  }

  // ---- calls

  #visitCall(node: CallExpression): Node | undefined {
    const { callee } = node;
    if (node.optional === true)
      return this.#refuse("optional-chaining", node, "`?.` is not accepted", "write the call without `?.`");
    if (this.#calleeName(node) === undefined) {
      if (callee.type === "MemberExpression")
        return this.#refuse(
          "member-access",
          callee,
          "methods of values are not accepted: values are numbers and booleans",
          "the functions are those of Math",
        );
      return this.#refuse(
        "unknown-function",
        callee,
        "only a function's name can be called",
        "the functions are those of Math",
      );
    }
    const spread = node.arguments.find((argument) => argument.type === "SpreadElement");
    if (spread !== undefined)
      return this.#refuse("spread", spread, "`...` is not accepted", "list the arguments one by one");
    this.#push(node, "finish");
    for (const argument of node.arguments.toReversed()) this.#push(argument as Expression, "visit"); // no spread is left
    return undefined;
  }

  /** `sqrt` for `sqrt(…)` and `Math.sqrt(…)`; `Number` and `Boolean` for the conversions. */
  #calleeName(node: CallExpression): string | undefined {
    const { callee } = node;
    if (callee.type === "Identifier") return callee.name;
    if (callee.type !== "MemberExpression" || callee.computed || callee.object.type !== "Identifier") return undefined;
    if (callee.object.name !== "Math" || callee.property.type !== "Identifier") return undefined;
    return `Math.${callee.property.name}`;
  }

  #call(node: CallExpression, args: readonly Node[]): Node {
    const span = spanOf(node);
    const written = this.#calleeName(node) ?? "";
    if (written === "Number" || written === "Boolean") {
      const [operand] = args;
      if (operand === undefined || args.length > 1)
        return this.#refuse("wrong-argument-count", node, `${written} takes 1 argument, not ${args.length}`);
      if (written === "Boolean") return new Node("boolean", "bool", span, [operand], { at: "bool" });
      return new Node("number", "f64", span, [operand]);
    }
    const name = written.replace(/^Math\./, "");
    const callee = mathFunctions.get(name);
    if (callee === undefined) return this.#unknownFunction(node, written, name);
    const { from, to } = callee.arity;
    if (args.length < from || args.length > to)
      return this.#refuse(
        "wrong-argument-count",
        node,
        `${name} takes ${from === 1 ? "1 argument" : `${from} arguments`}, not ${args.length}`,
      );
    const numbers = args.filter((arg) => !arg.literal);
    const declared = numbers.find((arg) => numberTypeOf(arg.type) === "i32");
    const common = numbers.reduce<NumberType | undefined>(
      (type, arg) => commonType(type, numberTypeOf(arg.type)),
      undefined,
    );
    if (common === "i32" && declared !== undefined) for (const arg of args) this.#adopt(arg, declared, true);
    const type = common === "i32" && callee.i32 !== undefined ? "i32" : "f64";
    return new Node("call", type, span, args, { at: type, callee });
  }

  #unknownFunction(node: CallExpression, written: string, name: string): Node {
    if (name === "eval" || name === "Function")
      return this.#refuse("reserved-name", node.callee, `${name} is not accepted`, "source text is never evaluated");
    if (laterFunctions.has(name)) return this.#refuse("not-yet", node.callee, `${written} is not accepted yet`);
    const prefix = written === name ? "" : "Math.";
    const nearest = nearestWord(name, mathFunctions.keys());
    const later = nearest === undefined ? nearestWord(name, laterFunctions) : undefined;
    let hint = `the functions are ${[...mathFunctions.keys()].join(", ")}`;
    if (nearest !== undefined) hint = `did you mean ${prefix}${nearest}?`;
    else if (later !== undefined) hint = `${prefix}${later} comes in a later version`;
    return this.#refuse("unknown-function", node.callee, `${written} is not a function here`, hint);
  }
}

function spanOf(node: AcornNode): Span {
  return { start: node.start, end: node.end };
}

function commonType(left: NumberType | undefined, right: NumberType | undefined): NumberType | undefined {
  if (left === "f64" || right === "f64") return "f64";
  return left ?? right;
}

function constantsOf(object: string): ReadonlyMap<string, number> | undefined {
  return object === "Math" ? mathConstants : object === "Number" ? numberConstants : undefined;
}

function octalOrDecimal(raw: string): string {
  const digits = raw.replace(/^0+/, "") || "0";
  return /[89]/.test(raw) ? digits : `0o${digits} for that, or ${digits} for the decimal number`;
}
