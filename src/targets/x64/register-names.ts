/** How listings call the registers. */
import { generalRegisterNames } from "../../asm/x64/operand.ts";
import { firstVector } from "../../codegen/machine-code.ts";

/** `rax`, `xmm3`, by number (machine-code.ts). */
export function registerName(register: number): string {
  if (register >= firstVector) return `xmm${register - firstVector}`;
  return generalRegisterNames[64][register] ?? `?${register}`;
}
