/**
 * Bit counts popcnt, lzcnt, BMI1 and BMI2 (SDM volume 2). The notation is told in ../row-notation.ts.
 */
import type { InstructionTable } from "../row-notation.ts";

export const populationCount = {
  popcnt: {
    "w r16, rm16": "66 F3 0F B8 /r",
    "w r32, rm32": "F3 0F B8 /r",
    "w r64, rm64": "F3 REX.W 0F B8 /r",
  },
} as const satisfies InstructionTable;

export const leadingZeros = {
  lzcnt: {
    "w r16, rm16": "66 F3 0F BD /r",
    "w r32, rm32": "F3 0F BD /r",
    "w r64, rm64": "F3 REX.W 0F BD /r",
  },
} as const satisfies InstructionTable;

export const bmi1 = {
  tzcnt: {
    "w r16, rm16": "66 F3 0F BC /r",
    "w r32, rm32": "F3 0F BC /r",
    "w r64, rm64": "F3 REX.W 0F BC /r",
  },
  andn: {
    "w r32, r32, rm32": "VEX.LZ.NP.0F38.W0 F2 /r",
    "w r64, r64, rm64": "VEX.LZ.NP.0F38.W1 F2 /r",
  },
  bextr: {
    "w r32, rm32, r32": "VEX.LZ.NP.0F38.W0 F7 /r",
    "w r64, rm64, r64": "VEX.LZ.NP.0F38.W1 F7 /r",
  },
  blsr: {
    "w r32, rm32": "VEX.LZ.NP.0F38.W0 F3 /1",
    "w r64, rm64": "VEX.LZ.NP.0F38.W1 F3 /1",
  },
  blsmsk: {
    "w r32, rm32": "VEX.LZ.NP.0F38.W0 F3 /2",
    "w r64, rm64": "VEX.LZ.NP.0F38.W1 F3 /2",
  },
  blsi: {
    "w r32, rm32": "VEX.LZ.NP.0F38.W0 F3 /3",
    "w r64, rm64": "VEX.LZ.NP.0F38.W1 F3 /3",
  },
} as const satisfies InstructionTable;

export const bmi2 = {
  bzhi: {
    "w r32, rm32, r32": "VEX.LZ.NP.0F38.W0 F5 /r",
    "w r64, rm64, r64": "VEX.LZ.NP.0F38.W1 F5 /r",
  },
  mulx: {
    "w r32, w r32, rm32 <rdx>": "VEX.LZ.F2.0F38.W0 F6 /r",
    "w r64, w r64, rm64 <rdx>": "VEX.LZ.F2.0F38.W1 F6 /r",
  },
  pdep: {
    "w r32, r32, rm32": "VEX.LZ.F2.0F38.W0 F5 /r",
    "w r64, r64, rm64": "VEX.LZ.F2.0F38.W1 F5 /r",
  },
  pext: {
    "w r32, r32, rm32": "VEX.LZ.F3.0F38.W0 F5 /r",
    "w r64, r64, rm64": "VEX.LZ.F3.0F38.W1 F5 /r",
  },
  rorx: {
    "w r32, rm32, uimm8": "VEX.LZ.F2.0F3A.W0 F0 /r ib",
    "w r64, rm64, uimm8": "VEX.LZ.F2.0F3A.W1 F0 /r ib",
  },
  sarx: {
    "w r32, rm32, r32": "VEX.LZ.F3.0F38.W0 F7 /r",
    "w r64, rm64, r64": "VEX.LZ.F3.0F38.W1 F7 /r",
  },
  shlx: {
    "w r32, rm32, r32": "VEX.LZ.66.0F38.W0 F7 /r",
    "w r64, rm64, r64": "VEX.LZ.66.0F38.W1 F7 /r",
  },
  shrx: {
    "w r32, rm32, r32": "VEX.LZ.F2.0F38.W0 F7 /r",
    "w r64, rm64, r64": "VEX.LZ.F2.0F38.W1 F7 /r",
  },
} as const satisfies InstructionTable;
