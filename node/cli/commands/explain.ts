/** `explain`: every stage of an expression's compilation as text. */
import { compile } from "../../index.ts";
import { textOrStdin } from "../stdin.ts";
import { print } from "../terminal.ts";

export async function explain(expression: string): Promise<void> {
  print(compile(await textOrStdin(expression)).explain());
}
