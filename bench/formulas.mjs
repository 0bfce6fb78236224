/** The formulas that the benchmarks compile; `vary` makes a text that no cache has seen, without changing its shape. */

export const small = { name: "(x + 5) * 3", vary: (n) => `(x + ${n + 5}.5) * 3`, parameters: ["x"] };

/** 30 nodes: operators, calls, variables and numbers counted each. */
export const thirty = {
  name: "30 nodes",
  vary: (n) => `sqrt(x * x + y * y) * ${n}.5 + (x - y) / (1 + abs(x)) - max(x, y) * 0.25 + (x + 1) * (y - 1) / 3`,
  parameters: ["x", "y"],
};

/** The same text for `new Function`, where the functions are Math's. */
export const asJavaScript = (text) => text.replace(/\b(sqrt|abs|max)\(/g, "Math.$1(");
