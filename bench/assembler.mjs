/**
 * The assembler as a toolkit: a thousand mnemonics at random through typed methods, bytes to instructions, bytes to text, text
 * to bytes, what loading the module costs, and code of 1 to 64 MB. Peers: iced-x86 (WebAssembly) and defasm. The mix of
 * twelve instructions through typed methods and through forms stands in `emission.mjs`.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Assembler, assemble, disassemble, eax, rax } from "../dist/node/x64.js";
import { Decoded, decodeInstruction } from "../dist/src/asm/x64/decoder.js";
import { allRows } from "../dist/src/asm/x64/instructions.js";
import { peer } from "./peers.mjs";
import { compare, figureOf } from "./sampling.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The same numbers every time (xorshift). */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One instruction of the golden file for each mnemonic of the tables: its method's name, operands and text. */
function oneOfEach() {
  const names = new Set(allRows().map(({ mnemonic }) => mnemonic));
  const byMnemonic = new Map();
  let mnemonic = "";
  const random = randomNumbers(7);
  for (const line of readFileSync(`${root}tests/golden/x64.txt`, "utf8").split("\n")) {
    if (line.startsWith("# ")) mnemonic = line.split(" ", 2)[1] ?? "";
    else if (line !== "") byMnemonic.set(mnemonic, [...(byMnemonic.get(mnemonic) ?? []), line]);
  }
  const chosen = [];
  for (const [name, lines] of byMnemonic) {
    // A prefix alone would be read with what follows it.
    if (!names.has(name) || name === "lock") continue;
    for (let tries = 0; tries < 10; tries++) {
      const [hex, text] = lines[random(lines.length)].split(/ (.*)/s, 2);
      const bytes = Buffer.from(hex, "hex");
      const [instruction] = disassemble(bytes);
      // Through the method: branches would need labels, and some forms are decoded only.
      if (instruction?.mnemonic !== name || instruction.row.branchBytes !== undefined) continue;
      const { operands } = instruction;
      try {
        const a = new Assembler();
        a[name](...operands);
        chosen.push({ name, operands, text, bytes: a.toBytes() });
        break;
      } catch {}
    }
  }
  return chosen;
}

/**
 * Emits 4096 instructions in random order, each through the method of its mnemonic. The methods are taken from the assembler
 * beforehand: a thousand call sites in one program would be timed as interpreted code.
 */
function throughMethods(each) {
  const random = randomNumbers(1);
  const a = new Assembler();
  const instructions = each.map(({ name, operands: [first, second, third, fourth, fifth] }) => ({
    method: a[name],
    first,
    second,
    third,
    fourth,
    fifth,
  }));
  const order = Array.from({ length: 4096 }, () => instructions[random(instructions.length)]);
  return () => {
    a.buffer.clear();
    for (let i = 0; i < order.length; i++) {
      const { method, first, second, third, fourth, fifth } = order[i];
      method.call(a, first, second, third, fourth, fifth);
    }
    return a;
  };
}

/** One call site for all, which looks the method up by name. */
function throughNames(each) {
  const random = randomNumbers(1);
  const a = new Assembler();
  const order = Array.from({ length: 4096 }, () => each[random(each.length)]);
  return () => {
    a.buffer.clear();
    for (let i = 0; i < order.length; i++) {
      const { name, operands } = order[i];
      a[name](operands[0], operands[1], operands[2], operands[3], operands[4]);
    }
    return a;
  };
}

const times = (work) => (count) => {
  for (let i = 0; i < count; i++) work();
};

/** Sets of instructions to decode: the twelve of the emission mix, and one of each mnemonic. */
function decoding(title, bytes, count, iced) {
  const decoded = new Decoded();
  const contenders = [
    {
      name: "jitsmith, fields",
      unit: count,
      run: times(() => {
        let found = 0;
        for (let at = 0; at < bytes.length; at = decoded.end) {
          if (!decodeInstruction(bytes, at, decoded)) throw new Error(`no instruction at ${at}`);
          found++;
        }
        return found;
      }),
    },
    { name: "jitsmith, disassemble: objects with text", unit: count, run: times(() => disassemble(bytes).length) },
  ];
  if (iced !== undefined) {
    const formatter = new iced.Formatter(iced.FormatterSyntax.Intel);
    const instruction = new iced.Instruction();
    const each = (work) =>
      times(() => {
        const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
        let total = 0;
        while (decoder.canDecode) {
          decoder.decodeOut(instruction);
          total += work();
        }
        decoder.free();
        return total;
      });
    contenders.push(
      { name: "iced-x86, decoded", unit: count, run: each(() => instruction.length) },
      { name: "iced-x86, with text", unit: count, run: each(() => formatter.format(instruction).length) },
    );
  }
  return {
    title,
    goal: "5 M/s decoded to text",
    reference: iced === undefined ? "jitsmith, disassemble: objects with text" : "iced-x86, with text",
    figures: compare(contenders, { rounds: 9, sampleMs: 30, warmUpMs: 400 }),
    perSecond: true,
  };
}

const mixText = `push rbx\nmov rax, rdi\nadd rax, r9\nadd rsi, 4\nmov r8, qword ptr [rdi + 8*rcx + 16]\nimul rax, r8\nsub rcx, 1000
mov qword ptr [rbx - 8], rax\naddsd xmm0, xmm1\nmulsd xmm2, qword ptr [rdi + 8*rcx + 16]\nvaddpd ymm0, ymm3, ymm9\npop rbx\n`;

async function fromText() {
  const long = mixText.repeat(200);
  const few = mixText.repeat(20);
  const contenders = [{ name: "jitsmith, text to bytes", unit: 200 * 12, run: times(() => assemble(long)) }];
  const defasm = await peer("@defasm/core");
  if (defasm !== undefined) {
    const run = () => new defasm.AssemblyState({ defaultSyntax: { intel: true, prefix: false } }).compile(few);
    contenders.push({ name: "defasm, text to bytes", unit: 20 * 12, run: times(run) });
  }
  return {
    title: "assembly text to bytes, the mix of twelve",
    goal: "faster than defasm",
    reference: "defasm, text to bytes",
    figures: compare(contenders, { rounds: 7, sampleMs: 30 }),
    perSecond: true,
  };
}

/** Milliseconds that `import` takes in a fresh process. */
function loading() {
  const measure = (specifier) => {
    const program = `const start = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - start)`;
    const samples = Array.from({ length: 9 }, () =>
      Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: root, encoding: "utf8" })),
    );
    return samples.map((ms) => ms * 1e6);
  };
  return {
    title: "loading a module in a fresh process",
    goal: "30 ms for the assembler",
    reference: undefined,
    figures: [
      figureOf("jitsmith/x64: assembler, text, disassembler, forms, memory", measure("jitsmith/x64")),
      figureOf("the assembler, module by module", measure("./dist/src/asm/x64/assembler.js")),
      figureOf("the disassembler, module by module", measure("./dist/src/asm/x64/disassembler.js")),
      figureOf("koffi alone", measure("koffi")),
    ],
  };
}

/** Nanoseconds a byte of writing and laying out code full of branches that grow, at several sizes. */
function bigCode() {
  const figures = [1, 4, 16, 64].map((megabytes) => {
    const samples = Array.from({ length: megabytes > 16 ? 2 : 5 }, () => {
      const start = performance.now();
      const a = new Assembler();
      const limit = megabytes << 20;
      let size = 0;
      while (a.buffer.length < limit) {
        const back = a.label();
        const ahead = a.label();
        a.bind(back);
        a.jz(ahead);
        for (let i = 0; i < 20; i++) a.mov(eax, i);
        a.add(rax, 1);
        a.jnz(back);
        for (let i = 0; i < 6; i++) a.mov(eax, i);
        a.bind(ahead);
      }
      size = a.toBytes().length;
      return ((performance.now() - start) * 1e6) / size;
    });
    return figureOf(`${megabytes} MB of code, a byte`, samples);
  });
  return {
    title: "branches that grow, from methods to finished bytes",
    goal: "linear to 64 MB",
    reference: "1 MB of code, a byte",
    figures,
  };
}

export async function assemblerToolkit() {
  const each = oneOfEach();
  const iced = await peer("iced-x86");
  const mix = new Uint8Array(Buffer.concat(Array.from({ length: 500 }, () => assemble(mixText))));
  const all = new Uint8Array(
    Buffer.concat(Array.from({ length: 5 }, () => Buffer.concat(each.map(({ bytes }) => bytes)))),
  );
  const emitting = {
    title: `${each.length} mnemonics at random, through typed methods`,
    goal: "20 M/s",
    reference: "eight mnemonics at random",
    figures: compare(
      [
        { name: "eight mnemonics at random", unit: 4096, run: times(throughMethods(each.slice(0, 8))) },
        { name: `${each.length} mnemonics at random`, unit: 4096, run: times(throughMethods(each)) },
        { name: `${each.length} at random, looked up by name`, unit: 4096, run: times(throughNames(each)) },
      ],
      { rounds: 11, sampleMs: 20, warmUpMs: 500 },
    ),
    perSecond: true,
  };
  return [
    emitting,
    decoding("decoding, the mix of twelve", mix, 500 * 12, iced),
    decoding(`decoding, one instruction of ${each.length} mnemonics`, all, 5 * each.length, iced),
    await fromText(),
    loading(),
    bigCode(),
  ];
}
