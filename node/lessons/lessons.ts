/** All lessons, in the order in which they are best read. */
import { babyJit } from "./baby-jit.ts";
import { calculator } from "./calculator.ts";
import { jiter } from "./jiter.ts";
import type { Lesson } from "./lesson.ts";
import { minimalJit } from "./minimal-jit.ts";
import { rustyJit } from "./rustyjit.ts";

export const lessons: readonly Lesson[] = [babyJit, rustyJit, jiter, minimalJit, calculator];
