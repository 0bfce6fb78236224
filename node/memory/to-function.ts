/**
 * JavaScript functions over machine code. A call converts its arguments (user code may run), then looks whether the code
 * is still there, then checks that pointers have memory, then calls: so a `valueOf` that disposes the function gets a
 * `DisposedError` and no freed code is ever reached.
 *
 * The function refers to its code, so code lives while a function can be called. Code that a function owns is released by
 * `dispose()`, or after the function was collected, when the event loop turns.
 */
import { DisposedError } from "../../src/base/errors.ts";
import type { CallableOf, Signature } from "../../src/base/signature.ts";
import type { InstalledCode } from "../../src/engine/host.ts";
import { checks, conversions, describe, noCheck, noConversion, wrongCount } from "./argument-checks.ts";
import type { CodeArena } from "./code-arena.ts";
import { type Convention, conventionOf, type Result } from "./invoke.ts";
import { threadArena } from "./thread-arena.ts";

/** What a function over machine code has besides being callable. */
export interface MachineFunctionMembers {
  /** Its signature, in the form `i64(i64, f64)`. */
  readonly signature: string;
  readonly disposed: boolean;
  /** Releases the code, if it is this function's own. Calls throw `DisposedError` from now on. Idempotent. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A JavaScript function that runs machine code: `MachineFunction<"i64(i64)">` takes a bigint and returns one. */
export type MachineFunction<S extends string = string> = CallableOf<S> & MachineFunctionMembers;

/** Something with an address that is 0 once its code is gone. */
export interface CodeOwner {
  readonly address: number;
}

const released: CodeOwner = { address: 0 };

/** One function's link to its code. */
class Link {
  owner: CodeOwner;
  readonly offset: number;
  readonly signature: Signature;
  /** The code to release with the function; none where a region owns it. */
  own: InstalledCode | undefined;

  constructor(owner: CodeOwner, offset: number, signature: Signature, own: InstalledCode | undefined) {
    this.owner = owner;
    this.offset = offset;
    this.signature = signature;
    this.own = own;
  }

  dispose(): void {
    this.owner = released;
    if (this.own === undefined) return;
    collected.unregister(this);
    this.own.release();
    this.own = undefined;
  }
}

const collected = new FinalizationRegistry<InstalledCode>((code) => code.release());

const linkOf = Symbol("link");

interface Linked {
  [linkOf]: Link;
}

/** What every machine function inherits, before `Function.prototype`. */
const members: object = Object.create(Function.prototype, {
  signature: {
    get(this: Linked): string {
      return this[linkOf].signature.text;
    },
  },
  disposed: {
    get(this: Linked): boolean {
      return this[linkOf].owner.address === 0;
    },
  },
  dispose: {
    value(this: Linked): void {
      this[linkOf].dispose();
    },
  },
  [Symbol.dispose]: {
    value(this: Linked): void {
      this[linkOf].dispose();
    },
  },
});

/**
 * Installs `code` and makes it a function that owns it. Throws `SignatureError`, `MemoryError`.
 *
 *     const addFour = toFunction(Uint8Array.of(0x48, 0x89, 0xf8, 0x48, 0x83, 0xc0, 0x04, 0xc3), "i64(i64)");
 *     addFour(4n);   // 8n
 */
export function toFunction<const S extends string>(
  code: Uint8Array,
  signature: S,
  options: { readonly arena?: CodeArena } = {},
): MachineFunction<S> {
  const convention = conventionOf(signature);
  const installed = (options.arena ?? threadArena()).install(code);
  const link = new Link(installed, 0, convention.signature, installed);
  collected.register(link, installed, link);
  return callable(link, convention) as MachineFunction<S>; // its parameters are checked when it is called
}

/** A function over code that `owner` keeps: `offset` bytes after the owner's address. */
export function functionAt<const S extends string>(owner: CodeOwner, offset: number, signature: S): MachineFunction<S> {
  const convention = conventionOf(signature);
  return callable(new Link(owner, offset, convention.signature, undefined), convention) as MachineFunction<S>; // as above
}

type Callable = (...values: unknown[]) => Result;
/** Makes the function of a link. There is one for each signature, so that a function costs one closure over its link. */
type Maker = (link: Link) => Callable & Partial<Linked>;

const makers = new Map<Convention, Maker>();

function callable(link: Link, convention: Convention): Callable & MachineFunctionMembers {
  let make = makers.get(convention);
  if (make === undefined) {
    make = makerOf(convention);
    makers.set(convention, make);
  }
  const made = make(link);
  Object.defineProperty(made, linkOf, { value: link });
  Object.setPrototypeOf(made, members);
  return made as Callable & MachineFunctionMembers; // the prototype was just set
}

/** The code's address, after the arguments were converted. */
function addressOf(link: Link): number {
  const address = link.owner.address;
  if (address === 0) throw disposed(link.signature);
  return address + link.offset;
}

function disposed(signature: Signature): DisposedError {
  return new DisposedError(`this ${signature.text} function was disposed; its code is gone`);
}

function makerOf(convention: Convention): Maker {
  const { parameters } = convention.signature;
  if (parameters.length > 3) return makerOfMany(convention);
  return parameters.includes("ptr") ? makerWithPointers(convention) : makerOfNumbers(convention);
}

/** Up to three arguments, none of them a pointer. */
function makerOfNumbers({ signature, invoke }: Convention): Maker {
  const [first, second, third] = signature.parameters.map((word) => conversions[word]);
  if (first === undefined) {
    return (link) =>
      function machineCode() {
        // biome-ignore lint/complexity/noArguments: the number of arguments without an array for them
        if (arguments.length !== 0) throw wrongCount(arguments.length, signature);
        return invoke(addressOf(link));
      };
  }
  if (second === undefined) {
    return (link) =>
      function machineCode(a) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 1) throw wrongCount(arguments.length, signature);
        const x = first(a, 0, signature);
        return invoke(addressOf(link), x);
      };
  }
  if (third === undefined) {
    return (link) =>
      function machineCode(a, b) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 2) throw wrongCount(arguments.length, signature);
        const x = first(a, 0, signature);
        const y = second(b, 1, signature);
        return invoke(addressOf(link), x, y);
      };
  }
  return (link) =>
    function machineCode(a, b, c) {
      // biome-ignore lint/complexity/noArguments: as above
      if (arguments.length !== 3) throw wrongCount(arguments.length, signature);
      const x = first(a, 0, signature);
      const y = second(b, 1, signature);
      const z = third(c, 2, signature);
      return invoke(addressOf(link), x, y, z);
    };
}

/** One to three arguments with pointers among them, which are checked last. */
function makerWithPointers({ signature, invoke }: Convention): Maker {
  const [first = noConversion, second = noConversion, third = noConversion] = signature.parameters.map(
    (word) => conversions[word],
  );
  const [firstCheck = noCheck, secondCheck = noCheck, thirdCheck = noCheck] = signature.parameters.map(
    (word) => checks[word],
  );
  if (signature.parameters.length === 1) {
    return (link) =>
      function machineCode(a) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 1) throw wrongCount(arguments.length, signature);
        const x = first(a, 0, signature);
        const address = addressOf(link);
        firstCheck(x, 0, signature);
        return invoke(address, x);
      };
  }
  if (signature.parameters.length === 2) {
    return (link) =>
      function machineCode(a, b) {
        // biome-ignore lint/complexity/noArguments: as above
        if (arguments.length !== 2) throw wrongCount(arguments.length, signature);
        const x = first(a, 0, signature);
        const y = second(b, 1, signature);
        const address = addressOf(link);
        firstCheck(x, 0, signature);
        secondCheck(y, 1, signature);
        return invoke(address, x, y);
      };
  }
  return (link) =>
    function machineCode(a, b, c) {
      // biome-ignore lint/complexity/noArguments: as above
      if (arguments.length !== 3) throw wrongCount(arguments.length, signature);
      const x = first(a, 0, signature);
      const y = second(b, 1, signature);
      const z = third(c, 2, signature);
      const address = addressOf(link);
      firstCheck(x, 0, signature);
      secondCheck(y, 1, signature);
      thirdCheck(z, 2, signature);
      return invoke(address, x, y, z);
    };
}

/** Any number of arguments, in an array. */
function makerOfMany({ signature, invoke }: Convention): Maker {
  const convert = signature.parameters.map((word) => conversions[word]);
  const check = signature.parameters.map((word) => checks[word]);
  return (link) => {
    const machineCode = (...values: unknown[]): Result => {
      if (values.length !== convert.length) throw wrongCount(values.length, signature);
      const converted = convert.map((conversion, index) => conversion(values[index], index, signature));
      const address = addressOf(link);
      for (let index = 0; index < check.length; index++) check[index]?.(converted[index], index, signature);
      return invoke(address, ...converted);
    };
    Object.defineProperty(machineCode, "length", { value: convert.length });
    return machineCode;
  };
}

/** The offset of a function in code of `bytes` bytes. Throws `RangeError`. */
export function checkOffset(what: string, offset: unknown, bytes: number): number {
  if (typeof offset === "number" && Number.isInteger(offset) && offset >= 0 && offset < bytes) return offset;
  throw new RangeError(`${what}: expected an offset from 0 to ${bytes - 1}, not ${describe(offset)}`);
}
