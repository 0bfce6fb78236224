/** The README's examples: every command is run and every value computed; what they print must stand there. `BLESS=1` rewrites. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(`${root}README.md`, "utf8");
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text = ""]) => text);

/** A console block with its commands run again: `$ command`, then what it printed. */
function run(block: string): string {
  return block
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => {
      const { stdout, stderr } = spawnSync("sh", ["-c", line.slice(2)], { cwd: root, encoding: "utf8" });
      return `${line}\n${stdout}${stderr}`;
    })
    .join("");
}

test("every command of the README prints what the README says", () => {
  const consoles = blocks("console");
  expect(consoles.length).toBeGreaterThan(1);
  if (process.env.BLESS === "1") {
    writeFileSync(
      `${root}README.md`,
      consoles.reduce((text, block) => text.replace(block, () => run(block)), readme),
    );
    return;
  }
  for (const block of consoles) expect(run(block)).toBe(block);
});

test("every value of the README is what its code gives", () => {
  const programs = blocks("js");
  expect(programs.length).toBeGreaterThan(1);
  for (const program of programs) {
    const checked = program.replace(
      /^(.+); \/\/ (.+)$/gm,
      (_, expression, value) => `check(${expression}, ${JSON.stringify(value)});`,
    );
    const count = checked.split("check(").length - 1;
    expect(count).toBeGreaterThan(0);
    const script = `import { inspect } from "node:util";
      let checks = 0;
      const check = (value, expected) => {
        if (inspect(value) !== expected) throw new Error(\`\${inspect(value)} instead of \${expected}\`);
        checks++;
      };
      ${checked}
      console.log(checks);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe(inspect(count));
  }
});
