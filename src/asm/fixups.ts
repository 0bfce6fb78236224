/**
 * The record that a `CodeBuffer` keeps for everything that depends on where code ends up.
 * Four numbers in one Int32Array: `kind, at, label, extra`; `at` is an emission offset, before anything has grown.
 */

/** The kinds, in the low eight bits of the record's first number. */
export const fixupKind = {
  /** Two bytes at `at`, opcode and rel8; `extra` is the opcode of the form with rel32, of one byte or (0F xx) two. */
  branch: 0,
  /** A signed byte at `at`, from its end to the label. Cannot grow. */
  relative8: 1,
  /** Four bytes at `at`, from the end of the instruction to the label plus `extra`; `kind >> 8` bytes follow the field. */
  relative32: 2,
  /**
   * No bytes yet: padding up to a multiple of `extra`; `label` is the byte to fill with, or -1 for no-operations. With
   * `kind >> 8`, only where that many bytes would reach the next multiple.
   */
  align: 3,
  /** Four bytes at `at`: from the label `extra` to the label, for jump tables. */
  distance: 4,
  /** Eight bytes at `at`: the label's address, known when the code is loaded or linked. */
  absolute64: 5,
} as const;

export const fixupWords = 4;

/** How many bytes of padding an `align` takes where it stands. `kind` and `alignment` are of its record. */
export function paddingAt(position: number, kind: number, alignment: number): number {
  const rest = -position & (alignment - 1);
  return kind >> 8 > 0 && rest > kind >> 8 ? 0 : rest;
}

/** `labelFixups` of a label that stands in the constant pool; `labelOffsets` is its entry there. */
export const inPool = -1;

/** `labelFixups` of a label whose place is in other code; `labelOffsets` stays unbound. */
export const inOtherCode = -2;
