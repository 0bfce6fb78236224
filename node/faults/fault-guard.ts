/**
 * Runs machine code so that a hardware fault in it is an answer, not the end of the process: SIGSEGV, SIGBUS, SIGILL,
 * SIGFPE and SIGTRAP, and SIGALRM for code that does not end. Linux on x86-64; one guard for each process, on the thread
 * that installs it. The handlers run on a stack of their own (sigaltstack), since the code may have used up its own.
 *
 * What it cannot mend is memory that the code overwrote before it faulted. So code of unknown origin belongs into a
 * process of its own: child-run.ts.
 */
import { foreignCalls } from "../memory/foreign-calls.ts";
import { copyIn, copyOut, mapAnonymous, pageBytes, protect, protection } from "../memory/system-calls.ts";
import { guardCode } from "./guard-code.ts";
import { guardBytes, guardSlot, mostFloats, mostIntegers, registerNames } from "./guard-record.ts";

/** The signals that faulting or endless code raises (signal(7), x86-64). */
const guardedSignals = { SIGILL: 4, SIGTRAP: 5, SIGBUS: 7, SIGFPE: 8, SIGSEGV: 11, SIGALRM: 14 } as const;

export type GuardedSignal = keyof typeof guardedSignals;
export type RegisterName = (typeof registerNames)[number];

/** What the kernel told about a fault, as numbers. */
export interface RawFault {
  readonly signal: GuardedSignal;
  /** `si_code`: why, by signal (sigaction(2)). */
  readonly siCode: number;
  /** `si_addr`: the address of the access, or of the instruction. */
  readonly address: bigint;
  readonly registers: Readonly<Record<RegisterName, bigint>>;
}

/** How guarded code ended. `integer` is rax; `float` the low 64 bits of xmm0. */
export type GuardedOutcome =
  | { readonly kind: "returned"; readonly integer: bigint; readonly float: bigint }
  | { readonly kind: "fault"; readonly fault: RawFault };

/** Integer arguments in order, and the bits of floating-point ones in order. */
export interface RegisterArguments {
  readonly integers: readonly bigint[];
  readonly floats: readonly bigint[];
}

/** `struct sigaction` of glibc on x86-64: handler 8, mask 128, flags 4 and padding, restorer 8. */
const sigactionStruct = { bytes: 152, flags: 136 } as const;
const signalFlags = { siginfo: 4, onStack: 0x0800_0000, noDefer: 0x4000_0000 } as const;
const alternateStackBytes = 64 << 10;
const timerReal = 0;

type Call = (...args: (number | bigint | Uint8Array | BigInt64Array | null)[]) => number;

export class FaultGuard {
  readonly #record: number;
  readonly #enter: Call;
  readonly #setitimer: Call;

  private constructor(record: number, enter: Call, setitimer: Call) {
    this.#record = record;
    this.#enter = enter;
    this.#setitimer = setitimer;
  }

  /** Installs the handlers for the rest of the process's life. Throws `UnsupportedError` or `MemoryError`. */
  static install(): FaultGuard {
    const { koffi, library } = foreignCalls();
    const record = mapAnonymous(guardBytes.record);
    const page = mapAnonymous(pageBytes());
    const code = guardCode(record, page);
    copyIn(page, code.bytes);
    protect(page, pageBytes(), protection.read | protection.execute);

    const gettid: Call = library.func("gettid", "int", []);
    writeSlot(record, guardSlot.thread, BigInt(gettid()));
    const stack = mapAnonymous(alternateStackBytes);
    const sigaltstack: Call = library.func("sigaltstack", "int", ["void *", "void *"]);
    sigaltstack(new BigInt64Array([BigInt(stack), 0n, BigInt(alternateStackBytes)]), null);
    const sigaction: Call = library.func("sigaction", "int", ["int", "void *", "void *"]);
    for (const signal of Object.values(guardedSignals)) {
      const action = new DataView(new ArrayBuffer(sigactionStruct.bytes));
      const before = new DataView(new ArrayBuffer(sigactionStruct.bytes));
      action.setBigInt64(0, BigInt(page + code.handler), true);
      action.setInt32(sigactionStruct.flags, signalFlags.siginfo | signalFlags.onStack | signalFlags.noDefer, true);
      sigaction(signal, new Uint8Array(action.buffer), new Uint8Array(before.buffer));
      writeSlot(record, guardSlot.previous + signal, before.getBigInt64(0, true));
    }
    const enter: Call = koffi.decode(BigInt(page + code.enter), koffi.proto("void guard_enter(void)"));
    return new FaultGuard(record, enter, library.func("setitimer", "int", ["int", "void *", "void *"]));
  }

  /**
   * Calls the code at `address` with these arguments in registers. After `seconds` of wall-clock time it is stopped with
   * SIGALRM; 0 means no limit.
   */
  call(address: number, given: RegisterArguments, seconds: number): GuardedOutcome {
    const slots = new BigInt64Array(guardSlot.registers);
    slots.set(new BigInt64Array(readSlots(this.#record, 0, guardSlot.integers)));
    slots[guardSlot.signal] = 0n;
    slots[guardSlot.code] = BigInt(address);
    given.integers.slice(0, mostIntegers).forEach((value, i) => {
      slots[guardSlot.integers + i] = value;
    });
    given.floats.slice(0, mostFloats).forEach((bits, i) => {
      slots[guardSlot.floats + i] = bits;
    });
    copyIn(this.#record, new Uint8Array(slots.buffer));
    this.#alarm(seconds);
    this.#enter();
    this.#alarm(0);
    return this.#outcome();
  }

  #alarm(seconds: number): void {
    const whole = Math.floor(seconds);
    const microseconds = Math.round((seconds - whole) * 1e6);
    this.#setitimer(timerReal, new BigInt64Array([0n, 0n, BigInt(whole), BigInt(microseconds)]), null);
  }

  #outcome(): GuardedOutcome {
    const slots = readSlots(this.#record, 0, guardSlot.registers + registerNames.length);
    const slot = (index: number): bigint => slots[index] ?? 0n;
    const number = Number(slot(guardSlot.signal));
    const name = Object.entries(guardedSignals).find(([, value]) => value === number)?.[0];
    if (name === undefined)
      return { kind: "returned", integer: slot(guardSlot.result), float: slot(guardSlot.floatResult) };
    const registers = registerNames.map((register, i) => [register, BigInt.asUintN(64, slot(guardSlot.registers + i))]);
    const fault: RawFault = {
      signal: name as GuardedSignal, // a key of the object it was found in
      siCode: Number(BigInt.asIntN(32, slot(guardSlot.siCode))),
      address: BigInt.asUintN(64, slot(guardSlot.siAddr)),
      registers: Object.fromEntries(registers) as Record<RegisterName, bigint>, // one entry for each name
    };
    return { kind: "fault", fault };
  }
}

function writeSlot(record: number, slot: number, value: bigint): void {
  copyIn(record + slot * guardBytes.slot, new Uint8Array(new BigInt64Array([value]).buffer));
}

function readSlots(record: number, from: number, to: number): BigInt64Array {
  const bytes = copyOut(record + from * guardBytes.slot, (to - from) * guardBytes.slot);
  return new BigInt64Array(bytes.buffer);
}
