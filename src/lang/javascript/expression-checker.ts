/**
 * Acorn's tree to the checked tree: resolves names, gives every node its type, and collects every fault.
 *
 * The tree is walked with a list of pending steps instead of recursion, in the order of evaluation, so that a sum of
 * 100,000 terms takes 100,000 steps and no stack. A construct that is not accepted becomes a diagnostic and a NaN, and
 * checking goes on. The rules of types are the table in docs/language.md; what names mean is told by `Names`.
 */
import type {
  Node as AcornNode,
  AssignmentExpression,
  BinaryExpression,
  CallExpression,
  Expression,
  Identifier,
  Literal,
  LogicalExpression,
  MemberExpression,
  Pattern,
  UnaryExpression,
  UpdateExpression,
} from "acorn";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { InternalError } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import { nearestWord } from "../../base/spelling.ts";
import { arrayRow } from "./array-kinds.ts";
import { laterFunctions, mathConstants, mathFunctions, numberConstants, testFunctions } from "./functions.ts";
import { refusedConstructs } from "./messages.ts";
import { isExact, OperandTypes } from "./operand-types.ts";
import { arithmeticOperators, bitOperators, comparisonOperators } from "./operators.ts";
import type { Instance } from "./program.ts";
import {
  type ArrayParameter,
  commonType,
  isMixed,
  type LocalVariable,
  Node,
  type NodeKind,
  type NumberType,
  numberTypeOf,
  payloadType,
  type Tree,
} from "./tree.ts";

/** What a name means. */
export type Binding =
  | { readonly kind: "parameter"; readonly number: number; readonly type: NumberType | "bool" }
  | { readonly kind: "variable"; readonly variable: LocalVariable }
  | { readonly kind: "array"; readonly array: ArrayParameter }
  | { readonly kind: "constant"; readonly value: number | boolean | bigint }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "fault"; readonly fault: Fault };

export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The names that an expression may use, besides those that the language gives a meaning. */
export interface Names {
  /** True where variables can be assigned. */
  readonly isFunction: boolean;
  /** What a name means that is declared. */
  lookup(name: string): Binding | undefined;
  /** What a name means that nobody declared. */
  unknown(name: string, isCalled: boolean): Binding | undefined;
  /** The variable got a value of this node's type. */
  assigned(variable: LocalVariable, value: Node): void;
  /** The function `name` for arguments as these, nodes and arrays in order. A fault where there is none. */
  instance(name: string, args: readonly (Node | ArrayParameter)[]): Instance | Fault;
}

type Step =
  | { readonly stage: "visit"; readonly node: Expression }
  | { readonly stage: "then" | "else"; readonly choice: Node }
  /** The operands are on the list of results. */
  | { readonly stage: "finish"; readonly node: Expression; readonly choice: Node | undefined }
  /** The values of an assignment's target, and what is assigned, are there. */
  | { readonly stage: "assign"; readonly node: AssignmentExpression; readonly place: Place }
  | { readonly stage: "place"; readonly node: AssignmentExpression | UpdateExpression; readonly place: Place }
  | { readonly stage: "drop" };

/** Where an assignment goes. */
type Place =
  | { readonly kind: "variable"; readonly variable: LocalVariable }
  | { readonly kind: "element"; readonly array: ArrayParameter };

/** Names that JavaScript gives a meaning which is not a number's. */
const refusedNames: ReadonlyMap<string, string> = new Map([
  ["undefined", "write NaN for a missing number"],
  ["arguments", "name the parameters"],
  ["eval", "source text is never evaluated"],
]);

/** Checks expressions, one after the other. */
export class ExpressionChecker {
  readonly #names: Names;
  readonly #types: OperandTypes;
  readonly #source: Source;
  readonly #spanSource: Source | undefined;
  readonly #reportFault: (diagnostic: Diagnostic) => void;
  #nodes: Node[] = [];
  /** How many nodes so far have effects. */
  #effects = 0;
  readonly #pending: Step[] = [];
  readonly #results: Node[] = [];
  /** The expression that is a statement of its own. */
  #statement: Expression | undefined;

  /** `spanSource` is the source where that is not the compilation's own, so that traps can tell. */
  constructor(source: Source, names: Names, report: (diagnostic: Diagnostic) => void, spanSource?: Source) {
    this.#source = source;
    this.#names = names;
    this.#reportFault = report;
    this.#spanSource = spanSource;
    this.#types = new OperandTypes(source, report);
  }

  check(expression: Expression): Tree {
    this.#nodes = [];
    this.#run({ stage: "visit", node: expression });
    return { nodes: this.#nodes, result: this.#pop() };
  }

  /** An expression whose value nobody wants. */
  checkStatement(expression: Expression): Tree {
    this.#statement = expression;
    return this.check(expression);
  }

  /** `variable = expression`, for declarations. */
  checkInitializer(variable: LocalVariable, expression: Expression): Tree {
    this.#nodes = [];
    this.#run({ stage: "visit", node: expression });
    const result = this.#emit(this.#assignVariable(variable, this.#pop(), this.spanOf(expression)));
    return { nodes: this.#nodes, result };
  }

  /** `variable === expression`, for the cases of a `switch`. */
  checkCase(variable: LocalVariable, expression: Expression): Tree {
    this.#nodes = [];
    const subject = this.#emit(this.#local(variable, this.spanOf(expression)));
    this.#run({ stage: "visit", node: expression });
    const result = this.#emit(this.#compare("identical", this.spanOf(expression), subject, this.#pop()));
    return { nodes: this.#nodes, result };
  }

  spanOf({ start, end }: AcornNode): Span {
    return this.#spanSource === undefined ? { start, end } : { start, end, source: this.#spanSource };
  }

  // ---- the walk

  #run(first: Step): void {
    this.#pending.push(first);
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
          break;
        case "place":
          if (step.node.type === "UpdateExpression") this.#results.push(this.#update(step.node, step.place));
          else this.#add(this.#read(step.place, step.node.left));
          break;
        case "assign":
          this.#add(this.#assign(step.node, step.place));
          break;
        case "drop":
          this.#pop();
          break;
      }
    }
  }

  #push(step: Step): void {
    this.#pending.push(step);
  }

  #visitLater(node: Expression): void {
    this.#pending.push({ stage: "visit", node });
  }

  #finishLater(node: Expression, choice?: Node): void {
    this.#pending.push({ stage: "finish", node, choice });
  }

  #pop(): Node {
    const node = this.#results.pop();
    if (node === undefined) throw new InternalError("the checker has lost an operand");
    return node;
  }

  #emit(node: Node): Node {
    node.index = this.#nodes.length;
    this.#nodes.push(node);
    if (node.hasEffects) this.#effects++;
    return node;
  }

  #add(node: Node | undefined): void {
    if (node !== undefined) this.#results.push(node.index < 0 ? this.#emit(node) : node);
  }

  /** Reports a fault; the node's value is a NaN from now on. */
  #refuse(code: string, node: AcornNode, message: string, hint?: string): Node {
    this.#report(code, node, message, hint);
    return new Node("constant", "f64", this.spanOf(node), [], { constant: Number.NaN });
  }

  #refuseFault(node: AcornNode, { code, message, hint }: Fault): Node {
    return this.#refuse(code, node, message, hint);
  }

  #report(code: string, { start, end }: AcornNode, message: string, hint?: string): void {
    const span = { start, end };
    this.#reportFault(hint === undefined ? { code, message, span } : { code, message, span, hint });
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
        const choice = new Node(node.operator === "&&" ? "and" : "or", "f64", this.spanOf(node), []);
        this.#finishLater(node, choice);
        this.#push({ stage: "else", choice });
        this.#visitLater(node.right);
        this.#push({ stage: "then", choice });
        this.#visitLater(node.left);
        return undefined;
      }
      case "ConditionalExpression": {
        const choice = new Node("conditional", "f64", this.spanOf(node), []);
        this.#finishLater(node, choice);
        this.#visitLater(node.alternate);
        this.#push({ stage: "else", choice });
        this.#visitLater(node.consequent);
        this.#push({ stage: "then", choice });
        this.#visitLater(node.test);
        return undefined;
      }
      case "CallExpression":
        return this.#visitCall(node);
      case "MemberExpression":
        return this.#visitMember(node);
      case "ParenthesizedExpression":
        this.#visitLater(node.expression);
        return undefined;
      case "SequenceExpression":
        if (!this.#names.isFunction) break;
        node.expressions.toReversed().forEach((part, fromLast) => {
          if (fromLast > 0) this.#push({ stage: "drop" });
          this.#visitLater(part);
        });
        return undefined;
      case "AssignmentExpression":
        return this.#visitAssignment(node);
      case "UpdateExpression":
        return this.#visitUpdate(node);
      default:
    }
    const [code, message, hint] = refusedConstructs[node.type] ?? ["unsupported", `${node.type} is not accepted`];
    return this.#refuse(code, node, message, hint);
  }

  #mark(kind: "then" | "else", choice: Node): void {
    if (kind === "then") choice.effectsBefore = this.#effects;
    this.#emit(new Node(kind, "bool", choice.span, [choice]));
  }

  #finish(node: Expression, choice: Node | undefined): Node {
    switch (node.type) {
      case "UnaryExpression":
        return this.#unary(node, this.#pop());
      case "BinaryExpression": {
        const right = this.#pop();
        return this.#binary(node.operator, node, this.#pop(), right);
      }
      case "AssignmentExpression":
      case "LogicalExpression": {
        const right = this.#pop();
        const left = this.#pop();
        if (left.kind === "element" && node.type === "AssignmentExpression") this.#pop(); // the index
        return this.#choose(node, choice, [left, right], 0);
      }
      case "ConditionalExpression": {
        const alternate = this.#pop();
        const consequent = this.#pop();
        return this.#choose(node, choice, [this.#pop(), consequent, alternate], 1);
      }
      case "MemberExpression": {
        const array = this.#arrayOf(node);
        if (array === undefined) throw new InternalError("an element of no array");
        return this.#element(array, this.#pop(), node);
      }
      case "CallExpression":
        return this.#call(node);
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
      return new Node("constant", "f64", this.spanOf(node), [], { constant: value, literal: true });
    }
    if (typeof value === "boolean")
      return new Node("constant", "bool", this.spanOf(node), [], { at: "bool", constant: value });
    if (typeof value === "bigint") return this.#bigint(node, value);
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

  #bigint(node: Expression, constant: bigint): Node {
    if (BigInt.asIntN(64, constant) !== constant)
      return this.#refuse("bigint-range", node, `${constant}n is no i64: -2^63 to 2^63 - 1`);
    return new Node("constant", "i64", this.spanOf(node), [], { at: "i64", constant, literal: true });
  }

  #identifier(node: Identifier): Node {
    const { name } = node;
    let binding = this.#names.lookup(name);
    if (binding === undefined) {
      if (name === "NaN" || name === "Infinity") {
        const constant = name === "NaN" ? Number.NaN : Number.POSITIVE_INFINITY;
        return new Node("constant", "f64", this.spanOf(node), [], { constant });
      }
      const refused = refusedNames.get(name);
      if (refused !== undefined) return this.#refuse("reserved-name", node, `${name} is not a variable`, refused);
      if (name === "Math" || name === "Number" || name === "BigInt")
        return this.#refuse(
          "reserved-name",
          node,
          `${name} is not a number`,
          name === "BigInt"
            ? "write BigInt(x)"
            : `write a member of it, such as ${name === "Math" ? "Math.PI" : "Number.EPSILON"}`,
        );
      binding = this.#names.unknown(name, false);
    }
    switch (binding?.kind) {
      case "parameter":
        return new Node("parameter", binding.type, this.spanOf(node), [], { constant: binding.number });
      case "variable":
        return this.#local(binding.variable, this.spanOf(node));
      case "constant":
        return this.#constant(binding.value, this.spanOf(node));
      case "array":
        return this.#refuse(
          "array-as-value",
          node,
          `${name} is an array, not a number`,
          `write ${name}[i] or ${name}.length; as a whole, an array can only be passed to a function`,
        );
      case "function":
        return this.#refuse("function-as-value", node, `${name} is a function, not a number`, `write ${name}(…)`);
      case "fault":
        return this.#refuseFault(node, binding.fault);
      case undefined:
        return this.#refuse("unknown-variable", node, `${name} is not a variable`);
    }
  }

  #local(variable: LocalVariable, span: Span): Node {
    variable.wasRead = true;
    variable.typeRead = variable.type;
    return new Node("local", variable.type ?? "f64", span, [], { variable, isPending: variable.type === undefined });
  }

  #constant(constant: number | boolean | bigint, span: Span): Node {
    switch (typeof constant) {
      case "boolean":
        return new Node("constant", "bool", span, [], { at: "bool", constant });
      case "bigint":
        return new Node("constant", "i64", span, [], { at: "i64", constant, literal: true });
      default:
        return new Node("constant", "f64", span, [], { constant, literal: true });
    }
  }

  /** `xs[i]` and `xs.length`, `Math.PI` and its like; anything else is refused. */
  #visitMember(node: MemberExpression): Node | undefined {
    const { object, property } = node;
    const array = this.#arrayOf(node);
    if (array !== undefined && node.computed) {
      this.#finishLater(node);
      this.#visitLater(property as Expression); // a computed property is no private name
      return undefined;
    }
    if (array !== undefined && property.type === "Identifier" && property.name === "length")
      return new Node("length", "f64", this.spanOf(node), [], { array });
    if (array !== undefined)
      return this.#refuse(
        "member-access",
        node,
        `of an array, only elements and the length are accepted`,
        `write ${array.name}[i] or ${array.name}.length`,
      );
    const isShadowed = object.type === "Identifier" && this.#names.lookup(object.name) !== undefined;
    const members =
      object.type === "Identifier" && !node.computed && !isShadowed ? constantsOf(object.name) : undefined;
    if (members === undefined || object.type !== "Identifier" || property.type !== "Identifier")
      return this.#refuse(
        "member-access",
        node,
        "members of values are not accepted: values are numbers and booleans",
        this.#memberHint(node),
      );
    const constant = members.get(property.name);
    if (constant !== undefined) return new Node("constant", "f64", this.spanOf(node), [], { constant });
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

  #memberHint(node: MemberExpression): string {
    const { object } = node;
    const binding = object.type === "Identifier" ? this.#names.lookup(object.name) : undefined;
    if (
      node.computed &&
      object.type === "Identifier" &&
      (binding?.kind === "parameter" || binding?.kind === "variable")
    )
      return `where ${object.name} is a typed array, declare it: { types: { ${object.name}: "Float64Array" } }`;
    return "pass the member as a parameter";
  }

  /** The array that a member expression is of. */
  #arrayOf({ object }: MemberExpression): ArrayParameter | undefined {
    if (object.type !== "Identifier") return undefined;
    const binding = this.#names.lookup(object.name);
    return binding?.kind === "array" ? binding.array : undefined;
  }

  #element(array: ArrayParameter, index: Node, node: AcornNode): Node {
    if (index.type === "bool" || isMixed(index.type))
      return this.#refuse("index-type", node, "the index is a boolean at times", "write Number(index)");
    const { element } = arrayRow(array.kind);
    return new Node("element", element, this.spanOf(node), [index], { array, traps: true });
  }

  // ---- assignments

  #visitAssignment(node: AssignmentExpression): Node | undefined {
    const place = this.#placeOf(node.left, node);
    if (place === undefined) return this.#refuse("assignment", node, "an expression assigns nothing");
    if (!("kind" in place)) return this.#refuseFault(node.left, place);
    const { operator } = node;
    if (operator === "??=")
      return this.#refuse("unsupported-operator", node, "`??=` has no use here: a number is never null", "write ||=");
    if (operator === "&&=" || operator === "||=") {
      const choice = new Node(operator === "&&=" ? "and" : "or", "f64", this.spanOf(node), []);
      this.#finishLater(node, choice);
      this.#push({ stage: "else", choice });
      this.#push({ stage: "assign", node, place });
      this.#visitLater(node.right);
      this.#push({ stage: "then", choice });
    } else {
      this.#push({ stage: "assign", node, place });
      this.#visitLater(node.right);
    }
    if (operator !== "=") this.#push({ stage: "place", node, place });
    if (place.kind === "element" && node.left.type === "MemberExpression")
      this.#visitLater(node.left.property as Expression); // a computed property is no private name
    return undefined;
  }

  #visitUpdate(node: UpdateExpression): Node | undefined {
    const place = this.#placeOf(node.argument, node);
    if (place === undefined) return this.#refuse("assignment", node, "an expression changes no variable");
    if (!("kind" in place)) return this.#refuseFault(node.argument, place);
    this.#push({ stage: "place", node, place });
    if (place.kind === "element" && node.argument.type === "MemberExpression")
      this.#visitLater(node.argument.property as Expression); // a computed property is no private name
    return undefined;
  }

  /** Where an assignment goes; undefined in a language without assignments. */
  #placeOf(target: Pattern | Expression, node: AcornNode): Place | Fault | undefined {
    if (!this.#names.isFunction) return undefined;
    if (target.type === "MemberExpression") {
      const array = this.#arrayOf(target);
      if (array !== undefined && target.computed) return { kind: "element", array };
      const text = this.#source.text.slice(node.start, node.end);
      if (isCoverageCounter(text)) return coverageFault(text);
      if (array !== undefined)
        return {
          code: "member-access",
          message: "of an array, only elements can be assigned",
          hint: `write ${array.name}[i] = …`,
        };
      return {
        code: "member-access",
        message: "members of values are not accepted: values are numbers and booleans",
        hint: this.#memberHint(target),
      };
    }
    if (target.type !== "Identifier")
      return {
        code: "destructuring",
        message: "destructuring is not accepted",
        hint: "assign the variables one by one",
      };
    const { name } = target;
    const binding = this.#names.lookup(name) ?? this.#names.unknown(name, false);
    switch (binding?.kind) {
      case "variable":
        if (!binding.variable.isConstant) return binding;
        return { code: "assignment-to-constant", message: `${name} is a \`const\``, hint: "declare it with `let`" };
      case "fault":
        return binding.fault;
      case "array":
        return { code: "assignment-to-constant", message: `${name} is an array, and stays the one that was passed` };
      default:
        return {
          code: "assignment-to-constant",
          message: `${name} is not a variable of the function`,
          hint: "declare it with `let`",
        };
    }
  }

  /** The old value of the place, whose index is on the list of results. */
  #read(place: Place, node: AcornNode): Node {
    if (place.kind === "variable") return this.#local(place.variable, this.spanOf(node));
    const index = this.#results.at(-1);
    if (index === undefined) throw new InternalError("an element without its index");
    return this.#element(place.array, index, node);
  }

  #assign(node: AssignmentExpression, place: Place): Node {
    const { operator } = node;
    const span = this.spanOf(node);
    const right = this.#pop();
    if (operator === "&&=" || operator === "||=") {
      if (place.kind === "variable") return this.#assignVariable(place.variable, right, span);
      const index = this.#results.at(-2);
      if (index === undefined) throw new InternalError("an element without its index");
      return this.#storeElement(place.array, index, right, node);
    }
    const value =
      operator === "="
        ? right
        : this.#emit(this.#binary(operator.slice(0, -1) as BinaryExpression["operator"], node, this.#pop(), right)); // all but the logical ones
    if (place.kind === "variable") return this.#assignVariable(place.variable, value, span);
    return this.#storeElement(place.array, this.#pop(), value, node);
  }

  #assignVariable(variable: LocalVariable, value: Node, span: Span): Node {
    this.#names.assigned(variable, value);
    const type = variable.declared ?? value.type;
    return new Node("assign", type, span, [value], { at: payloadType(type), variable, hasEffects: true });
  }

  #storeElement(array: ArrayParameter, index: Node, value: Node, node: AcornNode): Node {
    const { element } = arrayRow(array.kind);
    if (value.literal && element === "i64") this.#types.adopt(value, "i64", index, "lenient");
    const isBigint = numberTypeOf(value.type) === "i64";
    if (isBigint !== (element === "i64"))
      this.#report(
        "mixed-bigint",
        node,
        isBigint
          ? `the elements of ${array.name} are numbers, not BigInts`
          : `the elements of ${array.name} are BigInts`,
        isBigint ? "write Number(…)" : "write BigInt(…)",
      );
    if (index.type === "bool" || isMixed(index.type))
      return this.#refuse("index-type", node, "the index is a boolean at times", "write Number(index)");
    return new Node("store-element", value.type, this.spanOf(node), [index, value], {
      at: element,
      array,
      traps: true,
    });
  }

  /** `x++` and its like. */
  #update(node: UpdateExpression, place: Place): Node {
    const span = this.spanOf(node);
    const old = this.#emit(this.#read(place, node.argument));
    const isNumber = numberTypeOf(old.type) === old.type;
    const number = isNumber ? old : this.#emit(new Node("number", "f64", span, [old]));
    const type = numberTypeOf(number.type) ?? "f64";
    const one = this.#emit(new Node("constant", type, span, [], { at: type, constant: type === "i64" ? 1n : 1 }));
    const kind = node.operator === "++" ? "add" : "subtract";
    const changed = this.#emit(new Node(kind, type, span, [number, one], { at: type, isPending: old.isPending }));
    const assigned = this.#emit(
      place.kind === "variable"
        ? this.#assignVariable(place.variable, changed, span)
        : this.#storeElement(place.array, this.#pop(), changed, node),
    );
    return node.prefix ? assigned : number;
  }

  // ---- operators

  #visitUnary(node: UnaryExpression): Node | undefined {
    switch (node.operator) {
      case "-":
      case "+":
      case "!":
      case "~":
        if (node.operator === "-" && node.argument.type === "Literal" && typeof node.argument.value === "bigint")
          return this.#bigint(node, -node.argument.value);
        this.#finishLater(node);
        this.#visitLater(node.argument);
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
    const span = this.spanOf(node);
    switch (node.operator) {
      case "!":
        return new Node("not", "bool", span, [operand], { at: "bool" });
      case "+":
      case "-":
        if (operand.literal && typeof operand.constant === "number") {
          // A literal's sign is part of it. The operand is the last node of the list.
          this.#nodes.pop();
          const constant = node.operator === "-" ? -operand.constant : operand.constant;
          return new Node("constant", "f64", span, [], { constant, literal: true });
        }
        if (node.operator === "+" && numberTypeOf(operand.type) === "i64")
          return this.#refuse("mixed-bigint", node, "unary `+` takes no BigInt", "write Number(n)");
        if (node.operator === "+") return new Node("number", "f64", span, [operand]);
        break;
      default:
    }
    const type = numberTypeOf(operand.type) ?? "f64";
    const { isPending } = operand;
    if (node.operator === "-") return new Node("negate", type, span, [operand], { at: type, isPending });
    const at = type === "i64" ? "i64" : "i32";
    return new Node("bit-not", type === "f32" ? "f64" : type, span, [operand], { at, isPending });
  }

  #visitBinary(node: BinaryExpression): Node | undefined {
    const { operator, left } = node;
    if (left.type === "PrivateIdentifier" || operator === "in" || operator === "instanceof")
      return this.#refuse(
        "unsupported-operator",
        node,
        `\`${operator}\` is not accepted: values are numbers and booleans`,
      );
    this.#finishLater(node);
    this.#visitLater(node.right);
    this.#visitLater(left);
    return undefined;
  }

  #binary(operator: BinaryExpression["operator"], node: AcornNode, left: Node, right: Node): Node {
    const span = this.spanOf(node);
    const comparison = comparisonOperators.get(operator);
    if (comparison !== undefined) return this.#compare(comparison, span, left, right);
    if (operator === "**") return this.#refuse("not-yet", node, "`**` is not accepted yet", "write x * x for x ** 2");
    const common = this.#types.common(left, right, "strict");
    const isPending = isUnknown(left, right);
    const bits = bitOperators.get(operator);
    if (bits !== undefined) {
      if (operator === ">>>" && common === "i64")
        return this.#refuse("mixed-bigint", node, "`>>>` takes no BigInt, as in JavaScript", "write BigInt.asUintN");
      const type = common === "f32" ? "f64" : common;
      return new Node(bits, type, span, [left, right], { at: type === "i64" ? "i64" : "i32", isPending });
    }
    const arithmetic = operator === "%" ? "remainder" : arithmeticOperators.get(operator);
    if (arithmetic === undefined) return this.#refuse("unsupported-operator", node, `\`${operator}\` is not accepted`);
    const isInteger = common === "i32" || common === "i64";
    const traps = (arithmetic === "divide" || arithmetic === "remainder") && isInteger;
    // A remainder of f32 values is exact in f64, and then an f32.
    const takesLong = arithmetic === "remainder" && !isInteger;
    return new Node(arithmetic, common, span, [left, right], { at: common, traps, hasEffects: takesLong, isPending });
  }

  #compare(kind: NodeKind, span: Span, left: Node, right: Node): Node {
    const number = this.#types.common(left, right, "lenient");
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
    choice.armsHaveEffects = this.#effects > choice.effectsBefore;
    choice.type = this.#types.union(left, right);
    choice.at = numberTypeOf(choice.type) ?? "bool";
    return choice;
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
    const written = this.#calleeName(node) ?? "";
    if (this.#names.lookup(written) === undefined && isCoverageCounter(written))
      return this.#refuseFault(node, coverageFault(written));
    const spread = node.arguments.find((argument) => argument.type === "SpreadElement");
    if (spread !== undefined)
      return this.#refuse("spread", spread, "`...` is not accepted", "list the arguments one by one");
    this.#finishLater(node);
    for (const argument of node.arguments.toReversed())
      if (!this.#isArray(argument)) this.#visitLater(argument as Expression); // no spread is left
    return undefined;
  }

  /** The array that an argument is, as a whole. */
  #isArray(argument: AcornNode): ArrayParameter | undefined {
    if (argument.type !== "Identifier") return undefined;
    const binding = this.#names.lookup((argument as Identifier).name); // its type says so
    return binding?.kind === "array" ? binding.array : undefined;
  }

  /** `sqrt` for `sqrt(…)`, `Math.sqrt` for `Math.sqrt(…)`, `Number.isNaN`, `BigInt.asIntN`. */
  #calleeName(node: CallExpression): string | undefined {
    const { callee } = node;
    if (callee.type === "Identifier") return callee.name;
    if (callee.type !== "MemberExpression" || callee.computed || callee.object.type !== "Identifier") return undefined;
    const { name } = callee.object;
    if ((name !== "Math" && name !== "Number" && name !== "BigInt") || callee.property.type !== "Identifier")
      return undefined;
    return this.#names.lookup(name) === undefined ? `${name}.${callee.property.name}` : undefined;
  }

  #call(node: CallExpression): Node {
    const arrays = node.arguments.map((argument) => this.#isArray(argument));
    const scalars = this.#results.splice(this.#results.length - arrays.filter((array) => array === undefined).length);
    const written = this.#calleeName(node) ?? "";
    const binding = this.#names.lookup(written);
    if (binding?.kind === "function") return this.#invoke(node, binding.name, arrays, scalars);
    if (binding !== undefined && binding.kind !== "fault")
      return this.#refuse("unknown-function", node.callee, `${written} is not a function here`);
    const array = arrays.find((argument) => argument !== undefined);
    if (array !== undefined)
      return this.#refuse("array-as-value", node, `${array.name} is an array; ${written} takes numbers`);
    return this.#builtIn(node, written, scalars);
  }

  #invoke(
    node: CallExpression,
    name: string,
    arrays: readonly (ArrayParameter | undefined)[],
    scalars: readonly Node[],
  ): Node {
    let next = 0;
    const args = arrays.map((array) => array ?? scalars[next++]).filter((argument) => argument !== undefined);
    const instance = this.#names.instance(name, args);
    if (!("parameterTypes" in instance)) return this.#refuseFault(node, instance);
    const { result } = instance;
    const isPending = result === undefined;
    if (result === "void" && !this.#isStatement(node))
      return this.#refuse("no-value", node, `${name} returns nothing`, "use the call as a statement of its own");
    return new Node("invoke", result === undefined || result === "void" ? "f64" : result, this.spanOf(node), scalars, {
      target: instance,
      arrays: arrays.filter((array) => array !== undefined),
      traps: true,
      isPending,
    });
  }

  /** Whether the expression is a whole statement, whose value nobody wants. */
  #isStatement(node: Expression): boolean {
    return node === this.#statement;
  }

  #builtIn(node: CallExpression, written: string, args: readonly Node[]): Node {
    const span = this.spanOf(node);
    const [operand] = args;
    if (written === "Number" || written === "Boolean" || written === "BigInt") {
      if (operand === undefined || args.length > 1)
        return this.#refuse("wrong-argument-count", node, `${written} takes 1 argument, not ${args.length}`);
      if (written === "Boolean") return new Node("boolean", "bool", span, [operand], { at: "bool" });
      if (written === "BigInt") return this.#toBigint(node, operand);
      return new Node("number", "f64", span, [operand]);
    }
    if (written === "BigInt.asIntN" || written === "BigInt.asUintN") return this.#asIntN(node, written, args);
    const name = written.replace(/^Math\./, "");
    const callee = mathFunctions.get(name) ?? testFunctions.get(written);
    if (callee === undefined) return this.#unknownFunction(node, written, name);
    const { from, to } = callee.arity;
    if (args.length < from || args.length > to)
      return this.#refuse(
        "wrong-argument-count",
        node,
        `${name} takes ${from === 1 ? "1 argument" : `${from} arguments`}, not ${args.length}`,
      );
    if (args.some((arg) => numberTypeOf(arg.type) === "i64"))
      return this.#refuse("mixed-bigint", node, `${written} takes no BigInt, as in JavaScript`, "write Number(n)");
    if (callee.isTest === true) return new Node("call", "bool", span, args, { at: "f64", callee });
    if (name === "fround" && operand?.literal === true && typeof operand.constant === "number") {
      this.#nodes.pop(); // the literal, which is the last node
      return new Node("constant", "f64", span, [], { constant: Math.fround(operand.constant), literal: true });
    }
    const numbers = args.filter((arg) => !arg.literal && !arg.isPending);
    const common = numbers.reduce<NumberType | undefined>(
      (type, arg) => commonType(type, numberTypeOf(arg.type)),
      undefined,
    );
    const declared = numbers.find((arg) => numberTypeOf(arg.type) === common);
    const isDeclared = common === "i32" || common === "f32";
    if (isDeclared && declared !== undefined)
      for (const arg of args) this.#types.adopt(arg, common, declared, "strict");
    const stays = (common === "i32" && callee.i32 !== undefined) || (common === "f32" && callee.f32 === true);
    const type = stays ? common : "f64";
    return new Node("call", type, span, args, {
      at: type,
      callee,
      isPending: args.length > 0 && args.every((arg) => arg.isPending),
    });
  }

  #toBigint(node: CallExpression, operand: Node): Node {
    const span = this.spanOf(node);
    if (operand.type === "i64") return operand;
    if (operand.literal && typeof operand.constant === "number") {
      if (!isExact(operand.constant, "i64"))
        return this.#refuse(
          "bigint-range",
          node,
          `${operand.constant} is no whole number below 2^53`,
          "write it with n",
        );
      return new Node("constant", "i64", span, [], { at: "i64", constant: BigInt(operand.constant) });
    }
    const type = payloadType(operand.type);
    return new Node("to-i64", "i64", span, [operand], { at: "i64", traps: type === "f64" || type === "f32" });
  }

  /** `BigInt.asIntN(bits, n)`: the low bits, with their sign or without. */
  #asIntN(node: CallExpression, written: string, [bits, operand]: readonly Node[]): Node {
    const span = this.spanOf(node);
    if (bits === undefined || operand === undefined || node.arguments.length !== 2)
      return this.#refuse("wrong-argument-count", node, `${written} takes 2 arguments, not ${node.arguments.length}`);
    const most = written === "BigInt.asIntN" ? 64 : 63;
    const count = bits.literal ? Number(bits.constant) : Number.NaN;
    if (!Number.isInteger(count) || count < 1 || count > most)
      return this.#refuse("bigint-range", node, `${written} takes a literal number of bits from 1 to ${most}`);
    if (operand.type !== "i64")
      return this.#refuse("mixed-bigint", node, `${written} takes a BigInt`, "write BigInt(x)");
    if (count === 64) return operand;
    const shift = this.#emit(new Node("constant", "i64", span, [], { at: "i64", constant: BigInt(64 - count) }));
    const up = this.#emit(new Node("shift-left", "i64", span, [operand, shift], { at: "i64" }));
    const down = written === "BigInt.asIntN" ? "shift-right" : "shift-right-unsigned";
    return new Node(down, "i64", span, [up, shift], { at: "i64" });
  }

  #unknownFunction(node: CallExpression, written: string, name: string): Node {
    if (name === "eval" || name === "Function")
      return this.#refuse("reserved-name", node.callee, `${name} is not accepted`, "source text is never evaluated");
    if (this.#names.isFunction && !written.includes(".")) {
      const unknown = laterFunctions.has(name) ? undefined : this.#names.unknown(name, true);
      if (unknown?.kind === "fault") return this.#refuseFault(node.callee, unknown.fault);
    }
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

/** Whether the type that two operands meet in is not known yet. */
function isUnknown(left: Node, right: Node): boolean {
  return (left.isPending && (right.isPending || right.literal)) || (right.isPending && left.literal);
}

/** What Istanbul, V8's older tools and their like put into a function to count. */
export function isCoverageCounter(text: string): boolean {
  return /^(?:cov_\w+|__cov\w*|_cov\w*|__coverage__|_\$jscov\w*)/.test(text);
}

export function coverageFault(text: string): Fault {
  const name = /^[\w$]+/.exec(text)?.[0] ?? text;
  return {
    code: "instrumented",
    message: `a coverage tool has put its counter ${name} into the function's text`,
    hint: "leave the file out of coverage, or pass the function as text",
  };
}

function constantsOf(object: string): ReadonlyMap<string, number> | undefined {
  return object === "Math" ? mathConstants : object === "Number" ? numberConstants : undefined;
}

function octalOrDecimal(raw: string): string {
  const digits = raw.replace(/^0+/, "") || "0";
  return /[89]/.test(raw) ? digits : `0o${digits} for that, or ${digits} for the decimal number`;
}
