/**
 * The four operations of the calculator language and how a program's text becomes bytes.
 *
 *     +  add 1      -  subtract 1      *  multiply by 2      /  divide by 2, toward zero
 *
 * The accumulator starts at 0 (or at the input) and has 64 bits that wrap. Every other character is ignored. A program
 * may have 100 million operations, so whoever reads one is a `ProgramReader` and is fed bytes in pieces of any size.
 */

export const plus = 0x2b;
export const minus = 0x2d;
export const star = 0x2a;
export const slash = 0x2f;

/** Takes a program in pieces. All four operations are ASCII, so UTF-8 and Latin-1 text both do. */
export interface ProgramReader {
  feed(bytes: Uint8Array): void;
}
