/** `npm start`: set-up where needed, then the command line in this process; without arguments that is the tour. */
import { setUpOrExit } from "./setup.mjs";

setUpOrExit();
const { main } = await import("../dist/bundle/cli.js");
await main(process.argv.slice(2));
