/**
 * The notation of the instruction rows, in the words of the Intel SDM volume 2 (section 3.1.1, "Instruction Format").
 * `instructions/*.ts` hold rows only; this file says what they mean, `row.ts` reads and checks them.
 *
 *     add: {
 *       "rw rm64, simm8": "REX.W 83 /0 ib",
 *       "rw r64, rm64":   "REX.W 03 /r",
 *     },
 *     mul: { "rm64 <rw rax, w rdx>": "REX.W F7 /4" },
 *     rep_movsb: { "<rw rdi, rw rsi, rw rcx>": "F3 A4" },
 *
 * A table is keyed by mnemonic, then by signature; the value is the encoding. Within a mnemonic the first row that fits
 * wins, so the order is the preference: shorter encodings stand first. An underscore in a mnemonic stands for a space.
 *
 * Signature: explicit operands, then implicit ones in angle brackets. Each operand is `[mark] word`.
 *   mark       none: read; `w`: written; `rw`: read and written (the manual's Op/En column)
 *   r8 r16 r32 r64, rm8 rm16 rm32 rm64         general registers; `rm`: or memory of that size
 *   r32/m8 r32/m16 r64/m8 r64/m16              register of one size, memory of another
 *   xmm ymm zmm, xmm/m8 … xmm/m128, ymm/m256, zmm/m512      vector registers, or memory
 *   m m8 m16 m32 m48 m64 m80 m128 m256 m512    memory; `m` has no size (lea, prefetch)
 *   moffs8 moffs16 moffs32 moffs64             memory of that size at an absolute address, the `io` of the encoding
 *   sreg                                       segment registers es cs ss ds fs gs
 *   vm32x vm32y vm32z vm64x vm64y vm64z        memory with a vector index
 *   k k/m8 … k/m64                             opmask registers k0 to k7
 *   …/m16bcst …/m32bcst …/m64bcst              or one element of memory, broadcast to all lanes: `zmm/m512/m64bcst`
 *   al ax eax rax cl dx xmm0 fs gs             that register
 *   simm8 simm32     sign-extended to the operation's size; a value that means the same there is accepted too
 *                    (`add ecx, 0xFFFFFFFF` takes simm8), uimm8: 0 to 255, imm8 imm16 imm32: -2^(n-1) to 2^n - 1,
 *                    imm64: any 64 bits, `1`: the number one
 *   rel8 rel32       a label, or a displacement from the end of the instruction
 * In EVEX rows xmm, ymm and zmm take the registers 0 to 31, elsewhere 0 to 15. Behind a word, as the manual has it:
 *   {k}     can be masked by k1 to k7; what the mask leaves out stays. Beside a vector index the mask must be there.
 *   {kz}    can be masked, or masked with zeroing (the manual's `{k1}{z}`; memory only without zeroing)
 *   {er}    a register can be followed by a rounding mode, `{rn-sae}`;  {sae}: by `{sae}`
 * Implicit operands are registers by their names (`rax`, `xmm0`), always whole ones where the width does not matter.
 *
 * Encoding, in this order:
 *   legacy     [NFx] [66] [67] [F2|F3|NP] [REX.W] [0F | 0F 38 | 0F 3A] opcode [+r] [byte]     `66` stands for the operand-size
 *              prefix of a 16-bit form as well as for a mandatory prefix; `NP`: no prefix may stand there, `NFx`: no F2 or F3;
 *              `+r` (attached: `50+r`): a register in the opcode's low three bits; `byte`: a fixed ModRM (`0F AE F0`)
 *   VEX        VEX.<128|256|LZ|LIG>.<NP|66|F3|F2>.<0F|0F38|0F3A>.<W0|W1|WIG> opcode [byte]
 *   EVEX       EVEX.<128|256|512|LIG>.<NP|66|F3|F2>.<0F|0F38|0F3A>.<W0|W1|WIG> opcode
 *   /r         ModRM with a register in `reg`; /0 … /7: that digit in `reg`
 *   ib iw id io, cb cd      an immediate of 1 2 4 8 bytes, a branch displacement of 1 4 bytes;  /is4: register in imm8[7:4]
 *
 *   Full …       EVEX rows with memory end with the manual's tuple type (`tupleTypes` in row.ts), which says what an
 *                eight-bit displacement is a multiple of (SDM volume 2, tables 2-34 and 2-35)
 *   MR, MVR      the manual's Op/En where the usual order does not hold: the operands are r/m, (vvvv,) reg
 *   A | B        the assembler writes A; B is another encoding of the same operands, which the disassembler knows as well
 *
 * Which operand goes where: `rm` takes the operand with memory in its word, else the last register (before /is4);
 * `reg` (after /r) takes the first other one, `vvvv` (VEX, EVEX) the next. Immediates stand in operand order.
 * Fixed registers, `1` and the implicit operands go nowhere.
 */

/** The rows of one file. */
export type InstructionTable = Readonly<Record<string, Readonly<Record<string, string>>>>;
