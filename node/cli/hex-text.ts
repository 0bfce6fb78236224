/** Bytes as text: `48 89 f8`. */
export function hexText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
}
