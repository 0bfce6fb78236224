/**
 * Conversion sinking: a conversion of an integer to a float that is only needed on some way is made on that way.
 *
 * Narrowing computes numbers as integers and leaves a conversion where each was defined, for whoever wants an f64: in a
 * loop, often only what follows when the loop is left, or the old loop that goes on where a new one stops (loop-versioning.ts).
 *   - Used in one other block of the same loop, or of one around it, it moves to where that block begins.
 *   - Used in unlikely blocks, and on ways to them, it is made in each of those; a way gets a block of its own.
 *
 * Before: everything that moves code up has run. After: some conversions stand twice, and edges to unlikely blocks may lead
 * through a new block.
 */
import { Analyses } from "../analysis/analyses.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Value } from "../ir/function.ts";

/** The most places that a conversion is made in instead of one. */
const mostPlaces = 6;

export function sinkConversions(fn: IrFunction, analyses = new Analyses(fn)): boolean {
  const conversions = findConversions(fn);
  if (conversions.length === 0) return false;
  findUses(fn, conversions);
  const sinking = new Sinking(fn);
  for (const { value, home, uses } of conversions) {
    if (uses.length === 0 || uses.length > mostPlaces) continue;
    if (uses.every(isUnlikely)) sinking.makeAnew(home, value, uses);
    else {
      const [first] = uses;
      if (first === undefined || first.block === home || uses.some(({ block }) => block !== first.block)) continue;
      const outer = analyses.innermost[first.block.id];
      let loop = analyses.innermost[home.id];
      while (loop !== undefined && loop !== outer) loop = loop.parent;
      if (loop !== outer) continue;
      sinking.move(home, value, first.block);
    }
  }
  return sinking.isChanged;
}

interface Conversion {
  readonly value: Value;
  readonly home: Block;
  readonly uses: Use[];
}

function findConversions(fn: IrFunction): Conversion[] {
  const conversions: Conversion[] = [];
  for (const block of fn.blocks) {
    if (block.isUnlikely) continue;
    const { instructions } = block;
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined && isConversion(value)) conversions.push({ value, home: block, uses: [] });
    }
  }
  return conversions;
}

function findUses(fn: IrFunction, conversions: readonly Conversion[]): void {
  const uses: (Use[] | undefined)[] = new Array(fn.valueCount).fill(undefined);
  for (const conversion of conversions) uses[conversion.value.id] = conversion.uses;
  for (const block of fn.blocks) {
    const { instructions, terminator } = block;
    const note = (values: readonly Value[], edge: Edge | undefined): void => {
      for (let index = 0; index < values.length; index++) uses[values[index]?.id ?? 0]?.push({ block, edge });
    };
    for (let index = 0; index < instructions.length; index++) {
      const value = instructions[index];
      if (value !== undefined) note(value.operands, undefined);
    }
    if (terminator?.kind === "return" && terminator.value !== undefined) note([terminator.value], undefined);
    for (const edge of edgesOf(terminator)) note(edge.arguments, edge);
  }
}

/** Of an i32 or i64: any other would need more than its operand to stay alive. */
function isConversion({ opcode, type, operands }: Value): boolean {
  return (opcode === "convert-s" || opcode === "convert-u") && type === "f64" && operands[0]?.opcode !== "const";
}

/** A block that uses a value; `edge`: on a way out of it. */
interface Use {
  readonly block: Block;
  readonly edge: Edge | undefined;
}

function isUnlikely({ block, edge }: Use): boolean {
  return block.isUnlikely || edge?.block.isUnlikely === true;
}

class Sinking {
  isChanged = false;
  readonly #fn: IrFunction;
  /** By edge: the block that stands on it now. */
  readonly #onEdge = new Map<Edge, Block>();

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  move(home: Block, value: Value, target: Block): void {
    home.instructions = home.instructions.filter((other) => other !== value);
    target.instructions = [value, ...target.instructions];
    this.isChanged = true;
  }

  makeAnew(home: Block, value: Value, uses: readonly Use[]): void {
    home.instructions = home.instructions.filter((other) => other !== value);
    const made = new Map<Block, Value>();
    for (const { block, edge } of uses) {
      if (block.isUnlikely) {
        const copy = this.#copyIn(block, value, made);
        replaceIn(block, value, copy);
      } else if (edge !== undefined) {
        const between = this.#blockOn(edge);
        const copy = this.#copyIn(between, value, made);
        replaceIn(between, value, copy);
      }
    }
    this.isChanged = true;
  }

  #copyIn(block: Block, value: Value, made: Map<Block, Value>): Value {
    const known = made.get(block);
    if (known !== undefined) return known;
    const copy = this.#fn.createShaped(value.shape, value.type, [...value.operands], value.immediate, value.span);
    block.instructions = [copy, ...block.instructions];
    made.set(block, copy);
    return copy;
  }

  #blockOn(edge: Edge): Block {
    const known = this.#onEdge.get(edge);
    if (known !== undefined) return known;
    const block = this.#fn.createBlock();
    block.isUnlikely = true;
    block.terminator = { kind: "jump", target: { block: edge.block, arguments: edge.arguments } };
    edge.block = block;
    edge.arguments = [];
    this.#onEdge.set(edge, block);
    return block;
  }
}

function replaceIn({ instructions, terminator }: Block, value: Value, copy: Value): void {
  const replace = (other: Value): Value => (other === value ? copy : other);
  for (const other of instructions) if (other !== copy) other.operands = other.operands.map(replace);
  for (const edge of edgesOf(terminator)) edge.arguments = edge.arguments.map(replace);
  if (terminator?.kind === "branch") terminator.condition = replace(terminator.condition);
  if (terminator?.kind === "return" && terminator.value !== undefined) terminator.value = replace(terminator.value);
}
