/**
 * The rules about imports that hold the architecture together: within src/ they go down one list of layers only, never
 * in a circle, never to node/ and never to a package that needs Node; src/ names nothing of Node or the DOM.
 * And a count of what house style wants a reason for: casts, assertions, lint waivers, skipped tests.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** From the bottom to the top: a file may import from its own layer and from those before it. */
const layers = ["base", "asm", "ir", "analysis", "opt", "math", "vector", "codegen", "targets", "lang", "engine"];
/** `src/index.ts` and the like stand above all layers. */
const top = layers.length;
/** What src/ may import beside itself: packages that run anywhere. */
const portablePackages: ReadonlySet<string> = new Set(["acorn"]);

const files = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return files(path);
        return entry.name.endsWith(".ts") ? [path.split(sep).join("/")] : [];
      })
    : [];

const isTest = (path: string): boolean => path.endsWith(".test.ts");
const text = (path: string): string => readFileSync(join(root, path), "utf8");
const sources = files("src").filter((path) => !isTest(path));
const nodeSources = files("node").filter((path) => !isTest(path));

interface Import {
  readonly specifier: string;
  /** `import type` vanishes at run time; it counts for the direction, not for circles. */
  readonly isType: boolean;
}

/** The modules that a file names in `import … from`, `export … from`, `import "…"` and `import("…")`. */
function importsOf(path: string): Import[] {
  const code = text(path)
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/^\s*\/\/.*$/gm, "");
  const pattern =
    /\b(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]+?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? "",
    isType: match[1] !== undefined,
  }));
}

/** The file of this project that a relative specifier names. */
function resolve(from: string, specifier: string): string {
  return normalize(join(dirname(from), specifier))
    .split(sep)
    .join("/");
}

function layerOf(path: string): number {
  const [, folder = "", ...rest] = path.split("/");
  return rest.length === 0 ? top : layers.indexOf(folder);
}

/** Breaches of the one direction, as sentences. */
function breaches(path: string, imports: readonly Import[]): string[] {
  return imports.flatMap(({ specifier }) => {
    if (!specifier.startsWith(".")) {
      return portablePackages.has(specifier) ? [] : [`${path} imports the package ${specifier}`];
    }
    const target = resolve(path, specifier);
    if (!target.startsWith("src/")) return [`${path} imports ${target}, which is not in src/`];
    if (layerOf(target) > layerOf(path)) return [`${path} imports ${target}, which is above it`];
    if (layerOf(target) === top && layerOf(path) === top && path !== "src/index.ts")
      return [`${path} imports ${target}; entry points do not import each other`];
    return [];
  });
}

/** A circle of run-time imports among the files, as the list of its files, or undefined. */
function circle(paths: readonly string[], importsOfPath: (path: string) => readonly Import[]): string[] | undefined {
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const { specifier, isType } of importsOfPath(path)) {
      const target = specifier.startsWith(".") ? resolve(path, specifier) : undefined;
      const found = isType || target === undefined ? undefined : visit(target, [...trail, path]);
      if (found !== undefined) return found;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of paths) {
    const found = visit(path, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe("layers of src/", () => {
  it("every file stands in a known layer", () => {
    expect(sources.length).toBeGreaterThan(5);
    expect(sources.filter((path) => layerOf(path) < 0)).toEqual([]);
  });

  it("imports go down only, and to nothing outside", () => {
    expect(sources.flatMap((path) => breaches(path, importsOf(path)))).toEqual([]);
  });

  it("every relative import names an existing file", () => {
    const missing = [...sources, ...nodeSources].flatMap((path) =>
      importsOf(path)
        .filter(({ specifier }) => specifier.startsWith(".") && !existsSync(join(root, resolve(path, specifier))))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    );
    expect(missing).toEqual([]);
  });

  it("has no circles of imports", () => {
    expect(circle(sources, importsOf)).toBeUndefined();
    expect(
      circle(nodeSources, (path) =>
        importsOf(path).filter(({ specifier }) => existsSync(join(root, resolve(path, specifier)))),
      ),
    ).toBeUndefined();
  });

  it("sees neither Node nor the DOM", () => {
    const settings = text("src/tsconfig.json") + text("tsconfig.base.json");
    expect(settings).toContain('"types": []');
    expect(settings).not.toMatch(/"dom"/i);
    const names = /(?<![.\w$"'`])(?:process|Buffer|window|document|navigator|__dirname|setTimeout|console)(?:\.|\()/;
    const uses = sources.flatMap((path) =>
      text(path)
        .split("\n")
        .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
        .filter(({ line }) => !/^\s*(\*|\/\/|\/\*)/.test(line) && names.test(line))
        .map(({ line, place }) => `${place}: ${line.trim()}`),
    );
    expect(uses).toEqual([]);
  });

  it("the playground imports src/ only", () => {
    const strangers = files("playground").flatMap((path) =>
      importsOf(path)
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => resolve(path, specifier))
        .filter((target) => !target.startsWith("src/") && !target.startsWith("playground/"))
        .map((target) => `${path} imports ${target}`),
    );
    expect(strangers).toEqual([]);
  });

  it("this test would notice", () => {
    const upward = [{ specifier: "../engine/host.ts", isType: true }];
    expect(breaches("src/base/errors.ts", upward)).toHaveLength(1);
    expect(breaches("src/asm/code.ts", [{ specifier: "../base/errors.ts", isType: false }])).toEqual([]);
    expect(breaches("src/engine/host.ts", [{ specifier: "../../node/index.ts", isType: false }])).toHaveLength(1);
    expect(breaches("src/base/errors.ts", [{ specifier: "node:fs", isType: false }])).toHaveLength(1);
    const edges: Record<string, Import[]> = {
      "src/a.ts": [{ specifier: "./b.ts", isType: false }],
      "src/b.ts": [{ specifier: "./a.ts", isType: false }],
    };
    expect(circle(["src/a.ts"], (path) => edges[path] ?? [])).toEqual(["src/a.ts", "src/b.ts", "src/a.ts"]);
  });
});

/** What style rule 12 wants a reason for, each with how it looks in a line of code. */
const escapes: Readonly<Record<string, RegExp>> = {
  cast: /(?<![\w*"'`.,{] )\bas (?!const\b|"|'|\w+ from\b|\w+[,}]|\w+ })(?=[A-Z{(\w[])/,
  "non-null assertion": /[\w)]!(?:[.;,)\]]|\[|$)/,
  /** `array[i]!`: what noUncheckedIndexedAccess asks for in plain array code, so only counted. */
  "index assertion": /\]!/,
  "lint waiver": /biome-ignore|@ts-(?:ignore|expect-error|nocheck)/,
  "skipped test": /\b(?:it|test|describe)\.(?:skip|todo|only)\b/,
};

/** A comment that is not empty. */
const hasReason = (line: string): boolean =>
  /\/\/ .{5,}|\/\*.{5,}\*\/|biome-ignore \S+: .{5,}|@ts-expect-error .{5,}/.test(line);

/** How far below a comment such as "The casts state …" its casts may stand. */
const reach = 40;

/** A reason on the line, on the one before (the formatter may have moved it), or for a run of casts above them. */
function isExplained(lines: readonly string[], index: number): boolean {
  if (hasReason(lines[index] ?? "") || hasReason(lines[index - 1] ?? "")) return true;
  return lines.slice(Math.max(0, index - reach), index).some((line) => /^\s*\/\/ .*\bcasts?\b.{5,}/i.test(line));
}

describe("escapes from the rules", () => {
  it("are counted, and each has its reason beside it", () => {
    const counts: Record<string, number> = {};
    const bare: string[] = [];
    for (const path of [...sources, ...nodeSources]) {
      const lines = text(path).split("\n");
      lines.forEach((line, index) => {
        const isComment = /^\s*(\*|\/\/(?! biome)|\/\*)/.test(line);
        if (isComment || /^\s*(?:import|export)\b.*\bfrom\b/.test(line)) return;
        const code = line.replace(/(["'`])(?:\\.|(?!\1).)*\1/g, '""').replace(/\s\/\/(?! biome).*$/, "");
        for (const [kind, pattern] of Object.entries(escapes)) {
          if (!pattern.test(code)) continue;
          counts[kind] = (counts[kind] ?? 0) + 1;
          if (kind === "index assertion" || isExplained(lines, index)) continue;
          bare.push(`${path}:${index + 1}: ${kind}: ${line.trim()}`);
        }
      });
    }
    const total = Object.entries(counts).map(([kind, count]) => `${count} × ${kind}`);
    console.log(`escapes in src/ and node/: ${total.join(", ") || "none"}`);
    expect(bare).toEqual([]);
  });
});
