/**
 * The opcode rows, read once: what each says about operands and result, as numbers and lists instead of text.
 *
 * Builder, parser, verifier and passes ask these shapes, so that nobody parses a signature while a function is compiled.
 * `number` is dense from 0, for tables and hashes.
 */
import { InternalError } from "../base/errors.ts";
import { type Opcode, type OpcodeRow, opcodes } from "./opcodes.ts";
import { isType, isVector, lanesOf, type Scalar, type Type, vectorIfAny } from "./types.ts";

/** What stands at one place of a signature: one type, or a variable and what it may be. */
export interface OperandShape {
  /** `T` is the same type wherever it stands in one instruction; `S` is the source of a conversion. */
  readonly variable: "T" | "S" | undefined;
  /** The types that it may have, or a lane of it. */
  readonly accepts: readonly Scalar[];
  /** It has one lane, whatever the instruction has; others have as many as the instruction. */
  readonly isScalar: boolean;
}

export interface OpcodeShape {
  readonly opcode: Opcode;
  readonly number: number;
  readonly operands: readonly OperandShape[];
  /** Undefined for a store, which has no result, and for `call`, whose operands and result are those of its callee. */
  readonly result: OperandShape | undefined;
  /** How many lanes an instruction may have: `any` is one or many. */
  readonly lanes: "any" | "one" | "many";
  /** The result type where the row fixes it, or a lane of it. */
  readonly resultType: Scalar | undefined;
  /** The first operand with as many lanes as the result, or -1 if the result is scalar or its lanes do not follow. */
  readonly laneOperand: number;
  /** The operand whose type is the result's, or -1. For `store`, the value it stores. */
  readonly resultOperand: number;
  /** The text form writes the result type after the mnemonic. */
  readonly explicit: boolean;
  /** It does so for vectors alone, since the lanes do not follow from an operand. */
  readonly explicitVector: boolean;
  readonly commutative: boolean;
  readonly traps: boolean;
  readonly effect: "read" | "write" | undefined;
  readonly immediate: "constant" | "offset" | "lane" | "callee" | undefined;
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
  const place = (text: string): OperandShape => {
    const isScalar = row.lanes === "one" || text.startsWith("scalar ");
    const word = text.replace("scalar ", "");
    if (isType(word) && !isVector(word)) return { variable: undefined, accepts: [word], isScalar };
    const accepts = word === "T" ? row.types : word === "S" ? row.from : undefined;
    if (accepts === undefined || (word !== "T" && word !== "S"))
      throw new TypeError(
        `opcode ${opcode}: ${word} in "${row.signature}" is neither a type nor a variable with types`,
      );
    return { variable: word, accepts, isScalar };
  };
  const isCall = row.immediate === "callee";
  const operands = left === "" || isCall ? [] : left.split(", ").map(place);
  const result = right === "" || isCall ? undefined : place(right);
  // A store's type is that of what it stores; that of a fence means nothing.
  const typed = result ?? operands[0] ?? { variable: undefined, accepts: isCall ? [] : ["i32"], isScalar: true };
  const explicit = row.explicit === true;
  const laneOperand = typed.isScalar ? -1 : operands.findIndex((operand) => !operand.isScalar);
  return {
    opcode,
    number,
    operands,
    result,
    lanes: row.lanes ?? "any",
    resultType: typed.variable === undefined ? typed.accepts[0] : undefined,
    laneOperand,
    resultOperand:
      typed.variable === "T"
        ? operands.findIndex((operand) => operand.variable === "T" && operand.isScalar === typed.isScalar)
        : -1,
    explicit,
    explicitVector: !explicit && !typed.isScalar && laneOperand < 0,
    commutative: row.commutative === true,
    traps: row.traps === true,
    effect: row.effect,
    immediate: row.immediate,
    pure: row.traps === undefined && row.effect === undefined && opcode !== "parameter",
  };
}

/**
 * The type of a result that is not written out, from those of the operands. Undefined if it does not follow from them, or
 * would be a vector that there is not.
 */
export function resultTypeOf(shape: OpcodeShape, operands: readonly { readonly type: Type }[]): Type | undefined {
  const { resultType, laneOperand } = shape;
  if (resultType === undefined) return operands[shape.resultOperand]?.type;
  if (laneOperand < 0) return resultType;
  const type = operands[laneOperand]?.type;
  return type === undefined || !isVector(type) ? resultType : vectorIfAny(resultType, lanesOf(type));
}
