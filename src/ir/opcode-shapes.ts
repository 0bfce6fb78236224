/**
 * The opcode rows, read once: what each says about operands and result, as numbers and lists instead of text.
 *
 * Builder, parser, verifier and passes ask these shapes, so that nobody parses a signature while a function is compiled.
 * `number` is dense from 0, for tables and hashes.
 */
import { InternalError } from "../base/errors.ts";
import { type Opcode, type OpcodeRow, opcodes } from "./opcodes.ts";
import { isType, type Type } from "./types.ts";

/** What stands at one place of a signature: one type, or a variable and what it may be. */
export interface OperandShape {
  /** `T` is the same type wherever it stands in one instruction; `S` is the source of a conversion. */
  readonly variable: "T" | "S" | undefined;
  readonly accepts: readonly Type[];
}

export interface OpcodeShape {
  readonly opcode: Opcode;
  readonly number: number;
  readonly operands: readonly OperandShape[];
  /** Undefined for a store, which has no result, and for `call`, whose operands and result are those of its callee. */
  readonly result: OperandShape | undefined;
  /** The result type where the row fixes it. */
  readonly resultType: Type | undefined;
  /** The operand whose type is the result's, or -1. For `store`, the value it stores. */
  readonly resultOperand: number;
  /** The text form writes the result type after the mnemonic. */
  readonly explicit: boolean;
  readonly commutative: boolean;
  readonly traps: boolean;
  readonly effect: "read" | "write" | undefined;
  readonly immediate: "constant" | "offset" | "callee" | undefined;
  /** The result depends on the operands alone, and nothing else happens: may be removed, repeated, and moved. */
  readonly pure: boolean;
}

/** All opcodes, in the order of their rows. */
// Object.keys loses the literal type that the table has.
export const opcodeNames = Object.keys(opcodes) as Opcode[];

/** The shape of each opcode, by its number. */
export const shapes: readonly OpcodeShape[] = opcodeNames.map((opcode, number) =>
  readRow(opcode, number, opcodes[opcode]),
);

// A Map: twice as fast as an object with that many properties.
const byName = new Map<string, OpcodeShape>(shapes.map((shape) => [shape.opcode, shape]));

/** The shape of an opcode. A `Value` has its own at hand. */
export function shapeOf(opcode: Opcode): OpcodeShape {
  const shape = byName.get(opcode);
  if (shape === undefined) throw new InternalError(`${opcode} is not an opcode`);
  return shape;
}

function readRow(opcode: Opcode, number: number, row: OpcodeRow): OpcodeShape {
  const [left = "", right = ""] = row.signature.split("->").map((side) => side.trim());
  const place = (word: string): OperandShape => {
    if (isType(word)) return { variable: undefined, accepts: [word] };
    const accepts = word === "T" ? row.types : word === "S" ? row.from : undefined;
    if (accepts === undefined || (word !== "T" && word !== "S"))
      throw new TypeError(
        `opcode ${opcode}: ${word} in "${row.signature}" is neither a type nor a variable with types`,
      );
    return { variable: word, accepts };
  };
  const isCall = row.immediate === "callee";
  const operands = left === "" || isCall ? [] : left.split(", ").map(place);
  const result = right === "" || isCall ? undefined : place(right);
  // A store's type is that of what it stores.
  const typed = result ?? operands[0];
  return {
    opcode,
    number,
    operands,
    result,
    resultType: typed?.variable === undefined ? typed?.accepts[0] : undefined,
    resultOperand:
      result === undefined || result.variable === "T" ? operands.findIndex((operand) => operand.variable === "T") : -1,
    explicit: row.explicit === true,
    commutative: row.commutative === true,
    traps: row.traps === true,
    effect: row.effect,
    immediate: row.immediate,
    pure: row.traps === undefined && row.effect === undefined && opcode !== "parameter",
  };
}
