/**
 * Constants of vectors: how they stand in the constant pool, and how they come from there into a register.
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import { labelOperand } from "../../asm/x64/assembler.ts";
import type { Label } from "../../asm/x64/operands.ts";
import type { ConstantPool } from "../../codegen/constant-pool.ts";
import type { MachineAddress } from "../../codegen/machine-code.ts";
import type { X64Opcode } from "./opcodes.ts";
import { type Space, vectorOpcode } from "./vector-opcodes.ts";

/** Bytes of a vector register. */
export type VectorBytes = 16 | 32 | 64;
export const vectorNames = { 16: "xmm", 32: "ymm", 64: "zmm" } as const;

/** A constant's bits repeated to fill so many bytes; bits of a constant of 16 bytes stand in two parts. */
export function repeatedBits({ bits0, bits1, bytes }: MachineAddress, wanted: number): bigint {
  let bits = bytes === 16 ? bits0 | (bits1 << 64n) : bits0;
  for (let filled = bytes; filled < wanted; filled *= 2) bits |= bits << BigInt(8 * filled);
  return bits;
}

/** Where in the pool a constant stands, repeated to so many bytes. */
export function pooled(buffer: CodeBuffer, pool: ConstantPool, address: MachineAddress, bytes: number): Label {
  const bits = BigInt.asUintN(8 * bytes, repeatedBits(address, bytes));
  const low = bytes === 16 ? BigInt.asUintN(64, bits) : bits;
  return labelOperand(buffer, pool.label(buffer, low, bytes === 16 ? bits >> 64n : 0n, bytes));
}

/** How a constant of `elementBytes` comes into a vector: an element to all lanes, or all of it. */
export function constantLoad(
  space: Space,
  bytes: VectorBytes,
  elementBytes: number,
): { opcode: X64Opcode; memoryBytes: 4 | 8 | VectorBytes } {
  const register = vectorNames[bytes];
  if (elementBytes === 4 || (elementBytes === 8 && bytes === 16 && space === "VEX")) {
    if (elementBytes === 4) {
      const operands = `${register}, ${space === "EVEX" ? "xmm/m32" : "m32"}`;
      return { opcode: vectorOpcode(space, "vbroadcastss", operands), memoryBytes: 4 };
    }
    return { opcode: vectorOpcode(space, "vmovddup", "xmm, xmm/m64"), memoryBytes: 8 };
  }
  if (elementBytes === 8 && bytes > 16) {
    const operands = `${register}, ${space === "EVEX" ? "xmm/m64" : "m64"}`;
    return { opcode: vectorOpcode(space, "vbroadcastsd", operands), memoryBytes: 8 };
  }
  return { opcode: vectorOpcode(space, "vmovups", `${register}, ${register}/m${8 * bytes}`), memoryBytes: bytes };
}
