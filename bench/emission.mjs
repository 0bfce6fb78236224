/**
 * Instructions a second out of the assemblers, on one mix of twelve: general registers, memory, SSE and AVX. Ours through
 * typed methods and through pre-resolved forms; iced-x86 (WebAssembly) with prebuilt instructions and with instructions
 * built each time; defasm from text. Before the timing, all of them must have made the same bytes.
 */
import {
  Assembler,
  form,
  qword,
  r8,
  r9,
  rax,
  rbx,
  rcx,
  rdi,
  rsi,
  xmm0,
  xmm1,
  xmm2,
  ymm0,
  ymm3,
  ymm9,
} from "../dist/node/x64.js";
import { peer } from "./peers.mjs";
import { compare } from "./sampling.mjs";

const address = qword(rdi, rcx, 8, 16);
const stack = qword(rbx, -8);
const repeats = 1000;

function throughMethods() {
  return () => {
    const a = new Assembler();
    for (let i = 0; i < repeats; i++) {
      a.push(rbx);
      a.mov(rax, rdi);
      a.add(rax, r9);
      a.add(rsi, 4);
      a.mov(r8, address);
      a.imul(rax, r8);
      a.sub(rcx, 1000);
      a.mov(stack, rax);
      a.addsd(xmm0, xmm1);
      a.mulsd(xmm2, address);
      a.vaddpd(ymm0, ymm3, ymm9);
      a.pop(rbx);
    }
    return a;
  };
}

function throughForms() {
  const push = form("push", "r64");
  const pop = form("pop", "r64");
  const mov = form("mov", "rm64, r64");
  const load = form("mov", "r64, rm64");
  const add = form("add", "rm64, r64");
  const add8 = form("add", "rm64, simm8");
  const sub32 = form("sub", "rm64, simm32");
  const imul = form("imul", "r64, rm64");
  const addsd = form("addsd", "xmm, xmm/m64");
  const mulsd = form("mulsd", "xmm, xmm/m64");
  const vaddpd = form("vaddpd", "ymm, ymm, ymm/m256");
  return () => {
    const a = new Assembler();
    const { buffer } = a;
    for (let i = 0; i < repeats; i++) {
      push.encode(buffer, rbx);
      mov.encode(buffer, rax, rdi);
      add.encode(buffer, rax, r9);
      add8.encode(buffer, rsi, 4);
      load.encode(buffer, r8, address);
      imul.encode(buffer, rax, r8);
      sub32.encode(buffer, rcx, 1000);
      mov.encode(buffer, stack, rax);
      addsd.encode(buffer, xmm0, xmm1);
      mulsd.encode(buffer, xmm2, address);
      vaddpd.encode(buffer, ymm0, ymm3, ymm9);
      pop.encode(buffer, rbx);
    }
    return a;
  };
}

async function throughIced(iced) {
  const { Code, Register: R, Instruction: I, MemoryOperand, Encoder } = iced;
  const indexed = () => new MemoryOperand(R.RDI, R.RCX, 8, 16n, 1, false, R.None);
  const builders = [
    () => I.createReg(Code.Push_r64, R.RBX),
    () => I.createRegReg(Code.Mov_rm64_r64, R.RAX, R.RDI),
    () => I.createRegReg(Code.Add_rm64_r64, R.RAX, R.R9),
    () => I.createRegI32(Code.Add_rm64_imm8, R.RSI, 4),
    () => I.createRegMem(Code.Mov_r64_rm64, R.R8, indexed()),
    () => I.createRegReg(Code.Imul_r64_rm64, R.RAX, R.R8),
    () => I.createRegI32(Code.Sub_rm64_imm32, R.RCX, 1000),
    () => I.createMemReg(Code.Mov_rm64_r64, new MemoryOperand(R.RBX, R.None, 1, -8n, 1, false, R.None), R.RAX),
    () => I.createRegReg(Code.Addsd_xmm_xmmm64, R.XMM0, R.XMM1),
    () => I.createRegMem(Code.Mulsd_xmm_xmmm64, R.XMM2, indexed()),
    () => I.createRegRegReg(Code.VEX_Vaddpd_ymm_ymm_ymmm256, R.YMM0, R.YMM3, R.YMM9),
    () => I.createReg(Code.Pop_r64, R.RBX),
  ];
  const prebuilt = builders.map((build) => build());
  const emitAll = (each) => () => {
    const encoder = new Encoder(64);
    let at = 0;
    for (let i = 0; i < repeats; i++) for (let j = 0; j < builders.length; j++) at += each(encoder, j, at);
    const bytes = encoder.takeBuffer();
    encoder.free();
    return bytes;
  };
  return {
    prebuilt: emitAll((encoder, j, at) => encoder.encode(prebuilt[j], BigInt(at))),
    built: emitAll((encoder, j, at) => {
      const instruction = builders[j]();
      const length = encoder.encode(instruction, BigInt(at));
      instruction.free();
      return length;
    }),
  };
}

const text = `push rbx; mov rax, rdi; add rax, r9; add rsi, 4; mov r8, [rdi + rcx * 8 + 16]; imul rax, r8; sub rcx, 1000
mov [rbx - 8], rax; addsd xmm0, xmm1; mulsd xmm2, [rdi + rcx * 8 + 16]; vaddpd ymm0, ymm3, ymm9; pop rbx\n`;

function assertSame(name, bytes, expected) {
  const same = bytes.length === expected.length && bytes.every((byte, i) => byte === expected[i]);
  if (!same)
    throw new Error(`emission: ${name} made other bytes than our typed methods; the comparison would be meaningless`);
}

export async function emission() {
  const methods = throughMethods();
  const forms = throughForms();
  const expected = methods().toBytes();
  assertSame("pre-resolved forms", forms().toBytes(), expected);
  const unit = repeats * 12;
  const times = (work) => (count) => {
    for (let i = 0; i < count; i++) work();
  };
  const contenders = [
    { name: "jitsmith, typed methods", run: times(methods), unit },
    { name: "jitsmith, pre-resolved forms", run: times(forms), unit },
  ];
  const iced = await peer("iced-x86");
  if (iced !== undefined) {
    const { prebuilt, built } = await throughIced(iced);
    assertSame("iced-x86", prebuilt(), expected);
    contenders.push(
      { name: "iced-x86, prebuilt instructions", run: times(prebuilt), unit },
      { name: "iced-x86, instructions built each time", run: times(built), unit },
    );
  }
  const defasm = await peer("@defasm/core");
  if (defasm !== undefined) {
    const few = 20;
    const program = text.repeat(few);
    const assembleText = () =>
      new defasm.AssemblyState({ defaultSyntax: { intel: true, prefix: false } }).compile(program);
    contenders.push({ name: "defasm, from text", run: times(assembleText), unit: few * 12 });
  }
  const figures = compare(contenders, { rounds: 11, sampleMs: 20 });
  return [
    {
      title: "emission of a twelve-instruction mix",
      goal: "40 M/s typed, 80 M/s pre-resolved",
      reference: "iced-x86, instructions built each time",
      figures,
      perSecond: true,
    },
  ];
}
