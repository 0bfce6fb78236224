/**
 * The names that a refused pattern would have declared: `a` and `b` of `const [a, { b }] = …`. They are declared all the same,
 * so that the diagnostic of the pattern is the only one.
 */
import type { Identifier, Pattern } from "acorn";

export function namesOf(pattern: Pattern): Identifier[] {
  const names: Identifier[] = [];
  const pending: (Pattern | null | undefined)[] = [pattern];
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    switch (next?.type) {
      case "Identifier":
        names.push(next);
        break;
      case "AssignmentPattern":
        pending.push(next.left);
        break;
      case "RestElement":
        pending.push(next.argument);
        break;
      case "ArrayPattern":
        pending.push(...next.elements);
        break;
      case "ObjectPattern":
        pending.push(...next.properties.map((property) => (property.type === "Property" ? property.value : property)));
        break;
      default: // a hole, or a place that is no name
    }
  }
  return names;
}
