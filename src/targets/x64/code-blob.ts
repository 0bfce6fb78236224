/**
 * Functions that are compiled into one piece: what they share while their bytes are written. A function that calls nothing
 * is a blob of its own. Otherwise the blob begins with an entry for callers from outside:
 *
 *     entry     saves the callee-saved registers, pins the context and the fuel, leaves the stack pointer in the context, calls the body
 *     leave     restores them and returns
 *     bodies    of the function itself and of all that it reaches, with direct calls among them
 *     unwind    where traps go, from however many calls deep: takes the stack pointer from the context, then `leave`
 *
 * So a call needs no check behind it, and a trap costs nothing until it happens. The entry keeps the stack pointer that
 * the context held before, so that calls nest.
 */
import { CodeBuffer } from "../../asm/code-buffer.ts";
import { labelOperand } from "../../asm/x64/assembler.ts";
import { fillWithNoOperations } from "../../asm/x64/no-operations.ts";
import { dword, type Label, qword } from "../../asm/x64/operands.ts";
import { ecx, gpr32, gpr64, r15, rax, rcx, rdi, rsp } from "../../asm/x64/registers.ts";
import type { Span } from "../../base/source.ts";
import { callContext, mostStackWords } from "../../codegen/call-context.ts";
import type { CallSite, CompiledCode, FunctionFrame, PendingTrapSite } from "../../codegen/compiled-code.ts";
import { ConstantPool } from "../../codegen/constant-pool.ts";
import { slotBytes } from "../../codegen/frame.ts";
import { calleeSaved, pinnedFuel } from "./calling-convention.ts";
import { emitCallersFloatControl, emitUsualFloatControl } from "./float-control.ts";
import { forms } from "./forms.ts";
import { condition } from "./opcodes.ts";

/** The buffer is reused: emission of one blob ends before the next one begins. */
const sharedBuffer = new CodeBuffer(fillWithNoOperations, 4096);

/** Of a list of pairs: an offset of emission, and how many fixups stand before it. */
function finalOffset(list: readonly number[], k: number, growth: Int32Array): number {
  return list[2 * k]! + growth[list[2 * k + 1]!]!; // k is in range, growth has an entry for each fixup
}

const unwindStack = qword(r15, callContext.unwindStack);
const fuel = dword(r15, callContext.fuel);

export class CodeBlob {
  readonly buffer: CodeBuffer = sharedBuffer;
  readonly constants = new ConstantPool();
  /** Those of a function get its frame's size when it is done. */
  readonly trapSites: PendingTrapSite[] = [];
  /** How many of them belong to functions that are done. */
  #finishedSites = 0;
  readonly hasAvx: boolean;
  /** Whether functions with vectors are written for AVX-512. */
  hasAvx512 = false;
  /** Where traps go in a blob with calls. */
  unwind: Label | undefined = undefined;
  /** By function of the blob: where its body starts. Empty for one function without calls. */
  readonly #bodies: Label[] = [];
  /** Offsets of emission, each with the number of fixups before it: by place in the source, by call, by function. */
  readonly #lines: number[] = [];
  readonly #lineSpans: (Span | undefined)[] = [];
  readonly #calls: number[] = [];
  readonly #callSpans: (Span | undefined)[] = [];
  readonly #callers: number[] = [];
  readonly #starts: number[] = [];
  readonly #names: string[] = [];
  readonly #frameBytes: number[] = [];

  constructor(hasAvx: boolean) {
    this.hasAvx = hasAvx;
    sharedBuffer.clear();
  }

  /** Where the body of the blob's function with this number starts. */
  bodyOf(index: number): Label {
    let label = this.#bodies[index];
    if (label === undefined) {
      label = this.#newLabel();
      this.#bodies[index] = label;
    }
    return label;
  }

  /** Where the function in hand finds no stack for its frame: its last trap site, and the one without a frame. */
  exhaustedSite(functionName: string): number {
    const site: PendingTrapSite = { code: "stack-exhausted", span: undefined, functionName, frameBytes: 0 };
    this.#exhausted = this.trapSites.push(site) - 1;
    return this.#exhausted;
  }

  /** Says that the code from here on comes from this place in the source. */
  markLine(span: Span | undefined): void {
    const spans = this.#lineSpans;
    if (span === spans[spans.length - 1]) return;
    this.#lines.push(this.buffer.length, this.buffer.fixupCount);
    spans.push(span);
  }

  /** Says that a call ends here. */
  markCall(span: Span | undefined): void {
    this.#calls.push(this.buffer.length, this.buffer.fixupCount);
    this.#callSpans.push(span);
    this.#callers.push(this.#names.length - 1);
  }

  /** Says that a function starts here. */
  startFunction(name: string, index: number): void {
    if (this.unwind !== undefined) this.buffer.bindLabel(this.bodyOf(index).code);
    this.#starts.push(this.buffer.length, this.buffer.fixupCount);
    this.#names.push(name);
  }

  /** Tells the stack that the function just written takes. */
  endFunction(frameBytes: number): void {
    this.#frameBytes.push(frameBytes);
    const { trapSites } = this;
    for (; this.#finishedSites < trapSites.length; this.#finishedSites++)
      if (this.#finishedSites !== this.#exhausted) trapSites[this.#finishedSites]!.frameBytes = frameBytes; // in range
  }
  #exhausted = -1;

  /**
   * The entry of a blob with calls, for a function of number `body` that takes so many bytes of arguments on the stack.
   * Registers pass through it as they are, but for the pinned ones.
   */
  emitEntry(
    body: number,
    stackArgumentBytes: number,
    { keepsFloatControl, pinsFuel }: { readonly keepsFloatControl: boolean; readonly pinsFuel: boolean },
  ): void {
    const { buffer } = this;
    this.unwind = this.#newLabel();
    const leave = this.#newLabel();
    this.#starts.push(0, 0);
    this.#names.push("entry");
    for (const register of calleeSaved) forms.push.encode(buffer, gpr64[register]!); // general registers
    forms.mov64.encode(buffer, r15, rdi);
    const fuelRegister = gpr32[pinnedFuel]!; // a general register
    if (pinsFuel) forms.mov32.encode(buffer, fuelRegister, fuel);
    // Sixteen bytes, so that the stack is aligned as without them.
    const kept = keepsFloatControl ? 16 : 0;
    if (kept > 0) {
      forms.subByte.encode(buffer, rsp, kept);
      emitUsualFloatControl(buffer, 0, this.#newLabel());
    }
    forms.pushMemory.encode(buffer, unwindStack);
    forms.store64.encode(buffer, unwindStack, rsp);
    // Eight words since the caller's call, so the stack is aligned here.
    const padding = stackArgumentBytes % 16;
    if (padding > 0) forms.sub64.encode(buffer, rsp, padding);
    const above = slotBytes * (calleeSaved.length + 2) + kept + padding;
    // The offset is the same for each: one word less to go, one word more pushed.
    for (let at = 0; at < stackArgumentBytes; at += slotBytes)
      forms.pushMemory.encode(buffer, qword(rsp, above + stackArgumentBytes - slotBytes));
    forms.call.encode(buffer, this.bodyOf(body));
    if (stackArgumentBytes > 0) forms.add64.encode(buffer, rsp, stackArgumentBytes + padding);
    buffer.bindLabel(leave.code);
    if (pinsFuel) forms.store32.encode(buffer, fuel, fuelRegister);
    forms.popMemory.encode(buffer, unwindStack);
    if (kept > 0) {
      emitCallersFloatControl(buffer, 0, this.#newLabel());
      forms.addByte.encode(buffer, rsp, kept);
    }
    for (let k = calleeSaved.length - 1; k >= 0; k--) forms.pop.encode(buffer, gpr64[calleeSaved[k]!]!); // in range
    forms.ret.encode(buffer);
    buffer.bindLabel(this.unwind.code);
    this.#emitStackCopy();
    forms.mov64.encode(buffer, rsp, unwindStack);
    forms.jmp.encode(buffer, leave);
    this.endFunction(0);
  }

  /** Copies the words between the stack pointer and the entry's into the context. There is one: the entry has called. */
  #emitStackCopy(): void {
    const { buffer } = this;
    const few = this.#newLabel();
    const loop = this.#newLabel();
    forms.mov64.encode(buffer, rcx, unwindStack);
    forms.subFrom64.encode(buffer, rcx, rsp);
    forms.shr64.encode(buffer, rcx, 3);
    forms.cmpByte[1].encode(buffer, rcx, mostStackWords);
    forms.jcc[condition.belowOrEqual]!.encode(buffer, few); // a condition code
    forms.movImm32.encode(buffer, ecx, mostStackWords);
    buffer.bindLabel(few.code);
    forms.store32.encode(buffer, dword(r15, callContext.stackCount), ecx);
    buffer.bindLabel(loop.code);
    forms.mov64.encode(buffer, rax, qword(rsp, rcx, slotBytes, -slotBytes));
    forms.store64.encode(buffer, qword(r15, rcx, slotBytes, callContext.stackWords - slotBytes), rax);
    forms.addByte.encode(buffer, rcx, -1);
    forms.jcc[condition.notEqual]!.encode(buffer, loop); // a condition code
  }

  /** The finished code. */
  finish(): CompiledCode {
    const { buffer } = this;
    const codeEnd = buffer.length;
    const codeFixups = buffer.fixupCount;
    this.constants.emit(buffer);
    const { growth } = buffer.layout();
    const names = this.#names;
    const functions: FunctionFrame[] = [];
    for (let k = 0; k < names.length; k++)
      functions.push({
        name: names[k]!, // k is in range
        offset: finalOffset(this.#starts, k, growth),
        frameBytes: this.#frameBytes[k] ?? 0,
      });
    const lineSpans = this.#lineSpans;
    const lines: { offset: number; span: Span | undefined }[] = [];
    for (let k = 0; k < lineSpans.length; k++)
      lines.push({ offset: finalOffset(this.#lines, k, growth), span: lineSpans[k] });
    const callSpans = this.#callSpans;
    const callSites: CallSite[] = [];
    for (let k = 0; k < callSpans.length; k++) {
      const { name, frameBytes } = functions[this.#callers[k]!]!; // a call stands in a function
      const offset = finalOffset(this.#calls, k, growth);
      callSites.push({ offset, functionName: name, frameBytes, span: callSpans[k] });
    }
    return {
      bytes: buffer.toBytes(),
      codeBytes: codeEnd + growth[codeFixups]!, // as above
      trapSites: this.trapSites,
      mayTrap: this.trapSites.length > 0,
      frameBytes: this.#frameBytes[this.#frameBytes.length - 1] ?? 0,
      lines,
      functions,
      callSites,
    };
  }

  #newLabel(): Label {
    return labelOperand(this.buffer, this.buffer.newLabel());
  }
}
