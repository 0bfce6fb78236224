/**
 * What is said of a statement that starts with no instruction, label or directive: the nearest spelling, or why the tables
 * leave the instruction out (left-out.ts has the whole list).
 */
import { nearestWord } from "../../../base/spelling.ts";
import { Fault, quoted } from "./fault.ts";
import { type Scanner, tokenKind } from "./scanner.ts";
import { knownWords } from "./words.ts";

/** The fault of the current token. */
export function unknownMnemonic(scanner: Scanner): Fault {
  const { kind, start, end, text, lexeme } = scanner;
  if (kind !== tokenKind.word)
    return new Fault(
      "unexpected-token",
      `expected an instruction, a label or a directive, got ${quoted(text, start, end)}`,
      start,
      end,
    );
  const names = knownWords()
    .all()
    .filter(({ mnemonic, directive, prefix }) => mnemonic !== undefined || directive !== undefined || prefix !== 0)
    .map(({ name }) => name);
  const near = lexeme.length > 100 ? undefined : nearestWord(lexeme, names.sort());
  const why = leftOutReason(lexeme.toLowerCase());
  const hint = why ?? (near === undefined ? undefined : `did you mean ${near}?`);
  return new Fault(
    "unknown-mnemonic",
    `${quoted(text, start, end).slice(1, -1)} is no instruction or directive here`,
    start,
    end,
    hint,
  );
}

/** Instructions that the tables leave out, by the shape of their names (left-out.ts). */
const leftOutShapes: readonly (readonly [shape: RegExp, why: string])[] = [
  [
    /^f(?:ld|n?st|add|sub|mul|div|i|n?c|x|y|n|p|s|2|abs|rnd|dec|free|tst|rstor)|^f?wait$/,
    "x87 instructions are left out; SSE and AVX compute with doubles",
  ],
  [
    /^(?:emms|femms|pf\w+|pi2f[dw]|pswapd|movntq|maskmovq|pshufw|movq2dq|movdq2q)$/,
    "MMX and 3DNow! are left out; SSE2 has the like on xmm registers",
  ],
  [
    /^(?:in|out|cli|sti|clts|clac|stac|invd|wbinvd|wbnoinvd|invlpg|invpcid|l[lgi]dt|ltr|lmsw|[rw]dmsr|wrmsr|swapgs|sysret[lq]?|sysexitq?|sysenter|rsm|monitor|mwait|xsetbv|xsaves(?:64)?|xrstors(?:64)?|vm\w+|tlbsync|invept|invvpid)$/,
    "privileged instructions and ports are left out",
  ],
  [
    /^(?:aaa|aad|aam|aas|daa|das|into|bound|pusha\w?|popa\w?|arpl|lds|les|salc|jcxz|loopw)$/,
    "64-bit mode does not have it",
  ],
  [
    /^(?:vf(?:n?m|m)(?:add|sub)(?:sub|add)?[ps][sd]|vpcom\w+|vpmac\w+|vprot[bwdq]|vpsh[al][bwdq]|vfrcz\w+|vpperm|vpcmov|blc\w+|blsfill|blsic|t1mskc|tzmsk|extrq|insertq|movnts[sd])$/,
    "AMD's XOP, FMA4, TBM and SSE4a are left out",
  ],
  [/^(?:tile|tdp|ldtilecfg|sttilecfg)/, "AMX is left out"],
  [/^(?:incssp|rdssp|saveprevssp|rstorssp|wrss|wruss|setssbsy|clrssbsy)/, "shadow stacks are left out"],
  [/^bnd(?:mk|c[lun]|mov|ldx|stx)$/, "MPX is left out"],
  [/^v\w+(?:ph|sh)$/, "AVX512_FP16 is left out"],
];

function leftOutReason(name: string): string | undefined {
  return leftOutShapes.find(([shape]) => shape.test(name))?.[1];
}
