/**
 * What names mean to the checker of expressions: told by the language of one expression, or by a function around it.
 */
import type { Expression } from "acorn";
import type { Span } from "../../base/source.ts";
import type { Instance } from "./program.ts";
import type { AggregateName, ArrayParameter, LocalVariable, Node, NumberType } from "./tree.ts";

/** What a name means. */
export type Binding =
  | { readonly kind: "parameter"; readonly number: number; readonly type: NumberType | "bool" }
  | { readonly kind: "variable"; readonly variable: LocalVariable }
  | { readonly kind: "array"; readonly array: ArrayParameter }
  | { readonly kind: "constant"; readonly value: number | boolean | bigint }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "fault"; readonly fault: Fault }
  /** Declared as what is refused there already: nothing more is said of it. */
  | { readonly kind: "refused" };

/** A diagnostic that has no place yet. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** The names that an expression may use, besides those that the language gives a meaning. */
export interface Names {
  /** True where variables can be assigned. */
  readonly isFunction: boolean;
  /** What a name means that is declared. */
  lookup(name: string): Binding | undefined;
  /** What a name means that nobody declared. */
  unknown(name: string, isCalled: boolean): Binding | undefined;
  /** The aggregate over the argument's values in all rows; undefined where there are no rows. */
  aggregate?(
    name: AggregateName,
    argument: Expression,
    span: Span,
  ): { readonly number: number; readonly type: NumberType };
  /** The variable got a value of this node's type. */
  assigned(variable: LocalVariable, value: Node): void;
  /** The function `name` for arguments as these, nodes and arrays in order. A fault where there is none. */
  instance(name: string, args: readonly (Node | ArrayParameter)[]): Instance | Fault;
}
