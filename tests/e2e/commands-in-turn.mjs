/**
 * Several commands of the built command line, one after another in this process: argument 2 is a JSON list of lists of words, and
 * stdout a JSON list of what each wrote and how it ended. For commands that do not depend on what their output is.
 */
import { main } from "../../dist/bundle/cli.js";

process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);
const write = process.stdout.write.bind(process.stdout);
const endings = [];
for (const words of JSON.parse(process.argv[2])) {
  const ending = { status: 0, signal: null, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"])
    process[name].write = (text, ...rest) => {
      ending[name] += typeof text === "string" ? text : Buffer.from(text).toString();
      rest.find((each) => typeof each === "function")?.();
      return true;
    };
  process.exitCode = undefined;
  await main(words);
  endings.push({ ...ending, status: process.exitCode ?? 0 });
}
process.exitCode = 0;
write(JSON.stringify(endings));
