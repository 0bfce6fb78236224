/** `npm run build`: the compiler over the whole project, unconditionally. */
import { build, SetUpError } from "./setup.mjs";

try {
  build();
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  process.stderr.write(`jitsmith: ${error.message}\n`);
  process.exitCode = 1;
}
