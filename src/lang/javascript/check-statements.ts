/**
 * The statements of a function: blocks, declarations, control flow, and whether control reaches what comes after each.
 *
 * Acorn's statements become the fewer kinds of the function's tree; what cannot be reached is checked, and left out. Faults
 * are reported with the instance, and checking goes on after them.
 */
import type {
  Node as AcornNode,
  Statement as AcornStatement,
  BlockStatement,
  Expression,
  ForStatement,
  IfStatement,
  LabeledStatement,
  SwitchStatement,
  VariableDeclaration,
} from "acorn";
import type { Span } from "../../base/source.ts";
import type { ExpressionChecker } from "./expression-checker.ts";
import { Label, type Statement, type Statements, type SwitchCase } from "./function-tree.ts";
import { refusedStatements } from "./messages.ts";
import type { Instance } from "./program.ts";
import type { Scope, Scopes } from "./scopes.ts";
import { LocalVariable, type Tree } from "./tree.ts";

/** How deep statements may nest; `else if` does not count. */
const deepestStatements = 200;

/** Statements, and whether control reaches what comes after them. */
export interface Checked {
  readonly statements: Statements;
  readonly completes: boolean;
}

const nothing: Checked = { statements: [], completes: true };

/** A `return`, with its value if it has one. */
export interface Return {
  readonly tree: Tree | undefined;
  readonly span: Span;
}

/** Checks the statements of one function, again in each round. */
export class StatementChecker {
  readonly #instance: Instance;
  readonly #scopes: Scopes;
  readonly #expressions: ExpressionChecker;
  /** Every `return` so far. */
  returns: Return[] = [];
  /** Where `break` and `continue` may lead, from the outermost to the innermost. */
  readonly #labels: Label[] = [];
  /** The labels in front of the statement that is next. */
  #pendingLabels: Label[] = [];
  /** The loops among them, with the labels that `continue` may name. */
  readonly #loops: { readonly label: Label; readonly names: readonly (string | undefined)[] }[] = [];
  /** Those that are a `switch`, which an unnamed `break` leaves. */
  readonly #switches = new Set<Label>();
  #depth = 0;

  constructor(instance: Instance, scopes: Scopes, expressions: ExpressionChecker) {
    this.#instance = instance;
    this.#scopes = scopes;
    this.#expressions = expressions;
  }

  /** The statements of a block, in a scope of their own. */
  block(list: readonly AcornStatement[]): Checked {
    const scope = this.#scopes.enter();
    this.#announce(list, scope);
    const checked = this.#statements(list);
    this.#scopes.leave();
    return checked;
  }

  /** What a block declares is known from its start. */
  #announce(list: readonly AcornStatement[], scope: Scope): void {
    for (const statement of list)
      if (statement.type === "VariableDeclaration") this.#scopes.announce(statement, scope);
      else if (statement.type === "FunctionDeclaration") this.#scopes.announceFunction(statement.id.name);
  }

  /** What an arrow function without braces returns. */
  expressionBody(body: Expression): Checked {
    return this.#returned(body, body);
  }

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
      this.#instance.report(
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
        return this.block((node as BlockStatement).body);
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
        return this.#returned(node, node.argument);
      case "FunctionDeclaration":
        this.#instance.report(
          node,
          "closure",
          "functions inside a function are not accepted",
          "write it outside, and pass it in { functions: { … } }",
        );
        return nothing;
      default: {
        const [message, hint] = refusedStatements[node.type] ?? [`${node.type} is not accepted`];
        const end = node.type === "ThrowStatement" ? node.end : Math.min(node.end, node.start + 5);
        this.#instance.report({ start: node.start, end }, "unsupported-statement", message, hint);
        return node.type === "ThrowStatement" ? { statements: [], completes: false } : nothing;
      }
    }
  }

  #declaration(node: VariableDeclaration): Checked {
    const statements: Statement[] = [];
    if (node.kind !== "let" && node.kind !== "const")
      this.#instance.report(
        { start: node.start, end: node.start + node.kind.length },
        "var",
        `\`${node.kind}\` is not accepted`,
        "write `let` or `const`",
      );
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier") {
        this.#instance.report(id, "destructuring", "destructuring is not accepted", "declare the variables one by one");
        this.#scopes.declareRefused(id);
        continue;
      }
      const variable = this.#scopes.innermost(id.name);
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
    let parts = isTestFirst ? head() : {};
    this.#loops.push({ label, names });
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

  #for(labels: readonly Label[], node: ForStatement): Checked {
    const { init, test, update } = node;
    const scope = this.#scopes.enter();
    const before: Statement[] = [];
    if (init?.type === "VariableDeclaration") {
      this.#scopes.announce(init, scope);
      before.push(...this.#declaration(init).statements);
    } else if (init !== null && init !== undefined)
      before.push({ kind: "evaluate", tree: this.#expressions.checkStatement(init) });
    const checkedTest = test === null || test === undefined ? undefined : this.#expressions.check(test);
    // The update is evaluated after the body; types do not depend on the order, since the body is checked until they stay.
    const checkedUpdate =
      update === null || update === undefined ? undefined : this.#expressions.checkStatement(update);
    const loop = this.#loop(labels, node, node.body, () => ({ test: checkedTest, update: checkedUpdate }), true, test);
    this.#scopes.leave();
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
    const subject = this.#scopes.variable(node, "(switch)", true, undefined);
    subject.isDeclared = true;
    const evaluate: Statement = {
      kind: "evaluate",
      tree: this.#expressions.checkInitializer(subject, node.discriminant),
    };
    const label = new Label(undefined, false);
    this.#labels.push(label);
    this.#switches.add(label);
    const scope = this.#scopes.enter();
    let completes = true;
    const cases = node.cases.map(({ test, consequent }): SwitchCase => {
      for (const statement of consequent)
        if (statement.type === "VariableDeclaration") {
          this.#instance.report(
            statement,
            "declaration-in-case",
            "a declaration directly in a case belongs to all cases",
            "put braces around the case",
          );
          this.#scopes.announce(statement, scope);
        } else if (statement.type === "FunctionDeclaration") this.#scopes.announceFunction(statement.id.name);
      const checkedTest = test === null || test === undefined ? undefined : this.#expressions.checkCase(subject, test);
      const body = this.#statements(consequent);
      completes = body.completes;
      return { test: checkedTest, body: body.statements };
    });
    this.#scopes.leave();
    this.#labels.pop();
    const hasDefault = cases.some(({ test }) => test === undefined);
    return {
      statements: [evaluate, { kind: "switch", label, cases }],
      completes: completes || label.hasBreak || !hasDefault,
    };
  }

  #jump(node: AcornStatement & { readonly type: "BreakStatement" | "ContinueStatement" }): Checked {
    const kind = node.type === "BreakStatement" ? "break" : "continue";
    const name = node.label?.name;
    const label = this.#findLabel(kind, name);
    // Acorn has checked that there is one.
    if (label === undefined) return nothing;
    if (kind === "break") label.hasBreak = true;
    return { statements: [{ kind, label }], completes: false };
  }

  /** The statement that a jump leaves or goes on with. */
  #findLabel(kind: "break" | "continue", name: string | undefined): Label | undefined {
    if (name !== undefined)
      return (
        this.#loops.findLast(({ names }) => names.includes(name))?.label ??
        this.#labels.findLast((label) => label.name === name)
      );
    return this.#labels.findLast((label) => label.isLoop || (kind === "break" && this.#switches.has(label)));
  }

  /** A `return` of the value of an expression, or of nothing. */
  #returned(node: AcornNode, argument: Expression | null | undefined): Checked {
    const span = this.#expressions.spanOf(node);
    const tree = argument === null || argument === undefined ? undefined : this.#expressions.check(argument);
    this.returns.push({ tree, span });
    return { statements: [{ kind: "return", value: tree, span }], completes: false };
  }
}

function one(statement: Statement): Checked {
  return { statements: [statement], completes: true };
}
