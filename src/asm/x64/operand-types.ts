/**
 * The TypeScript side of the rows: what each operand word accepts, and the parameters of each mnemonic's method, taken
 * from the keys of the tables by template literal types. Nothing here exists at run time.
 */
import type { Mnemonic, RowsOfMnemonic } from "./instructions.ts";
import type { Operand } from "./operand.ts";
import type {
  Far8,
  Far16,
  Far32,
  Far64,
  Label,
  Mem,
  Mem8,
  Mem16,
  Mem32,
  Mem48,
  Mem64,
  Mem80,
  Mem128,
  Mem256,
  Mem512,
  MemX,
  MemY,
  MemZ,
} from "./operands.ts";
import type {
  Al,
  Ax,
  Cl,
  Dx,
  Eax,
  Fs,
  Gpr8,
  Gpr16,
  Gpr32,
  Gpr64,
  Gs,
  Mask,
  Rax,
  Rounding,
  SegmentRegister,
  SuppressExceptions,
  Xmm,
  Xmm0,
  XmmHigh,
  Ymm,
  YmmHigh,
  Zmm,
} from "./registers.ts";

/** A number; a BigInt where 64 bits are meant, signed or unsigned. */
export type Immediate = number | bigint;

/** What each operand word accepts in legacy and VEX rows. `Mem` is memory without a size. */
export interface OperandTypes {
  r8: Gpr8;
  r16: Gpr16;
  r32: Gpr32;
  r64: Gpr64;
  rm8: Gpr8 | Mem8 | Mem;
  rm16: Gpr16 | Mem16 | Mem;
  rm32: Gpr32 | Mem32 | Mem;
  rm64: Gpr64 | Mem64 | Mem;
  "r32/m8": Gpr32 | Mem8 | Mem;
  "r32/m16": Gpr32 | Mem16 | Mem;
  "r64/m8": Gpr64 | Mem8 | Mem;
  "r64/m16": Gpr64 | Mem16 | Mem;
  al: Al;
  cl: Cl;
  ax: Ax;
  dx: Dx;
  eax: Eax;
  rax: Rax;
  xmm0: Xmm0;
  sreg: SegmentRegister;
  fs: Fs;
  gs: Gs;
  moffs8: Far8;
  moffs16: Far16;
  moffs32: Far32;
  moffs64: Far64;
  xmm: Xmm;
  ymm: Ymm;
  zmm: Zmm;
  k: Mask;
  "k/m8": Mask | Mem8 | Mem;
  "k/m16": Mask | Mem16 | Mem;
  "k/m32": Mask | Mem32 | Mem;
  "k/m64": Mask | Mem64 | Mem;
  "xmm/m8": Xmm | Mem8 | Mem;
  "xmm/m16": Xmm | Mem16 | Mem;
  "xmm/m32": Xmm | Mem32 | Mem;
  "xmm/m64": Xmm | Mem64 | Mem;
  "xmm/m128": Xmm | Mem128 | Mem;
  "ymm/m256": Ymm | Mem256 | Mem;
  "zmm/m512": Zmm | Mem512 | Mem;
  m: Mem | Mem8 | Mem16 | Mem32 | Mem48 | Mem64 | Mem80 | Mem128 | Mem256 | Mem512;
  m8: Mem8 | Mem;
  m16: Mem16 | Mem;
  m32: Mem32 | Mem;
  m48: Mem48 | Mem;
  m64: Mem64 | Mem;
  m80: Mem80 | Mem;
  m128: Mem128 | Mem;
  m256: Mem256 | Mem;
  m512: Mem512 | Mem;
  vm32x: MemX;
  vm32y: MemY;
  vm32z: MemZ;
  vm64x: MemX;
  vm64y: MemY;
  vm64z: MemZ;
  "1": 1 | 1n;
  simm8: Immediate;
  simm32: Immediate;
  uimm8: Immediate;
  imm8: Immediate;
  imm16: Immediate;
  imm32: Immediate;
  imm64: Immediate;
  rel8: Label | number;
  rel32: Label | number;
}

type Word = keyof OperandTypes;

/** What the parts of a word between slashes accept in EVEX rows. */
interface EvexPartTypes extends Omit<OperandTypes, "xmm" | "ymm"> {
  xmm: Xmm | XmmHigh;
  ymm: Ymm | YmmHigh;
}

/** The broadcast memory that fills as much as the memory word before it. */
interface BroadcastTypes {
  m64: { m32bcst: Operand<"m32to2"> };
  m128: { m32bcst: Operand<"m32to4">; m64bcst: Operand<"m64to2"> };
  m256: { m32bcst: Operand<"m32to8">; m64bcst: Operand<"m64to4"> };
  m512: { m32bcst: Operand<"m32to16">; m64bcst: Operand<"m64to8"> };
}

type EvexPart<P> = P extends keyof EvexPartTypes ? EvexPartTypes[P] : never;
type Broadcast<M, B> = M extends keyof BroadcastTypes
  ? B extends keyof BroadcastTypes[M]
    ? BroadcastTypes[M][B]
    : never
  : never;

/** "zmm/m512/m64bcst" -> a zmm register, memory, or eight times 64 bits */
type EvexPlain<W> = W extends `${infer R}/${infer M}/${infer B}`
  ? EvexPart<R> | EvexPart<M> | Broadcast<M, B>
  : W extends `${infer M}/${infer B extends `${string}bcst`}`
    ? EvexPart<M> | Broadcast<M, B>
    : W extends `${infer R}/${infer M}`
      ? EvexPart<R> | EvexPart<M>
      : EvexPart<W>;

type Vectors = "xmm" | "ymm" | "zmm";
type MemoryOperandTypes = { [M in `m${8 | 16 | 32 | 64 | 128 | 256 | 512}`]: Operand<`${M}{k}` | "m{k}"> } & {
  [V in `vm${32 | 64}${"x" | "y" | "z"}`]: V extends `vm${32 | 64}${infer Letter}` ? Operand<`vm${Letter}{k}`> : never;
};
type MergedPart<P> = P extends Vectors | "k"
  ? Operand<`${P}{k}`>
  : P extends keyof MemoryOperandTypes
    ? MemoryOperandTypes[P]
    : never;
type ZeroedPart<P> = P extends Vectors ? Operand<`${P}{kz}`> : never;
type Merged<W> = W extends `${infer R}/${infer M}` ? MergedPart<R> | MergedPart<M> : MergedPart<W>;
type Zeroed<W> = W extends `${infer R}/${string}` ? ZeroedPart<R> : ZeroedPart<W>;

type EvexTypeOf<W> = W extends `${infer P}{kz}`
  ? EvexPlain<P> | Merged<P> | Zeroed<P>
  : W extends `${infer P}{k}`
    ? EvexPlain<P> | Merged<P>
    : W extends `${infer P}{${"er" | "sae"}}`
      ? EvexPlain<P>
      : EvexPlain<W>;

/** With rounding: registers alone. */
type RoundedTypeOf<W> = W extends `rm${infer Bits}{${string}`
  ? EvexPart<`r${Bits}`>
  : W extends `${infer R}/${string}{${"er" | "sae"}}`
    ? EvexPart<R>
    : EvexTypeOf<W>;

/** With a vector index: what can be masked has to be. */
type GatheredTypeOf<W> = W extends `${infer P}{k}` ? Merged<P> : EvexTypeOf<W>;

type EvexTypes<Signature extends string, Words> = Signature extends `${string}vm${string}`
  ? { [Index in keyof Words]: GatheredTypeOf<Words[Index]> }
  :
      | { [Index in keyof Words]: EvexTypeOf<Words[Index]> }
      | (Signature extends `${string}{er}${string}`
          ? WithRounding<{ [Index in keyof Words]: RoundedTypeOf<Words[Index]> }, Rounding>
          : Signature extends `${string}{sae}${string}`
            ? WithRounding<{ [Index in keyof Words]: RoundedTypeOf<Words[Index]> }, SuppressExceptions>
            : never);
type WithRounding<Types, Last> = Types extends readonly unknown[] ? [...Types, Last] : never;

type GeneralMemoryWord = "rm8" | "rm16" | "rm32" | "rm64";
type ImmediateWord = "1" | "cl" | "simm8" | "simm32" | "uimm8" | "imm8" | "imm16" | "imm32";

/** "rw rm64, simm8 <rw rax>" -> "rw rm64, simm8" */
type Explicit<Signature extends string> = Signature extends `<${string}`
  ? ""
  : Signature extends `${infer Operands} <${string}`
    ? Operands
    : Signature;

/** "rw rm64" -> "rm64" */
type Unmarked<Text extends string> = Text extends `rw ${infer W}` ? W : Text extends `w ${infer W}` ? W : Text;

/** "rw rm64, simm8" -> ["rm64", "simm8"] */
type WordsOf<Operands extends string> = Operands extends ""
  ? []
  : Operands extends `${infer First}, ${infer Rest}`
    ? [Unmarked<First>, ...WordsOf<Rest>]
    : [Unmarked<Operands>];

/** Memory beside nothing but a number or `cl` needs a size: no register tells it. */
type TypesOf<Words> = Words extends [GeneralMemoryWord] | [GeneralMemoryWord, ImmediateWord]
  ? { [Index in keyof Words]: Exclude<TypeOf<Words[Index]>, Mem> }
  : { [Index in keyof Words]: TypeOf<Words[Index]> };

type TypeOf<W> = W extends Word ? OperandTypes[W] : never;

type Join<Words> = Words extends [infer First extends string, ...infer Rest]
  ? Rest extends []
    ? First
    : `${First}, ${Join<Rest>}`
  : "";

/** The signatures of a mnemonic as the manual has them, without marks and implicit operands. */
export type SignatureOf<M extends Mnemonic> = SignaturesIn<RowsOfMnemonic<M>>;
type SignaturesIn<Rows> = Rows extends unknown ? PlainSignature<keyof Rows> : never;
type PlainSignature<Signature> = Signature extends string ? Join<WordsOf<Explicit<Signature>>> : never;

/** What can be given to a mnemonic: the union of its rows' operand types. */
export type OperandsOf<M extends Mnemonic> = OperandsOfRows<RowsOfMnemonic<M>>;
type OperandsOfRows<Rows> = Rows extends unknown ? OperandsOfSignature<Rows, keyof Rows & string> : never;
type OperandsOfSignature<Rows, Signature extends keyof Rows & string> = Signature extends unknown
  ? Rows[Signature] extends `EVEX${string}`
    ? EvexTypes<Signature, WordsOf<Explicit<Signature>>>
    : TypesOf<WordsOf<Explicit<Signature>>>
  : never;

/**
 * What stands where an operand fits no row: a string type that lists the rows. Written out without a name of its own,
 * which the message would show instead.
 */
type Rejected<M extends Mnemonic, Given extends readonly unknown[]> = Given extends readonly []
  ? [
      RowsOfMnemonic<M> extends infer Rows
        ? Rows extends unknown
          ? `${M} ${PlainSignature<keyof Rows>}`
          : never
        : never,
    ]
  : {
      [Index in keyof Given]: RowsOfMnemonic<M> extends infer Rows
        ? Rows extends unknown
          ? `${M} ${PlainSignature<keyof Rows>}`
          : never
        : never;
    };

/**
 * `Same` is `Given` once more: of a type parameter by another name the compiler does not ask what all mnemonics have in
 * common, which would read every row of every table.
 */
type Accepted<Given, Operands, Same, Otherwise> = Given extends Readonly<Operands> ? Same : Otherwise;

/** The instruction methods. A call that fits no row fails with the mnemonic's forms as the expected type. */
export type InstructionMethods = {
  readonly [M in Mnemonic]: <const Given extends readonly (Operand | Immediate)[]>(
    ...operands: Accepted<Given, OperandsOf<M>, Given, Rejected<M, Given>>
  ) => void;
};
