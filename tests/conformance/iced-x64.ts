/**
 * iced-x86 as a second judge beside LLVM and GNU: an x86 decoder in Rust (WebAssembly here) with tables of its own.
 *
 * It writes Intel syntax with another hand. What is only spelling is brought into the words of `assembly-text.ts` here, one
 * rule for each thing that it writes otherwise; everything else has to agree.
 */
import iced from "iced-x86";

export interface IcedInstruction {
  /** In the spelling that `parseIntel` reads; `(bad)` where it finds no instruction. */
  readonly text: string;
  /** 1 to 15. */
  readonly length: number;
}

function newFormatter(): iced.Formatter {
  const formatter = new iced.Formatter(iced.FormatterSyntax.Intel);
  formatter.hexPrefix = "0x";
  formatter.hexSuffix = "";
  formatter.uppercaseHex = false;
  formatter.smallHexNumbersInDecimal = false;
  formatter.memorySizeOptions = iced.MemorySizeOptions.Always;
  formatter.ripRelativeAddresses = true;
  formatter.signedMemoryDisplacements = true;
  formatter.showBranchSize = false;
  formatter.spaceAfterOperandSeparator = true;
  return formatter;
}

/** The first instruction of each sequence. */
export function icedDisassemble(sequences: readonly Uint8Array[]): IcedInstruction[] {
  const formatter = newFormatter();
  const instruction = new iced.Instruction();
  const results = sequences.map((bytes): IcedInstruction => {
    // A decoder of its own sees where the bytes end.
    const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
    decoder.decodeOut(instruction);
    decoder.free();
    const { length } = instruction;
    return { text: instruction.isInvalid ? "(bad)" : spelledAsOurs(formatter.format(instruction), length), length };
  });
  instruction.free();
  formatter.free();
  return results;
}

function spelledAsOurs(text: string, length: number): string {
  return (
    text
      // Hints that the CPU ignores.
      .replace(/^hint-(?:not-)?taken /, "")
      // A branch goes to an address, counted from the instruction's first byte.
      .replace(/^((?:(?:bnd|notrack|addr32) )?(?:j\w+|call|loop\w*|xbegin)) (0x[0-9a-f]+)$/, (_, branch, target) => {
        const distance = BigInt.asIntN(64, BigInt(target) - BigInt(length));
        return `${branch} .${distance < 0n ? "" : "+"}${distance}`;
      })
      // To the nearest (even).
      .replace("{rne-sae}", "{rn-sae}")
      // The mask of a gather or scatter is an operand.
      .replace(/^(vp?(?:gather|scatter)\w+ [^,]+), (k[0-7])\b/, "$1 {$2}")
      // One register where it is read and written.
      .replace(/^imul (\w+), (-?0x[0-9a-f]+)$/, "imul $1, $1, $2")
      // An index that is not scaled, without a base, is what a base alone means.
      .replace(/\[(\w+)\*1(?=[-+\]])/, "[$1")
      .replace(/^vpcmp(false|true)(u?[bwdq]) (.*)$/, (_, name, type, rest) => {
        return `vpcmp${type} ${rest}, ${name === "true" ? 7 : 3}`;
      })
      // With W: how long the strings are stands in rax and rdx, not in eax and edx.
      .replace(/^(v?pcmpestr[im])64 /, "$1 ")
      .replace(/^cldemote (?=(?:[fg]s:)?\[)/, "cldemote byte ptr ")
      // The segment of the address in rdi is no operand of the others.
      .replace(/^(v?maskmov(?:q|dqu) .*), [fg]s$/, "$1")
      .replace(/^prefetch_exclusive /, "prefetch ")
      .replace(/^(?:[fg]s )?clzero \w+$/, "clzero")
  );
}
