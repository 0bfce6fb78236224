import { describe, expect, it } from "vitest";
import { parseFunction } from "../ir/parse.ts";
import { layOutBlocks } from "./block-layout.ts";

/** The order of blocks; `edges` names where each goes, at most two, or is `trap` or `return`. */
function orderOf(edges: readonly string[]): string {
  const lines = edges.map((to, k) => {
    const [first = "", second] = to.split(" ");
    const end =
      second !== undefined ? `branch v0, ${first}, ${second}` : first.startsWith("b") ? `jump ${first}` : first;
    return `b${k}:\n  ${end === "trap" ? "trap unreachable" : end}`;
  });
  const fn = parseFunction(`fn @f(v0: bool) {\n${lines.join("\n")}\n}\n`);
  const isReached = new Array<boolean>(fn.blockCount).fill(true);
  return layOutBlocks(fn, isReached)
    .order.map(({ id }) => `b${id}`)
    .join(" ");
}

describe("the layout of blocks", () => {
  it("is the function's order without loops, with traps at the end", () => {
    expect(orderOf(["b1 b2", "trap", "b3", "return"])).toBe("b0 b2 b3 b1");
  });

  it("puts a header that decides behind the loop's other blocks", () => {
    expect(orderOf(["b1", "b2 b3", "b1", "return"])).toBe("b0 b2 b1 b3");
  });

  it("leaves a loop alone whose last block decides", () => {
    expect(orderOf(["b1", "b2", "b1 b3", "return"])).toBe("b0 b1 b2 b3");
    expect(orderOf(["b1", "b1 b2", "return"])).toBe("b0 b1 b2");
  });

  it("keeps loops together, whatever stood between their blocks", () => {
    // The exit b2 and the inner loop b4, b6 of the outer one b1, b3, b5.
    expect(orderOf(["b1", "b2 b3", "return", "b4", "b5 b6", "b1", "b4"])).toBe("b0 b3 b6 b4 b5 b1 b2");
  });
});
