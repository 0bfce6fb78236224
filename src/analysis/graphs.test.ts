/** Dominators, loops and liveness of random control flow graphs, against definitions taken literally; and their cost. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FunctionBuilder } from "../ir/builder.ts";
import { type Block, edgesOf, type IrFunction, type Value } from "../ir/function.ts";
import { reversePostorder } from "./control-flow.ts";
import { DominatorTree } from "./dominators.ts";
import { findLiveness } from "./liveness.ts";
import { findLoops } from "./loops.ts";
import { findViolations } from "./verify.ts";

/** A function whose block i branches to the two blocks of `targets[i]`; 0 or less ends the function. */
function graph(targets: readonly (readonly [number, number])[]): IrFunction {
  const builder = new FunctionBuilder("graph", ["bool"], undefined);
  const blocks = [builder.block, ...targets.slice(1).map(() => builder.createBlock())];
  targets.forEach(([first, second], index) => {
    builder.switchTo(blocks[index] ?? builder.block);
    const [one, other] = [blocks[first], blocks[second]];
    if (first <= 0 || one === undefined) builder.return();
    else if (second <= 0 || other === undefined) builder.jump(one);
    else builder.branch(builder.parameter(0), one, other);
  });
  return builder.function;
}

const graphs = fc
  .integer({ min: 1, max: 12 })
  .chain((count) => {
    const target = fc.integer({ min: -1, max: count - 1 });
    return fc.array(fc.tuple(target, target), { minLength: count, maxLength: count });
  })
  .map(graph);

const successors = (block: Block): Block[] => edgesOf(block.terminator).map((edge) => edge.block);

/** The blocks reached from a block without passing `without`. */
function reach(from: Block, without?: Block): Set<Block> {
  const seen = new Set<Block>();
  const work = from === without ? [] : [from];
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    work.push(...successors(block).filter((next) => next !== without));
  }
  return seen;
}

describe("control flow", () => {
  it("orders what the entry reaches, each block before its successors but for ways back", () => {
    fc.assert(
      fc.property(graphs, (fn) => {
        const order = reversePostorder(fn);
        expect(new Set(order)).toEqual(reach(fn.entry));
        expect(order).toHaveLength(new Set(order).size);
        expect(order[0]).toBe(fn.entry);
        order.forEach((block, position) => {
          for (const next of successors(block)) {
            const isBack = order.indexOf(next) <= position;
            if (isBack) expect(reach(next).has(block)).toBe(true);
          }
        });
      }),
    );
  });

  it("dominates as the definition says: without the dominator, no way leads there", () => {
    fc.assert(
      fc.property(graphs, (fn) => {
        const tree = new DominatorTree(fn);
        const reachable = reach(fn.entry);
        for (const a of fn.blocks) {
          const without = reach(fn.entry, a);
          for (const b of fn.blocks) {
            const expected = reachable.has(a) && reachable.has(b) && !without.has(b);
            expect(tree.dominates(a, b)).toBe(expected);
          }
        }
        for (const block of reachable) {
          const parent = tree.immediateDominator(block);
          expect(parent === undefined).toBe(block === fn.entry);
          if (parent === undefined) continue;
          expect(tree.children(parent)).toContain(block);
          // Nothing stands between: every other strict dominator dominates the immediate one.
          for (const other of reachable)
            if (other !== block && tree.dominates(other, block)) expect(tree.dominates(other, parent)).toBe(true);
        }
      }),
    );
  });

  it("finds loops as the definition says", () => {
    fc.assert(
      fc.property(graphs, (fn) => {
        const tree = new DominatorTree(fn);
        const { innermost, loops } = findLoops(fn, tree);
        const reachable = reach(fn.entry);
        const bodies = new Map<Block, Set<Block>>();
        for (const header of reachable) {
          const latches = [...reachable].filter(
            (from) => tree.dominates(header, from) && successors(from).includes(header),
          );
          if (latches.length === 0) continue;
          // In the loop: what the header dominates and what reaches a latch without passing the header.
          const body = [...reachable].filter(
            (block) => block === header || latches.some((latch) => reach(block, header).has(latch)),
          );
          bodies.set(header, new Set(body));
        }
        expect(new Set(loops.map((loop) => loop.header))).toEqual(new Set(bodies.keys()));
        for (const block of reachable) {
          const containing = [...bodies].filter(([, body]) => body.has(block));
          const smallest = containing.sort(([, a], [, b]) => a.size - b.size)[0];
          expect(innermost[block.id]?.header).toBe(smallest?.[0]);
          expect(innermost[block.id]?.depth ?? 0).toBe(containing.length);
        }
      }),
    );
  });
});

describe("liveness", () => {
  /** A graph in which every block uses some values of the entry and defines one that its successors may use. */
  const functions = fc.tuple(graphs, fc.array(fc.nat(0xff), { maxLength: 24 })).map(([fn, picks]) => {
    const [condition] = fn.parameters;
    if (condition === undefined) throw new TypeError("graph has a parameter");
    const tree = new DominatorTree(fn);
    const definitions: { block: Block; value: Value }[] = [];
    fn.blocks.forEach((block, index) => {
      const usable = definitions.filter(({ block: home }) => tree.dominates(home, block));
      const used = usable[(picks[index] ?? 0) % Math.max(1, usable.length)]?.value ?? condition;
      const value = fn.createValue("not", "bool", [used]);
      block.instructions.push(value);
      definitions.push({ block, value });
    });
    return fn;
  });

  it("is alive where a way leads to a use and not over the definition", () => {
    fc.assert(
      fc.property(functions, (fn) => {
        const { liveIn, liveOut } = findLiveness(fn);
        const homes = new Map<Value, Block>();
        for (const block of fn.blocks)
          for (const value of [...block.parameters, ...block.instructions]) homes.set(value, block);
        const usesIn = (block: Block, value: Value): boolean =>
          block.instructions.some((instruction) => instruction.operands.includes(value)) ||
          (block.terminator?.kind === "branch" && block.terminator.condition === value);
        for (const [value, home] of homes) {
          for (const block of fn.blocks) {
            const isIn = (at: Block): boolean =>
              at !== home && [...reach(at, home)].some((reached) => usesIn(reached, value));
            expect(liveIn[block.id]?.includes(value)).toBe(isIn(block));
            expect(liveOut[block.id]?.includes(value)).toBe(successors(block).some(isIn));
          }
        }
        for (const list of [...liveIn, ...liveOut]) expect(new Set(list).size).toBe(list.length);
      }),
    );
  });
});

describe("size", () => {
  /** `count` tests in a row, each of which may leave to one common exit. */
  function ladder(count: number): IrFunction {
    const targets = Array.from({ length: count }, (_, index): [number, number] => [index + 1, count + 1]);
    return graph([...targets, [-1, -1], [-1, -1]]);
  }

  it("takes 50,000 blocks without recursion, and in time that grows with the size", () => {
    const time = (fn: IrFunction): number => {
      const start = process.cpuUsage();
      expect(findViolations(fn)).toEqual([]);
      findLoops(fn, new DominatorTree(fn));
      findLiveness(fn);
      return process.cpuUsage(start).user / 1000;
    };
    const [small, large] = [ladder(5_000), ladder(50_000)];
    time(small);
    const ratio = time(large) / Math.max(1, Math.min(time(small), time(small)));
    expect(ratio).toBeLessThan(60); // ten times the blocks; a quadratic walk takes a hundred times as long
  });
});
