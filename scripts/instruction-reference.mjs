/** `npm run instructions`: writes docs/instructions.md from the instruction rows. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, setUpOrExit } from "./setup.mjs";

setUpOrExit();
const { instructionReference } = await import("../dist/src/asm/x64/instruction-reference.js");
writeFileSync(join(root, "docs", "instructions.md"), instructionReference());
