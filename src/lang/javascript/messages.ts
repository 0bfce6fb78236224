/** What the diagnostics of more than one place say, and those of whole constructs. */

export const functionsComeLater = "write one expression; statements and functions come in a later version";

/** By acorn's node type: code, message and hint for expressions that are not accepted at all. */
export const refusedConstructs: Readonly<Record<string, readonly [code: string, message: string, hint?: string]>> = {
  ArrayExpression: [
    "not-a-number",
    "arrays are not accepted: values are numbers and booleans",
    "pass arrays as columns to map",
  ],
  AwaitExpression: ["unsupported-operator", "`await` is not accepted"],
  ChainExpression: ["optional-chaining", "`?.` is not accepted: values are numbers and booleans"],
  SequenceExpression: ["sequence", "`,` between expressions is not accepted", "write one expression"],
  SpreadElement: ["spread", "`...` is not accepted", "list the arguments one by one"],
  TaggedTemplateExpression: ["not-a-number", "template strings are not accepted: values are numbers and booleans"],
  ThisExpression: ["reserved-name", "`this` is not accepted", "pass the value as a parameter"],
};
