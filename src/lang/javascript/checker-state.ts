/**
 * What the parts of the checker of expressions share: the tree so far, and the walk's list of steps and of results.
 *
 * A part's `visit…` makes a node at once, or pushes the steps that lead to it, the last one first; `finish…` then finds
 * the operands on the list of results. Faults go to the caller's list, and the node in their place is a NaN.
 */
import type { Node as AcornNode, AssignmentExpression, Expression, UpdateExpression } from "acorn";
import type { Diagnostic } from "../../base/diagnostics.ts";
import { InternalError } from "../../base/errors.ts";
import type { Source, Span } from "../../base/source.ts";
import type { Fault, Names } from "./names.ts";
import { OperandTypes } from "./operand-types.ts";
import { type ArrayParameter, type LocalVariable, Node } from "./tree.ts";

/** What is still to be done. */
export type Step =
  | { readonly stage: "visit"; readonly node: Expression }
  | { readonly stage: "then" | "else"; readonly choice: Node }
  /** The operands are on the list of results. */
  | { readonly stage: "finish"; readonly node: Expression; readonly choice: Node | undefined }
  /** The values of an assignment's target, and what is assigned, are there. */
  | { readonly stage: "assign"; readonly node: AssignmentExpression; readonly place: Place }
  | { readonly stage: "place"; readonly node: AssignmentExpression | UpdateExpression; readonly place: Place }
  | { readonly stage: "drop" };

/** Where an assignment goes. */
export type Place =
  | { readonly kind: "variable"; readonly variable: LocalVariable }
  | { readonly kind: "element"; readonly array: ArrayParameter };

/** The nodes so far, the steps that are pending, and the results that later steps will take. */
export class CheckerState {
  readonly source: Source;
  readonly names: Names;
  readonly types: OperandTypes;
  readonly #spanSource: Source | undefined;
  readonly #reportFault: (diagnostic: Diagnostic) => void;
  /** The tree's nodes, in the order of evaluation. */
  nodes: Node[] = [];
  /** How many nodes so far have effects. */
  effects = 0;
  /** What is still to be done, the next step last. */
  readonly pending: Step[] = [];
  /** Values that later steps take, the newest last. */
  readonly results: Node[] = [];
  /** The expression that is a statement of its own. */
  statement: Expression | undefined;

  /** `spanSource` is the source where that is not the compilation's own, so that traps can tell. */
  constructor(source: Source, names: Names, report: (diagnostic: Diagnostic) => void, spanSource?: Source) {
    this.source = source;
    this.names = names;
    this.#reportFault = report;
    this.#spanSource = spanSource;
    this.types = new OperandTypes(source, report);
  }

  /** Where the node stands in the text. */
  spanOf({ start, end }: AcornNode): Span {
    return this.#spanSource === undefined ? { start, end } : { start, end, source: this.#spanSource };
  }

  /** The step is next, before those that are pending. */
  push(step: Step): void {
    this.pending.push(step);
  }

  /** The expression is visited next; its node will be a result. */
  visitLater(node: Expression): void {
    this.pending.push({ stage: "visit", node });
  }

  /** The expression is finished once what is pushed after this is done. */
  finishLater(node: Expression, choice?: Node): void {
    this.pending.push({ stage: "finish", node, choice });
  }

  /** Takes the last result. */
  pop(): Node {
    const node = this.results.pop();
    if (node === undefined) throw new InternalError("the checker has lost an operand");
    return node;
  }

  /** Appends a node to the tree. */
  emit(node: Node): Node {
    node.index = this.nodes.length;
    this.nodes.push(node);
    if (node.hasEffects) this.effects++;
    return node;
  }

  /** A result, which becomes part of the tree unless it is already. */
  add(node: Node | undefined): void {
    if (node !== undefined) this.results.push(node.index < 0 ? this.emit(node) : node);
  }

  /** Reports a fault; the node's value is a NaN from now on. */
  refuse(code: string, node: AcornNode, message: string, hint?: string): Node {
    this.report(code, node, message, hint);
    return this.missing(node);
  }

  /** The value of what was refused elsewhere. */
  missing(node: AcornNode): Node {
    return new Node("constant", "f64", this.spanOf(node), [], { constant: Number.NaN });
  }

  /** `refuse` of a fault that was found elsewhere. */
  refuseFault(node: AcornNode, { code, message, hint }: Fault): Node {
    return this.refuse(code, node, message, hint);
  }

  /** Reports a fault. */
  report(code: string, { start, end }: AcornNode, message: string, hint?: string): void {
    const span = { start, end };
    this.#reportFault(hint === undefined ? { code, message, span } : { code, message, span, hint });
  }

  /** Whether the expression is a whole statement, whose value nobody wants. */
  isStatement(node: Expression): boolean {
    return node === this.statement;
  }
}
