/**
 * The statements of one function instance: scopes, declarations, control flow, the types of variables.
 *
 * A variable has the type of its first value; later ones may widen it (`commonType`, or a number that is a boolean at
 * times). Where one widens after it was read, the body is checked again with the wider type, until nothing changes.
 * Faults count of the last time only, since types were guesses before.
 */
import type {
  Node as AcornNode,
  Statement as AcornStatement,
  BlockStatement,
  Expression,
  ForStatement,
  IfStatement,
  LabeledStatement,
  Pattern,
  ReturnStatement,
  SwitchStatement,
  VariableDeclaration,
} from "acorn";
import type { Span } from "../../base/source.ts";
import { nearestWord } from "../../base/spelling.ts";
import { isArrayKind } from "./array-kinds.ts";
import { coverageFault, isCoverageCounter } from "./coverage-counters.ts";
import { ExpressionChecker } from "./expression-checker.ts";
import { Label, type Statement, type Statements, type SwitchCase } from "./function-tree.ts";
import { mathFunctions } from "./functions.ts";
import { refusedStatements } from "./messages.ts";
import type { Binding, Fault, Names } from "./names.ts";
import { isExact } from "./operand-types.ts";
import type { Instance, Program } from "./program.ts";
import {
  type ArrayParameter,
  commonType,
  isMixed,
  LocalVariable,
  mixedType,
  type Node,
  numberTypeOf,
  type Tree,
  type ValueType,
} from "./tree.ts";

/** How deep statements may nest; `else if` does not count. */
const deepestStatements = 200;

/** Statements, and whether control reaches what comes after them. */
interface Checked {
  readonly statements: Statements;
  readonly completes: boolean;
}

const nothing: Checked = { statements: [], completes: true };

type Scope = Map<string, LocalVariable | ArrayParameter>;

export class FunctionChecker implements Names {
  readonly isFunction = true;
  readonly #program: Program;
  readonly #instance: Instance;
  readonly #expressions: ExpressionChecker;
  /** By the place of its declaration, so that a variable stays the same one when the body is checked again. */
  readonly #declarations = new Map<number, LocalVariable>();
  #scopes: Scope[] = [];
  #labels: Label[] = [];
  #pendingLabels: Label[] = [];
  #returns: { readonly tree: Tree | undefined; readonly span: Span }[] = [];
  #depth = 0;
  #typesChanged = false;

  constructor(program: Program, instance: Instance) {
    this.#program = program;
    this.#instance = instance;
    const { source } = instance.fn;
    this.#expressions = new ExpressionChecker(
      source,
      this,
      (diagnostic) => instance.diagnostics.push(diagnostic),
      instance.isRoot ? undefined : source,
    );
  }

  check(): void {
    const instance = this.#instance;
    instance.variables = [];
    do {
      this.#typesChanged = false;
      instance.diagnostics = [];
      instance.callees.clear();
      instance.hasLoops = false;
      this.#returns = [];
      for (const variable of instance.variables) variable.isDeclared = false;
      this.#checkBody();
      for (const variable of instance.variables) {
        if (variable.type !== undefined || variable.wasAssigned) continue;
        variable.type = "f64"; // nothing is ever assigned
        this.#typesChanged ||= variable.wasRead;
      }
    } while (this.#typesChanged);
  }

  // ---- names

  lookup(name: string): Binding | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      const found = this.#scopes[index]?.get(name);
      if (found === undefined) continue;
      if (!(found instanceof LocalVariable)) return { kind: "array", array: found };
      if (found.isDeclared) return { kind: "variable", variable: found };
      const message = `${name} is used before its declaration`;
      return { kind: "fault", fault: { code: "use-before-declaration", message, hint: "declare it further up" } };
    }
    const constant = this.#program.options.constants?.get(name);
    if (constant !== undefined) return { kind: "constant", value: constant };
    return this.#program.hasFunction(name) ? { kind: "function", name } : undefined;
  }

  unknown(name: string, isCalled: boolean): Binding | undefined {
    const fault = (code: string, message: string, hint: string): Binding => ({
      kind: "fault",
      fault: { code, message, hint },
    });
    if (isCoverageCounter(name)) return { kind: "fault", fault: coverageFault(name) };
    if (name === "__name" || /^_{1,2}(?:spread|rest|assign|async|generator|class|object|ts_)/i.test(name))
      return fault(
        "instrumented",
        `a bundler has put its helper ${name} into the function's text`,
        "switch that off (esbuild and tsx: keepNames), write the inner function outside, or pass the function as text",
      );
    const words = isCalled ? [...this.#program.functionNames, ...mathFunctions.keys()] : this.#visibleNames();
    const nearest = nearestWord(name, words);
    const place = isCalled ? "functions" : "constants";
    const pass = `a function's text does not hold what stands around it: pass it in { ${place}: { ${name} } }`;
    return fault(
      isCalled ? "unknown-function" : "captured-variable",
      isCalled ? `${name} is not a function here` : `${name} is neither a parameter nor a variable of the function`,
      nearest === undefined ? pass : `did you mean ${nearest}? Otherwise, ${pass}`,
    );
  }

  instance(name: string, args: readonly (Node | ArrayParameter)[]): Instance | Fault {
    return this.#program.instance(name, args, this.#instance);
  }

  assigned(variable: LocalVariable, value: Node): void {
    variable.wasAssigned = true;
    if (value.isPending) return;
    const { declared } = variable;
    if (declared !== undefined) {
      this.#requireDeclared(variable, declared, value);
      return;
    }
    const before = variable.type;
    const number = before === undefined ? undefined : numberTypeOf(before);
    if (
      value.literal &&
      typeof value.constant === "number" &&
      (number === "i32" || number === "f32") &&
      isExact(value.constant, number)
    )
      value.type = number;
    variable.type = before === undefined ? value.type : this.#join(before, value);
    if (variable.wasRead && variable.typeRead !== variable.type) this.#typesChanged = true;
  }

  #join(type: ValueType, value: Node): ValueType {
    const left = numberTypeOf(type);
    const right = numberTypeOf(value.type);
    if (left !== undefined && right !== undefined && (left === "i64") !== (right === "i64")) {
      this.#fault(
        value.span,
        "mixed-bigint",
        "a variable holds BigInts or numbers, not both",
        "convert: BigInt(x), or Number(n)",
      );
      return type;
    }
    const number = commonType(left, right);
    if (number === undefined) return "bool";
    return left === undefined || right === undefined || isMixed(type) || isMixed(value.type)
      ? mixedType(number)
      : number;
  }

  /** A declared variable takes what converts to its type without a change. */
  #requireDeclared({ name }: LocalVariable, declared: ValueType, value: Node): void {
    const number = numberTypeOf(value.type);
    if (
      value.literal &&
      typeof value.constant === "number" &&
      declared !== "bool" &&
      isExact(value.constant, numberTypeOf(declared) ?? "f64")
    ) {
      if (declared !== "i64") value.type = declared;
      if (declared !== "i64") return;
    }
    const accepted =
      value.type === declared ||
      (declared === "f64" && number !== "i64") ||
      (declared === "i32" && (value.type === "bool" || isInt32(value))) ||
      (declared === "f32" && (value.type === "bool" || isFloat32(value)));
    if (accepted) return;
    const hints: Readonly<Record<string, string>> = {
      i32: "write (…) | 0",
      f32: "write Math.fround(…)",
      i64: value.literal ? "write it with n" : "write BigInt(…)",
      bool: "write Boolean(…)",
      f64: "write Number(…)",
    };
    this.#fault(
      value.span,
      "assigned-type",
      `this is of type ${value.type.replace("|", " or ")}, but ${name} is declared ${declared}`,
      hints[declared],
    );
  }

  #visibleNames(): string[] {
    return [...this.#scopes.flatMap((scope) => [...scope.keys()]), ...(this.#program.options.constants?.keys() ?? [])];
  }

  // ---- the function as a whole

  #checkBody(): void {
    const instance = this.#instance;
    const { node } = instance.fn;
    if (node.async === true)
      this.#fault(node, "async-function", "`async` functions are not accepted", "remove `async`");
    if (node.generator === true) this.#fault(node, "generator", "generators are not accepted", "remove `*`");
    const scope: Scope = new Map();
    this.#scopes = [scope];
    instance.parameters = node.params.map((parameter, index) => this.#parameter(parameter, index, scope));
    const { body } = node;
    if (body.type === "BlockStatement") {
      const { statements, completes } = this.#block(body.body);
      instance.body = statements;
      this.#resultOf(completes, body);
      return;
    }
    const span = this.#expressions.spanOf(body);
    const tree = this.#expressions.check(body);
    this.#returns.push({ tree, span });
    instance.body = [{ kind: "return", value: tree, span }];
    this.#resultOf(false, body);
  }

  #parameter(pattern: Pattern, index: number, scope: Scope): LocalVariable | ArrayParameter {
    const type = this.#instance.parameterTypes[index] ?? "f64";
    let name = `parameter ${index + 1}`;
    if (pattern.type === "Identifier") ({ name } = pattern);
    else if (pattern.type === "AssignmentPattern")
      this.#fault(
        pattern,
        "parameter-form",
        "default values are not accepted: a missing argument is NaN",
        "write x = Number.isNaN(x) ? 1 : x, or pass it",
      );
    else if (pattern.type === "RestElement")
      this.#fault(
        pattern,
        "parameter-form",
        "rest parameters are not accepted",
        "list the parameters, or take a typed array",
      );
    else this.#fault(pattern, "destructuring", "destructuring is not accepted", "take each value as a parameter");
    if (isArrayKind(type)) {
      const array: ArrayParameter = { name, kind: type, parameter: index };
      scope.set(name, array);
      return array;
    }
    const isDeclared = this.#instance.isRoot && this.#program.options.types?.has(name) === true;
    const variable = this.#variable(
      pattern,
      name,
      false,
      isDeclared && !isMixed(type) ? (numberTypeOf(type) ?? "bool") : undefined,
    );
    variable.type ??= type;
    variable.isDeclared = true;
    scope.set(name, variable);
    return variable;
  }

  #resultOf(completes: boolean, body: AcornNode): void {
    const instance = this.#instance;
    const values = this.#returns.flatMap(({ tree }) => (tree === undefined ? [] : [tree.result]));
    if (values.length === 0) {
      instance.result = "void";
      return;
    }
    if (completes)
      this.#fault(
        { start: Math.max(body.start, body.end - 1), end: body.end },
        "missing-return",
        "some ways through the function return a value, but its end is reached without one",
        "return a value at the end, such as NaN",
      );
    for (const { tree, span } of this.#returns)
      if (tree === undefined)
        this.#fault(span, "missing-return", "this returns nothing, but others return a value", "write return NaN");
    let result: ValueType | undefined;
    for (const isLiteral of [false, true])
      for (const value of values) {
        if (value.isPending || value.literal !== isLiteral) continue;
        const number = result === undefined ? undefined : numberTypeOf(result);
        if (
          isLiteral &&
          typeof value.constant === "number" &&
          (number === "i32" || number === "f32") &&
          isExact(value.constant, number)
        )
          value.type = number;
        result = result === undefined ? value.type : this.#join(result, value);
      }
    // Once found, the type stays or grows.
    instance.result = result ?? instance.result;
  }

  #fault(
    { start, end }: { readonly start: number; readonly end: number },
    code: string,
    message: string,
    hint?: string,
  ): void {
    const span = { start, end };
    this.#instance.diagnostics.push(hint === undefined ? { code, message, span } : { code, message, span, hint });
  }

  // ---- scopes

  #block(list: readonly AcornStatement[]): Checked {
    const scope: Scope = new Map();
    this.#scopes.push(scope);
    for (const statement of list) if (statement.type === "VariableDeclaration") this.#announce(statement, scope);
    const checked = this.#statements(list);
    this.#scopes.pop();
    return checked;
  }

  /** The names of a `let` or `const` are known in their whole block, and may be used after it only. */
  #announce(declaration: VariableDeclaration, scope: Scope): void {
    for (const { id } of declaration.declarations) {
      if (id.type !== "Identifier") continue;
      const declared = this.#instance.isRoot ? this.#program.options.types?.get(id.name) : undefined;
      if (declared !== undefined && isArrayKind(declared)) {
        this.#fault(id, "declared-type", `${id.name} is declared as a ${declared}, but arrays can only be parameters`);
        continue;
      }
      const variable = this.#variable(id, id.name, declaration.kind === "const", declared);
      variable.isDeclared = false;
      scope.set(id.name, variable);
    }
  }

  #variable(node: AcornNode, name: string, isConstant: boolean, declared: LocalVariable["declared"]): LocalVariable {
    let variable = this.#declarations.get(node.start);
    if (variable === undefined) {
      const { variables } = this.#instance;
      variable = new LocalVariable(name, variables.length, isConstant, declared);
      variables.push(variable);
      this.#declarations.set(node.start, variable);
    }
    variable.wasRead = false;
    return variable;
  }

  // ---- statements

  #statements(list: readonly AcornStatement[]): Checked {
    const statements: Statement[] = [];
    let completes = true;
    for (const statement of list) {
      const checked = this.#statement(statement);
      // What cannot be reached is checked, and left out.
      if (completes) statements.push(...checked.statements);
      completes &&= checked.completes;
    }
    return { statements, completes };
  }

  #statement(node: AcornStatement): Checked {
    if (this.#depth >= deepestStatements) {
      this.#fault(
        node,
        "too-deep",
        `statements nest too deep; ${deepestStatements} levels are accepted`,
        "split the function",
      );
      return nothing;
    }
    this.#depth++;
    const checked = this.#dispatch(node);
    this.#depth--;
    return checked;
  }

  #dispatch(node: AcornStatement): Checked {
    const labels = this.#pendingLabels;
    this.#pendingLabels = [];
    switch (node.type) {
      case "BlockStatement":
        return this.#block((node as BlockStatement).body);
      case "EmptyStatement":
        return nothing;
      case "ExpressionStatement":
        if (node.expression.type === "Literal" && typeof node.expression.value === "string") return nothing; // "use strict"
        return one({ kind: "evaluate", tree: this.#expressions.checkStatement(node.expression) });
      case "VariableDeclaration":
        return this.#declaration(node);
      case "IfStatement":
        return this.#if(node);
      case "WhileStatement":
        return this.#loop(
          labels,
          node,
          node.body,
          () => ({ test: this.#expressions.check(node.test) }),
          true,
          node.test,
        );
      case "DoWhileStatement":
        return this.#loop(
          labels,
          node,
          node.body,
          () => ({ test: this.#expressions.check(node.test) }),
          false,
          node.test,
        );
      case "ForStatement":
        return this.#for(labels, node);
      case "LabeledStatement":
        return this.#labelled(labels, node);
      case "SwitchStatement":
        return this.#switch(node);
      case "BreakStatement":
      case "ContinueStatement":
        return this.#jump(node);
      case "ReturnStatement":
        return this.#return(node);
      case "FunctionDeclaration":
        this.#fault(
          node,
          "closure",
          "functions inside a function are not accepted",
          "write it outside, and pass it in { functions: { … } }",
        );
        return nothing;
      default: {
        const [message, hint] = refusedStatements[node.type] ?? [`${node.type} is not accepted`];
        const end = node.type === "ThrowStatement" ? node.end : Math.min(node.end, node.start + 5);
        this.#fault({ start: node.start, end }, "unsupported-statement", message, hint);
        return node.type === "ThrowStatement" ? { statements: [], completes: false } : nothing;
      }
    }
  }

  #declaration(node: VariableDeclaration): Checked {
    const statements: Statement[] = [];
    if (node.kind !== "let" && node.kind !== "const")
      this.#fault(
        { start: node.start, end: node.start + node.kind.length },
        "var",
        `\`${node.kind}\` is not accepted`,
        "write `let` or `const`",
      );
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier") {
        this.#fault(id, "destructuring", "destructuring is not accepted", "declare the variables one by one");
        continue;
      }
      const variable = this.#scopes.at(-1)?.get(id.name);
      if (!(variable instanceof LocalVariable)) continue; // `var`, or a fault already
      if (init === null || init === undefined) statements.push({ kind: "declare", variable });
      else statements.push({ kind: "evaluate", tree: this.#expressions.checkInitializer(variable, init) });
      variable.isDeclared = true;
    }
    return { statements, completes: true };
  }

  /** A chain of `else if` is walked, not descended into. */
  #if(first: IfStatement): Checked {
    const arms: { test: Tree; body: Checked }[] = [];
    let node: IfStatement = first;
    let last: Checked = nothing;
    for (;;) {
      const test = this.#expressions.check(node.test);
      arms.push({ test, body: this.#statement(node.consequent) });
      const { alternate } = node;
      if (alternate?.type === "IfStatement") {
        node = alternate;
        continue;
      }
      if (alternate !== null && alternate !== undefined) last = this.#statement(alternate);
      break;
    }
    return arms.reduceRight<Checked>(
      (otherwise, { test, body }) => ({
        statements: [{ kind: "if", test, whenTrue: body.statements, whenFalse: otherwise.statements }],
        completes: body.completes || otherwise.completes,
      }),
      last,
    );
  }

  #loop(
    labels: readonly Label[],
    node: AcornNode & { readonly type: string },
    body: AcornStatement,
    head: () => { readonly test?: Tree | undefined; readonly update?: Tree | undefined },
    isTestFirst: boolean,
    test: Expression | null | undefined,
  ): Checked {
    this.#instance.hasLoops = true;
    // The labels of a loop are its own name: `continue` with one of them goes on with this loop.
    const label = new Label(undefined, true);
    const names = labels.map(({ name }) => name);
    const entry = { label, names };
    let parts = isTestFirst ? head() : {};
    this.#loops.push(entry);
    this.#labels.push(label);
    const checked = this.#statement(body);
    this.#labels.pop();
    this.#loops.pop();
    if (!isTestFirst) parts = head();
    const span = this.#expressions.spanOf({
      ...node,
      end: isTestFirst ? Math.max(node.start + 1, body.start) : node.end,
    } as AcornNode); // a node but for its end
    const isEndless = test === null || test === undefined || (test.type === "Literal" && Boolean(test.value));
    return {
      statements: [
        {
          kind: "loop",
          label,
          test: isEndless ? undefined : parts.test,
          isTestFirst,
          body: checked.statements,
          update: parts.update,
          span,
        },
      ],
      completes: !isEndless || label.hasBreak,
    };
  }

  readonly #loops: { readonly label: Label; readonly names: readonly (string | undefined)[] }[] = [];

  #for(labels: readonly Label[], node: ForStatement): Checked {
    const { init, test, update } = node;
    const scope: Scope = new Map();
    this.#scopes.push(scope);
    const before: Statement[] = [];
    if (init?.type === "VariableDeclaration") {
      this.#announce(init, scope);
      before.push(...this.#declaration(init).statements);
    } else if (init !== null && init !== undefined)
      before.push({ kind: "evaluate", tree: this.#expressions.checkStatement(init) });
    const checkedTest = test === null || test === undefined ? undefined : this.#expressions.check(test);
    // The update is evaluated after the body; types do not depend on the order, since the body is checked until they stay.
    const checkedUpdate =
      update === null || update === undefined ? undefined : this.#expressions.checkStatement(update);
    const loop = this.#loop(labels, node, node.body, () => ({ test: checkedTest, update: checkedUpdate }), true, test);
    this.#scopes.pop();
    return { statements: [...before, ...loop.statements], completes: loop.completes };
  }

  #labelled(labels: readonly Label[], node: LabeledStatement): Checked {
    const { body } = node;
    const isLoop = /^(?:While|DoWhile|For|Labeled)Statement$/.test(body.type);
    const label = new Label(node.label.name, false);
    if (isLoop) {
      this.#pendingLabels = [...labels, label];
      return this.#statement(body);
    }
    this.#labels.push(label);
    const { statements, completes } = this.#statement(body);
    this.#labels.pop();
    return { statements: [{ kind: "labelled", label, body: statements }], completes: completes || label.hasBreak };
  }

  #switch(node: SwitchStatement): Checked {
    const subject = this.#variable(node, "(switch)", true, undefined);
    subject.isDeclared = true;
    const evaluate: Statement = {
      kind: "evaluate",
      tree: this.#expressions.checkInitializer(subject, node.discriminant),
    };
    const label = new Label(undefined, false);
    const isSwitch = { label, names: [] };
    this.#labels.push(label);
    this.#switches.add(label);
    const scope: Scope = new Map();
    this.#scopes.push(scope);
    let completes = true;
    const cases = node.cases.map(({ test, consequent }): SwitchCase => {
      for (const statement of consequent)
        if (statement.type === "VariableDeclaration")
          this.#fault(
            statement,
            "declaration-in-case",
            "a declaration directly in a case belongs to all cases",
            "put braces around the case",
          );
      const checkedTest = test === null || test === undefined ? undefined : this.#expressions.checkCase(subject, test);
      const body = this.#statements(consequent);
      completes = body.completes;
      return { test: checkedTest, body: body.statements };
    });
    this.#scopes.pop();
    this.#labels.pop();
    const hasDefault = cases.some(({ test }) => test === undefined);
    return {
      statements: [evaluate, { kind: "switch", label: isSwitch.label, cases }],
      completes: completes || label.hasBreak || !hasDefault,
    };
  }

  readonly #switches = new Set<Label>();

  #jump(node: AcornStatement & { readonly type: "BreakStatement" | "ContinueStatement" }): Checked {
    const kind = node.type === "BreakStatement" ? "break" : "continue";
    const name = node.label?.name;
    const label = this.#findLabel(kind, name);
    // Acorn has checked that there is one.
    if (label === undefined) return nothing;
    if (kind === "break") label.hasBreak = true;
    return { statements: [{ kind, label }], completes: false };
  }

  #findLabel(kind: "break" | "continue", name: string | undefined): Label | undefined {
    if (name !== undefined)
      return (
        this.#loops.findLast(({ names }) => names.includes(name))?.label ??
        this.#labels.findLast((label) => label.name === name)
      );
    return this.#labels.findLast((label) => label.isLoop || (kind === "break" && this.#switches.has(label)));
  }

  #return(node: ReturnStatement): Checked {
    const span = this.#expressions.spanOf(node);
    const { argument } = node;
    const tree = argument === null || argument === undefined ? undefined : this.#expressions.check(argument);
    this.#returns.push({ tree, span });
    return { statements: [{ kind: "return", value: tree, span }], completes: false };
  }
}

function one(statement: Statement): Checked {
  return { statements: [statement], completes: true };
}

/** Whether a number is always one of the 32-bit integers. */
function isInt32({ kind, type, at, callee, array }: Node): boolean {
  if (type === "i32") return true;
  if (callee !== undefined) return callee.name === "imul" || callee.name === "clz32";
  if (kind === "element") return /^(?:Int|Uint8|Uint16)/.test(array?.kind ?? "");
  return (kind.startsWith("bit-") || kind === "shift-left" || kind === "shift-right") && at === "i32";
}

/** Whether a number is always one of the 32-bit floats. */
function isFloat32({ kind, type, callee, array }: Node): boolean {
  return type === "f32" || callee?.name === "fround" || (kind === "element" && array?.kind === "Float32Array");
}
