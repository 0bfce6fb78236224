/** The allocation checker finds what it is there for: wrong allocations are planted, one at a time, and each has to be seen. */
import { describe, expect, it } from "vitest";
import { findViolation, recordOperands } from "../../codegen/allocation-checker.ts";
import { type Allocation, allocateRegisters } from "../../codegen/linear-scan.ts";
import { isSlot, type MachineCode, type MachineInstruction, role } from "../../codegen/machine-code.ts";
import { step } from "../../codegen/parallel-move.ts";
import { parseFunction } from "../../ir/parse.ts";
import { restrictedRegisterFile } from "./calling-convention.ts";
import { lowerFunction } from "./lower.ts";

const features = new Set(["sse4_1", "avx"]);

const source = `
fn @f(v0: i32, v1: i64, v2: i64, v3: f64, v4: f64) -> i64 {
b0:
  v5 = const.i32 0
  v6 = const.i32 1
  jump b1(v0, v1, v2, v3, v4)
b1(v7: i32, v8: i64, v9: i64, v10: f64, v11: f64):
  v12 = isub v7, v6
  v13 = sgt v12, v5
  v14 = imul v8, v9
  v15 = iadd v14, v8
  v16 = fadd v10, v11
  branch v13, b1(v12, v9, v15, v11, v16), b2
b2:
  v17 = trunc-s.i64 v16
  v18 = sdiv v15, v9
  v19 = iadd v17, v18
  v20 = isub v19, v14
  return v20
}`;

interface Allocated {
  readonly code: MachineCode;
  readonly recorded: Int32Array;
  readonly allocation: Allocation;
}

function allocate(registers: number): Allocated {
  const file = restrictedRegisterFile(registers);
  const code = lowerFunction(parseFunction(source), features, registers, registers, []);
  const recorded = recordOperands(code);
  return { code, recorded, allocation: allocateRegisters(code, file) };
}

const violation = ({ code, recorded, allocation }: Allocated, moves = allocation.moves): string | undefined =>
  findViolation(code, recorded, { ...allocation, moves }, restrictedRegisterFile(3));

const operandNames = ["r0", "r1", "r2", "r3"] as const;

/** Every register operand that is read, with a way to put another in its place. */
function readOperands(code: MachineCode): { instruction: MachineInstruction; name: (typeof operandNames)[number] }[] {
  return code.instructions.flatMap((instruction) =>
    operandNames.flatMap((name, index) =>
      instruction[name] >= 0 && ((instruction.opcode.roles[index] ?? 0) & role.read) !== 0
        ? [{ instruction, name }]
        : [],
    ),
  );
}

describe("the allocation checker", () => {
  it.each([2, 3, 15])("accepts what linear scan makes with %i registers", (registers) => {
    expect(violation(allocate(registers))).toBeUndefined();
  });

  it.each([2, 3, 15])("sees every operand that reads another register, with %i registers", (registers) => {
    const allocated = allocate(registers);
    const operands = readOperands(allocated.code);
    expect(operands.length).toBeGreaterThan(20);
    for (const { instruction, name } of operands) {
      const right = instruction[name];
      // Registers that nobody here ever writes.
      instruction[name] = right < 16 ? 15 : 30;
      expect(violation(allocated), `${instruction.opcode.name} ${name}`).toBeDefined();
      instruction[name] = right;
    }
    expect(violation(allocated)).toBeUndefined();
  });

  it.each([2, 3])(
    "sees every move that is left out, turned around or made to another place, with %i registers",
    (registers) => {
      const allocated = allocate(registers);
      const { moves } = allocated.allocation;
      expect(moves.length / 4).toBeGreaterThan(5);
      let stores = 0;
      for (let k = 0; k < moves.length; k += 4) {
        const [at = 0, kind = 0, from = 0, to = 0] = moves.slice(k, k + 4);
        const text = `move before ${at}: ${from} to ${to}`;
        if (isSlot(to) && !isSlot(from)) stores++;
        expect(violation(allocated, moves.toSpliced(k, 4)), `without ${text}`).toBeDefined();
        expect(
          violation(allocated, moves.toSpliced(k, 4, at, kind, from, to < 16 ? 15 : 30)),
          `elsewhere ${text}`,
        ).toBeDefined();
        if (kind === step.move)
          expect(violation(allocated, moves.toSpliced(k, 4, at, kind, to, from)), `back ${text}`).toBeDefined();
      }
      expect(stores).toBeGreaterThan(0);
    },
  );

  // Its one gap holds the moves of the edge that enters and those of the edge that leaves.
  it.each([2, 3, 15])("accepts a block that only jumps on, entered with arguments, with %i registers", (registers) => {
    const fn = parseFunction(`
fn @f(v0: i32, v1: i32, v2: i32) -> i32 {
b0:
  v3 = const.i32 1
  v4 = const.i32 0
  jump b1(v0, v1, v2)
b1(v5: i32, v6: i32, v7: i32):
  v8 = slt v7, v3
  branch v8, b2(v5, v6), b4(v5)
b2(v9: i32, v10: i32):
  jump b3
b3:
  v11 = iadd v7, v3
  v12 = isub v9, v3
  v13 = slt v12, v4
  branch v13, b4(v11), b1(v12, v10, v11)
b4(v14: i32):
  v15 = iadd v14, v6
  return v15
}`);
    const code = lowerFunction(fn, features, registers, registers, []);
    const recorded = recordOperands(code);
    const file = restrictedRegisterFile(registers);
    expect(findViolation(code, recorded, allocateRegisters(code, file), file)).toBeUndefined();
  });

  it("sees results that share a register with what is read after them", () => {
    const allocated = allocate(15);
    const truncate = allocated.code.instructions.find(({ opcode }) => opcode.name === "truncate-signed");
    if (truncate === undefined) throw new Error("no truncate-signed");
    truncate.r0 = truncate.r2;
    expect(violation(allocated)).toMatch(/stand in one place/);
  });
});
