/** Who computes when: runs by stints, on threads that only count. */
import { describe, expect, test } from "vitest";
import type { Kernel, KernelCode } from "./column-kernels.ts";
import type { Stint, StintResult, Threads } from "./host.ts";
import { ThreadKernel } from "./thread-kernel.ts";
import { type StintWork, ThreadRun } from "./thread-run.ts";

/** What a run did, in order: `here` and `there` with how long a stint lasts, `turn`, `closed`. */
interface Scene {
  readonly threads: Threads;
  readonly work: StintWork;
  readonly events: string[];
  /** Milliseconds on its clock. */
  clock: number;
  /** Things that came from outside. */
  arrived: number;
}

interface Wishes {
  readonly processors?: number;
  readonly mayRunHere?: boolean;
  readonly takesMoments?: boolean;
  /** Rows of a stint here. */
  readonly rowsHere?: number;
  readonly requireInputs?: (scene: Scene) => void;
  readonly onHere?: (scene: Scene) => void;
  readonly onTurn?: (scene: Scene) => void;
}

function sceneOf(wishes: Wishes): Scene {
  const { processors = 2, mayRunHere = true, takesMoments = true, rowsHere = 1000 } = wishes;
  const events: string[] = [];
  let next = 0;
  const take = (rows: number, { rows: end }: Stint): StintResult => {
    const taken = Math.max(Math.min(rows, end - next), 0);
    next += taken;
    return {
      rows: taken,
      left: -1,
      leftEnd: 0,
      isInScalar: false,
      isGone: false,
      isStopped: false,
      chunkRows: 64,
      trap: undefined,
    };
  };
  const unused = (): never => {
    throw new Error("nobody should ask for it");
  };
  const threads: Threads = {
    most: 3,
    usual: 2,
    processors,
    bind: unused,
    bindStint: unused,
    openBoard: (first) => {
      next = first;
      return { address: 0, next: () => next, close: () => events.push("closed") };
    },
    takeMoment: () => takesMoments,
    nextTurn: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      events.push("turn");
      wishes.onTurn?.(scene);
    },
    events: () => scene.arrived,
    now: () => scene.clock,
    addressOf: unused,
    isStable: unused,
    allocate: unused,
  };
  const main = { installed: { address: 1, bytes: 10, release() {} } } as unknown as KernelCode; // as far as stints look
  const kernel = { typed: {}, scalar: () => main } as unknown as Kernel; // as above
  const call = {
    start: (stint: Stint) => {
      events.push(`there ${stint.lasts}`);
      const done = new Promise<StintResult>((resolve) => {
        setTimeout(() => {
          const result = take(5000, stint);
          events.push("back");
          resolve(result);
        }, 5);
      });
      return { done, stop() {} };
    },
    runHere: (stint: Stint) => {
      events.push(`here ${stint.lasts}`);
      wishes.onHere?.(scene);
      scene.clock += 0.2;
      return take(rowsHere, stint);
    },
  };
  const work: StintWork = {
    way: { unit: 64, call, callHere: call },
    kernel: ThreadKernel.of(threads, kernel, main, { from: "column", bytes: 8 }, 64),
    values: [],
    mayGoOn: false,
    mayRunHere,
    offset: 0,
    finish: unused,
    requireInputs: () => wishes.requireInputs?.(scene),
  };
  const scene: Scene = { threads, work, events, clock: 0, arrived: 0 };
  return scene;
}

async function run(scene: Scene, rows: number, threads: number): Promise<string[]> {
  const settings = { threads, signal: undefined, onProgress: undefined };
  await new ThreadRun(scene.threads, settings, rows).overStints(0, rows, scene.work);
  return scene.events;
}

describe("the calling thread", () => {
  test("computes short runs alone, and the event loop turns", async () => {
    expect(await run(sceneOf({}), 700, 2)).toEqual(["here chunk", "turn", "closed"]);
    expect(await run(sceneOf({ mayRunHere: false }), 700, 2)).toEqual(["there stint", "back", "closed"]);
  });

  test("wakes others where rows take long, and is one of the threads where there is no processor for another", async () => {
    const events = await run(sceneOf({}), 4000, 2);
    expect(events.slice(0, 4)).toEqual(["here chunk", "there stint", "here moment", "turn"]);
    expect(events.filter((event) => event === "there stint")).toHaveLength(1);
    expect(events.filter((event) => event === "here moments")).toHaveLength(2);
  });

  test("gives its place to another thread where there are processors, and where one thread is asked for", async () => {
    for (const [processors, threads] of [
      [4, 2],
      [2, 1],
    ] as const) {
      const events = await run(sceneOf({ processors }), 6000, threads);
      expect(events.filter((event) => event.startsWith("here"))).toEqual(["here chunk", "here moment"]);
      expect(events.filter((event) => event === "there stint")).toHaveLength(threads);
    }
  });

  test("gives its place to another thread when the event loop has other work, or its moment is taken", async () => {
    for (const onTurn of [
      (scene: Scene) => {
        scene.clock += 1;
      },
      (scene: Scene) => {
        scene.arrived++;
      },
    ]) {
      const events = await run(sceneOf({ onTurn }), 9000, 2);
      expect(events).not.toContain("here moments");
      expect(events.filter((event) => event === "there stint").length).toBeGreaterThanOrEqual(2);
    }
    expect(await run(sceneOf({ takesMoments: false }), 9000, 2)).not.toContain("here chunk");
  });

  test("computes nothing from memory that has gone between two turns", async () => {
    const scene = sceneOf({
      requireInputs: ({ events }) => {
        if (events.includes("turn")) throw new TypeError("the memory of column x is gone");
      },
    });
    await expect(run(scene, 100_000, 2)).rejects.toThrow("the memory of column x is gone");
    expect(scene.events).not.toContain("here moments");
    expect(scene.events.at(-1)).toBe("closed");
  });

  test("fails without leaving a board that others use", async () => {
    const scene = sceneOf({
      onHere: ({ events }) => {
        if (events.includes("there stint")) throw new RangeError("too many calls");
      },
    });
    await expect(run(scene, 100_000, 2)).rejects.toThrow("too many calls");
    expect(scene.events.slice(-2)).toEqual(["back", "closed"]);
  });
});
