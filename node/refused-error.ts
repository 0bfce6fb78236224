/** The operating system refused, or this machine cannot do what was asked. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}
