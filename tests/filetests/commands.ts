/** Every command that a filetest can name. To add one, write a pure function from text to text and list its table here. */
import { analysisCommands } from "./commands/analysis.ts";
import { codegenCommands } from "./commands/codegen.ts";
import { irCommands } from "./commands/ir.ts";
import { languageCommands } from "./commands/language.ts";
import { runCommands } from "./commands/run.ts";
import { widenCommands } from "./commands/widen.ts";
import type { Commands } from "./filetest.ts";

export const commands: Commands = {
  ...irCommands,
  ...analysisCommands,
  ...languageCommands,
  ...codegenCommands,
  ...runCommands,
  ...widenCommands,
};
