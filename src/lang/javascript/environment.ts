/**
 * Values of the language in IR, and what an expression asks of what stands around it.
 */
import type { Value } from "../../ir/function.ts";
import type { MathLibrary } from "../../math/library.ts";
import type { ArrayParameter, LocalVariable, Node } from "./tree.ts";

/** An expression's value in IR. */
export interface BuiltValue {
  /** Of the type's number type, or `bool` for `bool`. */
  readonly payload: Value;
  /** A `bool` that is true when the value is a boolean; undefined where the type says it. */
  readonly isBoolean: Value | undefined;
}

/** A typed array in IR: the address of its first element, an i64, and how many there are, an i32. */
export interface BuiltArray {
  readonly address: Value;
  readonly length: Value;
}

/** What the names of an expression stand for. */
export interface Environment {
  /** The mathematical functions that calls go to. */
  readonly math: MathLibrary;
  /** The value of a parameter, by its number. */
  parameter(number: number): Value;
  /** The value of an aggregate, by its number. */
  aggregate(number: number): Value;
  /** The variable's value where the builder is now. */
  read(variable: LocalVariable): BuiltValue;
  /** The variable has the value from here on. */
  write(variable: LocalVariable, value: BuiltValue): void;
  /** Where the array that was passed lies. */
  array(array: ArrayParameter): BuiltArray;
  /** Ends the current block with a branch to a trap where `inBounds` is false. */
  checkBounds(inBounds: Value): void;
  /** Calls the node's target with what the arguments were built to. */
  invoke(node: Node, args: readonly BuiltValue[]): BuiltValue | undefined;
}
