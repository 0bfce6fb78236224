/** The checked statements of a function. Names are resolved, so blocks are gone but for those that a `break` leaves. */
import type { Span } from "../../base/source.ts";
import type { LocalVariable, Tree } from "./tree.ts";

/** What `break` and `continue` lead out of. */
export class Label {
  readonly name: string | undefined;
  readonly isLoop: boolean;
  hasBreak = false;

  constructor(name: string | undefined, isLoop: boolean) {
    this.name = name;
    this.isLoop = isLoop;
  }
}

export type Statement =
  | { readonly kind: "evaluate"; readonly tree: Tree }
  /** `let x;`, which makes the variable NaN, 0 or false, by its type. */
  | { readonly kind: "declare"; readonly variable: LocalVariable }
  | { readonly kind: "if"; readonly test: Tree; readonly whenTrue: Statements; readonly whenFalse: Statements }
  | {
      readonly kind: "loop";
      readonly label: Label;
      /** Without one, the loop goes on. */
      readonly test: Tree | undefined;
      readonly isTestFirst: boolean;
      readonly body: Statements;
      readonly update: Tree | undefined;
      /** `while (…)` without the body, for messages. */
      readonly span: Span;
    }
  | { readonly kind: "labelled"; readonly label: Label; readonly body: Statements }
  /** Goes on in the first case whose test is true, or in the one without; cases fall through. */
  | { readonly kind: "switch"; readonly label: Label; readonly cases: readonly SwitchCase[] }
  | { readonly kind: "break" | "continue"; readonly label: Label }
  | { readonly kind: "return"; readonly value: Tree | undefined; readonly span: Span };

export type Statements = readonly Statement[];

export interface SwitchCase {
  readonly test: Tree | undefined;
  readonly body: Statements;
}
