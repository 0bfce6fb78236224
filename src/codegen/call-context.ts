/**
 * The call context: what generated code knows of the call it runs in, so that no address of mutable state stands in code
 * and one function can run on many threads. Its address is a hidden first integer argument of every compiled function
 * (`rdi` in System V, `x0` in AAPCS64); the IR opcode `context` reads it.
 *
 *     offset  0      4      8      16        20    24          32           40              48         56          64          576
 *             status site   row    stopWord  fuel  stackLimit  unwindStack  iterationsLeft  isBoolean  stackCount  stackWords  (end)
 *             i32    i32    i64    i32       i32   i64         i64          i64             i32 + pad  i32 + pad   i64 × 64
 *
 * `status` is 0 on entry. A trap stores its code there (`trapCodes`) and its site's number, an index into
 * `CompiledCode.trapSites`, then returns; the caller reads `status` after the call, tells, and sets it to 0 again.
 *
 * Functions that call others trap with `stack-exhausted` where their frame would begin below `stackLimit`. The host keeps
 * at least `stackMargin` bytes of usable stack below it; 0, no limit, suits only a host that knows its code not to recurse.
 * `unwindStack` belongs to code with calls: the stack pointer of its entry, where a trap goes back to. A trap there leaves
 * the last words of the stack, `stackCount` of them from the top on, so that the calls can be told (stack-trace.ts).
 *
 * `fuel` is how many more iterations of loops, and entries of recursive functions, may go by until the code looks at
 * `stopWord` (not 0: trap `stopped`) and takes at most `fuelChunk` more from `iterationsLeft` (none left: trap
 * `iteration-limit`). Functions with loops keep it in a register meanwhile, functions that call each other for all of the
 * call. Before a call of a function that uses it, the caller sets
 * `fuel` and `iterationsLeft`; see `fuelOf`. `isBoolean` is set by functions whose result is a boolean at times: 1 where
 * it is, else 0.
 */
export const callContext = {
  status: 0,
  site: 4,
  row: 8,
  stopWord: 16,
  fuel: 20,
  stackLimit: 24,
  unwindStack: 32,
  iterationsLeft: 40,
  isBoolean: 48,
  stackCount: 56,
  stackWords: 64,
  bytes: 576,
} as const;

/** The most fuel that is taken at once, so that `stopWord` is looked at that often. */
export const fuelChunk = 4096;

/** What `fuel` and `iterationsLeft` start with, so that together they are `maxIterations`. */
export function fuelOf(maxIterations: number): { readonly fuel: number; readonly iterationsLeft: number } {
  const fuel = Math.min(maxIterations, fuelChunk);
  return { fuel, iterationsLeft: maxIterations - fuel };
}

/** How many words of the stack a trap leaves at most. */
export const mostStackWords = 64;

/** Bytes below `stackLimit` that code may use without asking: frames of functions that call nothing, and small ones. */
export const stackMargin: number = 32 * 1024;

/** What `status` holds when the function returned an answer; after a trap it is one of `trapCodes`. */
export const callStatus = { done: 0 } as const;
