/** Forms that emission writes without an instruction of lowered code behind them. */
import { type Form, formOf } from "../../asm/x64/form.ts";
import { type Mnemonic, rowOf, rowsOf } from "../../asm/x64/instructions.ts";
import { onDemand } from "../../base/on-demand.ts";
import { conditionNames } from "./opcodes.ts";

export const namedForm = (mnemonic: Mnemonic, signature: string): Form => formOf(rowOf(mnemonic, signature));

export const forms = onDemand({
  jmp: () => namedForm("jmp", "rel32"),
  /** By condition code. */
  jcc: () => conditionNames.map((name) => namedForm(`j${name}`, "rel32")),
  call: () => namedForm("call", "rel32"),
  ret: () => namedForm("ret", ""),
  push: () => namedForm("push", "r64"),
  pop: () => namedForm("pop", "r64"),
  pushMemory: () => namedForm("push", "rm64"),
  popMemory: () => namedForm("pop", "rm64"),
  storeImmediate: () => namedForm("mov", "rm32, imm32"),
  xor32: () => namedForm("xor", "r32, rm32"),
  /** SSE, AVX. */
  zeroVector: () => [namedForm("xorps", "xmm, xmm/m128"), namedForm("vxorps", "xmm, xmm, xmm/m128")] as const,
  /** Of xmm16 and up. */
  zeroHighVector: () => formOf(rowsOf("vpxord")[0]!), // the row of 128 bits comes first
  /** 32 bits, 64 bits. */
  cmpByte: () => [namedForm("cmp", "rm32, simm8"), namedForm("cmp", "rm64, simm8")] as const,
  cmp64: () => namedForm("cmp", "r64, rm64"),
  test64: () => namedForm("test", "rm64, r64"),
  btc64: () => namedForm("btc", "rm64, uimm8"),
  shr64: () => namedForm("shr", "rm64, uimm8"),
  or64: () => namedForm("or", "rm64, simm8"),
  add64: () => namedForm("add", "rm64, simm32"),
  addByte: () => namedForm("add", "rm64, simm8"),
  sub64: () => namedForm("sub", "rm64, simm32"),
  subFrom64: () => namedForm("sub", "r64, rm64"),
  movImm32: () => namedForm("mov", "r32, imm32"),
  store32: () => namedForm("mov", "rm32, r32"),
  subByte: () => namedForm("sub", "rm64, simm8"),
  lea64: () => namedForm("lea", "r64, m"),
  mov64: () => namedForm("mov", "r64, rm64"),
  mov32: () => namedForm("mov", "r32, rm32"),
  store64: () => namedForm("mov", "rm64, r64"),
});
