/** Where the package stands, whether its modules run one by one or bundled: found by its own name. */
import { createRequire } from "node:module";
import { dirname } from "node:path";

/** The folder of the package's package.json. */
export const packageRoot: string = dirname(createRequire(import.meta.url).resolve("jitsmith/package.json"));
