/**
 * Where a kernel stands among the rows: one running byte offset for each element width, in variables of the builder.
 *
 * The offset of one width counts the rows, too: bounds are compared with it, and the row's number is that offset divided by the
 * width. So a kernel over columns of one width has one index register, and every address is pointer + index + constant.
 */
import type { Value } from "../ir/function.ts";
import type { SsaBuilder, Variable } from "../ir/ssa-builder.ts";

export class RowPositions {
  readonly #builder: SsaBuilder;
  readonly #offsets = new Map<number, Variable>();
  readonly #counted: number;

  /** `widths`: the bytes of the elements, the one to count by first; each may be there several times. */
  constructor(builder: SsaBuilder, widths: readonly number[]) {
    this.#builder = builder;
    for (const width of widths.length === 0 ? [8] : widths)
      if (!this.#offsets.has(width)) this.#offsets.set(width, builder.createVariable("i64"));
    this.#counted = this.#offsets.keys().next().value ?? 8;
  }

  /** Goes to a row, whose number is an i64. */
  goTo(row: Value): void {
    for (const [width, variable] of this.#offsets) this.#builder.write(variable, this.#scaled(row, width));
  }

  /** Goes on by a number of rows that is known. */
  advance(rows: number): void {
    for (const [width, variable] of this.#offsets) {
      const step = this.#builder.constant("i64", BigInt(rows * width));
      this.#builder.write(variable, this.#builder.emit("iadd", this.#builder.read(variable), step));
    }
  }

  /** Goes on by a number of rows, an i64. */
  advanceBy(rows: Value): void {
    for (const [width, variable] of this.#offsets)
      this.#builder.write(
        variable,
        this.#builder.emit("iadd", this.#builder.read(variable), this.#scaled(rows, width)),
      );
  }

  /** The address of the current row's element in a column. */
  address(pointer: Value, width: number): Value {
    const variable = this.#offsets.get(width);
    if (variable === undefined) throw new RangeError(`no offset runs in steps of ${width} bytes`);
    return this.#builder.emit("iadd", pointer, this.#builder.read(variable));
  }

  /** The current row's number, an i64. */
  row(): Value {
    const shift = Math.log2(this.#counted);
    const offset = this.#position();
    return shift === 0 ? offset : this.#builder.emit("ushr", offset, this.#builder.constant("i64", BigInt(shift)));
  }

  /** A bound as `isBefore` takes it: to be made once, outside of the loop. */
  bound(row: Value): Value {
    return this.#scaled(row, this.#counted);
  }

  /** Whether the current row is below a bound; or not above it. */
  isBefore(bound: Value, orAt = false): Value {
    return this.#builder.emit(orAt ? "sle" : "slt", this.#position(), bound);
  }

  #position(): Value {
    const variable = this.#offsets.get(this.#counted);
    if (variable === undefined) throw new RangeError("no offset is counted");
    return this.#builder.read(variable);
  }

  #scaled(row: Value, width: number): Value {
    if (width === 1) return row;
    return this.#builder.emit("shl", row, this.#builder.constant("i64", BigInt(Math.log2(width))));
  }
}
