/**
 * Text to acorn's tree, for one expression.
 *
 * Acorn descends recursively; here the constructs that form long chains loop instead: binary operators
 * (`a + b + …`), prefix operators (`!!!x`) and conditionals (`a ? b : c ? d : …`), so their length is bounded by memory
 * only. What truly nests (parentheses, arguments, right operands) is counted, and refused at `deepestNesting`, far from
 * where JavaScript's stack would end. Constructs that can hold statements are refused where they start, so that acorn
 * never descends into them. After this, every node that the checker sees is an expression.
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
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import type { Source, Span } from "../../base/source.ts";
import { functionsComeLater } from "./messages.ts";

/**
 * How deep an expression may nest: the sum of `nestingCosts` over all constructs that are open at once, so 250
 * parentheses, or 200 of the brackets in `a + x * (b + x * (…`. A unit is about 220 bytes of JavaScript's stack (acorn,
 * not yet optimised by V8, Node 20), so this takes less than half of the usual 984 KiB.
 */
export const deepestNesting = 2000;
const nestingCosts = { bracket: 8, rightOperand: 1 } as const;

/** The longest text, in UTF-16 code units. */
export const longestText = 1 << 24;

/** Parses one expression. Throws `CompileError` with one diagnostic, since nothing after a syntax fault can be trusted. */
export function parseExpression(source: Source): Expression {
  if (source.text.length > longestText) {
    const message = `the text has ${source.text.length} characters; at most ${longestText} are accepted`;
    throw new CompileError(source, [{ code: "too-long", message, span: { start: 0, end: 0 } }]);
  }
  const parser = idleParser ?? new ExpressionParser({ ecmaVersion: 2023 }, "", 0);
  idleParser = undefined;
  try {
    const expression = parser.parseWhole(source.text);
    parser.input = "";
    idleParser = parser;
    return expression;
  } catch (error) {
    // The parser stopped anywhere, so it is not used again.
    if (error instanceof SyntaxFault) throw new CompileError(source, [error.diagnostic]);
    throw error;
  }
}

/** A parser between two texts: making one costs more than parsing a short formula. */
let idleParser: ExpressionParser | undefined;

/** Carries a diagnostic out of acorn's descent. */
class SyntaxFault extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

function refuse(code: string, span: Span, message: string, hint?: string): never {
  throw new SyntaxFault(hint === undefined ? { code, message, span } : { code, message, span, hint });
}

type ForInit = boolean | "await" | undefined;

/** What acorn knows of a token's kind; its declarations name the label only. */
interface AcornTokenType {
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

const kinds = tokTypes as Readonly<Record<keyof typeof tokTypes, AcornTokenType>>; // see AcornTokenType
/** The precedence at which `??` takes its right operand. */
const precedenceOfAnd = kinds.logicalAND.binop ?? 0;

class ExpressionParser extends AcornBase {
  #depth = 0;

  parseWhole(input: string): Expression {
    this.#begin(input);
    this.nextToken();
    if (this.type === kinds.eof) {
      const what = input.trim() === "" ? "the text is empty" : "the text holds comments only";
      refuse("empty", { start: 0, end: input.length }, what, "write an expression, such as (x + 5) * 3");
    }
    const expression = this.parseExpression();
    if (this.type === kinds.eof) return expression;
    if (this.type === kinds.semi) {
      const { start, end } = this;
      this.next();
      if (kinds.eof === this.type)
        refuse("trailing-semicolon", { start, end }, "an expression ends without `;`", "remove the semicolon");
      refuse(
        "statement",
        { start, end: input.length },
        "one expression is expected, not statements",
        functionsComeLater,
      );
    }
    if (expression.type === "Identifier" && (expression.name === "let" || expression.name === "async"))
      refuse("statement", expression, `\`${expression.name}\` starts a statement`, functionsComeLater);
    return this.unexpected();
  }

  /** Acorn's state before the first token, as its constructor sets it. */
  #begin(input: string): void {
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
    if (this.type.isAssign === true) this.#assignment();
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

  // ---- constructs that are refused where they start

  parseArrowExpression(node: Span): never {
    refuse(
      "function",
      { start: node.start, end: this.lastTokEnd },
      "functions are not accepted in an expression",
      functionsComeLater,
    );
  }

  parseFunction(node: Span): never {
    refuse(
      "function",
      { start: node.start, end: this.lastTokEnd },
      "functions are not accepted in an expression",
      functionsComeLater,
    );
  }

  parseClass(): never {
    refuse("statement", this, "classes are not accepted", functionsComeLater);
  }

  parseObj(): never {
    refuse(
      "not-a-number",
      this,
      "objects are not accepted: values are numbers and booleans",
      "pass each field as a parameter",
    );
  }

  parseTemplate(): never {
    refuse("not-a-number", this, "template strings are not accepted: values are numbers and booleans");
  }

  parseNew(): never {
    refuse("not-a-number", this, "`new` is not accepted: values are numbers and booleans");
  }

  parseExprImport(): never {
    refuse("statement", this, "`import` is not accepted");
  }

  readRegexp(): never {
    // The tokenizer is in the middle of the token: `start` is set, `end` is not.
    const span = { start: this.start, end: this.start + 1 };
    refuse(
      "unexpected-token",
      span,
      "`/` has no left operand",
      "regular expressions are not accepted: values are numbers and booleans",
    );
  }

  // ---- faults

  /** Acorn's way to say that the current token, or the one at a position, cannot stand there. */
  unexpected(position?: number): never {
    if (position !== undefined && position !== null && position !== this.start)
      refuse(
        "unexpected-token",
        this.#tokenAt(position),
        `${this.#quote(position)} cannot stand here`,
        this.#hintAt(position),
      );
    const { type, start, end } = this;
    if (type === kinds.eof) this.#end(start);
    if (type.isAssign === true) this.#assignment();
    if (type === kinds.arrow) this.parseArrowExpression({ start, end });
    if (type.keyword !== undefined && (type.binop ?? null) === null && type.prefix !== true)
      refuse("statement", { start, end }, `\`${type.keyword}\` is not accepted in an expression`, functionsComeLater);
    if (type === kinds.ellipsis)
      refuse("spread", { start, end }, "`...` is not accepted", "list the arguments one by one");
    const operand = type === kinds.name || type === kinds.num || type === kinds.string || type === kinds.parenL;
    const after = operand && /\s$/.test(this.input.slice(Math.max(0, start - 1), start));
    const hint = after ? "an operator is missing before it" : undefined;
    refuse("unexpected-token", { start, end }, `${this.#quote(start)} cannot stand here`, hint);
  }

  raise(position: number, message: string): never {
    if (position >= this.input.length) this.#end(position);
    if (this.type.isAssign === true || /^Assigning to/.test(message)) this.#assignment();
    refuse("syntax", this.#tokenAt(position), `${message.charAt(0).toLowerCase()}${message.slice(1)}`);
  }

  raiseRecoverable(position: number, message: string): never {
    this.raise(position, message);
  }

  checkLValSimple(target: Span): void {
    if (this.type.isAssign === true) this.#assignment();
    refuse(
      "assignment",
      { start: target.start, end: this.end },
      "an expression changes no variable",
      "write x + 1 for x++",
    );
  }

  toAssignable(): never {
    this.#assignment();
  }

  #end(position: number): never {
    const message = "the text ends where an operand or a closing bracket is expected";
    refuse("unexpected-end", { start: position, end: position }, message);
  }

  #assignment(): never {
    const hint = this.value === "=" ? "to compare, write == or ===" : functionsComeLater;
    refuse("assignment", { start: this.start, end: this.end }, "an expression assigns nothing", hint);
  }

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

  #tokenAt(position: number): Span {
    if (position === this.start && this.end > this.start) return { start: position, end: this.end };
    const word = /^(?:[\w$]+|\*\*|[^\w\s])/.exec(this.input.slice(position, position + 40));
    return { start: position, end: position + (word?.[0].length ?? 1) };
  }

  #quote(position: number): string {
    const { start, end } = this.#tokenAt(position);
    return `\`${this.input.slice(start, Math.min(end, start + 40))}\``;
  }

  #hintAt(position: number): string | undefined {
    return this.input.startsWith("**", position)
      ? "write (-x) ** y or -(x ** y): JavaScript asks which is meant"
      : undefined;
  }
}
