/** How listings call the registers. */
import { generalRegisterNames } from "../../asm/x64/operand.ts";
import { firstMask, firstVector } from "../../codegen/machine-code.ts";

/** `rax`, `xmm3`, by number (machine-code.ts). */
export function registerName(register: number): string {
  if (register >= firstMask) return `k${register - firstMask}`;
  if (register >= firstVector) return `xmm${register - firstVector}`;
  return generalRegisterNames[64][register] ?? `?${register}`;
}
