/**
 * Lowering: from IR to machine code over virtual registers, one rule per opcode (`lower-*.ts`).
 *
 * Before: verified IR. After: lowered code as `machine-code.ts` says, for the blocks that the entry reaches, in their
 * order; blocks that split critical edges stand behind the block they leave.
 */

import type { Loop } from "../../analysis/loops.ts";
import { InternalError, UnsupportedError } from "../../base/errors.ts";
import { type BlockLayout, layOutBlocks } from "../../codegen/block-layout.ts";
import type { PendingTrapSite } from "../../codegen/compiled-code.ts";
import {
  MachineAddress,
  MachineBlock,
  MachineCode,
  MachineEdge,
  type MachineInstruction,
  MachineLoop,
  noRegister,
} from "../../codegen/machine-code.ts";
import { type Block, type Edge, edgesOf, type IrFunction, type Terminator, type Value } from "../../ir/function.ts";
import { shapeOf, shapes } from "../../ir/opcode-shapes.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { isVector } from "../../ir/types.ts";
import { argumentPlaces, integerArguments } from "./calling-convention.ts";
import { findFoldedAddresses } from "./folded-addresses.ts";
import { lowerCall } from "./lower-call.ts";
import { emitCondition, lowerComparison, lowerSelect } from "./lower-compare.ts";
import * as conversions from "./lower-conversions.ts";
import * as floats from "./lower-floats.ts";
import * as integers from "./lower-integers.ts";
import { lowerLoad, lowerNarrowLoad, lowerNarrowStore, lowerPrefetch, lowerStore } from "./lower-memory.ts";
import { emitPoll } from "./lower-poll.ts";
import { lowerVector } from "./lower-vectors.ts";
import { classOf, isVirtual, Lowering, wide } from "./lowering.ts";
import { isa, type X64Opcode } from "./opcodes.ts";
import { findRemadeComparisons } from "./remade-comparisons.ts";
import { isVectorConstant } from "./vector-lowering.ts";

type Rule = (lowering: Lowering, value: Value) => void;

const nowhere: Rule = (_, value) => {
  throw new InternalError(`x64: ${value.opcode} v${value.id} stands where it cannot be lowered`);
};

const rules: Record<Opcode, Rule> = {
  parameter: nowhere,
  const: nowhere, // made where it is used
  context: () => {}, // its register is known

  iadd: integers.lowerAdd,
  isub: integers.lowerSubtract,
  imul: integers.lowerMultiply,
  "mulh-s": integers.lowerHighProduct,
  "mulh-u": integers.lowerHighProduct,
  sdiv: integers.lowerDivideSigned,
  udiv: integers.lowerDivideUnsigned,
  srem: integers.lowerRemainderSigned,
  urem: integers.lowerRemainderUnsigned,
  and: integers.lowerAnd,
  or: integers.lowerOr,
  xor: integers.lowerXor,
  shl: integers.lowerShiftLeft,
  sshr: integers.lowerShiftRightSigned,
  ushr: integers.lowerShiftRightUnsigned,
  rotl: integers.lowerRotateLeft,
  rotr: integers.lowerRotateRight,
  clz: integers.lowerLeadingZeros,
  ctz: integers.lowerTrailingZeros,
  popcnt: integers.lowerPopulationCount,
  sext8: integers.lowerSignExtend,
  sext16: integers.lowerSignExtend,
  sext32: integers.lowerSignExtend,
  not: integers.lowerNot,

  ieq: lowerComparison,
  ine: lowerComparison,
  slt: lowerComparison,
  sle: lowerComparison,
  sgt: lowerComparison,
  sge: lowerComparison,
  ult: lowerComparison,
  ule: lowerComparison,
  ugt: lowerComparison,
  uge: lowerComparison,

  fadd: floats.lowerFloatAdd,
  fsub: floats.lowerFloatSubtract,
  fmul: floats.lowerFloatMultiply,
  fdiv: floats.lowerFloatDivide,
  fmin: floats.lowerMinimum,
  fmax: floats.lowerMaximum,
  fcopysign: floats.lowerCopySign,
  fneg: floats.lowerNegate,
  fabs: floats.lowerAbsolute,
  fsqrt: floats.lowerSquareRoot,
  fma: floats.lowerFusedMultiplyAdd,
  fceil: floats.lowerCeil,
  ffloor: floats.lowerFloor,
  ftrunc: floats.lowerTruncateToFloat,
  fnearest: floats.lowerNearest,

  feq: lowerComparison,
  fne: lowerComparison,
  flt: lowerComparison,
  fle: lowerComparison,
  fgt: lowerComparison,
  fge: lowerComparison,

  select: lowerSelect,

  wrap: integers.lowerWrap,
  sext: integers.lowerSignExtend,
  zext: integers.lowerZeroExtend,
  "trunc-s": conversions.lowerTruncateSigned,
  "trunc-u": conversions.lowerTruncateUnsigned,
  "trunc-sat-s": conversions.lowerSaturateSigned,
  "trunc-sat-u": conversions.lowerSaturateUnsigned,
  "convert-s": conversions.lowerConvertSigned,
  "convert-u": conversions.lowerConvertUnsigned,
  promote: conversions.lowerPromote,
  demote: conversions.lowerDemote,
  bitcast: conversions.lowerBitcast,

  load: lowerLoad,
  store: lowerStore,

  "to-int32": conversions.lowerToInt32,
  "load8-s": lowerNarrowLoad,
  "load8-u": lowerNarrowLoad,
  "load16-s": lowerNarrowLoad,
  "load16-u": lowerNarrowLoad,
  store8: lowerNarrowStore,
  store16: lowerNarrowStore,
  call: lowerCall,

  // What only vectors have
  "masked-load": lowerVector,
  "masked-load8-s": lowerVector,
  "masked-load8-u": lowerVector,
  "masked-load16-s": lowerVector,
  "masked-load16-u": lowerVector,
  "masked-store": lowerVector,
  "masked-store8": lowerVector,
  "masked-store16": lowerVector,
  gather: lowerVector,
  "store-streaming": lowerVector,
  "prefetch-write": lowerPrefetch,
  fence: (lowering) => lowering.emit(isa.storeFence, noRegister),
  splat: lowerVector,
  "lane-index": nowhere, // a constant of its function
  extract: lowerVector,
  compress: lowerVector,
  "mask-any": lowerVector,
  "mask-all": lowerVector,
  "mask-count": lowerVector,
  "mask-bits": lowerVector,
  "mask-first": lowerVector,
};

const constant = shapeOf("const");
/** By opcode number, as are the next two. */
const rulesByNumber: readonly Rule[] = shapes.map(({ opcode }) => rules[opcode]);
/** Opcodes that are lowered although nobody uses their result. */
const kept: readonly boolean[] = shapes.map(({ traps, effect }) => traps || effect === "write");
/** Opcodes that loads do not move past. */
const writes: readonly boolean[] = shapes.map(({ effect }) => effect === "write");

/**
 * Lowers a function for a CPU with these features. The counts say how many registers allocation may give out; what may
 * trap is added to `trapSites`. `numbers` are those of the functions that are compiled with it, if one calls the other;
 * `pinsFuel` says that they keep the fuel in its register.
 */
export function lowerFunction(
  fn: IrFunction,
  features: ReadonlySet<string>,
  generalCount: number,
  vectorCount: number,
  trapSites: PendingTrapSite[],
  numbers?: ReadonlyMap<IrFunction, number>,
  pinsFuel = false,
): MachineCode<X64Opcode> {
  floats.requireFeatures(features);
  const code = new MachineCode<X64Opcode>(fn.name);
  const lowering = new Lowering(fn, code, features, generalCount, vectorCount, trapSites, numbers, pinsFuel);
  const layout = arrangeBlocks(fn, code);
  lowering.loops = layout.innermost;
  for (const block of layout.order) countUses(lowering, block);
  if (layout.order.length > 2) lowering.remade = findRemadeComparisons(layout.order, lowering.blocks, lowering.uses);
  if (generalCount >= 4)
    lowering.folded = findFoldedAddresses(layout.order, layout.innermost, lowering.blocks, lowering.uses);
  for (const block of layout.order) {
    if (block === fn.entry) continue;
    const machineBlock = code.blocks[layout.indices[block.id]!]!; // reached blocks have an index
    for (const parameter of block.parameters) machineBlock.parameters.push(lowering.result(parameter));
  }
  lowerBlocks(fn, lowering, layout);
  return code;
}

interface Layout extends BlockLayout {
  /** By block id: its machine block, or -1. */
  readonly indices: number[];
  /** By machine block: the IR block it comes from; for one that splits an edge, the edge. */
  readonly sources: (Block | Edge)[];
}

/** Creates the machine blocks, with room for the edges that are to be split. */
function arrangeBlocks(fn: IrFunction, code: MachineCode<X64Opcode>): Layout {
  const indices = new Array<number>(fn.blockCount).fill(-1);
  const predecessors = new Array<number>(fn.blockCount).fill(0);
  const isReached = new Array<boolean>(fn.blockCount).fill(false);
  const pending: Block[] = [fn.entry];
  isReached[fn.entry.id] = true;
  for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
    for (const { block: target } of edgesOf(block.terminator)) {
      predecessors[target.id]!++; // ids are dense
      if (!isReached[target.id]) {
        isReached[target.id] = true;
        pending.push(target);
      }
    }
  }
  const { order, innermost } = layOutBlocks(fn, isReached);
  const loops = new Map<Loop, MachineLoop>();
  const sources: (Block | Edge)[] = [];
  const add = (source: Block | Edge, id: number, loop: Loop | undefined): void => {
    const block = new MachineBlock(sources.push(source) - 1, id);
    code.blocks.push(block);
    if (loop !== undefined) block.loop = machineLoop(loops, loop, block.index);
  };
  for (const block of order) {
    indices[block.id] = sources.length;
    const loop = innermost[block.id];
    add(block, block.id, loop);
    if (block.terminator?.kind !== "branch") continue;
    for (const edge of [block.terminator.whenTrue, block.terminator.whenFalse]) {
      if (predecessors[edge.block.id]! <= 1) continue; // ids are dense
      const other = innermost[edge.block.id];
      add(edge, -1, (other?.depth ?? 0) < (loop?.depth ?? 0) ? other : loop);
    }
  }
  return { order, innermost, indices, sources };
}

/** The loop over machine blocks, grown to hold this one; so are the loops around it. */
function machineLoop(loops: Map<Loop, MachineLoop>, loop: Loop, index: number): MachineLoop {
  let found = loops.get(loop);
  if (found === undefined) {
    found = new MachineLoop(loop.parent === undefined ? null : machineLoop(loops, loop.parent, index), index);
    loops.set(loop, found);
  }
  for (let each: MachineLoop | null = found; each !== null && each.last < index; each = each.parent) each.last = index;
  return found;
}

function countUses(lowering: Lowering, block: Block): void {
  const { uses, blocks, epochs } = lowering;
  let epoch = 0;
  for (const parameter of block.parameters) blocks[parameter.id] = block.id;
  for (const value of block.instructions) {
    blocks[value.id] = block.id;
    epochs[value.id] = epoch;
    if (writes[value.shape.number]) epoch++;
    const { operands } = value;
    if (value.callee !== undefined) lowering.code.hasCalls = true;
    for (let k = 0; k < operands.length; k++) uses[operands[k]!.id]!++; // k is in range, ids are dense
  }
  const { terminator } = block;
  if (terminator === undefined) throw new InternalError(`block b${block.id} does not end`);
  if (terminator.kind === "branch") uses[terminator.condition.id]!++; // ids are dense
  if (terminator.kind === "return" && terminator.value !== undefined) uses[terminator.value.id]!++; // ids are dense
  for (const edge of edgesOf(terminator)) for (const argument of edge.arguments) uses[argument.id]!++; // ids are dense
}

/** Lowers last to first into one list, which is then turned around. */
function lowerBlocks(fn: IrFunction, lowering: Lowering, layout: Layout): void {
  const { code } = lowering;
  const reversed: MachineInstruction<X64Opcode>[] = [];
  for (let index = layout.sources.length - 1; index >= 0; index--) {
    const machineBlock = code.blocks[index]!; // as many as sources
    const source = layout.sources[index]!; // index is in range
    machineBlock.end = reversed.length;
    if ("terminator" in source) {
      lowerBlock(lowering, source, machineBlock, layout, reversed);
      takeLocalConstants(lowering, reversed);
      if (source === fn.entry) {
        lowerEntry(fn, lowering);
        takeSequence(lowering, reversed);
      }
    } else {
      lowering.block = -1;
      lowerJump(lowering, source, machineBlock, layout);
      takeSequence(lowering, reversed);
      takeLocalConstants(lowering, reversed);
    }
    machineBlock.first = reversed.length;
  }
  const count = reversed.length;
  for (const block of code.blocks) {
    block.first = count - block.first;
    block.end = count - block.end;
    for (const edge of block.successors) code.blocks[edge.block]!.predecessors.push(block.index); // edges name blocks
  }
  code.instructions = reversed.reverse();
}

function takeSequence(lowering: Lowering, reversed: MachineInstruction<X64Opcode>[]): void {
  const { sequence } = lowering;
  for (let k = sequence.length - 1; k >= 0; k--) reversed.push(sequence[k]!); // k is in range
  sequence.length = 0;
}

function takeLocalConstants(lowering: Lowering, reversed: MachineInstruction<X64Opcode>[]): void {
  lowering.vectorsIfAny?.emitLocalConstants();
  takeSequence(lowering, reversed);
}

function lowerBlock(
  lowering: Lowering,
  block: Block,
  machineBlock: MachineBlock,
  layout: Layout,
  reversed: MachineInstruction<X64Opcode>[],
): void {
  const { instructions } = block;
  const { uses } = lowering;
  const last = instructions[instructions.length - 1];
  lowering.block = block.id;
  lowering.epoch = last === undefined ? 0 : lowering.epochs[last.id]! + (writes[last.shape.number] ? 1 : 0); // ids are dense
  lowering.span = last?.span;
  lowering.compared = comparedLast(block);
  lowerTerminator(lowering, block, machineBlock, layout);
  lowering.compared = undefined;
  takeSequence(lowering, reversed);
  for (let k = instructions.length - 1; k >= 0; k--) {
    const value = instructions[k]!; // k is in range
    const { shape, id } = value;
    if (shape === constant || uses[id]! < 0 || isVectorConstant(value)) continue; // ids are dense
    if (uses[id] === 0 && !kept[shape.number]) {
      for (const operand of value.operands) uses[operand.id]!--; // ids are dense
      continue;
    }
    lowering.epoch = lowering.epochs[id]!; // ids are dense
    lowering.span = value.span;
    if (isVector(value.type)) lowerVector(lowering, value);
    else rulesByNumber[shape.number]!(lowering, value); // every opcode has one
    takeSequence(lowering, reversed);
  }
}

/** The first operand of the comparison that the block branches on, if nothing stands between or behind them but constants. */
function comparedLast({ instructions, terminator }: Block): Value | undefined {
  if (terminator?.kind !== "branch") return undefined;
  let k = instructions.length - 1;
  while (k >= 0 && instructions[k]!.opcode === "const") k--; // k is in range
  const condition = instructions[k--];
  if (condition === undefined || condition !== terminator.condition) return undefined;
  while (k >= 0 && instructions[k]!.opcode === "const") k--; // k is in range
  const compared = instructions[k];
  return compared !== undefined && compared === condition.operands[0] ? compared : undefined;
}

function lowerTerminator(lowering: Lowering, source: Block, block: MachineBlock, layout: Layout): void {
  const terminator = source.terminator!; // checked by countUses
  switch (terminator.kind) {
    case "jump":
      lowerJump(lowering, terminator.target, block, layout);
      return;
    case "branch":
      lowerBranch(lowering, terminator, source, block, layout);
      return;
    case "return":
      lowerReturn(lowering, terminator.value);
      return;
    case "trap":
      lowering.span = terminator.span;
      lowering.emit(isa.trap, lowering.context(), noRegister, noRegister, 0, lowering.trapSite(terminator.code));
  }
}

function lowerJump(lowering: Lowering, edge: Edge, block: MachineBlock, layout: Layout): void {
  block.successors.push(new MachineEdge(layout.indices[edge.block.id]!, argumentsOf(lowering, edge))); // reached
  lowering.emit(isa.jump, noRegister);
}

function argumentsOf(lowering: Lowering, edge: Edge): number[] {
  const registers: number[] = [];
  for (const argument of edge.arguments) {
    let register = lowering.register(argument);
    if (!isVirtual(register)) {
      // The pinned context, which is no place of an allocated value.
      const copy = lowering.temporary(argument.type);
      lowering.move(argument.type, copy, register);
      register = copy;
    }
    registers.push(register);
  }
  return registers;
}

function lowerBranch(
  lowering: Lowering,
  terminator: Extract<Terminator, { kind: "branch" }>,
  source: Block,
  block: MachineBlock,
  layout: Layout,
): void {
  // Blocks that split its edges stand right behind the block, in the order of the edges.
  let split = block.index + 1;
  for (const edge of [terminator.whenTrue, terminator.whenFalse]) {
    if (layout.sources[split] === edge) block.successors.push(new MachineEdge(split++, []));
    else block.successors.push(new MachineEdge(layout.indices[edge.block.id]!, argumentsOf(lowering, edge))); // reached
  }
  const condition = emitPoll(lowering, source) ?? emitCondition(lowering, terminator.condition);
  lowering.emit(isa.branch, noRegister, noRegister, noRegister, condition);
}

function lowerReturn(lowering: Lowering, value: Value | undefined): void {
  if (value === undefined) {
    lowering.emit(isa.returnNothing, noRegister);
    return;
  }
  const isVector = classOf(value.type) === 1;
  const register = lowering.register(value);
  lowering.move(value.type, isVector ? 16 : 0, register);
  lowering.emit(isVector ? isa.returnFloat : isa.returnInt, noRegister);
}

/** Takes the arguments from where the caller put them, registers first. */
function lowerEntry(fn: IrFunction, lowering: Lowering): void {
  const { parameters } = fn;
  if (parameters.some(({ type }) => isVector(type)) || (fn.result !== undefined && isVector(fn.result)))
    throw new UnsupportedError(`x64: @${fn.name} takes or gives vectors, which pass through memory only`);
  const places = argumentPlaces(parameters.map(({ type }) => type));
  lowering.span = undefined;
  if (lowering.contextRegister !== noRegister) {
    lowering.move("i64", lowering.contextRegister, integerArguments[0]!); // six of them
  }
  parameters.forEach((parameter, index) => {
    const place = places[index + 1];
    const target = lowering.registers[parameter.id];
    if (place?.kind !== "register" || target === undefined || target === noRegister) return;
    if (parameter.type === "bool") lowering.emit(isa.movzx8, target, place.register);
    else lowering.move(parameter.type, target, place.register);
  });
  parameters.forEach((parameter, index) => {
    const place = places[index + 1];
    const target = lowering.registers[parameter.id];
    if (place?.kind !== "stack" || target === undefined || target === noRegister) return;
    const address = new MachineAddress("argument", noRegister, noRegister, 1, place.offset);
    const w = wide(parameter.type);
    const opcode =
      parameter.type === "bool" ? isa.movzx8 : classOf(parameter.type) === 1 ? lowering.fp.load[w] : isa.loadInt[w];
    lowering.emitMemory(opcode, target, noRegister, address);
  });
  lowering.vectorsIfAny?.emitConstants();
}
