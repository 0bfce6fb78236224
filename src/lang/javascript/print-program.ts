/**
 * The checked functions of a program as text: one line for each statement, its expressions' trees below it.
 *
 *     f(x: f64): f64
 *       while
 *         less bool               i < x
 *       …
 */
import type { Statements } from "./function-tree.ts";
import { printNodes } from "./print-tree.ts";
import type { CheckedProgram, Instance } from "./program.ts";
import type { Tree } from "./tree.ts";

export function printProgram({ root }: CheckedProgram): string {
  const instances = new Set([root]);
  for (const instance of instances) for (const callee of instance.callees) instances.add(callee); // a set grows while it is read
  return [...instances].map(printInstance).join("\n\n");
}

function printInstance({ fn, name, parameters, parameterTypes, variables, result, body }: Instance): string {
  const list = parameters.map((parameter, index) => `${parameter.name}: ${parameterTypes[index]}`).join(", ");
  const own = variables.filter((variable) => !parameters.includes(variable));
  const lines = [`${name}(${list}): ${result}`];
  if (own.length > 0)
    lines.push(`  variables ${own.map((variable) => `${variable.name}: ${variable.type ?? "f64"}`).join(", ")}`);
  const { text } = fn.source;
  const show = (tree: Tree | undefined, indent: string): void => {
    if (tree !== undefined) for (const line of printNodes(text, tree.result).split("\n")) lines.push(indent + line);
  };
  const walk = (statements: Statements, indent: string): void => {
    const inner = `${indent}  `;
    for (const statement of statements) {
      switch (statement.kind) {
        case "evaluate":
          show(statement.tree, indent);
          break;
        case "declare":
          lines.push(`${indent}declare ${statement.variable.name}`);
          break;
        case "if":
          lines.push(`${indent}if`);
          show(statement.test, inner);
          lines.push(`${indent}then`);
          walk(statement.whenTrue, inner);
          if (statement.whenFalse.length > 0) lines.push(`${indent}else`);
          walk(statement.whenFalse, inner);
          break;
        case "loop":
          lines.push(`${indent}${statement.isTestFirst ? "while" : "do … while"}`);
          show(statement.test, inner);
          lines.push(`${indent}body`);
          walk(statement.body, inner);
          if (statement.update !== undefined) lines.push(`${indent}update`);
          show(statement.update, inner);
          break;
        case "labelled":
          lines.push(`${indent}${statement.label.name}:`);
          walk(statement.body, inner);
          break;
        case "switch":
          lines.push(`${indent}switch`);
          for (const { test, body: statementsOfCase } of statement.cases) {
            lines.push(`${indent}${test === undefined ? "default" : "case"}`);
            show(test, inner);
            walk(statementsOfCase, inner);
          }
          break;
        case "return":
          lines.push(`${indent}return`);
          show(statement.value, inner);
          break;
        default:
          lines.push(`${indent}${statement.kind}`);
      }
    }
  };
  walk(body, "  ");
  return lines.join("\n");
}
