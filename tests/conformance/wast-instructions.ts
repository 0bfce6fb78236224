/**
 * Function bodies of WebAssembly's text format: folded and flat instructions, brought into one form (section 6.5.8).
 */
import { headOf, isList, type List, type Node } from "./s-expressions.ts";

export interface WasmInstruction {
  readonly op: string;
  readonly immediates: readonly Node[];
  /** The bodies of `block`, `loop`, `if`; and of `else`. */
  readonly body: readonly WasmInstruction[];
  readonly otherwise: readonly WasmInstruction[];
}

/** Instructions in order of execution: the operands of a folded instruction stand before it. */
export function readInstructions(nodes: List): WasmInstruction[] {
  const reader = new Reader(nodes);
  const instructions = reader.until();
  if (!reader.isDone) throw new SyntaxError(`unexpected ${JSON.stringify(reader.peek)}`);
  return instructions;
}

const structured = new Set(["block", "loop", "if"]);
const isWord = (node: Node | undefined): node is string => typeof node === "string";
const isIndex = (node: Node | undefined): node is string => isWord(node) && /^(\$.+|\d[\d_]*|0x[\da-f]+)$/i.test(node);
const isTypeUse = (node: Node | undefined): boolean => ["type", "param", "result"].includes(headOf(node));

/** How many words after a flat instruction belong to it. */
function isImmediate(op: string, node: Node | undefined, taken: number): boolean {
  if (structured.has(op)) return (taken === 0 && isWord(node) && node.startsWith("$")) || isTypeUse(node);
  if (op.endsWith(".const")) return taken === 0;
  if (/^(local|global)\.|^(br|br_if|call|ref\.func)$/.test(op)) return taken === 0;
  if (op === "br_table") return isIndex(node);
  if (op === "select") return headOf(node) === "result";
  if (op === "call_indirect") return isIndex(node) || isTypeUse(node);
  return isWord(node) && /^(offset|align)=/.test(node);
}

class Reader {
  readonly #nodes: List;
  #at = 0;

  constructor(nodes: List) {
    this.#nodes = nodes;
  }

  get isDone(): boolean {
    return this.#at >= this.#nodes.length;
  }

  get peek(): Node | undefined {
    return this.#nodes[this.#at];
  }

  /** Up to the end of the list, or to one of these words. */
  until(...ends: string[]): WasmInstruction[] {
    const instructions: WasmInstruction[] = [];
    while (!this.isDone && !(isWord(this.peek) && ends.includes(this.peek))) this.#one(instructions);
    return instructions;
  }

  #one(instructions: WasmInstruction[]): void {
    const node = this.#nodes[this.#at++];
    if (isList(node)) readFolded(node, instructions);
    else if (isWord(node)) instructions.push(this.#flat(node));
    else throw new SyntaxError("a string is not an instruction");
  }

  #flat(op: string): WasmInstruction {
    const immediates: Node[] = [];
    for (let node = this.peek; node !== undefined && isImmediate(op, node, immediates.length); node = this.peek) {
      immediates.push(node);
      this.#at++;
    }
    if (!structured.has(op)) return { op, immediates, body: [], otherwise: [] };
    const body = this.until("else", "end");
    let otherwise: WasmInstruction[] = [];
    if (this.peek === "else") {
      this.#skip();
      otherwise = this.until("end");
    }
    this.#skip();
    return { op, immediates, body, otherwise };
  }

  /** `else` or `end`, which may repeat the label. */
  #skip(): void {
    this.#at++;
    if (isWord(this.peek) && this.peek.startsWith("$")) this.#at++;
  }
}

function readFolded(list: List, instructions: WasmInstruction[]): void {
  const op = headOf(list);
  let at = 1;
  const immediates: Node[] = [];
  for (let node = list[at]; node !== undefined && isImmediate(op, node, immediates.length); node = list[++at])
    immediates.push(node);
  if (op === "block" || op === "loop") {
    instructions.push({ op, immediates, body: readInstructions(list.slice(at)), otherwise: [] });
  } else if (op === "if") {
    const rest = list.slice(at);
    const arm = (name: string): List => rest.find((node): node is List => headOf(node) === name)?.slice(1) ?? [];
    const condition = rest.filter((node) => headOf(node) !== "then" && headOf(node) !== "else");
    instructions.push(...readInstructions(condition));
    instructions.push({
      op,
      immediates,
      body: readInstructions(arm("then")),
      otherwise: readInstructions(arm("else")),
    });
  } else {
    instructions.push(...readInstructions(list.slice(at)));
    instructions.push({ op, immediates, body: [], otherwise: [] });
  }
}
