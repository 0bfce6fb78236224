/**
 * Names that look like registers and are none: `zmm32`, `k8`, `r16d`, or of what the tables leave out, `st0`, `mm1`, `cr3`. As
 * an operand such a name is a mistake rather than a label further down; where a branch goes it may be one.
 */

/** Numbered registers: what their names begin with, how many there are, and what may stand behind the number. */
const files: readonly (readonly [stem: string, count: number, suffixes: string])[] = [
  ["xmm", 32, ""],
  ["ymm", 32, ""],
  ["zmm", 32, ""],
  ["k", 8, ""],
  ["r", 16, "bwdl"],
];

const leftOut: readonly (readonly [shape: RegExp, why: string])[] = [
  [/^mmx?\d$/, "MMX is left out; use xmm registers"],
  [/^st\d?$/, "x87 is left out; use xmm registers"],
  [/^[ct]r\d+$|^[d][rb]\d+$/, "control and debug registers are the system's, and left out"],
  [/^tmm\d$/, "AMX is left out"],
  [/^bnd\d$/, "MPX is left out"],
  [/^r(?:1[6-9]|2\d|3[01])[bwd]?$/, "they end at r15; r16 to r31 are of APX, which is left out"],
  [/^r\d+h$/, "high bytes are ah, bh, ch and dh"],
  [/^[er]?[abcd]x[lh]?$|^[sd]ih$|^[sb]ph$/, "the general registers are rax, eax, ax, al and ah, and their like"],
];

/** Why there is no register of this name, if it looks like one. */
export function noSuchRegister(name: string): string | undefined {
  const lower = name.toLowerCase();
  const known = leftOut.find(([shape]) => shape.test(lower));
  if (known !== undefined) return known[1];
  const match = /^([a-z]+)(\d{1,3})([a-z]?)$/.exec(lower);
  const file = files.find(([stem]) => stem === match?.[1]);
  if (match === null || file === undefined) return undefined;
  const [stem, count, suffixes] = file;
  const [, , , suffix = ""] = match;
  if (suffix !== "" && !suffixes.includes(suffix)) return undefined;
  return `they end at ${stem}${count - 1}${suffix}`;
}
