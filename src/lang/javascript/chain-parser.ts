/**
 * Acorn's parser with loops in place of recursion for the constructs that form long chains: binary operators
 * (`a + b + …`), prefix operators (`!!!x`) and conditionals (`a ? b : c ? d : …`), so their length is bounded by memory only.
 * What truly nests (parentheses, arguments, right operands) is counted, and refused at `deepestNesting`, far from where
 * JavaScript's stack would end. Faults leave as `SyntaxFault`s.
 */
import {
  type BinaryExpression,
  type ConditionalExpression,
  type Expression,
  type LogicalExpression,
  Parser,
  tokTypes,
  type UnaryExpression,
} from "acorn";
import type { Diagnostic } from "../../base/diagnostics.ts";
import type { Span } from "../../base/source.ts";

/**
 * How deep an expression may nest: the sum of `nestingCosts` over all constructs that are open at once, so 250
 * parentheses, or 200 of the brackets in `a + x * (b + x * (…`. A unit is about 220 bytes of JavaScript's stack (acorn,
 * not yet optimised by V8, Node 20), so this takes less than half of the usual 984 KiB.
 */
export const deepestNesting = 2000;
const nestingCosts = { bracket: 8, rightOperand: 1 } as const;

/** Carries a diagnostic out of acorn's descent. */
export class SyntaxFault extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

export function refuse(code: string, span: Span, message: string, hint?: string): never {
  throw new SyntaxFault(hint === undefined ? { code, message, span } : { code, message, span, hint });
}

export type ForInit = boolean | "await" | undefined;

/** What acorn knows of a token's kind; its declarations name the label only. */
export interface AcornTokenType {
  readonly keyword?: string;
  /** The precedence of a binary operator. */
  readonly binop?: number | null;
  readonly prefix?: boolean;
  readonly isAssign?: boolean;
}

/** The part of acorn's parser that plugins override; acorn documents it but does not declare it. */
interface AcornParser {
  input: string;
  /** Where the tokenizer stands, and what it knows of its place. */
  pos: number;
  lineStart: number;
  curLine: number;
  context: unknown[];
  exprAllowed: boolean;
  containsEsc: boolean;
  potentialArrowAt: number;
  /** The current token. */
  type: AcornTokenType;
  value: unknown;
  start: number;
  end: number;
  lastTokStart: number;
  lastTokEnd: number;
  initialContext(): unknown[];
  nextToken(): void;
  next(): void;
  eat(type: AcornTokenType): boolean;
  expect(type: AcornTokenType): void;
  startNodeAt(start: number, location: unknown): object;
  finishNode(node: object, type: string): Expression;
  checkExpressionErrors(errors: object | null | undefined, andThrow?: boolean): boolean;
  parseExpression(forInit?: ForInit): Expression;
  parseMaybeAssign(forInit?: ForInit): Expression;
  parseExprOps(forInit: ForInit, errors: object | null | undefined): Expression;
  parseMaybeUnary(errors: object | null | undefined, sawUnary: boolean, incDec: boolean, forInit: ForInit): Expression;
}

// Acorn's declarations leave the members out that its plugins are made of; AcornParser above adds those used here.
const AcornBase = Parser as unknown as new (options: object, input: string, start: number) => AcornParser;

export const kinds = tokTypes as Readonly<Record<keyof typeof tokTypes, AcornTokenType>>; // see AcornTokenType
/** The precedence at which `??` takes its right operand. */
const precedenceOfAnd = kinds.logicalAND.binop ?? 0;

export class ChainParser extends AcornBase {
  #depth = 0;

  /** Acorn's state before the first token, as its constructor sets it. */
  protected begin(input: string): void {
    this.input = input;
    this.pos = this.start = this.end = this.lastTokStart = this.lastTokEnd = this.lineStart = 0;
    this.curLine = 1;
    this.type = kinds.eof;
    this.value = null;
    this.context = this.initialContext();
    this.exprAllowed = true;
    this.containsEsc = false;
    this.potentialArrowAt = -1;
    this.#depth = 0;
  }

  // ---- chains, by loops

  parseExprOp(
    left: Expression,
    leftStart: number,
    leftLocation: unknown,
    lowest: number,
    forInit: ForInit,
  ): Expression {
    let result = left;
    for (;;) {
      const { type } = this;
      const ownPrecedence = type.binop;
      if (ownPrecedence === null || ownPrecedence === undefined || ownPrecedence <= lowest) return result;
      const logical = type === kinds.logicalOR || type === kinds.logicalAND;
      const coalesce = type === kinds.coalesce;
      // `??` takes its right operand at the precedence of `&&`: the two may not be mixed without parentheses.
      const precedence = coalesce ? precedenceOfAnd : ownPrecedence;
      const operator = this.value;
      this.next();
      const { start } = this;
      this.#descend(nestingCosts.rightOperand);
      const right = this.parseExprOp(
        this.parseMaybeUnary(null, false, false, forInit),
        start,
        undefined,
        precedence,
        forInit,
      );
      this.#depth -= nestingCosts.rightOperand;
      const node = this.startNodeAt(leftStart, leftLocation) as BinaryExpression | LogicalExpression; // acorn builds nodes field by field
      node.left = result;
      node.operator = operator as BinaryExpression["operator"] & LogicalExpression["operator"]; // the token's value is its text
      node.right = right;
      result = this.finishNode(node, logical || coalesce ? "LogicalExpression" : "BinaryExpression");
      const next: AcornTokenType = this.type;
      const mixed = logical
        ? next === kinds.coalesce
        : coalesce && (next === kinds.logicalOR || next === kinds.logicalAND);
      if (mixed)
        refuse("unexpected-token", this, "`??` does not mix with `&&` and `||`", "put one of them in parentheses");
    }
  }

  override parseMaybeUnary(
    errors: object | null | undefined,
    sawUnary: boolean,
    incDec: boolean,
    forInit: ForInit,
  ): Expression {
    this.#descend(nestingCosts.bracket);
    const prefixes: { operator: unknown; start: number }[] = [];
    while (this.type.prefix === true && this.type !== kinds.incDec) {
      prefixes.push({ operator: this.value, start: this.start });
      this.next();
    }
    const prefixed = prefixes.length > 0;
    let result = super.parseMaybeUnary(prefixed ? null : errors, sawUnary || prefixed, incDec, forInit);
    for (let at = prefixes.length - 1; at >= 0; at--) {
      const prefix = prefixes[at];
      if (prefix === undefined) break;
      const node = this.startNodeAt(prefix.start, undefined) as UnaryExpression; // acorn builds nodes field by field
      node.operator = prefix.operator as UnaryExpression["operator"]; // the token's value is its text
      node.prefix = true;
      node.argument = result;
      result = this.finishNode(node, "UnaryExpression");
    }
    this.#depth -= nestingCosts.bracket;
    return result;
  }

  parseMaybeConditional(forInit: ForInit, errors: object | null | undefined): Expression {
    let { start } = this;
    const first = this.parseExprOps(forInit, errors);
    if (this.type !== kinds.question || this.checkExpressionErrors(errors)) return first;
    const open: { test: Expression; consequent: Expression; start: number }[] = [];
    let last = first;
    while (this.eat(kinds.question)) {
      this.#descend(nestingCosts.bracket);
      const consequent = this.parseMaybeAssign();
      this.#depth -= nestingCosts.bracket;
      this.expect(kinds.colon);
      open.push({ test: last, consequent, start });
      start = this.start;
      last = this.parseExprOps(forInit, null);
    }
    this.afterConditional();
    for (let at = open.length - 1; at >= 0; at--) {
      const conditional = open[at];
      if (conditional === undefined) break;
      const node = this.startNodeAt(conditional.start, undefined) as ConditionalExpression; // acorn builds nodes field by field
      node.test = conditional.test;
      node.consequent = conditional.consequent;
      node.alternate = last;
      last = this.finishNode(node, "ConditionalExpression");
    }
    return last;
  }

  /** Acorn calls this around each descent; its own version reports a full stack as a syntax fault of the text. */
  catchStackOverflow<Result>(descend: () => Result): Result {
    try {
      return descend();
    } catch (error) {
      if (error instanceof RangeError) this.#tooDeep();
      throw error;
    }
  }

  /** Called behind `a ? b : c`, where no assignment can follow. */
  protected afterConditional(): void {}

  // ---- faults

  #descend(cost: number): void {
    this.#depth += cost;
    if (this.#depth > deepestNesting) this.#tooDeep();
  }

  #tooDeep(): never {
    const message = `brackets nest too deep; about ${deepestNesting / nestingCosts.bracket} levels are accepted`;
    refuse(
      "too-deep",
      { start: this.start, end: this.end },
      message,
      "split the formula, or write the chain without parentheses",
    );
  }

  protected tokenAt(position: number): Span {
    if (position === this.start && this.end > this.start) return { start: position, end: this.end };
    const word = /^(?:[\w$]+|\*\*|[^\w\s])/.exec(this.input.slice(position, position + 40));
    return { start: position, end: position + (word?.[0].length ?? 1) };
  }

  protected quote(position: number): string {
    const { start, end } = this.tokenAt(position);
    return `\`${this.input.slice(start, Math.min(end, start + 40))}\``;
  }
}
