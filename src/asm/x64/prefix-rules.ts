/**
 * Which instructions the prefixes F0, F2 and F3 mean something to, where they are no part of the opcode (SDM volume 2, LOCK,
 * REP, XACQUIRE; volume 1, section 17.3.5, BND).
 *
 * LOCK before anything else raises #UD; F2 and F3 before anything else are reserved and do nothing on today's CPUs.
 */
import type { Row } from "./row.ts";

/** What can be locked, where its destination is memory. */
export const lockableMnemonics: readonly string[] =
  "adc add and btc btr bts cmpxchg cmpxchg8b cmpxchg16b dec inc neg not or sbb sub xadd xchg xor".split(" ");
const lockable: ReadonlySet<string> = new Set(lockableMnemonics);

/** Whether the row can be locked with memory in r/m. */
export function isLockable({ mnemonic, operands }: Row): boolean {
  const rm = operands.find(({ field }) => field === "rm");
  return lockable.has(mnemonic) && rm?.memory !== undefined && rm.written;
}

/**
 * What F2 and F3 do before a row that has neither: `repeats` a string instruction; `bounds`: F2 is `bnd`, which LLVM prints as
 * `repne`; `returns`: both are read, `rep ret` by compilers for old AMD CPUs; `exchanges` and `stores`: they elide a lock.
 */
export type RepeatMeaning = "repeats" | "bounds" | "returns" | "exchanges" | "stores" | "locked" | "nothing";

export function repeatMeaning(row: Row): RepeatMeaning {
  const { mnemonic, operands, map, opcode, space } = row;
  if (space !== "legacy") return "nothing";
  if (operands.length === 0 && /^(?:movs|stos|lods|cmps|scas)[bwdq]$/.test(mnemonic)) return "repeats";
  if (mnemonic === "ret") return "returns";
  if (/^(?:j[a-z]{1,3}|call)$/.test(mnemonic) && mnemonic !== "jrcxz") return "bounds";
  if (mnemonic === "xchg" && operands.some(({ memory }) => memory !== undefined)) return "exchanges";
  if (mnemonic === "mov" && map === 0 && [0x88, 0x89, 0xc6, 0xc7].includes(opcode)) return "stores";
  return isLockable(row) ? "locked" : "nothing";
}
