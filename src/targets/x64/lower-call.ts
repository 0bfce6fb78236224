/**
 * Lowering of calls among the functions of one blob. Arguments go to the places of the calling convention, those on the
 * stack first, so that registers of the machine are taken for as short a stretch as can be; constants are made in place.
 */
import { InternalError } from "../../base/errors.ts";
import { firstVector, MachineAddress, noRegister } from "../../codegen/machine-code.ts";
import type { Value } from "../../ir/function.ts";
import { argumentPlaces } from "./calling-convention.ts";
import { classOf, type Lowering, wide } from "./lowering.ts";
import { callOpcode, isa } from "./opcodes.ts";

export function lowerCall(lowering: Lowering, value: Value): void {
  const { callee, operands } = value;
  const number = callee === undefined ? undefined : lowering.numbers?.get(callee);
  if (callee === undefined || number === undefined) throw new InternalError(`v${value.id}: calls nothing of this blob`);
  const places = argumentPlaces(callee.parameters.map(({ type }) => type));
  let integers = 0;
  let floats = 0;
  operands.forEach((operand, index) => {
    const place = places[index + 1]; // the context comes first
    if (place?.kind !== "stack") return;
    const address = new MachineAddress("outgoing", noRegister, noRegister, 1, place.offset);
    const store = classOf(operand.type) === 1 ? lowering.fp.store[1] : isa.storeInt[1];
    lowering.emitMemory(store, noRegister, lowering.register(operand), address);
    lowering.code.outgoingBytes = Math.max(lowering.code.outgoingBytes, place.offset + 8);
  });
  operands.forEach((operand, index) => {
    const place = places[index + 1];
    if (place?.kind !== "register") return;
    if (place.register < firstVector) integers++;
    else floats++;
    if (operand.opcode === "const") lowering.materializeIn(place.register, operand);
    else lowering.move(operand.type, place.register, lowering.register(operand));
  });
  lowering.emit(
    callOpcode(integers, floats, lowering.vectorsIfAny !== undefined),
    noRegister,
    noRegister,
    noRegister,
    0,
    number,
  );
  // A loop that is turned around has uses above the call: they are lowered later, so the count tells, not the register.
  if (!value.hasResult || (lowering.registers[value.id] === noRegister && lowering.uses[value.id]! <= 0)) return; // ids are dense
  const isVector = classOf(value.type) === 1;
  lowering.emit(
    isVector ? isa.moveFloat : isa.moveInt[wide(value.type)],
    lowering.result(value),
    isVector ? firstVector : 0,
  );
}
