/**
 * The peers of bench:columns, built when they are asked for: C compilers with several sets of flags, SLEEF, WebAssembly SIMD,
 * numpy and numexpr. What this machine lacks is left out and said; `--peers` installs it from Debian's packages.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const koffi = createRequire(import.meta.url)("koffi");
const here = fileURLToPath(new URL(".", import.meta.url));
const built = fileURLToPath(new URL("../../.bench/columns/", import.meta.url));

const packages = ["gcc", "clang", "lld", "libsleef-dev", "python3-numpy", "python3-numexpr", "python3-gmpy2"];

/** Installs Debian's packages of the peers. */
export function installPeers() {
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  for (const words of [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", ...packages],
  ]) {
    const [command, ...rest] = [...sudo, ...words];
    const child = spawnSync(command, rest, {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    if (child.status !== 0)
      throw new Error(`${words.join(" ")} failed; the peers are Debian packages: ${packages.join(" ")}`);
  }
}

/** Debian's Python, which has Debian's packages. */
export const python = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

const fast = ["-O3", "-march=native", "-ffast-math"];
const wide = "-mprefer-vector-width=512";
const libraries = [
  { name: "gcc -O3", command: "gcc", source: "kernels.c", flags: ["-O3", "-march=native", wide], libs: ["-lm"] },
  { name: "clang -O3", command: "clang", source: "kernels.c", flags: ["-O3", "-march=native", wide], libs: ["-lm"] },
  {
    name: "gcc -ffast-math + libmvec",
    command: "gcc",
    source: "kernels.c",
    flags: [...fast, wide],
    libs: ["-lmvec", "-lm"],
    isFast: true,
  },
  {
    name: "clang -ffast-math + libmvec",
    command: "clang",
    source: "kernels.c",
    flags: [...fast, wide, "-fveclib=libmvec"],
    libs: ["-lmvec", "-lm"],
    isFast: true,
  },
  {
    name: "SLEEF u10",
    command: "gcc",
    source: "sleef-kernels.c",
    flags: ["-O3", "-march=native", "-DU=u10"],
    libs: ["-lsleef"],
  },
  {
    name: "SLEEF u35",
    command: "gcc",
    source: "sleef-kernels.c",
    flags: ["-O3", "-march=native", "-DU=u35", "-DU35"],
    libs: ["-lsleef"],
  },
];

/** Builds a library of C; or why there is none. */
export function compileC(file, command, source, flags, libs) {
  mkdirSync(built, { recursive: true });
  const output = `${built}${file}`;
  const child = spawnSync(command, [...flags, "-shared", "-fPIC", `${here}${source}`, "-o", output, ...libs], {
    encoding: "utf8",
  });
  if (child.error || child.status !== 0) return { missing: (child.stderr ?? String(child.error)).split("\n")[0] };
  return { library: koffi.load(output) };
}

/**
 * The native peers: for each a name and `find(symbol, columns, hasResult)`, which gives a function of columns and rows.
 * @returns {{ peers: { name: string, isFast: boolean, find: Function }[], missing: string[] }}
 */
export function nativePeers() {
  const peers = [];
  const missing = [];
  for (const [index, { name, command, source, flags, libs, isFast = false }] of libraries.entries()) {
    const { library, missing: why } = compileC(`peer${index}.so`, command, source, flags, libs);
    if (library === undefined) {
      missing.push(`${name}: ${why}`);
      continue;
    }
    peers.push({ name, isFast, find: (symbol, count, isReduction) => findSymbol(library, symbol, count, isReduction) });
  }
  return { peers, missing };
}

function findSymbol(library, symbol, count, isReduction) {
  const pointers = Array.from({ length: count }, () => "void *");
  try {
    return isReduction
      ? library.func(symbol, "double", [...pointers, "long"])
      : library.func(symbol, "void", [...pointers, "void *", "long"]);
  } catch {
    return undefined;
  }
}

/** What memory gives: `reading`, and `copy` and `triad`, each also `_fetching` and `_streaming`; undefined without gcc. */
export function roofline() {
  const { library } = compileC("roofline.so", "gcc", "roofline.c", ["-O3", "-march=native"], []);
  if (library === undefined) return undefined;
  return Object.fromEntries(
    [
      ["reading", 1],
      ["copy", 1],
      ["copy_fetching", 1],
      ["copy_streaming", 1],
      ["triad", 2],
      ["triad_fetching", 2],
      ["triad_streaming", 2],
    ].map(([name, count]) => [name, findSymbol(library, name, count, name === "reading")]),
  );
}

/**
 * What memory gives to several threads: nanoseconds an element, the median of `rounds`, to read so many columns at once, and to
 * write one if `out` is there; undefined without gcc.
 * @returns {((columns: readonly Float64Array[], out: Float64Array | undefined, threads: number, rounds?: number) => number) | undefined}
 */
export function threadedRoofline() {
  const flags = ["-O3", "-march=native", "-pthread"];
  const { library } = compileC("roofline-threads.so", "gcc", "roofline-threads.c", flags, []);
  if (library === undefined) return undefined;
  const most = 5;
  const pointers = Array.from({ length: most + 1 }, () => "void *");
  const stream = library.func("stream", "double", [...pointers, "long", "long", "long"]);
  return (columns, out, threads, rounds = 21) => {
    const places = Array.from({ length: most }, (_, at) => columns[at] ?? null);
    return stream(...places, out ?? null, columns[0].length, threads, rounds);
  };
}

/** kernels.c as WebAssembly with 128-bit SIMD, its functions imported from JavaScript; undefined without clang and lld. */
export async function wasmPeer() {
  mkdirSync(built, { recursive: true });
  const output = `${built}kernels.wasm`;
  const flags = [
    "--target=wasm32",
    "-msimd128",
    "-O3",
    "-nostdlib",
    "-Wl,--no-entry",
    "-Wl,--export-dynamic",
    "-Wl,--import-memory",
    "-Wl,--allow-undefined",
  ];
  const child = spawnSync("clang", [...flags, `${here}kernels.c`, "-o", output], { encoding: "utf8" });
  if (child.error || child.status !== 0) return undefined;
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 });
  const { exp, sin, cos, log, pow, tanh } = Math;
  const { instance } = await WebAssembly.instantiate(readFileSync(output), {
    env: { memory, exp, sin, cos, log, pow, tanh, expf: exp },
  });
  return { memory, exports: instance.exports };
}

/** Times of numpy and numexpr for the kernels; empty where they are missing. */
export function pythonTimes(kernels) {
  const input = JSON.stringify(kernels);
  const child = spawnSync(python, [`${here}python-peers.py`], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  return child.status === 0 ? JSON.parse(child.stdout) : [];
}

/** The largest error of each output in units in the last place, against MPFR; undefined without gmpy2. */
export function measureUlps(jobs) {
  const child = spawnSync(python, [`${here}ulps.py`], {
    input: JSON.stringify(jobs),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return child.status === 0 ? JSON.parse(child.stdout) : undefined;
}
