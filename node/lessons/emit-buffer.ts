/**
 * The emit functions of lesson `minimal-jit`, one per instruction, each with its bytes written out, and the compiler of
 * five lines that walks a tree with them. A teaching piece: jitsmith's own encoder is asm/x64.
 */

/** An expression of one int variable. */
export type ExpressionNode =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "variable" }
  | { readonly kind: "add" | "mul"; readonly left: ExpressionNode; readonly right: ExpressionNode };

export class EmitBuffer {
  readonly #bytes: number[] = [];

  byte(...bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  /** Four bytes, the least significant first. */
  imm32(value: number): void {
    this.byte(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);
  }

  movEaxImm32(value: number): void {
    this.byte(0xb8);
    this.imm32(value);
  }

  movEaxEdi(): void {
    this.byte(0x89, 0xf8);
  }

  addEaxEcx(): void {
    this.byte(0x01, 0xc8);
  }

  imulEaxEcx(): void {
    this.byte(0x0f, 0xaf, 0xc1);
  }

  imulEaxEsi(): void {
    this.byte(0x0f, 0xaf, 0xc6);
  }

  pushRax(): void {
    this.byte(0x50);
  }

  popRcx(): void {
    this.byte(0x59);
  }

  ret(): void {
    this.byte(0xc3);
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Emits code that leaves the node's value in eax; the variable is in edi. */
export function emitNode(buffer: EmitBuffer, node: ExpressionNode): void {
  switch (node.kind) {
    case "constant":
      buffer.movEaxImm32(node.value);
      break;
    case "variable":
      buffer.movEaxEdi();
      break;
    case "add":
    case "mul":
      emitNode(buffer, node.left);
      buffer.pushRax();
      emitNode(buffer, node.right);
      buffer.popRcx();
      if (node.kind === "add") buffer.addEaxEcx();
      else buffer.imulEaxEcx();
      break;
  }
}
