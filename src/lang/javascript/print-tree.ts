/**
 * The checked tree as text, operators above their operands:
 *
 *     multiply f64          (x + 5) * 3
 *       add f64             x + 5
 *         x f64
 *         5 f64
 *       3 f64
 *
 * `at` stands where an operator computes in another type than it gives. Very deep trees stop stepping to the right.
 */
import { type CheckedExpression, type Node, numberTypeOf, type Parameter } from "./tree.ts";

const deepestIndent = 30;
const excerptColumn = 34;
const widestExcerpt = 60;

export function printTree({ source, result, parameters, aggregates }: CheckedExpression): string {
  const trees = aggregates.map(
    ({ span, argument }) =>
      `${source.text.slice(span.start, span.end).replace(/\s+/g, " ")}, of all rows:\n${printNodes(source.text, argument.result, parameters)}\n\n`,
  );
  return `${trees.join("")}${printNodes(source.text, result, parameters)}`;
}

/** A node and what is under it. */
export function printNodes(text: string, root: Node, parameters: readonly Parameter[] = []): string {
  const lines: string[] = [];
  const pending: { node: Node; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    const name = `${"  ".repeat(Math.min(depth, deepestIndent))}${label(parameters, node)} ${describeType(node)}`;
    const excerpt = node.operands.length === 0 && node.kind !== "aggregate" ? "" : excerptOf(text, node);
    lines.push(`${excerpt === "" ? name : name.padEnd(excerptColumn)} ${excerpt}`.trimEnd());
    for (const operand of node.operands.toReversed()) pending.push({ node: operand, depth: depth + 1 });
  }
  return lines.join("\n");
}

function label(parameters: readonly Parameter[], node: Node): string {
  switch (node.kind) {
    case "constant":
      return Object.is(node.constant, -0) ? "-0" : String(node.constant);
    case "parameter":
      return parameters[Number(node.constant)]?.name ?? "?";
    case "local":
      return node.variable?.name ?? "?";
    case "assign":
      return `${node.variable?.name} =`;
    case "length":
      return `${node.array?.name}.length`;
    case "element":
      return `${node.array?.name}[]`;
    case "store-element":
      return `${node.array?.name}[] =`;
    case "invoke":
      return `call ${node.target?.name}`;
    case "call":
      return node.callee?.name ?? "?";
    default:
      return node.kind;
  }
}

function describeType(node: Node): string {
  const type = node.type.replace("|", " or ");
  const isComputedElsewhere = node.operands.length > 0 && node.at !== (numberTypeOf(node.type) ?? "bool");
  return isComputedElsewhere ? `${type} at ${node.at}` : type;
}

function excerptOf(whole: string, node: Node): string {
  const text = whole.slice(node.span.start, node.span.start + widestExcerpt + 1);
  const shown = text.slice(0, node.span.end - node.span.start).replace(/\s+/g, " ");
  return shown.length > widestExcerpt ? `${shown.slice(0, widestExcerpt)}…` : shown;
}
