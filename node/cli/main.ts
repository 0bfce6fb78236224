/**
 * The command line: which commands exist, which arguments and options each takes, and how each ends. What a command does
 * stands in commands/ and is loaded when the command is called, so that a small one starts quickly.
 */
import { Command, CommanderError } from "commander";
import { nearestWord } from "../../src/base/spelling.ts";
import { markDashWords, unmark } from "./dash-words.ts";
import { exitStatus, UsageError } from "./exit-status.ts";
import { reportFailure } from "./failure.ts";
import { endWhenOutputFails } from "./terminal.ts";
import { version } from "./version.ts";

/** Runs one command and sets `process.exitCode`; what went wrong is on stderr. `words` are the arguments after the name. */
export async function main(words: readonly string[]): Promise<void> {
  endWhenOutputFails(exitStatus.refused);
  try {
    const root = commandLine();
    const asked = words[0] === "help" ? [...words.slice(1), "--help"] : words;
    const [first = "-"] = asked;
    if (!first.startsWith("-") && !root.commands.some((command) => command.name() === first))
      throw new UsageError(unknownCommand(first, root));
    await root.parseAsync(markDashWords(asked), { from: "user" });
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? commanderStatus(error) : reportFailure(error);
  }
}

/** Commander has said its sentence already; help and version are no errors. */
function commanderStatus(error: CommanderError): number {
  return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
}

function commandLine(): Command {
  const root = new Command("jitsmith")
    .description(
      "A just-in-time compiler: expressions, programs and raw bytes become machine code, and every step shows.",
    )
    .version(version)
    .exitOverride()
    .allowExcessArguments()
    .helpCommand(false) // `help eval` becomes `eval --help` before parsing, so that a wrong name is told
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, "jitsmith: ")),
    })
    .showHelpAfterError("(add --help to see what is accepted)")
    .addHelpText("after", rootHelp)
    .hook("preAction", (_root, command) => unmarkWords(command));
  root.action(async () => {
    const [unknown] = root.args.map(unmark);
    if (unknown !== undefined) throw new UsageError(unknownCommand(unknown, root));
    const { tour } = await import("./commands/tour.ts");
    await tour();
  });
  addEval(root);
  addExplain(root);
  addCalc(root);
  addRun(root);
  addAsm(root);
  addDisasm(root);
  addLesson(root);
  addBench(root);
  addDoctor(root);
  for (const command of root.commands) command.version(version).allowExcessArguments(false);
  return root;
}

const rootHelp = `
Without a command: a short tour.
A word that begins with a single dash is an argument, not an option: jitsmith eval '-x' x=-4
Exit status: 0 done, 64 wrong command line, 65 the program or data is wrong, 70 a bug of jitsmith, 71 the system refused.`;

function unknownCommand(word: string, root: Command): string {
  const names = root.commands.map((command) => command.name());
  const nearest = nearestWord(word, names);
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `there is no command ${JSON.stringify(word)}${hint}\nCommands: ${names.join(" ")}. jitsmith --help tells more.`;
}

/** Gives the command the words that dash-words.ts marked as the user wrote them. */
function unmarkWords(command: Command): void {
  command.processedArgs = command.processedArgs.map(unmark);
  for (const [name, value] of Object.entries(command.opts()))
    command.setOptionValueWithSource(name, unmark(value), command.getOptionValueSource(name));
}

/** For options that may be repeated: all their values. */
function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function addEval(root: Command): void {
  root
    .command("eval")
    .summary("the value of an expression, or new columns over a CSV, Arrow or Parquet file")
    .description(
      "Compiles an expression and prints its value, or computes it for every row of a CSV, Arrow or Parquet file.",
    )
    .argument("<expression>", "such as '(x + 5) * 3' or '(x) => { … }'; - reads it from stdin")
    .argument("[name=number...]", "values of its variables; with --plot one may be a range, x=-10..10")
    .option("--type <name=type>", "a variable's declared type, such as a=i32; may be repeated", collect)
    .option("--input <file>", "a table whose column names are variables; - is stdin")
    .option("--output <file>", "where the rows and their new cells go; - is stdout", "-")
    .option("--name <name>", "the new column's name", "result")
    .option("--add <name=expression>", "one more new column; may be repeated", collect)
    .option(
      "--filter <expression>",
      "keep only the rows for which it is true; may be repeated, for all of them",
      collect,
    )
    .option("--reduce <names>", "print single values of all rows instead, such as sum,mean,min,max")
    .option("--plot", "draw the result in the terminal")
    .option(
      "--column <name=header>",
      "a variable for a column whose name is no JavaScript name; may be repeated",
      collect,
    )
    .option("--from <format>", "csv, arrow or parquet, where the file does not show it")
    .option("--to <format>", "csv, arrow or parquet, where the output's name does not show it")
    .option("--delimiter <character>", "between cells of CSV, 'tab' for a tab; otherwise the header tells")
    .option("--missing <what>", "what missing and non-numeric cells of CSV are: nan or null instead of an error")
    .option("--force", "overwrite an existing output")
    .option("--json", 'print {"value": …} (NaN, Infinity and -0 as strings)')
    .addHelpText("after", evalHelp)
    .action(async (expression, assignments, options) => {
      const { evaluate } = await import("./commands/eval.ts");
      await evaluate(expression, assignments, options);
    });
}

const evalHelp = `
With --input, only the columns that the expressions name are read as numbers; every row is carried over as it stands and
gets its new cells. A file is read piece by piece, whatever its size. Where a column has no value, neither has the result.
Comparisons print true and false for one value, 1 and 0 in a CSV column. Numbers print as JavaScript prints them, the
shortest text that reads back as the same number; -0 keeps its sign. Whole numbers of 64 bits are read as JavaScript
numbers while they are exact; --type n=i64 makes them BigInts. Times are milliseconds since 1970.
Examples:
  jitsmith eval '(x + 5) * 3' x=4
  jitsmith eval 'price * qty * (1 - d)' d=0.05 --input orders.csv --output revenue.csv --name revenue
  jitsmith eval 'delay / 60' --input flights.parquet --filter 'distance > 500' --output long.arrow --name hours
  jitsmith eval 'price * qty' --input orders.parquet --reduce sum,mean,max
  jitsmith eval 'p * 2' --column 'p=unit price' --input - < orders.csv | head -3
  jitsmith eval 'x * x - 2' x=-2..2 --plot`;

function addExplain(root: Command): void {
  root
    .command("explain")
    .summary("every stage of a compilation as text: tree, IR, passes, registers, assembly")
    .description(
      "Shows an expression or a function at every stage: source, tree, IR, passes, registers, assembly, bytes.",
    )
    .argument("[text]", "such as '(x + 5) * 3' or '(x) => { … }'; - reads it from stdin")
    .option("--file <file>", "read the text from a file; - is stdin")
    .option("--type <name=type>", "a variable's declared type, such as a=i32; may be repeated", collect)
    .option("--stage <name>", "only the stage of that name, such as assembly")
    .option("--after <pass>", "only the IR after that pass of the optimiser")
    .option("--diff", "what each pass changed, line by line")
    .option("--json", "print the stages as JSON")
    .addHelpText("after", explainHelp)
    .action(async (text, options) => {
      const { explain } = await import("./commands/explain.ts");
      await explain(text, options);
    });
}

const explainHelp = `
Types of functions may also be i64, f32, bool and arrays such as xs=Float64Array.
Examples:
  jitsmith explain '(x + 5) * 3'
  jitsmith explain '(a, b) => (a + b) | 0' --after int32-narrowing
  jitsmith explain --file sum.js --type xs=Float64Array --diff
  jitsmith explain 'sqrt(x)' --stage assembly`;

function addCalc(root: Command): void {
  root
    .command("calc")
    .summary("the calculator challenge: + - * / on an accumulator")
    .description("Compiles a calculator program: + adds one, - takes one, * doubles, / halves; it starts with 0.")
    .argument("[program]", "such as '+ + * - /'; - reads it from stdin")
    .option("--bytes", "print the machine code too")
    .option("--optimize", "fold and merge the operations")
    .option("--input <n>", "start with n instead of 0")
    .option("--file <file>", "read the program from a file of any size; - is stdin")
    .option("--strict", "refuse other characters instead of ignoring them")
    .option("--json", "print value, length and options as JSON")
    .action(async (program, options) => {
      const { calc } = await import("./commands/calc.ts");
      await calc(program, options);
    });
}

function addRun(root: Command): void {
  root
    .command("run")
    .summary("runs raw machine code in a child process; a crash is a report")
    .description("Runs raw x86-64 machine code in a child process under a time limit, and reports what became of it.")
    .argument("<hex>", "the bytes: 'b8 2a 00 00 00 c3', 0xb8,0x2a…, \\xb8\\x2a…; - reads them from stdin")
    .argument("[arguments...]", "one for each parameter of the signature")
    .option("--signature <text>", "such as 'i64(i64)' or 'f64(f64, f64)'", "i64()")
    .option("--timeout <seconds>", "stop it after so long", "5")
    .option("--json", "print the result or the fault as JSON")
    .action(async (hex, words, options) => {
      const { run } = await import("./commands/run.ts");
      process.exitCode = await run(hex, words, options);
    });
}

function addAsm(root: Command): void {
  root
    .command("asm")
    .summary("assembly text to bytes")
    .description("Assembles x86-64 assembly text in Intel's syntax and prints the bytes in hexadecimal.")
    .argument("[text...]", "a statement or several, each argument a line; - reads them from stdin")
    .option("--file <file>", "read the text from a file; - is stdin")
    .option("--address <n>", "where the first byte will be loaded; numbers after jumps are addresses", "0")
    .option("--listing", "print address, bytes and text of every line")
    .option("--json", "print text, offset and bytes of every line as JSON")
    .option("--output <file>", "write the bytes as they are")
    .option("--force", "overwrite an existing output")
    .addHelpText("after", asmHelp)
    .action(async (words, options) => {
      const { asm } = await import("./commands/asm.ts");
      await asm(words, options);
    });
}

const asmHelp = `
A semicolon begins a comment, as in NASM: statements are separate arguments, or \\n or a line break stands between them.
The syntax is that of the manuals, with what NASM, MASM, GNU as and LLVM write: labels and .local labels, db dw dd dq,
align, equ, dword ptr [rax + 8*rcx], [rel name], numbers in all bases, and all that disasm prints.
Examples:
  jitsmith asm 'mov rax, rdi' 'add rax, 4' ret
  jitsmith asm 'loop: dec rcx\\njnz loop\\nret' --listing
  jitsmith run "$(jitsmith asm 'lea rax, [rdi + rdi*2]' ret)" --signature 'i64(i64)' 14`;

function addDisasm(root: Command): void {
  root
    .command("disasm")
    .summary("the instructions in bytes, down to the last bit")
    .description("Prints the x86-64 instructions in bytes, in Intel's syntax.")
    .argument("[hex]", "the bytes, as run takes them; - reads them from stdin")
    .option("--file <file>", "read the bytes from a file; - is stdin")
    .option("--raw", "the file or stdin holds the bytes themselves, not hexadecimal")
    .option("--address <n>", "where the first byte is loaded", "0")
    .option("--anatomy", "show which bits of each instruction are which field")
    .option("--json", "print offset, bytes and text of each as JSON")
    .addHelpText("after", disasmHelp)
    .action(async (hex, options) => {
      const { disasm } = await import("./commands/disasm.ts");
      await disasm(hex, options);
    });
}

const disasmHelp = `
Examples:
  jitsmith disasm '48 89 f8 c3' --anatomy
  jitsmith disasm --file code.bin --raw --address 0x401000`;

function addLesson(root: Command): void {
  root
    .command("lesson")
    .summary("the systems that this project comes from, step by step")
    .description("Shows small JIT compilers step by step; without a name it lists them.")
    .argument("[name]", "which lesson")
    .argument("[arguments...]", "what the lesson takes, such as the number of baby-jit")
    .option("--plain", "print only what the article's program prints")
    .action(async (name, words, options) => {
      const { lesson } = await import("./commands/lesson.ts");
      process.exitCode = await lesson(name, words, options);
    });
}

function addBench(root: Command): void {
  root
    .command("bench")
    .summary("benchmarks side by side with their peers, as ratios of one run")
    .description("Runs the benchmarks. They are part of a clone of the project, not of the package.")
    .argument("[sections...]", "which; all without any")
    .option("--json", "print JSON instead of the table")
    .action(async (sections, options) => {
      const { bench } = await import("./commands/bench.ts");
      process.exitCode = await bench(sections, options);
    });
}

function addDoctor(root: Command): void {
  root
    .command("doctor")
    .summary("what this machine can do, and a self-test")
    .description("Tells the CPU's features, the memory mode, the call path and the versions, and tests itself.")
    .option("--json", "print all of it as JSON")
    .action(async (options) => {
      const { doctor } = await import("./commands/doctor.ts");
      process.exitCode = await doctor(options);
    });
}
