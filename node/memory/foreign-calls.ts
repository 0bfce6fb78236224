/**
 * The one door to koffi: loaded at the first need, so that importing jitsmith works where koffi does not exist, and
 * refused with a clear error where generated code cannot run at all.
 */
import { createRequire } from "node:module";
import { UnsupportedError } from "../../src/base/errors.ts";

export type Koffi = typeof import("koffi");
export type Library = import("koffi").LibraryHandle;

let loaded: { koffi: Koffi; library: Library } | undefined;

/** Why native code cannot run here, or `undefined` where it can. `doctor` prints it too. */
export function whyUnsupported(
  platform: string = process.platform,
  architecture: string = process.arch,
): string | undefined {
  if (platform === "linux" && architecture === "x64") return undefined;
  return `executable memory is supported on Linux x64, not on ${platform} ${architecture}`;
}

/** koffi, and the process itself as a library (libc and Node-API). Throws `UnsupportedError` elsewhere than on Linux x64. */
export function foreignCalls(): { koffi: Koffi; library: Library } {
  if (loaded === undefined) {
    const reason = whyUnsupported();
    if (reason !== undefined) throw new UnsupportedError(reason);
    let koffi: Koffi;
    try {
      koffi = createRequire(import.meta.url)("koffi") as Koffi; // require() has no types of its own
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
      throw new UnsupportedError(`the package koffi, which calls native code, cannot be loaded: ${why}`, { cause });
    }
    loaded = { koffi, library: koffi.load(null) };
  }
  return loaded;
}
