/**
 * Emission: the allocated machine code of one function to bytes.
 *
 * Blocks stand in their layout order; a block that only jumps is stepped over, and a jump to the next block is nothing. Jumps
 * in loops stand where they run fast.
 * Rare cases stand behind the function (stubs.ts).
 */
import type { Label } from "../../asm/x64/operands.ts";
import { gpr32 } from "../../asm/x64/registers.ts";
import { InternalError } from "../../base/errors.ts";
import type { Allocation } from "../../codegen/linear-scan.ts";
import {
  firstVector,
  type MachineBlock,
  type MachineCode,
  type MachineInstruction,
} from "../../codegen/machine-code.ts";
import { pinnedContext } from "./calling-convention.ts";
import type { CodeBlob } from "./code-blob.ts";
import { forms } from "./forms.ts";
import { FrameCode } from "./frame-code.ts";
import { FunctionWriter } from "./function-writer.ts";
import { condition, type X64Opcode } from "./opcodes.ts";
import * as pseudo from "./pseudo-instructions.ts";
import { emitStub } from "./stubs.ts";
import { VectorMoves } from "./vector-moves.ts";

/**
 * From Skylake to Cascade Lake, a jump that crosses a multiple of this, or ends there, is decoded anew each time, and so is what
 * stands around it (Intel, "Mitigations for Jump Conditional Code Erratum", 2019). In loops that is up to a third of the time.
 */
const jumpWindow = 32;

/** Writes a function's bytes; returns how many bytes of stack it takes, without its return address. */
export function emitFunction(
  code: MachineCode<X64Opcode>,
  allocation: Allocation,
  blob: CodeBlob,
  keepsMxcsr = false,
): number {
  const emitter = new Emitter(code, allocation, blob, keepsMxcsr);
  emitter.run();
  return emitter.frameBytes;
}

class Emitter {
  readonly #code: MachineCode<X64Opcode>;
  readonly #moves: readonly number[];
  readonly #omitted: ReadonlySet<number> | undefined;
  readonly #blob: CodeBlob;
  readonly #frame: FrameCode;
  readonly #writer: FunctionWriter;
  readonly #labels: (Label | undefined)[] = [];
  /** By block: the one that control reaches through it, itself if it does anything. */
  readonly #forward: number[] = [];
  #nextMove = 0;

  constructor(code: MachineCode<X64Opcode>, allocation: Allocation, blob: CodeBlob, keepsMxcsr: boolean) {
    this.#code = code;
    this.#moves = allocation.moves;
    this.#omitted = allocation.omitted.size > 0 ? allocation.omitted : undefined;
    this.#blob = blob;
    const vectors =
      code.vectorBytes > 0
        ? new VectorMoves(code, allocation.slotBytes, blob.constants, blob.hasAvx512 ? "EVEX" : "VEX")
        : undefined;
    this.#frame = new FrameCode(allocation, code, blob.hasAvx, vectors, keepsMxcsr);
    this.#writer = new FunctionWriter(blob, this.#frame, code);
  }

  get frameBytes(): number {
    return this.#frame.frameBytes;
  }

  run(): void {
    const writer = this.#writer;
    const { buffer } = writer;
    const { blocks } = this.#code;
    if (blocks.length > 1) this.#forwardEmptyBlocks();
    else this.#forward.push(0);
    const exhausted = this.#code.hasCalls ? writer.newLabel() : undefined;
    if (exhausted !== undefined) this.#frame.emitStackCheck(buffer, exhausted);
    this.#frame.emitPrologue(buffer, () => writer.newLabel());
    let next = 0;
    for (let index = 0; index < blocks.length; index = next) {
      next = index + 1;
      while (next < blocks.length && this.#forward[next] !== next) next++;
      if (blocks.length > 1) buffer.bindLabel(this.#labelOf(index).code);
      this.#emitBlock(blocks[index]!, next); // index is in range
    }
    // Stubs may add stubs.
    for (let k = 0; k < writer.stubs.length; k++) emitStub(writer, writer.stubs[k]!); // k is in range
    if (exhausted !== undefined) {
      writer.bind(exhausted);
      writer.emitTrap(pinnedContext, this.#blob.exhaustedSite(this.#code.name));
    }
    if (writer.leave !== undefined) {
      writer.bind(writer.leave);
      this.#frame.emitEpilogue(buffer);
    }
  }

  #labelOf(block: number): Label {
    let label = this.#labels[block];
    if (label === undefined) {
      label = this.#writer.newLabel();
      this.#labels[block] = label;
    }
    return label;
  }

  /** Finds for each block the first one, along jumps, that does anything. */
  #forwardEmptyBlocks(): void {
    const { blocks, instructions } = this.#code;
    const forward = this.#forward;
    const moves = this.#moves;
    let cursor = 0;
    for (const block of blocks) {
      while (cursor < moves.length && moves[cursor]! < block.first) cursor += 4; // cursor is in range
      const hasMoves = cursor < moves.length && moves[cursor]! < block.end; // cursor is in range
      const only = block.end - block.first === 1 ? instructions[block.first] : undefined;
      const empty = block.index > 0 && !hasMoves && only?.opcode.pseudo === "jump";
      forward.push(empty ? block.successors[0]!.block : block.index); // a jump has a target
    }
    const path: number[] = [];
    for (let start = 0; start < blocks.length; start++) {
      let at = start;
      while (forward[at] !== at) {
        path.push(at);
        const target = forward[at]!; // blocks have entries
        // A loop of nothing but jumps: one of its blocks stays.
        forward[at] = at;
        at = target;
      }
      for (let before = path.pop(); before !== undefined; before = path.pop()) {
        if (before !== at) forward[before] = at;
      }
    }
  }

  #target(block: MachineBlock, way: number): number {
    return this.#forward[block.successors[way]!.block]!; // the instruction knows its ways, blocks have entries
  }

  #emitBlock(block: MachineBlock, next: number): void {
    const { instructions } = this.#code;
    const moves = this.#moves;
    const { buffer } = this.#writer;
    const isInLoop = block.loop !== null;
    let together = -1;
    for (let i = block.first; i < block.end; i++) {
      const instruction = instructions[i]!; // i is in range
      this.#blob.markLine(instruction.span);
      // Moves of blocks that are stepped over cannot be: such a block has none.
      while (this.#nextMove < moves.length && moves[this.#nextMove] === i) {
        const k = this.#nextMove;
        this.#frame.emitStep(buffer, moves[k + 1]!, moves[k + 2]!, moves[k + 3]!); // four by four
        this.#nextMove = k + 4;
      }
      if (this.#omitted?.has(i)) continue;
      const isJump = jumps(instruction);
      if (isInLoop && together < 0 && (isJump || (i + 1 < block.end && jumps(instructions[i + 1]!))))
        together = buffer.startTogether(jumpWindow); // i + 1 is in range
      this.#emitInstruction(instruction, block, next);
      if (isJump && together >= 0) {
        buffer.endTogether(together);
        together = -1;
      }
    }
  }

  #emitInstruction(instruction: MachineInstruction<X64Opcode>, block: MachineBlock, next: number): void {
    const { opcode } = instruction;
    const { form } = opcode;
    const writer = this.#writer;
    const { buffer } = writer;
    if (form !== undefined) {
      if (opcode.vector !== undefined && opcode.vector.masking !== "none") {
        form.encode(
          buffer,
          writer.maskedArgument(instruction, opcode.vector.masking),
          opcode.operandCount > 1 ? writer.argument(instruction, 1, instruction.r1) : undefined,
          opcode.operandCount > 2 ? writer.argument(instruction, 2, instruction.r2) : undefined,
          // Operand 3 of the form is an immediate; the mask has its place.
          opcode.operandCount > 3 ? Number(instruction.immediate) : undefined,
        );
        return;
      }
      switch (opcode.operandCount) {
        case 0:
          form.encode(buffer);
          return;
        case 1:
          form.encode(buffer, writer.argument(instruction, 0, instruction.r0));
          return;
        case 2:
          form.encode(
            buffer,
            writer.argument(instruction, 0, instruction.r0),
            writer.argument(instruction, 1, instruction.r1),
          );
          return;
        default:
          form.encode(
            buffer,
            writer.argument(instruction, 0, instruction.r0),
            writer.argument(instruction, 1, instruction.r1),
            writer.argument(instruction, 2, instruction.r2),
            opcode.operandCount > 3 ? writer.argument(instruction, 3, instruction.r3) : undefined,
          );
          return;
      }
    }
    switch (opcode.pseudo) {
      case "none":
        throw new InternalError(`${opcode.name} has no form`);
      case "call":
        forms.call.encode(buffer, this.#blob.bodyOf(instruction.detail));
        this.#blob.markCall(instruction.span);
        return;
      case "move":
        this.#emitMove(instruction);
        return;
      case "zero":
        opcode.variant === 1
          ? writer.zeroVector(instruction.r0)
          : forms.xor32.encode(buffer, gpr32[instruction.r0]!, gpr32[instruction.r0]!);
        return; // a general register
      case "jump":
        this.#jumpTo(this.#target(block, 0), next);
        return;
      case "branch":
        this.#emitBranch(Number(instruction.immediate), this.#target(block, 0), this.#target(block, 1), next);
        return;
      case "return":
        this.#frame.emitEpilogue(buffer);
        return;
      case "trap":
        writer.emitTrap(instruction.r0, instruction.detail);
        return;
      case "trap-if":
        writer.jcc(Number(instruction.immediate), writer.stub("trap", instruction));
        return;
      case "trap-overflow":
        forms.cmpByte[opcode.wide].encode(buffer, writer.integer(instruction.r1, opcode.wide), -1);
        writer.jccAndBack(condition.equal, "overflow", instruction);
        return;
      case "trap-conversion-if":
        writer.jcc(Number(instruction.immediate), writer.stub("conversion", instruction));
        return;
      case "remainder":
        pseudo.emitRemainder(writer, instruction);
        return;
      case "float-extreme":
        pseudo.emitExtreme(writer, instruction);
        return;
      case "float-select":
        pseudo.emitFloatSelect(writer, instruction);
        return;
      case "truncate-signed":
        pseudo.emitTruncate(writer, instruction, 1, "truncate", true);
        return;
      case "truncate-unsigned":
        pseudo.emitTruncate(writer, instruction, 1, "truncate", false);
        return;
      case "saturate-signed":
        pseudo.emitTruncate(writer, instruction, opcode.variant === 1 ? 1 : 0, "saturate", true);
        return;
      case "saturate-unsigned":
        pseudo.emitTruncate(writer, instruction, 1, "saturate", false);
        return;
      case "to-int32":
        pseudo.emitTruncate(writer, instruction, 1, "modulo", true);
        return;
      case "divide-if":
        writer.jccAndBack(condition.notEqual, "divide", instruction);
        return;
      case "convert-unsigned":
        pseudo.emitConvertUnsigned(writer, instruction);
        return;
    }
  }

  #emitMove({ opcode, r0, r1 }: MachineInstruction<X64Opcode>): void {
    if (r0 === r1) return;
    if (opcode.wide === 1 || r0 >= firstVector) {
      this.#frame.emitCopy(this.#writer.buffer, r1, r0);
      return;
    }
    forms.mov32.encode(this.#writer.buffer, gpr32[r0]!, this.#writer.integer(r1, 0)); // a general register
  }

  #jumpTo(target: number, next: number): void {
    if (target !== next) forms.jmp.encode(this.#writer.buffer, this.#labelOf(target));
  }

  #emitBranch(code: number, whenTrue: number, whenFalse: number, next: number): void {
    if (whenTrue === whenFalse) {
      this.#jumpTo(whenTrue, next);
      return;
    }
    if (code === condition.floatNotEqual) {
      this.#emitBranch(condition.floatEqual, whenFalse, whenTrue, next);
      return;
    }
    if (code === condition.floatEqual) {
      this.#writer.jcc(condition.parity, this.#labelOf(whenFalse));
      code = condition.equal;
    }
    if (whenTrue === next) this.#writer.jcc(code ^ 1, this.#labelOf(whenFalse));
    else {
      this.#writer.jcc(code, this.#labelOf(whenTrue));
      this.#jumpTo(whenFalse, next);
    }
  }
}

/** Whether it is a conditional jump, which may be one with the instruction in front of it. */
function jumps({ opcode }: MachineInstruction<X64Opcode>): boolean {
  return opcode.pseudo === "branch" || opcode.pseudo === "trap-if";
}
