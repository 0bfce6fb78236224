/** As allocation.test.ts, for functions with vectors: masks, slots of several widths, constants that give way to the pool. */
import { describe, expect, it } from "vitest";
import { findViolation, recordOperands } from "../../codegen/allocation-checker.ts";
import { type Allocation, allocateRegisters, type RegisterFile } from "../../codegen/linear-scan.ts";
import {
  firstMask,
  firstVirtual,
  isConstant,
  isSlot,
  type MachineCode,
  role,
  slotOf,
} from "../../codegen/machine-code.ts";
import { parseFunction } from "../../ir/parse.ts";
import { registerFile, restrictedRegisterFile, withAllVectors } from "./calling-convention.ts";
import { lowerFunction } from "./lower.ts";

const avx2 = ["sse4_1", "avx", "avx2", "fma", "bmi2", "popcnt"];
const targets = {
  avx512: new Set([...avx2, "avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd"]),
  avx2: new Set(avx2),
} as const;

const source = `
fn @f(v0: i64, v1: f64, v2: i32) -> f64 {
b0:
  v3 = splat.f64x4 v1
  v4 = mask-first.boolx4 v2
  v5 = const.f64 1.5
  v6 = splat.f64x4 v5
  v7 = const.f64 2.5
  v8 = splat.f64x4 v7
  v9 = load.f32x4 v0
  v10 = const.i32 0
  v11 = const.i32 1
  jump b1(v10, v3, v6, v9, v4)
b1(v12: i32, v13: f64x4, v14: f64x4, v15: f32x4, v16: boolx4):
  v17 = fma v13, v14, v6
  v18 = fadd v17, v8
  v19 = flt v18, v14
  v20 = select v19, v13, v18
  v21 = and v16, v19
  v22 = promote v15
  v23 = fmul v22, v20
  v24 = demote v23
  v25 = iadd v12, v11
  v26 = mask-any v21
  branch v26, b1(v25, v14, v20, v24, v21), b2
b2:
  v27 = extract.f64 v18, 2
  v28 = fadd v27, v1
  store v23, v0
  store v15, v0, 32
  masked-store v13, v16, v0, 64
  return v28
}`;

/** So many constants that those of the last block are not the whole function's. */
const manyConstants = `
fn @g(v0: f64, v1: i32) -> f64 {
b0:
  v2 = splat.f64x4 v0
  branch v1, b1, b2
b1:
${Array.from({ length: 280 }, (_, k) => {
  const [constant, vector, sum] = [3 * k + 3, 3 * k + 4, 3 * k + 5];
  const before = k === 0 ? 2 : sum - 3;
  return `  v${constant} = const.f64 ${k}.5\n  v${vector} = splat.f64x4 v${constant}\n  v${sum} = fadd v${before}, v${vector}`;
}).join("\n")}
  v900 = extract.f64 v842, 2
  return v900
b2:
  return v0
}`;

interface Allocated {
  readonly code: MachineCode;
  readonly recorded: Int32Array;
  readonly allocation: Allocation;
  readonly file: RegisterFile;
}

function allocate(target: keyof typeof targets, registers: number | undefined, text = source): Allocated {
  const all = target === "avx512" ? withAllVectors(registerFile) : registerFile;
  const file = registers === undefined ? all : restrictedRegisterFile(registers);
  const code = lowerFunction(parseFunction(text), targets[target], 15, 15, []);
  const recorded = recordOperands(code);
  return { code, recorded, allocation: allocateRegisters(code, file), file };
}

const violation = ({ code, recorded, allocation, file }: Allocated, moves = allocation.moves): string | undefined =>
  findViolation(code, recorded, { ...allocation, moves }, file);

/** A register of the same kind that nobody here ever writes. */
function another(register: number): number {
  return register >= firstMask ? firstVirtual - 1 : register < 16 ? 15 : 30;
}

const operandNames = ["r0", "r1", "r2", "r3"] as const;

describe.each(["avx512", "avx2"] as const)("allocation of vectors for %s", (target) => {
  it.each([3, 5, undefined])("is accepted, with %s registers", (registers) => {
    expect(violation(allocate(target, registers))).toBeUndefined();
  });

  it("is accepted where a later block reads its own constants from the pool", () => {
    const allocated = allocate(target, 3, manyConstants);
    expect(allocated.allocation.omitted.size).toBeGreaterThan(0);
    expect(violation(allocated)).toBeUndefined();
  });

  it.each([3, undefined])("is refused where an operand reads another register, with %s registers", (registers) => {
    const allocated = allocate(target, registers);
    let seen = 0;
    for (const instruction of allocated.code.instructions) {
      operandNames.forEach((name, index) => {
        const right = instruction[name];
        if (right < 0 || ((instruction.opcode.roles[index] ?? 0) & role.read) === 0) return;
        instruction[name] = another(right);
        expect(violation(allocated), `${instruction.opcode.name} ${name}`).toBeDefined();
        instruction[name] = right;
        seen++;
      });
    }
    expect(seen).toBeGreaterThan(20);
    expect(violation(allocated)).toBeUndefined();
  });

  it("is refused where a move is left out, or goes elsewhere", () => {
    const allocated = allocate(target, 3);
    const { moves } = allocated.allocation;
    expect(moves.length / 4).toBeGreaterThan(5);
    for (let k = 0; k < moves.length; k += 4) {
      const [at = 0, kind = 0, from = 0, to = 0] = moves.slice(k, k + 4);
      const text = `move before ${at}: ${from} to ${to}`;
      expect(violation(allocated, moves.toSpliced(k, 4)), `without ${text}`).toBeDefined();
      const elsewhere = moves.toSpliced(k, 4, at, kind, from, another(Math.max(to, 0)));
      expect(violation(allocated, elsewhere), `elsewhere ${text}`).toBeDefined();
    }
  });

  it("gives vectors slots that hold them, and constants none of the frame", () => {
    const { code, allocation } = allocate(target, 3);
    const bytes = [8, 8, 8, 16, 32, 64];
    let constants = 0;
    const widths = new Set<number>();
    allocation.slots.forEach((slot, virtual) => {
      if (code.constants?.has(virtual + firstVirtual) === true) {
        if (slot >= 0) constants++;
        return;
      }
      if (slot < 0) return;
      const width = bytes[code.virtualClass[virtual] ?? 0] ?? 0;
      widths.add(width);
      expect(allocation.slotBytes[slot]).toBe(width);
    });
    expect(constants).toBeGreaterThan(0);
    expect([...widths].sort((a, b) => a - b)).toEqual(expect.arrayContaining([16, 32]));
  });

  it("is refused where a constant is another one, or is written to", () => {
    const allocated = allocate(target, 3);
    const { code, allocation } = allocated;
    const use = code.instructions.flatMap((instruction) =>
      operandNames.flatMap((name) => (isConstant(instruction[name]) ? [{ instruction, name }] : [])),
    )[0];
    if (use === undefined) throw new Error("no constant is read from the pool");
    const right = use.instruction[use.name];
    const other = allocation.slots.find((slot) => isConstant(-2 - slot) && slot !== slotOf(right));
    if (other !== undefined) {
      use.instruction[use.name] = -2 - other;
      expect(violation(allocated)).toBeDefined();
    }
    use.instruction[use.name] = right;
    expect(violation(allocated)).toBeUndefined();
    const k = allocation.moves.findIndex((location, index) => index % 4 === 3 && isSlot(location));
    expect(violation(allocated, allocation.moves.with(k, right))).toMatch(/writes to a constant/);
  });

  it("is refused where something that is no constant is left out", () => {
    const allocated = allocate(target, 3);
    const omitted = new Set([...allocated.allocation.omitted, 2]);
    const { code, recorded, allocation, file } = allocated;
    expect(findViolation(code, recorded, { ...allocation, omitted }, file)).toBeDefined();
  });
});
