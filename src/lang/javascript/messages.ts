/** What the diagnostics of more than one place say, and those of whole constructs. */

export const functionsComeLater = "write one expression, or a function such as (x) => { … }";

/** What to write instead of a function of another form. */
export const plainFunctionHint = "write an arrow function or a `function`";

const closure = [
  "closure",
  "functions inside a function are not accepted",
  "write it outside, and pass it in { functions: { … } }",
] as const;

/** By acorn's node type: code, message and hint for expressions that are not accepted at all. */
export const refusedConstructs: Readonly<Record<string, readonly [code: string, message: string, hint?: string]>> = {
  ArrowFunctionExpression: closure,
  FunctionExpression: closure,
  ClassExpression: ["unsupported-statement", "classes are not accepted: values are numbers and booleans"],
  NewExpression: [
    "not-a-number",
    "`new` is not accepted: values are numbers and booleans",
    "pass arrays as parameters",
  ],
  ObjectExpression: [
    "not-a-number",
    "objects are not accepted: values are numbers and booleans",
    "use a variable for each field",
  ],
  TemplateLiteral: ["not-a-number", "template strings are not accepted: values are numbers and booleans"],
  ImportExpression: ["unsupported-statement", "`import` is not accepted"],
  MetaProperty: ["reserved-name", "`new.target` and `import.meta` are not accepted"],
  YieldExpression: ["unsupported-operator", "`yield` is not accepted"],
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

/** By acorn's node type: message and hint for statements that are not accepted; their code is `unsupported-statement`. */
export const refusedStatements: Readonly<Record<string, readonly [message: string, hint?: string]>> = {
  ClassDeclaration: ["classes are not accepted"],
  DebuggerStatement: ["`debugger` is not accepted", "remove it"],
  ForInStatement: ["`for … in` is not accepted", "write for (let i = 0; i < xs.length; i++)"],
  ForOfStatement: ["`for … of` is not accepted", "write for (let i = 0; i < xs.length; i++)"],
  ThrowStatement: ["`throw` is not accepted", "return a number that says so, such as NaN"],
  TryStatement: ["`try` is not accepted: nothing throws but traps, which end the call"],
  WithStatement: ["`with` is not accepted"],
};
