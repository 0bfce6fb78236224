/**
 * Elements of arrays: the check of the index, and the address behind it.
 *
 * An index is in bounds when it is a whole number from 0 to the length, exclusively; anything else traps, as the language
 * has no `undefined` to give.
 */
import type { Value } from "../../ir/function.ts";
import { arrayRow } from "./array-kinds.ts";
import type { BuiltValues } from "./built-values.ts";
import { convertPayload } from "./convert-payload.ts";
import type { ArrayParameter, Node } from "./tree.ts";

/** The addresses of elements, in one expression. */
export class ElementAddresses {
  readonly #values: BuiltValues;
  /** The addresses of elements that were checked, by index node: `xs[i] += 1` checks once. */
  #addresses: Map<Node, Value> | undefined;

  constructor(values: BuiltValues) {
    this.#values = values;
  }

  /** The address of an element, behind a check of its index. */
  addressOf(array: ArrayParameter, index: Node): Value {
    const known = this.#addresses?.get(index);
    if (known !== undefined) return known;
    const { builder } = this.#values;
    const { address, length } = this.#values.environment.array(array);
    let position = this.#values.payload(index);
    if (position.type === "i64") {
      const inBounds = builder.emit("ult", position, builder.convert("zext", "i64", length));
      this.#values.environment.checkBounds(inBounds);
    } else {
      // An index with a fraction, NaN, or beyond 2^31 is no element either.
      const number = position.type === "i32" ? undefined : convertPayload(builder, position, "f64");
      if (number !== undefined) position = builder.emit("to-int32", number);
      const isBelow = builder.emit("ult", position, length);
      const isWhole = number && builder.emit("feq", builder.convert("convert-s", "f64", position), number);
      this.#values.environment.checkBounds(isWhole === undefined ? isBelow : builder.emit("and", isBelow, isWhole));
      position = builder.convert("zext", "i64", position);
    }
    const { shift } = arrayRow(array.kind);
    const offset = shift === 0 ? position : builder.emit("shl", position, builder.constant("i64", BigInt(shift)));
    const element = builder.emit("iadd", address, offset);
    this.#addresses ??= new Map();
    this.#addresses.set(index, element);
    return element;
  }
}
