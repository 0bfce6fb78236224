/**
 * Tables whose entries are made when they are first read. A program starts with what it uses, instead of with everything
 * that it might use: reading the rows of an instruction costs as much as compiling one.
 */

/** An object with a property for each of `makers`, which is called once, when the property is first read. */
export function onDemand<Makers extends Readonly<Record<string, () => unknown>>>(
  makers: Makers,
): { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> } {
  const made = {};
  for (const [name, make] of Object.entries(makers)) {
    let value: unknown;
    const get = (): unknown => {
      if (value === undefined) value = make();
      return value;
    };
    Object.defineProperty(made, name, { get, enumerable: true });
  }
  return made as { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> }; // one getter for each
}
