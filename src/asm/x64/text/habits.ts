/** Operands as people and other tools write them, made those that the rows have. */
import type { Argument } from "../encode-rm.ts";
import { isMemory, Operand, operandKind } from "../operand.ts";
import { xmm0 } from "../registers.ts";
import { Fault } from "./fault.ts";
import { changed } from "./memory-operand.ts";
import type { OperandReader } from "./operand-reader.ts";
import { addressSized } from "./prefixes.ts";
import type { Word } from "./words.ts";

/** Changes the operands of `word` where its habit asks for it. Returns the instruction that takes them, where it is another. */
export function byHabit(word: Word, operands: OperandReader, start: number): string | undefined {
  const { values } = operands;
  const [first, second] = values;
  switch (word.habit) {
    case "shift":
      if (operands.count === 1) operands.append(1);
      return undefined;
    case "xmm0":
      if (operands.count === 2) operands.append(xmm0);
      return undefined;
    case "multiply":
      // `imul rax, 5` is short for `imul rax, rax, 5`.
      if (operands.count === 2 && (typeof second === "number" || typeof second === "bigint") && first !== undefined) {
        operands.append(second);
        values[1] = first;
      }
      return undefined;
    case "exchange":
      // Of two registers LLVM reads, and disassemblers print, the one in ModRM's reg field first.
      if (first instanceof Operand && second instanceof Operand && !isMemory(first) && !isMemory(second)) {
        values[0] = second;
        values[1] = first;
      }
      return undefined;
    case "arithmetic":
      sizeByImmediate(operands);
      return undefined;
    case "push":
      return operands.immediateBits === 16 ? "pushw" : undefined;
    case "loop":
      // `loop name, ecx` tells the counter, as NASM has it.
      if (operands.count !== 2 || !isCounter(second)) return undefined;
      operands.count = 1;
      values[1] = undefined;
      return second.kind === operandKind.r64 ? undefined : addressSized(word);
    case "jump":
      return operands.isFar || isFarPointer(first) ? farBranch(word, operands, start) : undefined;
    case "far jump":
      sizeFarPointer(operands);
      return undefined;
    default:
      return undefined;
  }
}

/** A far pointer has 16:32 bits where nothing is said: LLVM prints none of its three sizes. */
function sizeFarPointer({ values }: OperandReader): void {
  const [first] = values;
  if (first instanceof Operand && first.kind === operandKind.m) values[0] = changed(first, { kind: operandKind.m48 });
}

/** `jmp far [rax]`, `call fword ptr [rax]`: through a far pointer. */
function farBranch(word: Word, operands: OperandReader, start: number): string {
  const { values, starts, ends, target } = operands;
  const [first] = values;
  if (target !== undefined || !(first instanceof Operand) || !isMemory(first)) {
    const message = "a far branch goes through memory in 64-bit mode";
    throw new Fault("no-such-form", message, starts[0] ?? start, ends[0] ?? start, `write ${word.name} far [rax]`);
  }
  sizeFarPointer(operands);
  return word.name === "jmp" ? "ljmp" : "lcall";
}

/** Memory at an address of 64 bits is as wide as the accumulator beside it, unless a size was written. */
export function sizeFarMemory({ values, hasSize }: OperandReader): void {
  const at = values.findIndex((value) => value instanceof Operand && value.kind === operandKind.moffs64);
  const memory = values[at];
  const accumulator = values[1 - at];
  if (hasSize || !(memory instanceof Operand) || !(accumulator instanceof Operand)) return;
  const kind = farKinds[accumulator.kind];
  if (kind !== undefined) values[at] = changed(memory, { kind });
}

/** `mov [rax], dword 5`, as NASM has it: memory without a size is as wide as the immediate's size word says. */
function sizeByImmediate({ values, immediateBits }: OperandReader): void {
  const at = values.findIndex((value) => value instanceof Operand && value.kind === operandKind.m);
  const memory = values[at];
  const kind = sizedKinds[immediateBits];
  if (memory instanceof Operand && kind !== undefined) values[at] = changed(memory, { kind });
}

const sizedKinds: Readonly<Record<number, number>> = {
  8: operandKind.m8,
  16: operandKind.m16,
  32: operandKind.m32,
  64: operandKind.m64,
};

const farKinds: Readonly<Record<number, number>> = {
  [operandKind.al]: operandKind.moffs8,
  [operandKind.ax]: operandKind.moffs16,
  [operandKind.eax]: operandKind.moffs32,
  [operandKind.rax]: operandKind.moffs64,
};

function isFarPointer(value: Argument | undefined): boolean {
  return value instanceof Operand && (value.kind === operandKind.m48 || value.kind === operandKind.m80);
}

/** ecx or rcx. */
function isCounter(value: Argument | undefined): value is Operand {
  return (
    value instanceof Operand && value.code === 1 && (value.kind === operandKind.r32 || value.kind === operandKind.r64)
  );
}
