/**
 * Emission: allocated machine code to bytes.
 *
 * Blocks stand in their layout order; a block that only jumps is stepped over, and a jump to the next block is nothing.
 * What rarely happens (traps, the odd cases of conversions, minima, divisions) stands behind the code as stubs, so that the straight
 * path has one branch that is not taken.
 */

import { CodeBuffer } from "../../asm/code-buffer.ts";
import { labelOperand } from "../../asm/x64/assembler.ts";
import type { Argument } from "../../asm/x64/encode-rm.ts";
import type { Form } from "../../asm/x64/form.ts";
import { formOf } from "../../asm/x64/form.ts";
import { type Mnemonic, rowOf } from "../../asm/x64/instructions.ts";
import { fillWithNoOperations } from "../../asm/x64/no-operations.ts";
import type { Operand } from "../../asm/x64/operand.ts";
import { dword, type Label, type Scale } from "../../asm/x64/operands.ts";
import { edx, gpr32, gpr64, type NonRspGpr64, rax, rsp } from "../../asm/x64/registers.ts";
import { InternalError, trapCodes } from "../../base/errors.ts";
import type { Span } from "../../base/source.ts";
import { callContext } from "../../codegen/call-context.ts";
import type { CompiledCode, TrapSite } from "../../codegen/compiled-code.ts";
import { ConstantPool } from "../../codegen/constant-pool.ts";
import type { Allocation } from "../../codegen/linear-scan.ts";
import {
  firstVector,
  isSlot,
  type MachineAddress,
  type MachineBlock,
  type MachineCode,
  type MachineInstruction,
  noRegister,
  slotOf,
} from "../../codegen/machine-code.ts";
import { scratchVector } from "./calling-convention.ts";
import { FrameCode } from "./frame-code.ts";
import { constantAddress } from "./lowering.ts";
import {
  avxFloats,
  condition,
  conditionNames,
  type FloatIsa,
  isa,
  sseFloats,
  vectorTable,
  type X64Opcode,
} from "./opcodes.ts";

const named = (mnemonic: Mnemonic, signature: string): Form => formOf(rowOf(mnemonic, signature));

const jmp = named("jmp", "rel32");
const jcc = conditionNames.map((name) => named(`j${name}`, "rel32"));
const storeImmediate = named("mov", "rm32, imm32");
const xor32 = named("xor", "r32, rm32");
const zeroVector = [named("xorps", "xmm, xmm/m128"), named("vxorps", "xmm, xmm, xmm/m128")] as const;
const cmpByte = [named("cmp", "rm32, simm8"), named("cmp", "rm64, simm8")] as const;
const test64 = named("test", "rm64, r64");
const btc64 = named("btc", "rm64, uimm8");
const shr64 = named("shr", "rm64, uimm8");
const or64 = named("or", "rm64, simm8");
const mov64 = named("mov", "r64, rm64");
const mov32 = named("mov", "r32, rm32");

/** The immediate of `roundsd` that truncates and raises no inexact flag. */
const truncateMode = 8 | 3;

/** Code that stands behind the function, for a case that is rare. */
interface Stub {
  readonly kind:
    | "trap"
    | "overflow"
    | "conversion"
    | "remainder"
    | "extreme"
    | "truncate"
    | "saturate"
    | "convert"
    | "modulo";
  readonly instruction: MachineInstruction<X64Opcode>;
  readonly label: Label;
  /** Where it goes on, for stubs that do. */
  readonly back: Label | undefined;
}

/** The buffer is reused: emission of one function ends before the next one begins. */
const sharedBuffer = new CodeBuffer(fillWithNoOperations, 4096);

/** Writes one of the real instructions that a pseudo instruction is made of. */
function encode(buffer: CodeBuffer, opcode: X64Opcode, a?: Argument, b?: Argument, c?: Argument, d?: Argument): void {
  if (opcode.form === undefined) throw new InternalError(`${opcode.name} has no form`);
  opcode.form.encode(buffer, a, b, c, d);
}

/** Writes a function's bytes. */
export function emitFunction(
  code: MachineCode<X64Opcode>,
  allocation: Allocation,
  trapSites: readonly TrapSite[],
  hasAvx: boolean,
): CompiledCode {
  sharedBuffer.clear();
  return new Emitter(sharedBuffer, code, allocation, trapSites, hasAvx).run();
}

class Emitter {
  readonly #buffer: CodeBuffer;
  readonly #code: MachineCode<X64Opcode>;
  readonly #moves: readonly number[];
  readonly #trapSites: readonly TrapSite[];
  readonly #frame: FrameCode;
  readonly #fp: FloatIsa;
  readonly #avx: boolean;
  readonly #labels: (Label | undefined)[] = [];
  /** By block: the one that control reaches through it, itself if it does anything. */
  readonly #forward: number[] = [];
  readonly #stubs: Stub[] = [];
  readonly #constants = new ConstantPool();
  #leave: Label | undefined;
  #nextMove = 0;
  /** By place in the source: emission offset, number of fixups before it, and the span. */
  readonly #lineOffsets: number[] = [];
  readonly #lineFixups: number[] = [];
  readonly #lineSpans: (Span | undefined)[] = [];

  constructor(
    buffer: CodeBuffer,
    code: MachineCode<X64Opcode>,
    allocation: Allocation,
    trapSites: readonly TrapSite[],
    hasAvx: boolean,
  ) {
    this.#buffer = buffer;
    this.#code = code;
    this.#moves = allocation.moves;
    this.#trapSites = trapSites;
    this.#avx = hasAvx;
    this.#fp = hasAvx ? avxFloats : sseFloats;
    this.#frame = new FrameCode(allocation.slotCount, allocation.used, hasAvx);
  }

  run(): CompiledCode {
    const buffer = this.#buffer;
    const { blocks } = this.#code;
    if (blocks.length > 1) this.#forwardEmptyBlocks();
    else this.#forward.push(0);
    this.#frame.emitPrologue(buffer, () => this.#newLabel());
    let next = 0;
    for (let index = 0; index < blocks.length; index = next) {
      next = index + 1;
      while (next < blocks.length && this.#forward[next] !== next) next++;
      if (blocks.length > 1) buffer.bindLabel(this.#labelOf(index).code);
      this.#emitBlock(blocks[index]!, next); // index is in range
    }
    // Stubs may add stubs.
    for (let k = 0; k < this.#stubs.length; k++) this.#emitStub(this.#stubs[k]!); // k is in range
    if (this.#leave !== undefined) {
      buffer.bindLabel(this.#leave.code);
      this.#frame.emitEpilogue(buffer);
    }
    const codeEnd = buffer.length;
    const codeFixups = buffer.fixupCount;
    this.#constants.emit(buffer);
    const { growth } = buffer.layout();
    const lines: { offset: number; span: Span | undefined }[] = [];
    for (let k = 0; k < this.#lineOffsets.length; k++) {
      const offset = this.#lineOffsets[k]! + growth[this.#lineFixups[k]!]!; // k is in range, growth has an entry per fixup
      lines.push({ offset, span: this.#lineSpans[k] });
    }
    return {
      bytes: buffer.toBytes(),
      codeBytes: codeEnd + growth[codeFixups]!, // as above
      trapSites: this.#trapSites,
      mayTrap: this.#trapSites.length > 0,
      frameBytes: this.#frame.frameBytes,
      lines,
    };
  }

  #newLabel(): Label {
    return labelOperand(this.#buffer, this.#buffer.newLabel());
  }

  #bind(label: Label): void {
    this.#buffer.bindLabel(label.code);
  }

  #labelOf(block: number): Label {
    let label = this.#labels[block];
    if (label === undefined) {
      label = this.#newLabel();
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
    for (let i = block.first; i < block.end; i++) {
      const instruction = instructions[i]!; // i is in range
      if (instruction.span !== this.#lineSpans[this.#lineSpans.length - 1]) this.#markLine(instruction.span);
      // Moves of blocks that are stepped over cannot be: such a block has none.
      while (this.#nextMove < moves.length && moves[this.#nextMove] === i) {
        const k = this.#nextMove;
        this.#frame.emitStep(this.#buffer, moves[k + 1]!, moves[k + 2]!, moves[k + 3]!); // four by four
        this.#nextMove = k + 4;
      }
      this.#emitInstruction(instruction, block, next);
    }
  }

  #markLine(span: Span | undefined): void {
    this.#lineOffsets.push(this.#buffer.length);
    this.#lineFixups.push(this.#buffer.fixupCount);
    this.#lineSpans.push(span);
  }

  #emitInstruction(instruction: MachineInstruction<X64Opcode>, block: MachineBlock, next: number): void {
    const { opcode } = instruction;
    const { form } = opcode;
    if (form !== undefined) {
      const buffer = this.#buffer;
      switch (opcode.operandCount) {
        case 0:
          form.encode(buffer);
          return;
        case 1:
          form.encode(buffer, this.#argument(instruction, 0, instruction.r0));
          return;
        case 2:
          form.encode(
            buffer,
            this.#argument(instruction, 0, instruction.r0),
            this.#argument(instruction, 1, instruction.r1),
          );
          return;
        default:
          form.encode(
            buffer,
            this.#argument(instruction, 0, instruction.r0),
            this.#argument(instruction, 1, instruction.r1),
            this.#argument(instruction, 2, instruction.r2),
            opcode.operandCount > 3 ? this.#argument(instruction, 3, instruction.r3) : undefined,
          );
          return;
      }
    }
    switch (opcode.pseudo) {
      case "none":
        throw new InternalError(`${opcode.name} has no form`);
      case "move":
        this.#emitMove(instruction);
        return;
      case "zero":
        opcode.variant === 1
          ? this.#zeroVector(instruction.r0)
          : xor32.encode(this.#buffer, gpr32[instruction.r0]!, gpr32[instruction.r0]!);
        return; // a general register
      case "jump":
        this.#jumpTo(this.#target(block, 0), next);
        return;
      case "branch":
        this.#emitBranch(Number(instruction.immediate), this.#target(block, 0), this.#target(block, 1), next);
        return;
      case "return":
        this.#frame.emitEpilogue(this.#buffer);
        return;
      case "trap":
        this.#emitTrap(instruction.r0, instruction.detail);
        return;
      case "trap-if":
        this.#jcc(Number(instruction.immediate), this.#stub("trap", instruction));
        return;
      case "trap-overflow":
        cmpByte[opcode.wide].encode(this.#buffer, this.#integer(instruction.r1, opcode.wide), -1);
        this.#jccAndBack(condition.equal, "overflow", instruction);
        return;
      case "trap-conversion-if":
        this.#jcc(Number(instruction.immediate), this.#stub("conversion", instruction));
        return;
      case "remainder":
        this.#emitRemainder(instruction);
        return;
      case "float-extreme":
        this.#emitExtreme(instruction);
        return;
      case "float-select":
        this.#emitFloatSelect(instruction);
        return;
      case "truncate-signed":
        this.#emitTruncate(instruction, 1, "truncate", true);
        return;
      case "truncate-unsigned":
        this.#emitTruncate(instruction, 1, "truncate", false);
        return;
      case "saturate-signed":
        this.#emitTruncate(instruction, opcode.variant === 1 ? 1 : 0, "saturate", true);
        return;
      case "saturate-unsigned":
        this.#emitTruncate(instruction, 1, "saturate", false);
        return;
      case "to-int32":
        this.#emitTruncate(instruction, 1, "modulo", true);
        return;
      case "convert-unsigned":
        this.#emitConvertUnsigned(instruction);
        return;
    }
  }

  // Operands

  #argument(instruction: MachineInstruction<X64Opcode>, index: number, register: number): Argument {
    const { opcode, address } = instruction;
    if (register >= 0) return opcode.tables[index]![register]!; // allocation gives registers of the operand's class
    if (register !== noRegister) {
      return opcode.memory(rsp, 8 * slotOf(register));
    }
    if (index === opcode.immediateOperand) return instruction.immediate;
    if (address !== null && index === opcode.memoryOperand) return this.#memory(address, opcode.memory);
    const fixed = opcode.fixed[index];
    if (fixed === undefined) throw new InternalError(`${opcode.name}: operand ${index} is missing`);
    return fixed;
  }

  #memory(address: MachineAddress, build: X64Opcode["memory"]): Operand {
    switch (address.kind) {
      case "argument":
        return build(rsp, this.#frame.argumentOffset(address.displacement));
      case "constant":
        return build(this.#constant(address));
      case "registers": {
        const base = gpr64[address.base]!; // a general register
        if (address.index === noRegister) return build(base, address.displacement);
        // Allocation never gives out rsp, and lowering makes scales of 1, 2, 4 and 8.
        return build(base, gpr64[address.index] as NonRspGpr64, address.scale as Scale, address.displacement);
      }
    }
  }

  #constant({ bits0, bits1, bytes }: MachineAddress): Label {
    return labelOperand(this.#buffer, this.#constants.label(this.#buffer, bits0, bits1, bytes));
  }

  /** An integer of a pseudo instruction: a register or its slot. */
  #integer(location: number, wide: 0 | 1): Operand {
    if (isSlot(location)) return wide === 1 ? this.#frame.slot(slotOf(location)) : dword(rsp, 8 * slotOf(location));
    return (wide === 1 ? gpr64 : gpr32)[location]!; // a general register
  }

  /** A scalar op of two floats: target = target op source. */
  #float2(
    name: "sub" | "add" | "mul" | "min" | "max" | "and" | "or",
    wide: 0 | 1,
    target: Operand,
    source: Operand,
  ): void {
    const opcode = this.#fp[name][wide];
    if (this.#avx) encode(this.#buffer, opcode, target, target, source);
    else encode(this.#buffer, opcode, target, source);
  }

  #floatCompare(wide: 0 | 1, left: Operand, right: Operand): void {
    encode(this.#buffer, this.#fp.compare[wide], left, right);
  }

  #zeroVector(register: number): void {
    const operand = vectorTable[register]!; // a vector register
    if (this.#avx) zeroVector[1].encode(this.#buffer, operand, operand, operand);
    else zeroVector[0].encode(this.#buffer, operand, operand);
  }

  #emitMove({ opcode, r0, r1 }: MachineInstruction<X64Opcode>): void {
    if (r0 === r1) return;
    if (opcode.wide === 1 || r0 >= firstVector) {
      this.#frame.emitCopy(this.#buffer, r1, r0);
      return;
    }
    mov32.encode(this.#buffer, gpr32[r0]!, this.#integer(r1, 0)); // a general register
  }

  // Control

  #jcc(code: number, label: Label): void {
    jcc[code]!.encode(this.#buffer, label); // a condition code
  }

  #jumpTo(target: number, next: number): void {
    if (target !== next) jmp.encode(this.#buffer, this.#labelOf(target));
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
      this.#jcc(condition.parity, this.#labelOf(whenFalse));
      code = condition.equal;
    }
    if (whenTrue === next) this.#jcc(code ^ 1, this.#labelOf(whenFalse));
    else {
      this.#jcc(code, this.#labelOf(whenTrue));
      this.#jumpTo(whenFalse, next);
    }
  }

  #stub(kind: Stub["kind"], instruction: MachineInstruction<X64Opcode>, back?: Label): Label {
    const label = this.#newLabel();
    this.#stubs.push({ kind, instruction, label, back });
    return label;
  }

  /** A branch to a stub that comes back behind it. */
  #jccAndBack(code: number, kind: Stub["kind"], instruction: MachineInstruction<X64Opcode>): void {
    const back = this.#newLabel();
    this.#jcc(code, this.#stub(kind, instruction, back));
    this.#bind(back);
  }

  // Traps

  /** Stores the trap into the context and leaves. */
  #emitTrap(context: number, site: number): void {
    const buffer = this.#buffer;
    let base = rax;
    if (isSlot(context)) mov64.encode(buffer, rax, this.#frame.slot(slotOf(context)));
    else base = gpr64[context] as typeof rax; // a general register
    const code = this.#trapSites[site]?.code;
    if (code === undefined) throw new InternalError(`trap site ${site} does not exist`);
    storeImmediate.encode(buffer, dword(base, callContext.status), trapCodes[code]);
    storeImmediate.encode(buffer, dword(base, callContext.site), site);
    if (this.#frame.isEmpty) {
      this.#frame.emitEpilogue(buffer);
      return;
    }
    this.#leave ??= this.#newLabel();
    jmp.encode(buffer, this.#leave);
  }

  /** NaN traps at the first site, everything else at the one behind it. */
  #emitConversionTrap(float: number, wide: 0 | 1, context: number, site: number): void {
    const operand = vectorTable[float]!; // a vector register
    const notANumber = this.#newLabel();
    this.#floatCompare(wide, operand, operand);
    this.#jcc(condition.parity, notANumber);
    this.#emitTrap(context, site + 1);
    this.#bind(notANumber);
    this.#emitTrap(context, site);
  }

  // Pseudo instructions: the straight path here, the rest in `#emitStub`

  #emitRemainder(instruction: MachineInstruction<X64Opcode>): void {
    const w = instruction.opcode.wide;
    const divisor = this.#integer(instruction.r0, w);
    const back = this.#newLabel();
    cmpByte[w].encode(this.#buffer, divisor, -1);
    this.#jcc(condition.equal, this.#stub("remainder", instruction, back));
    encode(this.#buffer, isa.signExtendAccumulator[w]);
    encode(this.#buffer, isa.idiv[w], divisor);
    this.#bind(back);
  }

  #emitExtreme(instruction: MachineInstruction<X64Opcode>): void {
    const { opcode, r0, r1 } = instruction;
    const target = vectorTable[r0]!; // a vector register
    const other = vectorTable[r1]!; // a vector register
    const back = this.#newLabel();
    this.#floatCompare(opcode.wide, target, other);
    // ZF: equal, which zeros of both signs are, or unordered.
    this.#jcc(condition.equal, this.#stub("extreme", instruction, back));
    this.#float2(opcode.variant === 0 ? "min" : "max", opcode.wide, target, other);
    this.#bind(back);
  }

  #emitFloatSelect({ r0, r1, immediate }: MachineInstruction<X64Opcode>): void {
    const skip = this.#newLabel();
    const code = Number(immediate);
    if (code === condition.floatEqual) {
      this.#jcc(condition.notEqual, skip);
      this.#jcc(condition.parity, skip);
      this.#frame.emitCopy(this.#buffer, r1, r0);
    } else if (code === condition.floatNotEqual) {
      const copy = this.#newLabel();
      this.#jcc(condition.parity, copy);
      this.#jcc(condition.equal, skip);
      this.#bind(copy);
      this.#frame.emitCopy(this.#buffer, r1, r0);
    } else {
      this.#jcc(code ^ 1, skip);
      this.#frame.emitCopy(this.#buffer, r1, r0);
    }
    this.#bind(skip);
  }

  /** `cvtt` and a test for its indefinite answer (signed) or for a negative one (unsigned). */
  #emitTruncate(instruction: MachineInstruction<X64Opcode>, to: 0 | 1, kind: Stub["kind"], signed: boolean): void {
    const { opcode, r0, r1 } = instruction;
    const target = (to === 1 ? gpr64 : gpr32)[r0]!; // a general register
    encode(this.#buffer, this.#fp.truncate[opcode.wide][to], target, vectorTable[r1]!); // a vector register
    if (signed) {
      // Only the most negative number overflows when one is taken away.
      cmpByte[to].encode(this.#buffer, target, 1);
      this.#jccAndBack(condition.overflow, kind, instruction);
    } else {
      test64.encode(this.#buffer, target, target);
      this.#jccAndBack(condition.sign, kind, instruction);
    }
  }

  #emitConvertUnsigned(instruction: MachineInstruction<X64Opcode>): void {
    const { opcode, r0, r1 } = instruction;
    const source = gpr64[r1]!; // a general register
    const back = this.#newLabel();
    this.#zeroVector(r0);
    test64.encode(this.#buffer, source, source);
    this.#jcc(condition.sign, this.#stub("convert", instruction, back));
    this.#fromInt64(opcode.wide, r0, source);
    this.#bind(back);
  }

  #fromInt64(wide: 0 | 1, register: number, source: Operand): void {
    const target = vectorTable[register]!; // a vector register
    const opcode = this.#fp.fromInt[wide][1];
    if (this.#avx) encode(this.#buffer, opcode, target, target, source);
    else encode(this.#buffer, opcode, target, source);
  }

  // Stubs

  #emitStub({ kind, instruction, label, back }: Stub): void {
    const buffer = this.#buffer;
    const { opcode, r0, r1, r2, detail } = instruction;
    this.#bind(label);
    switch (kind) {
      case "trap":
        this.#emitTrap(r0, detail);
        return;
      case "conversion":
        this.#emitConversionTrap(r0, opcode.wide, r1, detail);
        return;
      case "overflow": {
        cmpByte[opcode.wide].encode(buffer, this.#integer(r0, opcode.wide), 1);
        jcc[condition.overflow + 1]!.encode(buffer, back); // a condition code
        this.#emitTrap(r2, detail);
        return;
      }
      case "remainder":
        xor32.encode(buffer, edx, edx);
        jmp.encode(buffer, back);
        return;
      case "extreme": {
        const target = vectorTable[r0]!; // a vector register
        const other = vectorTable[r1]!; // a vector register
        const notANumber = this.#newLabel();
        this.#jcc(condition.parity, notANumber);
        // Equal: the signs of zeros decide, and of the rest `and` and `or` change nothing.
        this.#float2(opcode.variant === 0 ? "or" : "and", opcode.wide, target, other);
        jmp.encode(buffer, back);
        this.#bind(notANumber);
        this.#float2("add", opcode.wide, target, other);
        jmp.encode(buffer, back);
        return;
      }
      case "convert": {
        // Halved with the lost bit kept sticky, converted, doubled: rounds as the whole would.
        const scratch = gpr64[r2]!; // a general register
        const even = this.#newLabel();
        const target = vectorTable[r0]!; // a vector register
        mov64.encode(buffer, scratch, gpr64[r1]!); // a general register
        shr64.encode(buffer, scratch, 1);
        this.#jcc(condition.aboveOrEqual, even);
        or64.encode(buffer, scratch, 1);
        this.#bind(even);
        this.#fromInt64(opcode.wide, r0, scratch);
        this.#float2("add", opcode.wide, target, target);
        jmp.encode(buffer, back);
        return;
      }
      case "modulo":
        this.#emitModuloStub(instruction, back);
        return;
      case "truncate":
        this.#emitTruncateStub(instruction, back);
        return;
      case "saturate":
        this.#emitSaturateStub(instruction, back);
        return;
    }
  }

  /** 2^63 in the constant pool, or its negative. */
  #twoTo63(wide: 0 | 1, negative: boolean): Operand {
    const bits =
      wide === 1
        ? negative
          ? 0xc3e0_0000_0000_0000n
          : 0x43e0_0000_0000_0000n
        : negative
          ? 0xdf00_0000n
          : 0x5f00_0000n;
    return this.#memory(constantAddress(bits, 0n, wide === 1 ? 8 : 4), this.#fp.compare[wide].memory);
  }

  /** The fast path's answer was the indefinite one (signed) or negative (unsigned): -2^63, or from 2^63 on, or a trap. */
  #emitTruncateStub({ opcode, r0, r1, r2, detail }: MachineInstruction<X64Opcode>, back: Label | undefined): void {
    const buffer = this.#buffer;
    const w = opcode.wide;
    const source = vectorTable[r1]!; // a vector register
    const trap = this.#newLabel();
    if (opcode.pseudo === "truncate-signed") {
      this.#floatCompare(w, source, this.#twoTo63(w, true));
      this.#jcc(condition.notEqual, trap);
      jcc[condition.notParity]!.encode(buffer, back); // a condition code
    } else {
      this.#upperHalf(w, r0, source, trap);
      this.#jcc(condition.sign, trap);
      btc64.encode(buffer, gpr64[r0]!, 63); // a general register
      jmp.encode(buffer, back);
    }
    this.#bind(trap);
    this.#emitConversionTrap(r1, w, r2, detail);
  }

  /**
   * A float of at least 2^63 less its multiple of 2^32, which is exact in each step: scaling is by powers of two, and the
   * difference has no more bits than the float. NaN and infinities end as the indefinite answer, whose low half is 0.
   */
  #emitModuloStub({ r0, r1 }: MachineInstruction<X64Opcode>, back: Label | undefined): void {
    const buffer = this.#buffer;
    const source = vectorTable[r1]!; // a vector register
    const scratch = vectorTable[scratchVector]!; // a vector register
    const target = gpr64[r0]!; // a general register
    const round = this.#fp.round[1];
    this.#frame.emitCopy(buffer, r1, scratchVector);
    this.#float2("mul", 1, scratch, this.#double(0x3df0_0000_0000_0000n)); // 2^-32
    if (this.#avx) encode(buffer, round, scratch, scratch, scratch, truncateMode);
    else encode(buffer, round, scratch, scratch, truncateMode);
    this.#float2("mul", 1, scratch, this.#double(0x41f0_0000_0000_0000n)); // 2^32
    this.#float2("sub", 1, scratch, source);
    encode(buffer, this.#fp.truncate[1][1], target, scratch);
    encode(buffer, isa.neg[1], target);
    jmp.encode(buffer, back);
  }

  #double(bits: bigint): Operand {
    return this.#memory(constantAddress(bits, 0n, 8), this.#fp.compare[1].memory);
  }

  /** Converts a float that is at least 2^63, less 2^63; sign is set if it has no place. Others go to `otherwise`. */
  #upperHalf(w: 0 | 1, register: number, source: Operand, otherwise: Label): void {
    const buffer = this.#buffer;
    const target = gpr64[register]!; // a general register
    const scratch = vectorTable[scratchVector]!; // a vector register
    const limit = this.#twoTo63(w, false);
    this.#floatCompare(w, source, limit);
    this.#jcc(condition.below, otherwise);
    this.#frame.emitCopy(buffer, source.code + firstVector, scratchVector);
    this.#float2("sub", w, scratch, limit);
    encode(buffer, this.#fp.truncate[w][1], target, scratch);
    test64.encode(buffer, target, target);
  }

  #emitSaturateStub({ opcode, r0, r1 }: MachineInstruction<X64Opcode>, back: Label | undefined): void {
    const buffer = this.#buffer;
    const w = opcode.wide;
    const source = vectorTable[r1]!; // a vector register
    const zero = this.#newLabel();
    const target32 = gpr32[r0]!; // a general register
    const target64 = gpr64[r0]!; // a general register
    if (opcode.pseudo === "saturate-signed") {
      // NaN gives 0; too small the indefinite answer that is there already; too large one less than that.
      this.#zeroVector(scratchVector);
      this.#floatCompare(w, source, vectorTable[scratchVector]!); // a vector register
      this.#jcc(condition.parity, zero);
      jcc[condition.below]!.encode(buffer, back); // a condition code
      if (opcode.variant === 1) encode(buffer, isa.movImm64, target64, 0x7fff_ffff_ffff_ffffn);
      else encode(buffer, isa.movImm32, target32, 0x7fff_ffff);
      jmp.encode(buffer, back);
    } else {
      const fits = this.#newLabel();
      this.#upperHalf(w, r0, source, zero);
      this.#jcc(condition.notSign, fits);
      encode(buffer, isa.movSigned32, target64, -1);
      jmp.encode(buffer, back);
      this.#bind(fits);
      btc64.encode(buffer, target64, 63);
      jmp.encode(buffer, back);
    }
    // Below 2^63 and yet negative, or NaN.
    this.#bind(zero);
    xor32.encode(buffer, target32, target32);
    jmp.encode(buffer, back);
  }
}
