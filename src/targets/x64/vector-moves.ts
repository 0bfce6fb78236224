/**
 * Copies in functions with vectors, as bytes: between vector registers, of all of the widest one; between masks; to and from
 * slots, of all of the slot; and out of the constant pool, where a constant's slot is (machine-code.ts).
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import type { Operand } from "../../asm/x64/operand.ts";
import { dword, qword, xmmword, ymmword, zmmword } from "../../asm/x64/operands.ts";
import { rsp } from "../../asm/x64/registers.ts";
import { InternalError } from "../../base/errors.ts";
import type { ConstantPool } from "../../codegen/constant-pool.ts";
import {
  firstConstantSlot,
  firstMask,
  firstVector,
  firstVirtual,
  isConstant,
  isSlot,
  type MachineAddress,
  type MachineCode,
  slotBytesOf,
  slotOf,
} from "../../codegen/machine-code.ts";
import { forms } from "./forms.ts";
import type { FrameCode } from "./frame-code.ts";
import { encode } from "./function-writer.ts";
import { maskTable, type OperandTable, vectorTable, type X64Opcode, ymmTable, zmmTable } from "./opcodes.ts";
import { type VectorBytes as Bytes, constantLoad, vectorNames as names, pooled } from "./pooled-constants.ts";
import { type Space, vectorOpcode } from "./vector-opcodes.ts";

const tables: Readonly<Record<Bytes, OperandTable>> = { 16: vectorTable, 32: ymmTable, 64: zmmTable };
const memories = { 4: dword, 8: qword, 16: xmmword, 32: ymmword, 64: zmmword } as const;

export class VectorMoves {
  readonly #code: MachineCode;
  readonly #slotBytes: readonly number[];
  readonly #pool: ConstantPool;
  readonly #space: Space;

  constructor(code: MachineCode, slotBytes: readonly number[], pool: ConstantPool, space: Space) {
    this.#code = code;
    this.#slotBytes = slotBytes;
    this.#pool = pool;
    this.#space = space;
  }

  /** Copies what has to do with vectors or masks, and says whether it did. */
  emitCopy(buffer: CodeBuffer, frame: FrameCode, from: number, to: number): boolean {
    if (from >= firstMask || to >= firstMask) {
      this.#copyMask(buffer, frame, from, to);
      return true;
    }
    if (isConstant(from)) {
      this.#load(buffer, from, to);
      return true;
    }
    if (from >= firstVector && to >= firstVector) {
      // A scalar in the lower half needs no more than 16 bytes; who knows what is a scalar here.
      const bytes = this.#code.vectorBytes as Bytes; // one of these where there are vectors
      encode(buffer, this.#move("vmovaps", bytes, "register"), at(tables[bytes], to), at(tables[bytes], from));
      return true;
    }
    const slot = isSlot(from) ? slotOf(from) : isSlot(to) ? slotOf(to) : -1;
    const bytes = slot < 0 ? 8 : (this.#slotBytes[slot] ?? 8);
    if (bytes === 8) return false;
    const width = bytes as Bytes; // vectors' slots have these sizes
    const memory = memories[width](rsp, frame.slotOffset(slot));
    if (isSlot(from)) encode(buffer, this.#move("vmovups", width, "load"), at(tables[width], to), memory);
    else encode(buffer, this.#move("vmovups", width, "store"), memory, at(tables[width], from));
    return true;
  }

  /** Copies a slot to a slot and no register. */
  emitThroughStack(buffer: CodeBuffer, frame: FrameCode, from: number, to: number): void {
    const bytes = this.#slotBytes[slotOf(to)] ?? 8;
    const constant = isConstant(from) ? pooled(buffer, this.#pool, this.#constant(from), bytes) : undefined;
    for (let k = 0; k < bytes; k += 8) {
      // `pop` computes its address after it has moved rsp back. The cast: labels are operands.
      const source =
        constant === undefined ? qword(rsp, frame.slotOffset(slotOf(from)) + k) : qword(constant as never, k);
      forms.pushMemory.encode(buffer, source);
      forms.popMemory.encode(buffer, qword(rsp, frame.slotOffset(slotOf(to)) + k));
    }
  }

  #copyMask(buffer: CodeBuffer, frame: FrameCode, from: number, to: number): void {
    if (isSlot(to)) encode(buffer, maskMove("m64, k"), qword(rsp, frame.slotOffset(slotOf(to))), at(maskTable, from));
    else if (isSlot(from))
      encode(buffer, maskMove("k, k/m64"), at(maskTable, to), qword(rsp, frame.slotOffset(slotOf(from))));
    else encode(buffer, maskMove("k, k/m64"), at(maskTable, to), at(maskTable, from));
  }

  #constant(location: number): MachineAddress {
    const address = this.#code.constants?.get(slotOf(location) - firstConstantSlot + firstVirtual);
    if (address === undefined) throw new InternalError(`slot ${slotOf(location)} is no constant`);
    return address;
  }

  /** Loads a constant, an element of it into all lanes. */
  #load(buffer: CodeBuffer, from: number, to: number): void {
    const address = this.#constant(from);
    const registerClass = this.#code.virtualClass[slotOf(from) - firstConstantSlot]!; // constants are virtual registers
    const bytes = slotBytesOf[registerClass] as Bytes; // constants are vectors
    const target = at(tables[bytes], to);
    const { opcode, memoryBytes } = constantLoad(this.#space, bytes, address.bytes);
    // The cast: labels are operands.
    encode(buffer, opcode, target, memories[memoryBytes](pooled(buffer, this.#pool, address, memoryBytes) as never));
  }

  #move(name: "vmovaps" | "vmovups", bytes: Bytes, what: "register" | "load" | "store"): X64Opcode {
    const register = names[bytes];
    const wide = `${register}/m${8 * bytes}`;
    return vectorOpcode(this.#space, name, what === "store" ? `${wide}, ${register}` : `${register}, ${wide}`);
  }
}

function maskMove(operands: string): X64Opcode {
  return vectorOpcode("VEX", "kmovq", operands);
}

function at(table: OperandTable, register: number): Operand {
  const operand = table?.[register];
  if (operand === undefined) throw new InternalError(`register ${register} is no vector, and no mask`);
  return operand;
}
