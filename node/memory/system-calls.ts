/**
 * The system calls of executable memory, through libc: each refuses with a `MemoryError` that says what was asked, the
 * errno's name and its meaning. Addresses are plain numbers, exact below 2^53 (x86-64 user space ends at 2^47).
 * Sources: mmap(2), mprotect(2), madvise(2), memfd_create(2).
 */
import { MemoryError } from "../../src/base/errors.ts";
import { foreignCalls } from "./foreign-calls.ts";

export const protection = { none: 0, read: 1, write: 2, execute: 4 } as const;
const mapFlag = { shared: 0x01, private: 0x02, anonymous: 0x20, noReserve: 0x4000 } as const;
const memfdFlag = { closeOnExec: 0x1, executable: 0x10 } as const;
const advice = { dontNeed: 4, remove: 9, dontFork: 10, hugePage: 14 } as const;
const sysconfPageSize = 30;

/** A system call's arguments and result are numbers here; koffi converts them to the widths declared below. */
type Call = (...args: (number | bigint | string | Uint8Array | null)[]) => number;

interface Libc {
  readonly pageBytes: number;
  readonly mmap: Call;
  readonly munmap: Call;
  readonly mprotect: Call;
  readonly madvise: Call;
  readonly memfdCreate: Call;
  readonly ftruncate: Call;
  readonly close: Call;
  readonly copyIn: Call;
  readonly copyOut: Call;
  readonly memset: Call;
  readonly getrandom: Call;
  readonly strerror: (errno: number) => string;
  readonly errno: () => number;
  readonly errnoNames: ReadonlyMap<number, string>;
}

let bound: Libc | undefined;

function libc(): Libc {
  if (bound !== undefined) return bound;
  const { koffi, library } = foreignCalls();
  const sysconf: Call = library.func("sysconf", "int64_t", ["int"]);
  const names = new Map<number, string>();
  for (const [name, number] of Object.entries(koffi.os.errno)) if (!names.has(number)) names.set(number, name);
  bound = {
    pageBytes: sysconf(sysconfPageSize),
    mmap: library.func("mmap", "int64_t", ["int64_t", "int64_t", "int", "int", "int", "int64_t"]),
    munmap: library.func("munmap", "int", ["int64_t", "int64_t"]),
    mprotect: library.func("mprotect", "int", ["int64_t", "int64_t", "int"]),
    madvise: library.func("madvise", "int", ["int64_t", "int64_t", "int"]),
    memfdCreate: library.func("memfd_create", "int", ["str", "uint"]),
    ftruncate: library.func("ftruncate", "int", ["int", "int64_t"]),
    close: library.func("close", "int", ["int"]),
    copyIn: library.func("memcpy", "void", ["int64_t", "void *", "int64_t"]),
    copyOut: library.func("memcpy", "void", ["void *", "int64_t", "int64_t"]),
    memset: library.func("memset", "void", ["int64_t", "int", "int64_t"]),
    getrandom: library.func("getrandom", "int64_t", ["void *", "int64_t", "uint"]),
    strerror: library.func("strerror", "str", ["int"]),
    errno: () => koffi.errno(),
    errnoNames: names,
  };
  return bound;
}

/** `what` is the call in words, such as `mmap of 4096 bytes`. */
function refused(what: string): MemoryError {
  const errno = libc().errno();
  const name = libc().errnoNames.get(errno) ?? `errno ${errno}`;
  const meaning = libc().strerror(errno);
  return new MemoryError(`${what} refused: ${name} (${meaning.charAt(0).toLowerCase()}${meaning.slice(1)})`, name);
}

/** The size of a page in bytes. */
export const pageBytes = (): number => libc().pageBytes;

/** `bytes` rounded up to whole pages. */
export const wholePages = (bytes: number): number => Math.ceil(bytes / pageBytes()) * pageBytes();

/** Fresh zeroed pages of this process, readable and writable. Returns their address. */
export function mapAnonymous(bytes: number): number {
  return map(bytes, protection.read | protection.write, mapFlag.private | mapFlag.anonymous, -1);
}

/** Pages of the file `fd` from its start, shared with its other mappings. Returns their address. */
export function mapShared(fd: number, bytes: number, access: number): number {
  return map(bytes, access, mapFlag.shared | mapFlag.noReserve, fd);
}

function map(bytes: number, access: number, flags: number, fd: number): number {
  const address = libc().mmap(0, bytes, access, flags, fd, 0);
  if (address === -1) throw refused(`mmap of ${bytes} bytes`);
  return address;
}

export function unmap(address: number, bytes: number): void {
  if (libc().munmap(address, bytes) !== 0) throw refused(`munmap of ${bytes} bytes at ${hex(address)}`);
}

export function protect(address: number, bytes: number, access: number): void {
  if (libc().mprotect(address, bytes, access) !== 0) {
    throw refused(`mprotect of ${bytes} bytes at ${hex(address)} to ${accessName(access)}`);
  }
}

/** Keeps pages out of forked children. */
export function keepFromFork(address: number, bytes: number): void {
  if (libc().madvise(address, bytes, advice.dontFork) !== 0) throw refused(`madvise(MADV_DONTFORK) of ${bytes} bytes`);
}

/** Asks for huge pages, which fault 512 times less often. A system without them goes on with small ones. */
export function adviseHugePages(address: number, bytes: number): void {
  libc().madvise(address, bytes, advice.hugePage);
}

/** Gives private pages back to the system; they stay mapped and read as zero from now on. */
export function giveBack(address: number, bytes: number): void {
  if (libc().madvise(address, bytes, advice.dontNeed) !== 0) throw refused(`madvise(MADV_DONTNEED) of ${bytes} bytes`);
}

/**
 * Gives pages of a shared file mapping back to the system, in every mapping of the file; they read as zero from now on.
 * False when the system refuses.
 */
export function punchHole(address: number, bytes: number): boolean {
  return libc().madvise(address, bytes, advice.remove) === 0;
}

/** An anonymous file of `bytes` bytes in memory, sparse, closed on exec. Returns its descriptor. */
export function createMemoryFile(name: string, bytes: number): number {
  // Kernels before 6.3 do not know MFD_EXEC and refuse it; a kernel that forbids executable memory files refuses both.
  let fd = libc().memfdCreate(name, memfdFlag.closeOnExec | memfdFlag.executable);
  if (fd < 0) fd = libc().memfdCreate(name, memfdFlag.closeOnExec);
  if (fd < 0) throw refused(`memfd_create of ${name}`);
  if (libc().ftruncate(fd, bytes) !== 0) {
    const error = refused(`ftruncate of a memory file to ${bytes} bytes`);
    closeFile(fd);
    throw error;
  }
  return fd;
}

export function closeFile(fd: number): void {
  libc().close(fd);
}

/** Copies `bytes` to writable memory at `address`. */
export function copyIn(address: number, bytes: Uint8Array): void {
  if (bytes.length > 0) libc().copyIn(address, bytes, bytes.length);
}

/** The kernel's random bytes, up to 256. `node:crypto` has them too, but takes 3 ms to load. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (libc().getrandom(bytes, length, 0) !== length) throw refused(`getrandom of ${length} bytes`);
  return bytes;
}

/** A copy of the memory at `address`. */
export function copyOut(address: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (length > 0) libc().copyOut(bytes, address, length);
  return bytes;
}

/** Sets `length` bytes of writable memory to `byte`. */
export function fill(address: number, byte: number, length: number): void {
  libc().memset(address, byte, length);
}

/** `rw-` and the like, as /proc/self/maps prints access. */
export function accessName(access: number): string {
  return `${access & protection.read ? "r" : "-"}${access & protection.write ? "w" : "-"}${access & protection.execute ? "x" : "-"}`;
}

export const hex = (address: number): string => `0x${address.toString(16)}`;
