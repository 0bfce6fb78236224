/** What the random programs are for tests of columns: without what is refused there, and as models of one row. */
import type { CompileOptions } from "../../src/engine/options.ts";
import type { kits } from "./program-generator.ts";

type Kit = (typeof kits)[keyof typeof kits];

/** Stores into arrays, and functions that recurse or store. */
const storesOrRecurses = /\b[xyzu]s\[[^\]]*\]\s*(?:[-+*/%|&^]?=[^=]|\|\||\+\+|--)|[-+|]{2}=|\br\(|\bspread\(/;

/** A kit without what is refused: stores into arrays, and recursion. */
export function readOnlyKit(kit: Kit): Kit {
  const keeps = ([text]: readonly [string, string?]) => !storesOrRecurses.test(text);
  return { ...kit, operators: kit.operators.filter(keeps), assignments: kit.assignments.filter(keeps) };
}

/** An element as a parameter of the type has it. */
export function parameterOf(type: "f64" | "i32" | "i64" | "f32", element: number | bigint): number | bigint {
  if (typeof element === "bigint") return element;
  return type === "i32" ? element | 0 : type === "f32" ? Math.fround(element) : element;
}

/** The models of `g`, which the kits of one type have. */
const models: Readonly<Record<string, string>> = {
  integers: "(p - q) | 0",
  bigints: "BigInt.asIntN(64, p - q)",
  floats: "Math.fround(p - q)",
};

/** Declarations of the functions that programs of a kit call. */
export function modelOfCallees(kit: string, functions: CompileOptions["functions"]): string {
  return Object.entries(functions ?? {})
    .map(([callee, text]) => `const ${callee} = ${kit === "numbers" ? text : `(p, q) => (${models[kit]})`};`)
    .join("\n");
}

/** Whether no label of a program is declared twice, as happens where the generator shrinks or favours small numbers. */
export function hasUniqueLabels(text: string): boolean {
  const labels = text.match(/\bL\d+(?=: )/g) ?? [];
  return new Set(labels).size === labels.length;
}
