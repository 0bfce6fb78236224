/** Copies of blocks, for passes that put code at a second place. */
import type { Span } from "../base/source.ts";
import type { Block, Edge, IrFunction, Terminator, Value } from "../ir/function.ts";

/**
 * Copies blocks, of this function or another, into `fn`: at the end of its layout, in their order. `substitutes` says what
 * stands in the copy for values from outside of the blocks, and then for each value in them; what it does not know stays,
 * as do edges out of the blocks. `placeOf` says where the copies come from in the source. Gives the copies in order.
 */
export function copyBlocks(
  fn: IrFunction,
  blocks: readonly Block[],
  substitutes: Map<Value, Value>,
  placeOf: (span: Span | undefined) => Span | undefined = (span) => span,
): Block[] {
  const copies = new Map<Block, Block>();
  for (const block of blocks) {
    const copy = fn.createBlock();
    copy.isUnlikely = block.isUnlikely;
    copies.set(block, copy);
    // Values before their operands: a parameter may be made from what stands further down.
    for (const parameter of block.parameters)
      if (!substitutes.has(parameter)) substitutes.set(parameter, fn.addParameter(copy, parameter.type));
    for (const value of block.instructions) {
      const copied = fn.createShaped(value.shape, value.type, value.operands, value.immediate, placeOf(value.span));
      copied.callee = value.callee;
      substitutes.set(value, copied);
      copy.instructions.push(copied);
    }
  }
  const substitute = (value: Value): Value => substitutes.get(value) ?? value;
  const copyEdge = ({ block, arguments: args }: Edge): Edge => ({
    block: copies.get(block) ?? block,
    arguments: args.map(substitute),
  });
  for (const [block, copy] of copies) {
    for (const value of copy.instructions) value.operands = value.operands.map(substitute);
    if (block.terminator !== undefined)
      copy.terminator = copyTerminator(block.terminator, substitute, copyEdge, placeOf);
  }
  return [...copies.values()];
}

function copyTerminator(
  terminator: Terminator,
  substitute: (value: Value) => Value,
  copyEdge: (edge: Edge) => Edge,
  placeOf: (span: Span | undefined) => Span | undefined,
): Terminator {
  switch (terminator.kind) {
    case "jump":
      return { kind: "jump", target: copyEdge(terminator.target) };
    case "branch": {
      const { condition, whenTrue, whenFalse } = terminator;
      return {
        kind: "branch",
        condition: substitute(condition),
        whenTrue: copyEdge(whenTrue),
        whenFalse: copyEdge(whenFalse),
      };
    }
    case "return":
      return { kind: "return", value: terminator.value === undefined ? undefined : substitute(terminator.value) };
    case "trap":
      return { ...terminator, span: placeOf(terminator.span) };
  }
}
