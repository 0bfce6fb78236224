/** Calls of compiled functions from JavaScript, cold and optimised, in processes of their own. */
import { describe, expect, it } from "vitest";
import { built, runChild } from "./memory-child.ts";

const index = built("bundle/index.js");

/** Everything that the scripts below use. `hot` calls a function until V8 has optimised the caller. */
const prelude = (entry: string): string => `
  import { compile } from ${entry};
  const rounds = 30000;
  const hot = (call) => { let last; for (let i = 0; i < rounds; i++) last = call(i); return last; };
  const outcome = (call) => { try { const value = call(); return Object.is(value, -0) ? "-0" : String(value); } catch (error) { return error?.name ?? String(error); } };
  const print = (value) => console.log(JSON.stringify(value));
`;

function outputOf(script: string, options: Parameters<typeof runChild>[1] = {}, entry = index): unknown {
  const { status, signal, stdout, ...said } = runChild(prelude(entry) + script, options);
  const stderr = said.stderr.replace(/^Warning: disabling flag .*\n/, ""); // V8's word on --jitless
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  return JSON.parse(stdout);
}

/** Each test runs the direct way and koffi's: they must agree. */
const ways = [
  ["direct", { JITSMITH_CALLS: "direct" }],
  ["ffi", { JITSMITH_CALLS: "ffi" }],
] as const;

describe.each(ways)("calls, %s", (way, environment) => {
  it("go the way that was asked for, and say so", () => {
    const said = outputOf(`print([compile("x + 1").code.call, compile("a / b", { types: { a: "i32" } }).code.call]);`, {
      environment,
    });
    const expected =
      way === "direct" ? /^direct: / : /^koffi, through one thunk for each signature \(JITSMITH_CALLS=ffi\)$/;
    expect(said).toEqual([expect.stringMatching(expected), expect.stringMatching(expected)]);
  });

  it("convert arguments as JavaScript does, cold and optimised", () => {
    const [cold, warm] = outputOf(
      `
      const f = compile("(x + 5) * 3");
      const i = compile("a * 2", { types: { a: "i32" } });
      const order = [];
      const logged = (name, value) => ({ valueOf() { order.push(name); return value; } });
      const three = compile("x - y * z");
      const cases = () => [
        () => f("7"), () => f(), () => f(null), () => f(true), () => f([]), () => f([4]), () => f({}), () => f("x"),
        () => f({ valueOf: () => 2.5 }), () => f({ [Symbol.toPrimitive]: () => "1e3" }), () => f(1n), () => f(Symbol("s")),
        () => f({ valueOf() { throw new RangeError("mine"); } }), () => f(-5), () => f(NaN), () => f(Infinity), () => f(4, 5, 6),
        () => i("7"), () => i(), () => i(2 ** 32 + 3), () => i(-2.9), () => i(NaN), () => i({ valueOf: () => 1e10 }), () => i(2n),
        () => three(logged("x", 1), logged("y", 2), logged("z", 3)), () => order.splice(0).join(),
        () => three(logged("x", 1), { valueOf() { throw new SyntaxError("y"); } }, logged("z", 3)), () => order.splice(0).join(),
      ].map(outcome);
      const cold = cases();
      hot((k) => f(k)); hot((k) => i(k)); hot((k) => three(k, k, k));
      print([cold, cases()]);
    `,
      { environment },
    ) as [string[], string[]];
    expect(cold).toEqual([
      ...["36", "NaN", "15", "18", "15", "27", "NaN", "NaN", "22.5", "3015", "TypeError", "TypeError"],
      ...["RangeError", "0", "NaN", "Infinity", "27"],
      ...["14", "0", "6", "-4", "0", String((1e10 * 2) | 0), "TypeError"],
      ...["-5", "x,y,z", "SyntaxError", "x"],
    ]);
    expect(warm).toEqual(cold);
  });

  it("take any number of parameters", () => {
    const sums = outputOf(
      `
      const results = [];
      for (let count = 0; count <= 20; count++) {
        const names = Array.from({ length: count }, (_, i) => "p" + i);
        const f = compile(["0", ...names.map((name, i) => name + " * " + 2 ** i)].join(" + "), { parameters: names });
        const values = names.map((_, i) => i + 1);
        const expected = values.reduce((sum, value, i) => sum + value * 2 ** i, 0);
        const zeros = f(...names.map((_, i) => (i % 2 ? null : ""))); // ToNumber of both is 0
        results.push(f.length === count && zeros === 0 && f(...values) === expected && hot(() => f(...values)) === expected);
        if (count > 0 && !Number.isNaN(f(...values.slice(1)))) results.push("a missing argument is not NaN");
      }
      print(results);
    `,
      { environment },
    );
    expect(sums).toEqual(new Array(21).fill(true));
  });

  it("give numbers, integers and booleans, and throw traps, cold and optimised", () => {
    const [cold, warm, after] = outputOf(
      `
      const negate = compile("-x"), less = compile("x < 3"), mixed = compile("x > 3 && y");
      const divide = compile("a / b", { types: { a: "i32", b: "i32" } });
      const cases = () => [() => negate(0), () => less(2), () => less(NaN), () => mixed(4, 7), () => mixed(1, 7), () => divide(7, 2),
        () => divide(7, 0), () => divide(-2147483648, -1), () => divide(-7, 2), () => mixed(1, 7), () => negate(1)].map(outcome);
      const cold = cases();
      hot((i) => negate(i)); hot((i) => less(i)); hot((i) => mixed(i, i)); hot((i) => divide(i, 3));
      const caught = hot((i) => { try { return divide(i, i % 2); } catch (error) { return error.trap ?? error.message; } });
      print([cold, cases(), [caught === rounds - 1, divide(9, 3)]]);
    `,
      { environment },
    ) as string[][];
    expect(cold).toEqual(["-0", "true", "false", "7", "false", "3", "TrapError", "TrapError", "-3", "false", "-1"]);
    expect(warm).toEqual(cold);
    expect(after).toEqual([true, 3]);
  });

  it("never reach code that was disposed: by an argument's valueOf, or under a compiled caller", () => {
    const [results, other] = outputOf(
      `
      const results = [];
      for (const warm of [false, true]) {
        const f = compile("x + 1"), two = compile("x + y");
        const call = (x) => f(x);
        const callTwo = (x, y) => two(x, y);
        if (warm) { hot(call); hot((i) => callTwo(i, i)); }
        let later = 0;
        results.push(outcome(() => callTwo({ valueOf() { two.dispose(); return 1; } }, { valueOf() { return ++later; } })), later);
        results.push(outcome(() => call({ valueOf() { f.dispose(); return 1; } })));
        // The code's place is taken by other functions now.
        const others = Array.from({ length: 50 }, (_, i) => compile("x * " + (1000 + i)));
        results.push(outcome(() => call(1)), outcome(() => callTwo(1, 2)), outcome(() => others[7](2)));
        for (const g of others) g.dispose();
      }
      // One of two functions over one compilation goes; the code stays for the other.
      const first = compile("x * 7"), second = compile("x * 7");
      hot((i) => first(i) + second(i));
      first.dispose();
      print([results, [outcome(() => first(1)), second(3)]]);
    `,
      { environment },
    ) as [unknown[], unknown[]];
    const round = ["DisposedError", 1, "DisposedError", "DisposedError", "DisposedError", "2014"];
    expect(results).toEqual([...round, ...round]);
    expect(other).toEqual(["DisposedError", 21]);
  });
});

describe("direct calls", () => {
  it("come from TurboFan's code, not from the slow callback", () => {
    // The code returns its own return address, which is the gate's slow callback's or, in time, that of V8's code.
    const [first, last] = outputOf(
      `
      import { bindDirect } from ${built("node/calls/direct-calls.js")};
      import { threadArena } from ${built("node/memory.js")};
      const code = threadArena().install(Uint8Array.of(0x48, 0x8b, 0x04, 0x24, 0xf2, 0x48, 0x0f, 0x2a, 0xc0, 0xc3)); // mov rax, [rsp]; cvtsi2sd xmm0, rax; ret
      const { call, address, entry } = bindDirect(code.address, "f64()");
      const isOurs = (from) => Math.abs(from - code.address) < 65536;
      const caller = () => call(address, entry);
      const first = isOurs(caller());
      for (let i = 0; i < 200 && isOurs(hot(caller)); i++) await new Promise((done) => setTimeout(done, 1));
      print([first, isOurs(hot(caller))]);
    `,
      {},
      built("node/index.js"),
    ) as boolean[];
    expect([first, last]).toEqual([true, false]);
  });

  it("leave no trace on the global object, and no way to a gate", () => {
    const [before, after, seen] = outputOf(`
      const keys = () => Reflect.ownKeys(globalThis).map(String);
      const before = keys();
      const f = compile("x + y"), g = compile("a / b", { types: { a: "i32", b: "i32" } });
      const seen = new Set();
      Error.prepareStackTrace = (_, sites) => { for (const site of sites) { seen.add(site.getFunctionName()); seen.add(typeof site.getFunction()); } return ""; };
      hot((i) => f(i, { valueOf() { if (i % 1000 === 0) new Error("x").stack; return 1; } }) + g(i, 3));
      try { g(1, 0); } catch (error) { error.stack; }
      print([before, keys(), [...seen].includes("function"), Reflect.ownKeys(f)]);
    `) as [string[], string[], boolean];
    expect(after).toEqual(before);
    expect(seen).toBe(false);
  });

  it("give way to koffi where the global object takes no property", () => {
    const said = outputOf(`
      Object.preventExtensions(globalThis);
      const f = compile("x + 1");
      print([f(2), f.code.call]);
    `);
    expect(said).toEqual([3, expect.stringMatching(/^koffi.*global object/)]);
    const refused = outputOf(`Object.preventExtensions(globalThis); print(outcome(() => compile("x + 1")));`, {
      environment: { JITSMITH_CALLS: "direct" },
    });
    expect(refused).toBe("UnsupportedError");
  });

  it("refuse a wrong JITSMITH_CALLS", () => {
    const said = outputOf(
      `print(outcome(() => { try { compile("x + 1"); } catch (error) { return error.message; } }));`,
      {
        environment: { JITSMITH_CALLS: "quick" },
      },
    );
    expect(said).toBe("JITSMITH_CALLS=quick: expected ffi or direct");
  });

  it("work where the module was loaded in a context of its own, as test runners do", () => {
    const said = outputOf(
      `
      import { readFileSync } from "node:fs";
      import vm from "node:vm";
      const context = vm.createContext({ process, console, URL, TextEncoder, performance, Buffer });
      const modules = new Map();
      const load = async (specifier, parent) => {
        const url = specifier.startsWith(".") ? new URL(specifier, parent).href : specifier;
        if (!modules.has(url)) modules.set(url, url.startsWith("file:") ? fromFile(url) : await fromNode(url, parent));
        return modules.get(url);
      };
      const fromFile = (url) => new vm.SourceTextModule(readFileSync(new URL(url), "utf8"), {
        identifier: url, context, initializeImportMeta(meta) { meta.url = url; },
      });
      const fromNode = async (name, parent) => {
        const namespace = name.startsWith("node:") ? await import(name) : await import(import.meta.resolve?.(name, parent) ?? name);
        const names = Object.keys(namespace);
        return new vm.SyntheticModule(names, function () { for (const key of names) this.setExport(key, namespace[key]); }, { context });
      };
      const root = await load(${index}, "");
      await root.link((specifier, { identifier }) => load(specifier, identifier));
      await root.evaluate();
      const f = root.namespace.compile("(x + 5) * 3");
      print([f instanceof Function, f(4), hot((i) => f(i)), f.code.call, outcome(() => f({ valueOf() { throw new RangeError(""); } }))]);
    `,
      { flags: ["--experimental-vm-modules", "--no-warnings"], environment: { JITSMITH_CALLS: "direct" } },
    );
    expect(said).toEqual([false, 27, (29999 + 5) * 3, expect.stringMatching(/^direct/), "RangeError"]);
  });
});

describe("V8's own modes", () => {
  const major = Number(process.versions.node.split(".")[0]);
  const modes = [
    ["--jitless"],
    ["--no-opt"],
    ["--no-turbo-fast-api-calls"],
    ["--no-lazy-feedback-allocation"],
    ["--max-lazy"],
    ["--always-sparkplug"],
    ["--single-threaded"],
    ["--gc-interval=200"],
    ["--stress-scavenge=60"],
    ["--stress-compaction"],
    ["--deopt-every-n-times=200"],
    ...(major < 26 ? [["--always-turbofan"]] : []),
    ...(major >= 22 ? [["--maglev"], ["--no-maglev"]] : []),
  ];

  it.each(modes)("%s", (flag) => {
    const results = outputOf(
      `
      const f = compile("(x + 5) * 3"), g = compile("a / b", { types: { a: "i32", b: "i32" } }), h = compile("a+b+c+d+e+f+g+h+i+j");
      const less = compile("x < 100");
      let wrong = 0, traps = 0, waste = [];
      for (let i = 0; i < 20000; i++) {
        if (f(i) !== (i + 5) * 3) wrong++;
        if (h(i, 1, 2, 3, 4, 5, 6, 7, 8, { valueOf() { waste = [i, waste.length]; return 0.5; } }) !== i + 36.5) wrong++;
        if (less(i) !== i < 100) wrong++;
        try { if (g(i, i % 100) !== Math.trunc(i / (i % 100))) wrong++; } catch (error) { if (i % 100 === 0) traps++; }
        if (i % 5000 === 0) { const k = compile("x + " + i); if (k(1) !== i + 1) wrong++; k.dispose(); }
      }
      print([wrong, traps, f("7"), f.code.call.slice(0, 6)]);
    `,
      { flags: ["--no-warnings", flag], environment: { JITSMITH_CALLS: "direct" } },
    );
    expect(results).toEqual([0, 200, 36, "direct"]);
  });
});
