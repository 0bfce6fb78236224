/**
 * A function as text, in the form that parse.ts reads back without loss. One line per instruction; numbers of values and
 * blocks are the function's own. `docs/ir.md` describes the form.
 */
import type { Block, Constant, Edge, IrFunction, Terminator, Value } from "./function.ts";
import { isVector, type Type } from "./types.ts";

export interface PrintOptions {
  /** Writes where in the source each instruction comes from: `; span 4..9`. */
  readonly spans?: boolean;
}

/** The text of a function, ending in a line break. */
export function printFunction(fn: IrFunction, options: PrintOptions = {}): string {
  const withSpans = options.spans === true;
  const [entry] = fn.blocks;
  const parameters = entry === undefined ? "" : entry.parameters.map(printParameter).join(", ");
  const lines = [`fn @${fn.name}(${parameters})${fn.result === undefined ? "" : ` -> ${fn.result}`} {`];
  for (const block of fn.blocks) {
    lines.push(block === entry || block.parameters.length === 0 ? `${nameOf(block)}:` : `${printHeader(block)}:`);
    for (const instruction of block.instructions) {
      const span = withSpans && instruction.span !== undefined ? printSpan(instruction.span) : "";
      lines.push(`  ${printInstruction(instruction)}${span}`);
    }
    const terminator = block.terminator;
    if (terminator !== undefined) {
      const span =
        withSpans && terminator.kind === "trap" && terminator.span !== undefined ? terminator.span : undefined;
      lines.push(`  ${printTerminator(terminator)}${span === undefined ? "" : printSpan(span)}`);
    }
  }
  lines.push("}", "");
  return lines.join("\n");
}

/** One instruction, such as `v2 = fadd v0, v1`, without its span. */
export function printInstruction(value: Value): string {
  const { explicit, explicitVector, immediate } = value.shape;
  const operands = value.operands.map(printValue);
  if (immediate === "constant" && value.immediate !== undefined)
    operands.push(printConstant(value.type, value.immediate));
  if (immediate === "offset" && value.immediate !== 0) operands.push(String(value.immediate));
  if (immediate === "lane") operands.push(String(value.immediate));
  const mnemonic =
    explicit || (explicitVector && isVector(value.type)) ? `${value.opcode}.${value.type}` : value.opcode;
  const { callee } = value;
  const list = callee === undefined ? operands.join(", ") : `@${callee.name}(${operands.join(", ")})`;
  const instruction = list === "" ? mnemonic : `${mnemonic} ${list}`;
  return value.hasResult ? `${printValue(value)} = ${instruction}` : instruction;
}

export function printTerminator(terminator: Terminator): string {
  switch (terminator.kind) {
    case "jump":
      return `jump ${printEdge(terminator.target)}`;
    case "branch":
      return `branch ${printValue(terminator.condition)}, ${printEdge(terminator.whenTrue)}, ${printEdge(terminator.whenFalse)}`;
    case "return":
      return terminator.value === undefined ? "return" : `return ${printValue(terminator.value)}`;
    case "trap":
      return `trap ${terminator.code}`;
  }
}

/** A constant as the text form writes it: integers in decimal, floats with the fewest digits that read back the same. */
export function printConstant(type: Type, value: Constant): string {
  if (type !== "f32" && type !== "f64") return String(value);
  const number = Number(value);
  if (Number.isNaN(number)) return "nan";
  if (!Number.isFinite(number)) return number > 0 ? "inf" : "-inf";
  if (Object.is(number, -0)) return "-0";
  if (type === "f32" && Math.fround(number) === number) {
    for (let digits = 1; digits < 9; digits++) {
      const text = String(Number(number.toPrecision(digits)));
      if (Math.fround(Number(text)) === number) return text;
    }
  }
  return String(number);
}

const nameOf = (block: Block): string => `b${block.id}`;
const printValue = (value: Value): string => `v${value.id}`;
const printParameter = (value: Value): string => `v${value.id}: ${value.type}`;
const printHeader = (block: Block): string => `${nameOf(block)}(${block.parameters.map(printParameter).join(", ")})`;
const printSpan = (span: { start: number; end: number }): string => ` ; span ${span.start}..${span.end}`;

function printEdge(edge: Edge): string {
  return edge.arguments.length === 0
    ? nameOf(edge.block)
    : `${nameOf(edge.block)}(${edge.arguments.map(printValue).join(", ")})`;
}
