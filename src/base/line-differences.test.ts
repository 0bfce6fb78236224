import { describe, expect, it } from "vitest";
import { type DiffLine, lineDifferences } from "./line-differences.ts";

const show = (lines: readonly DiffLine[]): string[] => lines.map(({ sign, text }) => `${sign}${text}`);
const side = (lines: readonly DiffLine[], sign: "-" | "+"): string =>
  lines.flatMap((line) => (line.sign === sign || line.sign === " " ? [line.text] : [])).join("\n");

/** The fewest changes there are, by the table of longest common subsequences. */
function fewestChanges(old: readonly string[], now: readonly string[]): number {
  let above = Array.from({ length: now.length + 1 }, () => 0);
  for (const line of old) {
    const row = [0];
    now.forEach((other, at) => {
      row.push(line === other ? (above[at] ?? 0) + 1 : Math.max(above[at + 1] ?? 0, row[at] ?? 0));
    });
    above = row;
  }
  return old.length + now.length - 2 * (above.at(-1) ?? 0);
}

describe("lineDifferences", () => {
  it("tells lines that went and came", () => {
    expect(show(lineDifferences("a\nb\nc", "a\nx\nc\nd"))).toEqual([" a", "-b", "+x", " c", "+d"]);
    expect(show(lineDifferences("a\nb", "a\nb"))).toEqual([" a", " b"]);
    expect(show(lineDifferences("a\na\nb", "a\nb"))).toEqual([" a", "-a", " b"]);
  });

  it("has both texts in it, and as few changes as possible", () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 16) % below;
    };
    for (let round = 0; round < 500; round++) {
      const text = (): string => Array.from({ length: 1 + random(12) }, () => "abc"[random(3)]).join("\n");
      const [before, after] = [text(), text()];
      const lines = lineDifferences(before, after);
      expect(side(lines, "-")).toBe(before);
      expect(side(lines, "+")).toBe(after);
      const changes = lines.filter(({ sign }) => sign !== " ").length;
      expect(changes, `${before} to ${after}`).toBe(fewestChanges(before.split("\n"), after.split("\n")));
    }
  });

  it("tells texts that have little in common as a replacement", () => {
    const text = (word: string): string => Array.from({ length: 3000 }, (_, i) => `${word}${i}`).join("\n");
    const lines = lineDifferences(text("a"), text("b"));
    expect(lines.length).toBe(6000);
    expect([lines[0]?.sign, lines.at(-1)?.sign]).toEqual(["-", "+"]);
  });
});
