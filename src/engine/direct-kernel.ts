/**
 * Direct calls of kernels (`Host.bindKernel`): what a kernel's arguments are made of, and how JavaScript hands them over. Values
 * are what it writes to, then one for each parameter, of which only arrays count, then what `select` writes to besides and reads; single numbers stand in scratch memory, those of
 * parameters first, then those of aggregates, then what else the operation takes.
 */
import { isArrayKind } from "../lang/javascript/array-kinds.ts";
import { isElementKind } from "./columns.ts";
import { elementKinds } from "./element-kinds.ts";
import {
  type Host,
  type KernelArgument,
  type KernelBinding,
  type KernelScratch,
  kernelScratchWords,
  mostKernelValues,
} from "./host.ts";
import { arraysBehind, broadcastType, type KernelShape } from "./kernel-shape.ts";
import type { Subject } from "./subject.ts";

/** How one kernel is called. */
export interface DirectKernel {
  readonly binding: KernelBinding;
  readonly address: number;
  readonly args: readonly KernelArgument[];
  readonly scratch: KernelScratch;
}

/** The direct call of a kernel at `address`; none where the host or the shape has none. */
export function bindDirectKernel(
  host: Host,
  address: number,
  subject: Pick<Subject, "parameters" | "aggregates">,
  shape: KernelShape,
): DirectKernel | undefined {
  const { parameters, aggregates } = subject;
  const { operation } = shape;
  const values = 1 + parameters.length + (operation.kind === "select" ? arraysBehind(operation.columns) : 0);
  if (values > mostKernelValues || parameters.length + aggregates.length + 1 > kernelScratchWords) return undefined;
  const args = argumentsOf(subject, shape);
  const binding = host.bindKernel?.(args, values);
  const scratch = binding === undefined ? undefined : host.kernelScratch;
  return binding === undefined || scratch === undefined ? undefined : { binding, address, args, scratch };
}

function argumentsOf(
  { parameters, aggregates }: Pick<Subject, "parameters" | "aggregates">,
  { operation, inputs }: KernelShape,
): KernelArgument[] {
  const isMap = operation.kind === "map";
  const args: KernelArgument[] = [{ from: "array", value: 0, bytes: isMap ? elementKinds[operation.out].bytes : 0 }];
  parameters.forEach(({ type }, place) => {
    const kind = inputs[place] ?? "scalar";
    if (isElementKind(kind))
      args.push({ from: "array", value: 1 + place, bytes: isMap ? elementKinds[kind].bytes : 0 });
    else if (isArrayKind(type))
      args.push({ from: "array", value: 1 + place, bytes: 0 }, { from: "scratch", place, word: "i32" });
    else args.push({ from: "scratch", place, word: broadcastType(type) });
  });
  let place = parameters.length;
  for (const { type } of aggregates) args.push({ from: "scratch", place: place++, word: type });
  args.push({ from: "rows" });
  if (operation.kind === "filter") args.push({ from: "scratch", place, word: "f64" });
  if (operation.kind === "select")
    for (let array = 0; array < arraysBehind(operation.columns); array++)
      args.push({ from: "array", value: 1 + parameters.length + array, bytes: 0 });
  return args;
}

/** Calls a kernel with the arguments of its signature. No code of the caller's may run between their check and here. */
export function callDirect(
  { binding, address, args, scratch }: DirectKernel,
  given: readonly (number | bigint | ArrayBufferView)[],
): number {
  const values: unknown[] = [];
  for (let value = 0; value < binding.values; value++) values.push(0);
  let rows = 0;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index];
    const value = given[index] ?? 0;
    if (argument === undefined) continue;
    if (argument.from === "array") values[argument.value] = value;
    else if (argument.from === "rows") rows = Number(value);
    else if (argument.word === "i64")
      scratch.i64[argument.place] = BigInt(value as number | bigint); // of a single number
    else scratch.f64[argument.place] = Number(value);
  }
  const { gate, entry } = binding;
  return passGate(gate, values, binding.values, rows, address, entry);
}

/** Passes the first `count` values. By their number, so that each call sees one gate and V8 compiles a direct call. */
export function passGate(
  gate: KernelBinding["gate"],
  v: readonly unknown[],
  count: number,
  rows: number,
  address: number,
  entry: number,
): number {
  switch (count) {
    case 1:
      return gate(v[0], rows, address, entry);
    case 2:
      return gate(v[0], v[1], rows, address, entry);
    case 3:
      return gate(v[0], v[1], v[2], rows, address, entry);
    case 4:
      return gate(v[0], v[1], v[2], v[3], rows, address, entry);
    case 5:
      return gate(v[0], v[1], v[2], v[3], v[4], rows, address, entry);
    case 6:
      return gate(v[0], v[1], v[2], v[3], v[4], v[5], rows, address, entry);
    case 7:
      return gate(v[0], v[1], v[2], v[3], v[4], v[5], v[6], rows, address, entry);
    case 8:
      return gate(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], rows, address, entry);
    default:
      return gate(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], rows, address, entry);
  }
}
