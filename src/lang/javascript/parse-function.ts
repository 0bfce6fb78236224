/**
 * Text to acorn's tree, for one function: what `Function.prototype.toString` gives of an arrow function or a `function`.
 * All of JavaScript's syntax is parsed; what the language leaves out is the checker's to refuse, all of it in one go.
 * The texts of methods, classes, and of functions that have no text, are told apart here.
 */
import type { ArrowFunctionExpression, Expression, FunctionExpression } from "acorn";
import { CompileError, type Diagnostic } from "../../base/diagnostics.ts";
import type { Source, Span } from "../../base/source.ts";
import { ChainParser, kinds, refuse, SyntaxFault } from "./chain-parser.ts";
import { plainFunctionHint } from "./messages.ts";
import { longestText } from "./parse.ts";
import { characterFault, hintAt } from "./syntax-hints.ts";

export type FunctionNode = ArrowFunctionExpression | FunctionExpression;

/** Whether a text that `compile` gets is meant as a function: it starts as one, or as a method or class does. */
export function looksLikeFunction(text: string): boolean {
  if (!text.includes("=>") && !text.includes("function")) return false;
  const start = text.replace(leadingSpace, "");
  return (
    /^(?:async\b\s*)?(?:function\b|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u.test(start) || isArrowWithList(start)
  );
}

const leadingSpace = /^(?:\s+|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)+/;

/** `(…) =>`, where the list may hold brackets of its own. */
function isArrowWithList(text: string): boolean {
  const list = text.replace(/^async\b\s*/, "");
  if (!list.startsWith("(")) return false;
  let depth = 0;
  for (let at = 0; at < list.length; at++) {
    if (list[at] === "(") depth++;
    else if (list[at] === ")" && --depth === 0) return /^\)(?:\s|\/\*[\s\S]*?\*\/)*=>/.test(list.slice(at));
  }
  return false;
}

/** Parses a function's text. Throws `CompileError` with one diagnostic, since nothing after a syntax fault can be trusted. */
export function parseFunction(source: Source): FunctionNode {
  const { text } = source;
  const fail = (diagnostic: Diagnostic): never => {
    throw new CompileError(source, [diagnostic]);
  };
  const whole = { start: 0, end: text.length };
  if (text.length > longestText) {
    const message = `the text has ${text.length} characters; at most ${longestText} are accepted`;
    fail({ code: "too-long", message, span: { start: 0, end: 0 } });
  }
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    const message = "a built-in or bound function has no source text";
    fail({
      code: "native-code",
      message,
      span: whole,
      hint: `${plainFunctionHint} that calls it, or its Math function`,
    });
  }
  const kind = otherKindOf(text.replace(leadingSpace, ""));
  if (kind !== undefined)
    fail({ code: "not-a-function", message: `${kind} is not accepted`, span: whole, hint: plainFunctionHint });
  try {
    return new FunctionParser({ ecmaVersion: 2023 }, "", 0).parseWhole(text);
  } catch (error) {
    if (error instanceof SyntaxFault) return fail(error.diagnostic);
    throw error;
  }
}

/** What a text is that starts neither as an arrow function nor as a `function`. */
function otherKindOf(start: string): string | undefined {
  if (/^class\b/.test(start)) return "a class";
  if (/^(?:get|set)\s+[\w$["'#]/.test(start)) return "a getter or setter";
  if (
    /^(?:static\s+)?(?:async\s+)?\*?\s*(?!function\b|async\b)(?:[\p{ID_Start}$_#][\p{ID_Continue}$]*|\[|["'])[^=]*?\(/u.test(
      start,
    )
  )
    return /^[^(]*=>/.test(start) ? undefined : "a method";
  return undefined;
}

class FunctionParser extends ChainParser {
  parseWhole(input: string): FunctionNode {
    this.begin(input);
    this.nextToken();
    const expression = this.parseMaybeAssign() as Expression | FunctionNode; // acorn's own names its kinds
    while (this.type === kinds.semi) this.next();
    if (this.type !== kinds.eof) this.unexpected();
    if (expression.type === "ArrowFunctionExpression" || expression.type === "FunctionExpression") return expression;
    const { start, end } = expression;
    return refuse("not-a-function", { start, end }, "a function is expected", plainFunctionHint);
  }

  unexpected(position?: number): never {
    const at = position ?? this.start;
    if (at >= this.input.length) this.#end(at);
    const token = this.tokenAt(at);
    return refuse("unexpected-token", token, `${this.quote(at)} cannot stand here`, hintAt(this.input, token, true));
  }

  raise(position: number, message: string): never {
    if (position >= this.input.length) this.#end(position);
    const text = `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replaceAll("'", "`");
    if (message.includes("already been declared"))
      refuse("redeclared", this.tokenAt(position), text, "use another name");
    if (message.startsWith("Unexpected character")) {
      const { name, hint } = characterFault(this.input, position);
      refuse("syntax", { start: position, end: position + 1 }, `the character ${name} means nothing here`, hint);
    }
    if (message.startsWith("Unsyntactic"))
      refuse("syntax", this.tokenAt(position), `${this.quote(position)} has no loop or label of that name around it`);
    return refuse("syntax", this.tokenAt(position), text);
  }

  raiseRecoverable(position: number, message: string): never {
    this.raise(position, message);
  }

  #end(position: number): never {
    const span: Span = { start: position, end: position };
    return refuse("unexpected-end", span, "the text ends within the function");
  }
}
