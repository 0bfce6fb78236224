/**
 * How deep compiled code may go on this thread's own stack, which direct calls run on: `stackLimit` of the call context.
 * koffi's calls run on other stacks; their thunk sets a limit of its own (memory/thunk.ts).
 *
 * Source: pthread_getattr_np(3), pthread_attr_getstack(3).
 */
import { foreignCalls } from "../memory/foreign-calls.ts";

/** Bytes of a glibc or musl `pthread_attr_t` on x86-64; both are at most this long. */
const attributeBytes = 64;
/** What stays free below the limit: the guard page, a frame without a check of its own, and C functions called from there. */
const reservedBytes = 128 * 1024;

/** The lowest address that a frame may reach; none where the C library does not tell. */
export function stackLimit(): number | undefined {
  const { library } = foreignCalls();
  const attributes = new Uint8Array(attributeBytes);
  const lowest = new BigUint64Array(1);
  const size = new BigUint64Array(1);
  try {
    const self: unknown = library.func("pthread_self", "uint64_t", [])();
    if (library.func("pthread_getattr_np", "int", ["uint64_t", "void *"])(self, attributes) !== 0) return undefined;
    const read = library.func("pthread_attr_getstack", "int", ["void *", "void *", "void *"])(attributes, lowest, size);
    library.func("pthread_attr_destroy", "int", ["void *"])(attributes);
    return read === 0 ? Number(lowest[0]) + reservedBytes : undefined;
  } catch {
    return undefined; // koffi's word for a symbol that is not there
  }
}
