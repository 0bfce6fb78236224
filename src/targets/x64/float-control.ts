/**
 * MXCSR on the way into code and out of it: rounding to nearest, all exceptions masked, and denormals as they are while it runs,
 * and the caller's own setting afterwards (SDM volume 1, section 10.2.3). Where the caller has the usual setting, as nearly always, both are a
 * comparison; nothing is loaded, which would be slow.
 *
 * Eight bytes at `offset` from the stack pointer keep what was found, and have room for what is set. r11 is used up.
 */
import type { CodeBuffer } from "../../asm/code-buffer.ts";
import { dword, type Label } from "../../asm/x64/operands.ts";
import { r11d, rsp } from "../../asm/x64/registers.ts";
import { forms, namedForm } from "./forms.ts";
import { condition } from "./opcodes.ts";

export const floatControlBytes = 8;

const store = namedForm("stmxcsr", "m32");
const load = namedForm("ldmxcsr", "m32");
const and = namedForm("and", "rm32, imm32");
const compare = namedForm("cmp", "rm32, imm32");

/** Rounding, masks, flush to zero, denormals are zero: all but the flags. */
const control = 0xffc0;
const usual = 0x1f80;

/** Keeps what is there, and sets what is usual. */
export function emitUsualFloatControl(buffer: CodeBuffer, offset: number, done: Label): void {
  store.encode(buffer, dword(rsp, offset));
  emitIsUsual(buffer, offset);
  forms.jcc[condition.equal]!.encode(buffer, done); // a condition code
  forms.storeImmediate.encode(buffer, dword(rsp, offset + 4), usual);
  load.encode(buffer, dword(rsp, offset + 4));
  buffer.bindLabel(done.code);
}

/** Sets again what was there. */
export function emitCallersFloatControl(buffer: CodeBuffer, offset: number, done: Label): void {
  emitIsUsual(buffer, offset);
  forms.jcc[condition.equal]!.encode(buffer, done); // a condition code
  load.encode(buffer, dword(rsp, offset));
  buffer.bindLabel(done.code);
}

function emitIsUsual(buffer: CodeBuffer, offset: number): void {
  forms.mov32.encode(buffer, r11d, dword(rsp, offset));
  and.encode(buffer, r11d, control);
  compare.encode(buffer, r11d, usual);
}
