import { describe, expect, it } from "vitest";
import { markDashWords, unmark } from "./dash-words.ts";

describe("words that begin with a dash", () => {
  it("are arguments unless they are options", () => {
    const words = ["eval", "-x", "--json", "x=-4", "-h", "-4", "-", "- -*", "--*", "--input", "-5", "--", "-x", "--y"];
    const marked = markDashWords(words);
    expect(marked.filter((word, i) => word !== words[i]).map(unmark)).toEqual(["-x", "-4", "- -*", "--*", "-5"]);
    expect(unmark(marked)).toEqual(words);
  });
});
