/**
 * Text to acorn's tree, for one expression. Constructs that can hold statements are refused where they start, so that acorn
 * never descends into them. After this, every node that the checker sees is an expression.
 */
import type { Expression } from "acorn";
import { CompileError } from "../../base/diagnostics.ts";
import type { Source, Span } from "../../base/source.ts";
import { ChainParser, kinds, refuse, SyntaxFault } from "./chain-parser.ts";
import { functionsComeLater } from "./messages.ts";
import { characterFault, comparisonAt, hintAt } from "./syntax-hints.ts";

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

class ExpressionParser extends ChainParser {
  parseWhole(input: string): Expression {
    this.begin(input);
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

  protected override afterConditional(): void {
    if (this.type.isAssign === true) this.#assignment();
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
        this.tokenAt(position),
        `${this.quote(position)} cannot stand here`,
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
    const hint = hintAt(this.input, { start, end }, false) ?? (after ? "an operator is missing before it" : undefined);
    refuse("unexpected-token", { start, end }, `${this.quote(start)} cannot stand here`, hint);
  }

  raise(position: number, message: string): never {
    if (position >= this.input.length) this.#end(position);
    if (this.type.isAssign === true || /^Assigning to/.test(message)) this.#assignment();
    if (message.startsWith("Unexpected character")) {
      const { name, hint } = characterFault(this.input, position);
      refuse("syntax", { start: position, end: position + 1 }, `the character ${name} means nothing here`, hint);
    }
    refuse("syntax", this.tokenAt(position), `${message.charAt(0).toLowerCase()}${message.slice(1)}`);
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
    const hint = this.value === "=" ? comparisonAt(this.input, this) : functionsComeLater;
    refuse("assignment", { start: this.start, end: this.end }, "an expression assigns nothing", hint);
  }

  #hintAt(position: number): string | undefined {
    return this.input.startsWith("**", position)
      ? "write (-x) ** y or -(x ** y): JavaScript asks which is meant"
      : undefined;
  }
}
