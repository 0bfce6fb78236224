/**
 * The code arena that everything on this thread shares. `JITSMITH_MEMORY=dual|flip` forces its mode and
 * `JITSMITH_MAX_CODE_BYTES` sets its limit; both are read when the first function is installed.
 */
import { UnsupportedError } from "../../src/base/errors.ts";
import { CodeArena, type CodeArenaOptions, type MemoryMode } from "./code-arena.ts";

let arena: CodeArena | undefined;

/** This thread's arena. Throws `UnsupportedError` where executable memory is not supported. */
export function threadArena(): CodeArena {
  arena ??= new CodeArena(optionsFromEnvironment(process.env));
  return arena;
}

/** Throws `UnsupportedError` for values that mean nothing. */
export function optionsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): CodeArenaOptions {
  return {
    ...modeFrom(environment.JITSMITH_MEMORY),
    ...limitFrom(environment.JITSMITH_MAX_CODE_BYTES),
  };
}

function modeFrom(text: string | undefined): { mode?: MemoryMode } {
  if (text === undefined || text === "") return {};
  if (text === "dual" || text === "flip") return { mode: text };
  throw new UnsupportedError(`JITSMITH_MEMORY=${text}: expected dual or flip`);
}

function limitFrom(text: string | undefined): { maxCodeBytes?: number } {
  if (text === undefined || text === "") return {};
  const maxCodeBytes = Number(text);
  if (/^\d+$/.test(text) && maxCodeBytes > 0 && Number.isSafeInteger(maxCodeBytes)) return { maxCodeBytes };
  throw new UnsupportedError(`JITSMITH_MAX_CODE_BYTES=${text}: expected a positive whole number of bytes`);
}
