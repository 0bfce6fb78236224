/** Lowering of loads and stores. A load that its one user can make itself is never seen here. */
import { noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { pinnedFuel } from "./calling-convention.ts";
import { immediate32, type Lowering, wide } from "./lowering.ts";
import { isa } from "./opcodes.ts";
import { isFuel } from "./pinned-fuel.ts";

export function lowerLoad(lowering: Lowering, value: Value): void {
  const result = lowering.result(value);
  if (lowering.pinsFuel && isFuel(value)) {
    lowering.move("i32", result, pinnedFuel);
    return;
  }
  const address = lowering.address(value.operands[0]!, Number(value.immediate)); // a load has its address
  const w = wide(value.type);
  switch (value.type) {
    case "bool":
      lowering.emitMemory(isa.movzx8, result, noRegister, address);
      return;
    case "f32":
    case "f64":
      lowering.emitMemory(lowering.fp.load[w], result, noRegister, address);
      return;
    default:
      lowering.emitMemory(isa.loadInt[w], result, noRegister, address);
      return;
  }
}

export function lowerStore(lowering: Lowering, value: Value): void {
  const [stored, to] = value.operands as [Value, Value]; // two operands
  const w = wide(stored.type);
  if (lowering.pinsFuel && isFuel(value)) {
    if (stored.opcode === "const") lowering.materializeIn(pinnedFuel, stored);
    else lowering.move("i32", pinnedFuel, lowering.register(stored));
    return;
  }
  if (stored.type === "f32" || stored.type === "f64") {
    const source = lowering.register(stored);
    const address = lowering.address(to, Number(value.immediate));
    lowering.emitMemory(lowering.fp.store[w], noRegister, source, address);
    return;
  }
  const immediate = immediate32(stored);
  if (immediate !== undefined) {
    const address = lowering.address(to, Number(value.immediate));
    const opcode = stored.type === "bool" ? isa.storeByteImm : isa.storeIntImm[w];
    lowering.emitMemory(opcode, noRegister, noRegister, address, immediate);
    return;
  }
  const source = lowering.register(stored);
  const address = lowering.address(to, Number(value.immediate));
  lowering.emitMemory(stored.type === "bool" ? isa.storeByte : isa.storeInt[w], noRegister, source, address);
}

/** Loads of 8 and 16 bits into an i32. */
export function lowerNarrowLoad(lowering: Lowering, value: Value): void {
  const address = lowering.address(value.operands[0]!, Number(value.immediate)); // a load has its address
  const isByte = value.opcode.startsWith("load8");
  const signed = isByte ? isa.movsx8[0] : isa.movsx16[0];
  const unsigned = isByte ? isa.movzx8 : isa.movzx16;
  lowering.emitMemory(value.opcode.endsWith("-s") ? signed : unsigned, lowering.result(value), noRegister, address);
}

/** Stores of the low 8 and 16 bits of an i32. */
export function lowerPrefetch(lowering: Lowering, value: Value): void {
  const address = lowering.address(value.operands[0]!, Number(value.immediate)); // its only operand
  lowering.emitMemory(isa.prefetchForWriting, noRegister, noRegister, address);
}

export function lowerNarrowStore(lowering: Lowering, value: Value): void {
  const [stored, to] = value.operands as [Value, Value]; // two operands
  const isByte = value.opcode === "store8";
  const immediate = immediate32(stored);
  const source = immediate === undefined ? lowering.register(stored) : noRegister;
  const address = lowering.address(to, Number(value.immediate));
  if (immediate === undefined) lowering.emitMemory(isByte ? isa.storeByte : isa.storeWord, noRegister, source, address);
  else if (isByte) lowering.emitMemory(isa.storeByteImm, noRegister, noRegister, address, immediate & 0xff);
  else lowering.emitMemory(isa.storeWordImm, noRegister, noRegister, address, immediate & 0xffff);
}
