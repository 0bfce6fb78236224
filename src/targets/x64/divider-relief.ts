/**
 * Which square roots and quotients of vectors are computed by multiplications, beside the divider (software-square-roots.ts,
 * software-quotients.ts). The divider is one, and busy with 64 bytes for many cycles, while the two ports of 512 bits stand idle: of each
 * block's, as many are computed as make both end together.
 */
import type { Block, Value } from "../../ir/function.ts";
import type { Opcode } from "../../ir/opcodes.ts";
import { isVector, type Type } from "../../ir/types.ts";
import { rootInstructions, vectorSupport } from "./vector-support.ts";

/** How one operation on 64 bytes can be done. */
interface Ways {
  /** Cycles that the divider is busy with it (Skylake-X). */
  readonly cycles: number;
  /** Instructions of the two ports that it takes otherwise; undefined where there is no other way. */
  readonly instructions?: number;
}

const waysOf: Partial<Record<Opcode, Partial<Record<Type, Ways>>>> = {
  fsqrt: {
    f64x8: { cycles: 24, instructions: rootInstructions },
    f32x16: { cycles: 12, instructions: rootInstructions - 3 },
  },
  fdiv: { f64x8: { cycles: 16, instructions: 23 }, f32x16: { cycles: 10 } },
};

/** Of a quotient by a constant, whose reciprocal is known. */
const byConstantInstructions = 10;

/** What ports take longer than their instructions, since these wait for each other at times. */
const portSlack = 1.25;

const none: ReadonlySet<Value> = new Set();

/** The operations that are computed. One alone goes to the divider, whose latency is the shorter one. */
export function chooseComputed(blocks: readonly Block[], features: ReadonlySet<string>): ReadonlySet<Value> {
  if (vectorSupport(features)?.rootInstructions === undefined) return none;
  let chosen: Set<Value> | undefined;
  for (const { instructions } of blocks) {
    // From last to first, by what the divider is relieved of with an instruction; a quotient of a computed root would take too long.
    const roots = those("fsqrt", instructions);
    const quotients = those("fdiv", instructions);
    const byConstants = quotients.filter((value) => constantDivisorOf(value) !== undefined);
    const byOthers = quotients.filter((value) => constantDivisorOf(value) === undefined);
    const candidates = [...(roots.length > 0 ? roots : byOthers), ...byConstants];
    if (candidates.length === 0) continue;
    let dividing = 0;
    let others = 0;
    for (const value of instructions) {
      const ways = waysOf[value.opcode]?.[value.type];
      if (ways !== undefined) dividing += ways.cycles;
      else if (takesPort(value)) others++;
    }
    let busy = others / 2;
    // The last are computed, so that the divider begins with its own.
    for (let value = candidates.pop(); value !== undefined; value = candidates.pop()) {
      const { cycles = 0, instructions: usually = 0 } = waysOf[value.opcode]?.[value.type] ?? {};
      const count = constantDivisorOf(value) === undefined ? usually : byConstantInstructions;
      if (portSlack * (busy + count / 2) >= dividing) break;
      chosen ??= new Set();
      chosen.add(value);
      busy += count / 2;
      dividing -= cycles;
    }
  }
  return chosen ?? none;
}

/** The operations that can be computed, where there are several. */
function those(opcode: Opcode, instructions: readonly Value[]): Value[] {
  const found = instructions.filter(
    (value) => value.opcode === opcode && waysOf[opcode]?.[value.type]?.instructions !== undefined,
  );
  return found.length > 1 ? found : [];
}

/** Whether an instruction computes on vectors, or on masks. */
function takesPort({ opcode, type, operands, shape }: Value): boolean {
  if (opcode === "splat" || opcode === "bitcast" || shape.effect !== undefined) return false;
  const first: Type = operands[0]?.type ?? type;
  return isVector(type) || isVector(first);
}

/** The constant that all lanes of a quotient are divided by, if it has a reciprocal. */
export function constantDivisorOf({ opcode, operands }: Value): number | undefined {
  const divisor = operands[1];
  const scalar = divisor?.opcode === "splat" ? divisor.operands[0] : undefined;
  if (opcode !== "fdiv" || scalar?.opcode !== "const") return undefined;
  const constant = Number(scalar.immediate);
  return Number.isFinite(constant) && constant !== 0 ? constant : undefined;
}
