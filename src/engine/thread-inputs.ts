/**
 * What the calls of one run on other threads are given: where its inputs are, and memory for copies of what might go meanwhile.
 * Memory from `column()` and shared memory stays where it is. Of other columns stints copy chunk by chunk, by a system call that refuses
 * where memory is gone; where the platform has none, this thread copies. Arrays that all rows see are copied at the start.
 */
import type { AggregateValues } from "./column-call.ts";
import { type ColumnCall, isElementKind } from "./columns.ts";
import {
  attachedLength,
  bufferOf,
  byteOffsetOf,
  type ColumnArray,
  elementKindOf,
  elementKinds,
  lengthOf,
} from "./element-kinds.ts";
import type { Threads } from "./host.ts";
import type { Chunk } from "./thread-run.ts";

/** Where a chunk's inputs are. */
export interface ThreadInputs {
  /** Arguments between results and rows, for the chunk's rows from `skip` on. */
  args(skip: number): (number | bigint)[];
}

/** The inputs of a call, as threads read them. */
export class InputSource {
  readonly #call: ColumnCall;
  readonly #parameters: readonly { readonly name: string }[];
  readonly #aggregates: AggregateValues;
  /** By parameter: where all its rows are, if they stay there. */
  readonly #addresses: (number | undefined)[] = [];
  /** Indices of the columns whose memory might go. */
  readonly copied: number[] = [];
  /** Arrays that all rows see, copied where they might go; held for as long as the run. */
  readonly #held: unknown[] = [];

  constructor(
    threads: Threads,
    call: ColumnCall,
    parameters: readonly { readonly name: string }[],
    aggregates: AggregateValues,
  ) {
    this.#call = call;
    this.#parameters = parameters;
    this.#aggregates = aggregates;
    for (let index = 0; index < call.inputs.length; index++) {
      const input = call.inputs[index];
      if (typeof input !== "object") continue;
      if (threads.isStable(input)) this.#addresses[index] = threads.addressOf(input);
      else if (isElementKind(call.kinds[index] ?? "scalar")) this.copied.push(index);
      else {
        const bytes = bytesOf(input);
        const copy = threads.allocate(bytes.byteLength);
        copy.set(bytes);
        this.#held.push(copy);
        this.#addresses[index] = threads.addressOf(copy);
      }
    }
  }

  /** The inputs as values of a stint that starts at row 0. Throws `TypeError` where memory is gone. */
  pushValues(threads: Threads, values: (number | bigint)[]): void {
    const { inputs, kinds } = this.#call;
    for (let index = 0; index < inputs.length; index++) {
      const input = inputs[index] ?? 0;
      if (typeof input !== "object") values.push(input);
      else if (isElementKind(kinds[index] ?? "scalar")) {
        const place = this.#addresses[index];
        if (place === undefined) this.#requireRows(index, input, this.#call.rows);
        values.push(place ?? threads.addressOf(input));
      } else values.push(this.#addresses[index] ?? 0, this.#lengthOfWhole(input));
    }
    values.push(...this.#aggregates);
  }

  /** Throws `TypeError` where memory of a column that is copied is gone. */
  requireAll(): void {
    for (const index of this.copied) {
      const input = this.#call.inputs[index];
      if (typeof input === "object") this.#requireRows(index, input, this.#call.rows);
    }
  }

  #requireRows(index: number, input: ColumnArray, rows: number): void {
    const column = `column ${this.#parameters[index]?.name}`;
    if (attachedLength(column, input) < rows)
      throw new TypeError(`the memory of ${column} is gone: its buffer has shrunk`);
  }

  /** Bytes of copies that a row takes. */
  get copiedWidth(): number {
    let width = 0;
    for (const index of this.copied) {
      const input = this.#call.inputs[index];
      if (typeof input === "object") width += widthOf(input);
    }
    return width;
  }

  /** The inputs of a chunk; `scratch` has room for what is copied. Throws `TypeError` where memory is gone. */
  chunk({ first, rows }: Chunk, scratch: Scratch): ThreadInputs {
    const { inputs } = this.#call;
    const starts: { readonly address: number; readonly width: number }[] = [];
    for (const [index, input] of inputs.entries()) {
      const known = this.#addresses[index];
      if (typeof input !== "object") starts.push({ address: 0, width: 0 });
      else if (known !== undefined) {
        const isColumn = isElementKind(this.#call.kinds[index] ?? "scalar");
        const width = isColumn ? widthOf(input) : 0;
        starts.push({ address: known + first * width, width });
      } else {
        const width = widthOf(input);
        this.#requireRows(index, input, first + rows);
        const part = new Uint8Array(bufferOf(input), byteOffsetOf(input) + first * width, rows * width);
        starts.push({ address: scratch.take(part), width });
      }
    }
    return {
      args: (skip) => {
        const args: (number | bigint)[] = [];
        for (const [index, input] of inputs.entries()) {
          const start = starts[index];
          if (typeof input !== "object") args.push(input);
          else if (start !== undefined) {
            args.push(start.address + skip * start.width);
            if (start.width === 0) args.push(this.#lengthOfWhole(input));
          }
        }
        return [...args, ...this.#aggregates];
      },
    };
  }

  /** Of the copy, if there is one: the array itself may be gone. */
  #lengthOfWhole(input: ColumnArray): number {
    this.#lengths ??= new Map();
    const known = this.#lengths.get(input) ?? lengthOf(input);
    this.#lengths.set(input, known);
    return known;
  }

  #lengths: Map<ColumnArray, number> | undefined;
}

function bytesOf(array: ColumnArray): Uint8Array {
  return new Uint8Array(bufferOf(array), byteOffsetOf(array), lengthOf(array) * widthOf(array));
}

function widthOf(array: ColumnArray): number {
  return elementKinds[elementKindOf(array) ?? "f64"].bytes;
}

/** Memory for one chunk's copies, used again by the next chunk of the same thread. */
export class Scratch {
  readonly #threads: Threads;
  #memory: Uint8Array | undefined;
  #address = 0;
  #used = 0;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  get bytes(): number {
    return this.#memory?.length ?? 0;
  }

  /** Forgets what was copied, and makes room. */
  reset(bytes: number): void {
    this.#used = 0;
    if (bytes === 0 || (this.#memory !== undefined && this.#memory.length >= bytes)) return;
    this.#memory = this.#threads.allocate(bytes);
    this.#address = this.#threads.addressOf(this.#memory);
  }

  /** Takes bytes of the room, at a multiple of 64. Returns their address. */
  room(bytes: number): { readonly address: number; readonly bytes: Uint8Array } {
    const at = this.#used;
    this.#used = Math.ceil((at + bytes) / 64) * 64;
    if (this.#memory === undefined || at + bytes > this.#memory.length)
      throw new RangeError("scratch memory is too small");
    return { address: this.#address + at, bytes: this.#memory.subarray(at, at + bytes) };
  }

  /** Copies bytes to the room. Returns their address there. */
  take(bytes: Uint8Array): number {
    const { address, bytes: room } = this.room(bytes.length);
    room.set(bytes);
    return address;
  }
}

/** Scratch memory that no run uses: to make some takes longer than to compute some thousand rows. Large memory may be collected. */
interface Idle {
  readonly small: Scratch[];
  large: WeakRef<Scratch> | undefined;
}

const idleOf = new WeakMap<Threads, Idle>();
const mostSmall = 4;
const smallBytes = 1 << 20;

/** Scratch memory for so many bytes. */
export function takeScratch(threads: Threads, bytes: number): Scratch {
  const idle = idleOf.get(threads);
  let found: Scratch | undefined;
  if (bytes <= smallBytes) found = idle?.small.pop();
  else if (idle !== undefined) {
    found = idle.large?.deref();
    idle.large = undefined;
  }
  const scratch = found ?? new Scratch(threads);
  scratch.reset(bytes);
  return scratch;
}

/** Of a run all of whose stints are over. */
export function giveScratch(threads: Threads, scratch: Scratch): void {
  let idle = idleOf.get(threads);
  if (idle === undefined) {
    idle = { small: [], large: undefined };
    idleOf.set(threads, idle);
  }
  if (scratch.bytes > smallBytes) idle.large = new WeakRef(scratch);
  else if (idle.small.length < mostSmall) idle.small.push(scratch);
}

/** Scratch memory for so many bytes in some pieces. */
export const scratchBytes = (bytes: number, pieces: number): number => bytes + 64 * (pieces + 1);
