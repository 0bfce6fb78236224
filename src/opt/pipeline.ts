/**
 * The optimiser: the passes in the order in which they run. Each is a function that changes an `IrFunction` in place, keeps
 * it valid, keeps its meaning to the bit (but for `fast-math`), and says whether it changed anything. `constraints` says what the order rests on;
 * it is checked when this file is loaded.
 */
import { Analyses } from "../analysis/analyses.ts";
import { verify } from "../analysis/verify.ts";
import { InternalError, UnsupportedError, VerifyError } from "../base/errors.ts";
import type { IrFunction } from "../ir/function.ts";
import { shapeOf, shapes } from "../ir/opcode-shapes.ts";
import type { Opcode } from "../ir/opcodes.ts";
import { printFunction } from "../ir/print.ts";
import { simplifyBlocks } from "./block-simplification.ts";
import { simplifyBranches } from "./branch-simplification.ts";
import type { Change } from "./change.ts";
import { splitConditions } from "./condition-splitting.ts";
import { foldConstants } from "./constant-folding.ts";
import { sinkConversions } from "./conversion-sinking.ts";
import { removeDeadCode } from "./dead-code.ts";
import { shiftExactQuotients } from "./exact-division.ts";
import { relaxFloats } from "./fast-math.ts";
import { inlineCalls } from "./inlining.ts";
import { narrowToIntegers } from "./int32-narrowing.ts";
import { narrowToLongIntegers } from "./int64-narrowing.ts";
import { decideConditions } from "./known-conditions.ts";
import { moveLoopInvariants } from "./loop-invariants.ts";
import { stripLoops } from "./loop-strips.ts";
import { moveInvariantsOfIndices, versionLoops } from "./loop-versioning.ts";
import { inlineRecursion } from "./recursion-inlining.ts";
import { simplify } from "./simplification.ts";
import { reduceStrength } from "./strength-reduction.ts";
import type { LaneSupport } from "./strip-vectors.ts";
import { unrollLoops } from "./unrolling.ts";
import { numberValues } from "./value-numbering.ts";

export interface Pass {
  readonly name: string;
  readonly run: (fn: IrFunction, analyses: Analyses, options: OptimizeOptions) => Change;
  /** Blocks, and edges but for their arguments, are the same afterwards. */
  readonly keepsBlocks?: boolean;
  /** Runs only if that earlier pass changed something, and not only which blocks there are. */
  readonly after?: string;
  /** Runs only with this option. */
  readonly option?: "fastMath";
  /** In a function of one block, there is nothing to do for the pass. */
  readonly isOfBlocks?: boolean;
  /** In a function of one block, there is nothing to do for the pass without one of these. Saves looking for each alone. */
  readonly needs?: readonly Opcode[];
}

export const passes: readonly Pass[] = [
  { name: "inlining", run: inlineCalls, needs: ["call"] },
  { name: "constant-folding", run: foldConstants, keepsBlocks: true },
  { name: "simplification", run: simplify, keepsBlocks: true },
  { name: "branch-simplification", run: simplifyBranches, isOfBlocks: true },
  { name: "block-simplification", run: simplifyBlocks, isOfBlocks: true },
  { name: "late-simplification", run: simplify, keepsBlocks: true, after: "block-simplification" },
  { name: "fast-math", run: relaxFloats, keepsBlocks: true, option: "fastMath" },
  { name: "relaxed-simplification", run: simplify, keepsBlocks: true, after: "fast-math" },
  { name: "value-numbering", run: numberValues, keepsBlocks: true },
  { name: "early-loop-invariants", run: moveInvariantsOfIndices, isOfBlocks: true },
  { name: "loop-versioning", run: versionLoops, isOfBlocks: true },
  { name: "versioned-simplification", run: simplify, keepsBlocks: true, after: "loop-versioning" },
  { name: "versioned-branch-simplification", run: simplifyBranches, after: "loop-versioning" },
  { name: "versioned-block-simplification", run: simplifyBlocks, after: "loop-versioning" },
  { name: "versioned-late-simplification", run: simplify, keepsBlocks: true, after: "loop-versioning" },
  { name: "exact-division", run: shiftExactQuotients, keepsBlocks: true, needs: ["convert-s"] },
  { name: "int32-narrowing", run: narrowToIntegers, keepsBlocks: true, needs: ["to-int32", "convert-s", "convert-u"] },
  { name: "narrowed-simplification", run: simplify, keepsBlocks: true, after: "int32-narrowing" },
  { name: "narrowed-value-numbering", run: numberValues, keepsBlocks: true, after: "int32-narrowing" },
  { name: "int64-narrowing", run: narrowToLongIntegers, keepsBlocks: true, needs: ["convert-s", "convert-u"] },
  { name: "known-conditions", run: decideConditions, keepsBlocks: true, isOfBlocks: true },
  { name: "late-branch-simplification", run: simplifyBranches, after: "known-conditions" },
  { name: "late-block-simplification", run: simplifyBlocks, after: "known-conditions" },
  { name: "last-simplification", run: simplify, keepsBlocks: true, after: "known-conditions" },
  { name: "recursion-inlining", run: inlineRecursion, needs: ["call"] },
  { name: "recursed-simplification", run: simplify, keepsBlocks: true, after: "recursion-inlining" },
  { name: "recursed-branch-simplification", run: simplifyBranches, after: "recursion-inlining" },
  { name: "recursed-block-simplification", run: simplifyBlocks, after: "recursion-inlining" },
  { name: "recursed-value-numbering", run: numberValues, keepsBlocks: true, after: "recursion-inlining" },
  { name: "unrolling", run: unrollLoops, isOfBlocks: true },
  { name: "unrolled-simplification", run: simplify, keepsBlocks: true, after: "unrolling" },
  { name: "unrolled-branch-simplification", run: simplifyBranches, after: "unrolling" },
  { name: "unrolled-block-simplification", run: simplifyBlocks, after: "unrolling" },
  { name: "unrolled-value-numbering", run: numberValues, keepsBlocks: true, after: "unrolling" },
  { name: "loop-invariants", run: moveLoopInvariants, isOfBlocks: true },
  { name: "loop-strips", run: stripLoops, isOfBlocks: true },
  { name: "strips-loop-invariants", run: moveLoopInvariants, after: "loop-strips" },
  { name: "strength-reduction", run: reduceStrength, keepsBlocks: true, needs: ["sdiv", "udiv", "srem", "urem"] },
  { name: "conversion-sinking", run: sinkConversions, isOfBlocks: true },
  { name: "condition-splitting", run: splitConditions, isOfBlocks: true },
  { name: "dead-code", run: removeDeadCode, keepsBlocks: true },
];

/** The first pass stands before the second, and why. */
export const constraints: readonly (readonly [before: string, after: string, reason: string])[] = [
  ["inlining", "constant-folding", "arguments that are constants fold in the callee's copy"],
  ["inlining", "block-simplification", "the copy's blocks are cut where a call was, not where control joins"],
  ["constant-folding", "branch-simplification", "branches on constants are decided there"],
  ["simplification", "branch-simplification", "conditions become constants, too"],
  ["branch-simplification", "block-simplification", "shortened edges leave blocks that nothing reaches"],
  ["block-simplification", "late-simplification", "a parameter that became its argument may fit a rule"],
  ["block-simplification", "value-numbering", "equal instructions meet in merged blocks"],
  ["late-simplification", "fast-math", "rules that keep every bit come first"],
  ["fast-math", "relaxed-simplification", "what it found to be nothing goes there"],
  ["fast-math", "value-numbering", "trees of the same operands are equal, chains were not"],
  ["late-simplification", "value-numbering", "simpler instructions are more often equal"],
  ["value-numbering", "strength-reduction", "equal divisions are one before they fall apart"],
  ["block-simplification", "int32-narrowing", "a parameter that every way passes the same for hides what it is"],
  ["value-numbering", "loop-versioning", "loops that ask the same of the same value share the answer"],
  ["early-loop-invariants", "loop-versioning", "an index is made from fewer numbers from outside the loop"],
  [
    "loop-versioning",
    "versioned-simplification",
    "conversions there and back go, and with them checks of what is whole",
  ],
  ["versioned-simplification", "versioned-branch-simplification", "checks that became constants are decided"],
  ["versioned-branch-simplification", "versioned-block-simplification", "blocks go that nothing reaches any more"],
  ["versioned-block-simplification", "versioned-late-simplification", "`n % 2 === 0` of a whole n is left of a choice"],
  ["versioned-late-simplification", "exact-division", "remainders that are compared with 0 have become bits"],
  ["exact-division", "int32-narrowing", "a quotient that is an integer there is a shift"],
  ["loop-versioning", "int32-narrowing", "in the new loops, intervals show what the old ones could not"],
  ["int32-narrowing", "int64-narrowing", "what fits into 32 bits takes 32"],
  ["loop-versioning", "unrolling", "turns are counted of loops that count in i32"],
  ["loop-invariants", "conversion-sinking", "what has moved down would move up again"],
  ["loop-invariants", "condition-splitting", "it makes blocks that are entered by half a condition"],
  ["condition-splitting", "dead-code", "the condition that two branches ask in its stead goes"],
  ["int32-narrowing", "narrowed-simplification", "conversions there and back go, comparisons become those of integers"],
  ["narrowed-simplification", "narrowed-value-numbering", "checks of whether an index is whole compare it with itself"],
  ["int32-narrowing", "known-conditions", "inequalities are known of i32"],
  ["value-numbering", "known-conditions", "a comparison with the same operands is the same comparison"],
  ["known-conditions", "late-branch-simplification", "branches on what is known go there"],
  [
    "late-branch-simplification",
    "late-block-simplification",
    "blocks of traps that cannot happen go, bodies of loops merge",
  ],
  ["known-conditions", "last-simplification", "constants and parameters that became their arguments fit rules"],
  ["known-conditions", "recursion-inlining", "a function is optimised before it is copied into itself"],
  ["recursion-inlining", "recursed-simplification", "a copy's arguments fit rules"],
  ["recursed-simplification", "recursed-branch-simplification", "conditions of arguments become constants"],
  ["recursed-branch-simplification", "recursed-block-simplification", "blocks are cut where a call was"],
  ["recursed-block-simplification", "recursed-value-numbering", "copies compute some things alike"],
  ["recursion-inlining", "loop-invariants", "what the copy in a loop computes of what is outside moves"],
  ["int32-narrowing", "unrolling", "counters that count turns are i32"],
  ["known-conditions", "unrolling", "one proof is enough for all turns, and a loop without traps is smaller"],
  ["unrolling", "unrolled-simplification", "what depends on the counter is constant in each turn"],
  ["unrolled-simplification", "unrolled-branch-simplification", "branches on the counter are decided"],
  ["unrolled-branch-simplification", "unrolled-block-simplification", "the loop that is left over goes, turns merge"],
  ["unrolled-block-simplification", "unrolled-value-numbering", "turns compute some things alike"],
  ["unrolling", "loop-invariants", "what is left of a loop around the turns is one loop less deep"],
  ["known-conditions", "loop-invariants", "with its traps gone, more of a loop may move"],
  ["value-numbering", "loop-invariants", "a value that is known above the loop does not move there once more"],
  ["loop-invariants", "loop-strips", "a strip's guard asks what comes from outside of the loop"],
  ["known-conditions", "loop-strips", "what is always so need not be asked in front of a strip"],
  [
    "loop-strips",
    "strips-loop-invariants",
    "the guard of an inner loop asks in part what the outer one does not change",
  ],
  ["loop-strips", "strength-reduction", "a constant step divides the turns"],
  ["strength-reduction", "dead-code", "the divisors are no longer needed"],
  ["value-numbering", "dead-code", "operands of what was replaced may have lost their last use"],
];

for (const [before, after, reason] of constraints) {
  const first = passes.findIndex((pass) => pass.name === before);
  const second = passes.findIndex((pass) => pass.name === after);
  if (first < 0 || second < 0 || first >= second)
    throw new InternalError(`pass order: ${before} must stand before ${after}, because ${reason}`);
}

export interface OptimizeOptions {
  /** These passes alone, in this order, each without regard to `after`. */
  readonly passes?: readonly string[];
  /** Leaves these passes out. */
  readonly disable?: readonly string[];
  /** Floating point may be computed in another order, and as if there were no NaN, infinity and -0. Off if absent. */
  readonly fastMath?: boolean;
  /** The vectors that loops over arrays may use; absent for none. */
  readonly vectors?: LaneSupport | undefined;
  /** Called after each pass that ran. */
  readonly onPass?: (name: string, fn: IrFunction, isChanged: boolean) => void;
  /** Verifies the function before the first pass and after each. */
  readonly verify?: boolean;
}

/**
 * Optimises a function in place. Throws `UnsupportedError` for a pass that does not exist. A pass that fails, or leaves an
 * invalid function, is our bug: an `InternalError` with the pass's name and the function's text.
 */
export function optimize(fn: IrFunction, options: OptimizeOptions = {}): void {
  const { disable, onPass } = options;
  const selected = options.passes === undefined ? steps : options.passes.map((name) => stepOf(findPass(name)));
  if (disable !== undefined) for (const name of disable) findPass(name);
  if (options.verify === true) verify(fn);
  const analyses = new Analyses(fn);
  let changed: string[] | undefined;
  let present = -1;
  for (const pass of selected) {
    if (pass.isOfBlocks && fn.blocks.length === 1) continue;
    if (disable?.includes(pass.name)) continue;
    if (options.passes === undefined && pass.option !== undefined && options[pass.option] !== true) continue;
    if (pass.option === "fastMath" && fn.isExact) continue;
    if (options.passes === undefined && pass.after !== undefined && !changed?.includes(pass.after)) continue;
    if (pass.needs !== 0 && fn.blocks.length === 1) {
      if (present < 0) present = findNeeded(fn);
      if ((present & pass.needs) === 0) continue;
    }
    let change: Change = false;
    try {
      change = pass.run(fn, analyses, options);
      if (change !== false) analyses.forget(pass.keepsBlocks || change === "contents");
      if (options.verify === true) verify(fn);
    } catch (error) {
      // A VerifyError shows the function already.
      const text = error instanceof VerifyError ? "" : `\n${textOf(fn)}`;
      throw new InternalError(`pass ${pass.name} on @${fn.name}: ${messageOf(error)}${text}`, { cause: error });
    }
    if (change !== false && change !== "blocks") {
      changed ??= [];
      changed.push(pass.name);
      if (pass.needs !== 0) present = -1; // such passes bring in others
    }
    onPass?.(pass.name, fn, change !== false);
  }
}

/** By opcode number: the bits of the `needs` that it is in. */
const needed = new Uint8Array(shapes.length);
const bits = new Map<readonly Opcode[], number>();
for (const { needs } of passes) {
  if (needs === undefined || bits.has(needs)) continue;
  const bit = 1 << bits.size;
  bits.set(needs, bit);
  for (const opcode of needs) needed[shapeOf(opcode).number] = (needed[shapeOf(opcode).number] ?? 0) | bit;
}

/** A pass as objects of one shape: small functions feel it when each has its own. */
function stepOf({ name, run, after, option, isOfBlocks, keepsBlocks, needs }: Pass) {
  return {
    name,
    run,
    after,
    option,
    isOfBlocks: isOfBlocks === true,
    keepsBlocks: keepsBlocks === true,
    /** Bits as `findNeeded` gives them; 0 for none. */
    needs: needs === undefined ? 0 : (bits.get(needs) ?? 0),
  };
}
const steps = passes.map(stepOf);

/** The bits of all needs that a function meets. */
function findNeeded(fn: IrFunction): number {
  let found = 0;
  for (const block of fn.blocks) {
    const { instructions } = block;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined) found |= needed[value.shape.number] ?? 0;
    }
  }
  return found;
}

function findPass(name: string): Pass {
  const pass = passes.find((candidate) => candidate.name === name);
  if (pass === undefined)
    throw new UnsupportedError(`there is no pass ${name}; there are ${passes.map((known) => known.name).join(", ")}`);
  return pass;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The text of a function that may be broken. */
function textOf(fn: IrFunction): string {
  try {
    return printFunction(fn);
  } catch {
    return `(@${fn.name} cannot be printed)`;
  }
}
