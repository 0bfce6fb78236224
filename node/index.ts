/** `jitsmith`: the engine on Node's host. */
import { type Compile, createEngine, type Engine } from "../src/engine/compile.ts";
import { nodeHost } from "./node-host.ts";
import { stopLoopsAtEnds } from "./threads/stop-registry.ts";

export * from "../src/index.ts";
export { type ColumnOf, column, releaseColumn } from "./columns/column.ts";

stopLoopsAtEnds();

const engine: Engine = createEngine(nodeHost);

/**
 * Compiles an expression of JavaScript to machine code, on this thread.
 *
 *     import { compile } from "jitsmith";
 *
 *     const f = compile("(x + 5) * 3");
 *     f(4);                                   // 27
 *     f.map({ x: new Float64Array([1, 2]) }); // Float64Array [18, 21]
 *     f.dispose();
 *
 * See `Compile` for options and errors.
 */
export const compile: Compile = engine.compile;

/** How many different compilations are installed on this thread. */
export const liveCompilations: () => number = engine.liveCompilations;
