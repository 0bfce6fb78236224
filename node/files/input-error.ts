/** The user's file or data is wrong. The message begins with the place: `orders.csv:17:4: …`. */
export class InputError extends Error {
  override readonly name = "InputError";
}
