/** The entry `jitsmith/x64`: the x86-64 assembler, typed and from text, whose code can be called, and the disassembler. */
import { Assembler as PortableAssembler } from "../src/asm/x64/assembler.ts";
import { EncodingError } from "../src/base/errors.ts";
import { type MachineFunction, toFunction } from "./memory/to-function.ts";

export type { Relocation } from "../src/asm/code-buffer.ts";
export { type AnatomyField, anatomy } from "../src/asm/x64/anatomy.ts";
export type { Mark } from "../src/asm/x64/assembler.ts";
export { type DisassembleOptions, disassemble, disassembly, Instruction } from "../src/asm/x64/disassembler.ts";
export { type Form, form } from "../src/asm/x64/form.ts";
export * from "../src/asm/x64/operands.ts";
export * from "../src/asm/x64/registers.ts";
export {
  type AssembledLine,
  type AssembledText,
  type AssembleOptions,
  assemble,
  assembleText,
} from "../src/asm/x64/text/assemble.ts";
export { CompileError, type Diagnostic } from "../src/base/diagnostics.ts";
export { type MachineFunction, toFunction } from "./memory/to-function.ts";
export { EncodingError };

/** The assembler of this process: `toFunction` installs what was written and makes it callable. */
export class Assembler extends PortableAssembler {
  /**
   * A function over the code as it stands now; more may be written afterwards, for another one.
   * Throws `EncodingError` for unbound labels, `SignatureError`, `MemoryError`, `UnsupportedError`.
   *
   *     const a = assembler();
   *     a.lea(rax, ptr(rdi, 4));
   *     a.ret();
   *     a.toFunction("i64(i64)")(4n);   // 8n
   */
  toFunction<const S extends string>(signature: S): MachineFunction<S> {
    const [relocation] = this.relocations();
    if (relocation !== undefined) {
      const { offset, symbol } = relocation;
      throw new EncodingError(
        `toFunction: byte ${offset} needs the address of ${symbol === undefined ? "a label" : `external "${symbol}"`}, which is ` +
          "known when code is linked; use callAddress, lea of a label or distance, which run wherever the code is put",
      );
    }
    return toFunction(this.toBytes(), signature);
  }
}

/** A new, empty assembler. */
export function assembler(): Assembler {
  return new Assembler();
}
