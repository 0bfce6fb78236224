/**
 * The benchmark's programs in C, built by `clang -O2` into one shared object in `.bench/` and called through koffi. clang is
 * used where it is on the PATH; it is never installed from here.
 *
 * A C program takes what the JavaScript one takes, in order: for an array its address and its length, for a number an int,
 * for a bigint an int64_t; it gives a double, or an int64_t where it takes one.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import koffi from "koffi";

const sources = fileURLToPath(new URL("./programs/c/", import.meta.url));
const folder = fileURLToPath(new URL("../.bench/", import.meta.url));

/** Where clang is, or undefined. */
function findClang() {
  const { status, stdout } = spawnSync("which", ["clang"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * A function that binds a program's C function, or undefined where there is no clang: then stderr says how to get it.
 * With `required` that is an error.
 */
export function cPrograms({ required }) {
  const clang = findClang();
  if (clang === undefined) {
    const advice = "clang is not on the PATH; on Debian: apt-get install clang";
    if (required) throw new Error(`bench: --clang: ${advice}`);
    process.stderr.write(`bench: the rows of clang are left out: ${advice}\n`);
    return undefined;
  }
  mkdirSync(folder, { recursive: true });
  const object = `${folder}programs.so`;
  const files = readdirSync(sources).map((file) => `${sources}${file}`);
  execFileSync(
    clang,
    ["-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-shared", "-fPIC", "-o", object, ...files, "-lm"],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const library = koffi.load(object);
  return ({ name, small }) => {
    const args = small();
    const types = args.flatMap((arg) =>
      ArrayBuffer.isView(arg) ? ["void *", "int"] : [typeof arg === "bigint" ? "int64_t" : "int"],
    );
    const isWide = types.includes("int64_t");
    const call = library.func(name.replace(/\W/g, "_"), isWide ? "int64_t" : "double", types);
    return (...given) => {
      const answer = call(...given.flatMap((arg) => (ArrayBuffer.isView(arg) ? [arg, arg.length] : [arg])));
      return isWide ? BigInt(answer) : answer; // koffi gives a number where an int64_t is small
    };
  };
}
