/**
 * Branch relaxation: which branches need their long form.
 *
 * Every branch starts short and grows when its target is out of reach, which may push others out of reach. Growing from
 * below reaches the least fixpoint, so without alignment no branch is long that could be short (T. G. Szymanski,
 * "Assembling code for machines with span-dependent instructions", CACM 21(4), 1978). Padding can shrink while code
 * grows; then the result is near the least one, and nearly always the one of GNU as, whose rule for targets ahead this is.
 *
 * It is linear. A branch that grows matters only to short branches that jump over it, and those start within 130 bytes of
 * it: at most 65 on each side, which a worklist updates. Only padding calls for another pass over all fixups; passes are
 * bounded by `patience`, after which branches across padding become long.
 */
import { fixupKind, fixupWords, paddingAt } from "./fixups.ts";

const patience = 40;
const shortBytes = 2;
/** How far the start of a branch in its short form can be from what it jumps over. */
const shortReach = 130;

/** What layout reads of a `CodeBuffer`. */
export interface Fixups {
  readonly fixups: Int32Array;
  readonly fixupCount: number;
  /** Emission offset of each label. */
  readonly labelOffsets: Int32Array;
  /** How many fixups stand before each label; below zero where it does not stand in this code. */
  readonly labelFixups: Int32Array;
}

/** How many bytes the fixups before each one add; one entry more than fixups. */
export function growBranches({ fixups, fixupCount, labelOffsets, labelFixups }: Fixups): Int32Array {
  const growth = new Int32Array(fixupCount + 1);
  if (!hasBranches(fixups, fixupCount)) {
    let total = 0;
    for (let index = 0; index < fixupCount; index++) {
      growth[index] = total;
      if (kindOf(index) === fixupKind.align) total += padding(index, total);
    }
    growth[fixupCount] = total;
    return growth;
  }
  const size = new Uint8Array(fixupCount);
  const displacement = new Int32Array(fixupCount);
  const pads = new Int32Array(fixupCount + 1);
  for (let index = 0; index < fixupCount; index++) {
    pads[index + 1] = pads[index]! + (kindOf(index) === fixupKind.align ? 1 : 0);
  }
  /** Branches that grew and that others have not been told of. */
  const growing: number[] = [];

  for (let pass = 0; ; pass++) {
    const moved = layOut(pass);
    if (growing.length === 0 && !moved) return growth;
    const grownInPass = growing.length;
    // Those of the pass have moved what stands behind them already; those found by `spread` have not.
    for (let next = 0; next < growing.length; next++) spread(growing[next]!, next >= grownInPass);
    growing.length = 0;
  }

  /** One pass in order: places everything, grows what does not reach. True if anything moved since the last pass. */
  function layOut(pass: number): boolean {
    let total = 0;
    let moved = false;
    for (let index = 0; index < fixupCount; index++) {
      const stretch = total - growth[index]!;
      if (stretch !== 0) moved = true;
      growth[index] = total;
      const kind = kindOf(index);
      if (kind === fixupKind.align) total += padding(index, total);
      else if (kind === fixupKind.branch) {
        if (size[index] === 0) checkReach(index, stretch, pass);
        total += size[index]!;
      }
    }
    if (total !== growth[fixupCount]) moved = true;
    growth[fixupCount] = total;
    return moved;
  }

  function checkReach(index: number, stretch: number, pass: number): void {
    const label = fixups[index * fixupWords + 2]!;
    const before = labelFixups[label]!;
    // What stands in the pool or in other code is out of reach.
    if (before < 0 || (pass >= patience && pads[before] !== pads[index])) {
      grow(index);
      return;
    }
    // What stands ahead is assumed to move as far as this branch did, less what padding in between swallows.
    let target = labelOffsets[label]! + growth[before]!;
    if (before > index) target += pads[before] === pads[index] ? stretch : stretchOver(index, before, stretch);
    displacement[index] = target - (atOf(index) + growth[index]! + shortBytes);
    if (outOfReach(displacement[index]!)) grow(index);
  }

  /** How much of a movement gets through the padding between two fixups. */
  function stretchOver(from: number, to: number, stretch: number): number {
    let rest = stretch;
    for (let index = from + 1; index < to && rest !== 0 && atOf(index) - atOf(from) <= shortReach; index++) {
      if (kindOf(index) !== fixupKind.align) continue;
      const mask = -fixups[index * fixupWords + 3]!;
      rest = rest < 0 ? -(-rest & mask) : rest & mask;
    }
    return rest;
  }

  function padding(index: number, growthBefore: number): number {
    const base = index * fixupWords;
    return paddingAt(atOf(index) + growthBefore, fixups[base]!, fixups[base + 3]!);
  }

  function kindOf(index: number): number {
    return fixups[index * fixupWords]! & 0xff;
  }

  function atOf(index: number): number {
    return fixups[index * fixupWords + 1]!;
  }

  /** Gives a branch its long form: opcode and rel32 instead of opcode and rel8. */
  function grow(index: number): void {
    size[index] = fixups[index * fixupWords + 3]! > 0xff ? 4 : 3;
    growing.push(index);
  }

  /** Tells the short branches that jump over `grown` and over no padding; padding waits for the next pass. */
  function spread(grown: number, backwards: boolean): void {
    const at = atOf(grown);
    const added = size[grown]!;
    for (let index = grown - 1; index >= 0 && at - atOf(index) <= shortReach; index--) {
      if (size[index] !== 0 || kindOf(index) !== fixupKind.branch) continue;
      const before = labelFixups[fixups[index * fixupWords + 2]!]!;
      if (before > grown && pads[before] === pads[index]) move(index, added);
    }
    if (!backwards) return;
    for (let index = grown + 1; index < fixupCount && atOf(index) - at <= shortReach; index++) {
      if (size[index] !== 0 || kindOf(index) !== fixupKind.branch) continue;
      const before = labelFixups[fixups[index * fixupWords + 2]!]!;
      if (before <= grown && before >= 0 && pads[before] === pads[index]) move(index, -added);
    }
  }

  function move(index: number, by: number): void {
    displacement[index] = displacement[index]! + by;
    if (outOfReach(displacement[index]!)) grow(index);
  }
}

function outOfReach(displacement: number): boolean {
  return displacement !== (displacement << 24) >> 24;
}

function hasBranches(fixups: Int32Array, fixupCount: number): boolean {
  for (let base = 0; base < fixupCount * fixupWords; base += fixupWords)
    if ((fixups[base]! & 0xff) === fixupKind.branch) return true; // base is in range
  return false;
}
