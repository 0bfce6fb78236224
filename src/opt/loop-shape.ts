/** A cheap answer to whether passes over loops have anything to do. */
import { edgesOf, type IrFunction } from "../ir/function.ts";

/** False if no way leads back: no edge goes to its own block or one before it in the layout. */
export function mayHaveLoops(fn: IrFunction): boolean {
  const { blocks } = fn;
  if (blocks.length === 1) return false;
  const isPlaced = new Uint8Array(fn.blockCount);
  for (const block of blocks) {
    isPlaced[block.id] = 1;
    for (const edge of edgesOf(block.terminator)) if (isPlaced[edge.block.id] !== 0) return true;
  }
  return false;
}
