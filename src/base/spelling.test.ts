import { expect, test } from "vitest";
import { editDistance, nearestWord } from "./spelling.ts";

test("distances by insertion, deletion, replacement and swap", () => {
  expect(editDistance("sqrt", "sqrt")).toBe(0);
  expect(editDistance("sqt", "sqrt")).toBe(1);
  expect(editDistance("sqrrt", "sqrt")).toBe(1);
  expect(editDistance("sqrd", "sqrt")).toBe(1);
  expect(editDistance("sqtr", "sqrt")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("abc", "")).toBe(3);
});

test("the nearest word, or none when all are far", () => {
  const functions = ["sqrt", "abs", "min", "max", "floor"];
  expect(nearestWord("sqtr", functions)).toBe("sqrt");
  expect(nearestWord("SQRT", functions)).toBe("sqrt");
  expect(nearestWord("flor", functions)).toBe("floor");
  expect(nearestWord("mux", functions)).toBe("max");
  expect(nearestWord("hypotenuse", functions)).toBeUndefined();
  expect(nearestWord("x", functions)).toBeUndefined();
  expect(nearestWord("a", [])).toBeUndefined();
});
