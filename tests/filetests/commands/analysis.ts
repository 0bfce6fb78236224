/** `dominators`, `loops`, `liveness`: what the analyses find. */
import { DominatorTree } from "../../../src/analysis/dominators.ts";
import { findLiveness } from "../../../src/analysis/liveness.ts";
import { findLoops, type Loop } from "../../../src/analysis/loops.ts";
import type { Block, Value } from "../../../src/ir/function.ts";
import { parseFunction } from "../../../src/ir/parse.ts";
import type { Commands } from "../filetest.ts";

const listBlocks = (blocks: readonly Block[]): string => blocks.map((block) => `b${block.id}`).join(" ");
const listValues = (values: readonly Value[] = []): string => values.map((value) => `v${value.id}`).join(" ") || "-";

export const analysisCommands: Commands = {
  dominators: (input) => {
    const tree = new DominatorTree(parseFunction(input));
    const lines: string[] = [];
    let depth = 0;
    tree.walk(
      (block) => lines.push(`${"  ".repeat(depth++)}b${block.id}`),
      () => depth--,
    );
    return [`reverse postorder: ${listBlocks(tree.order)}`, ...lines].join("\n");
  },

  loops: (input) => {
    const fn = parseFunction(input);
    const { loops } = findLoops(fn, new DominatorTree(fn));
    const describe = (loop: Loop): string =>
      `${"  ".repeat(loop.depth - 1)}loop at b${loop.header.id}: ${listBlocks(loop.blocks)}`;
    return loops.length === 0 ? "no loops" : loops.map(describe).join("\n");
  },

  liveness: (input) => {
    const fn = parseFunction(input);
    const { liveIn, liveOut } = findLiveness(fn);
    return fn.blocks.map(({ id }) => `b${id}: in ${listValues(liveIn[id])}; out ${listValues(liveOut[id])}`).join("\n");
  },
};
