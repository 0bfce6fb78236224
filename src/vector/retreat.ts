/**
 * When a kernel's main loop, which runs the usual ways of a row function only (usual-row.ts), goes on after a turn that was abandoned.
 *
 * The rows of that turn are left to the rest loop, which runs the whole function on one vector a turn; then main tries again.
 * Turns that are abandoned one after the other double how many turns' worth is left to the rest loop, so that where rare rows are
 * common, little is computed in vain; one turn of main that succeeds makes it one again.
 *
 * Before main stands a test of `isOver`, to be false while rows are left to the rest loop.
 */
import type { Block, Value } from "../ir/function.ts";
import type { SsaBuilder, Variable } from "../ir/ssa-builder.ts";
import type { RowPositions } from "./row-positions.ts";

/** Turns' worth of rows that are left to the rest loop at most, before main tries again. */
const mostTurns = 16;

export class Retreat {
  /** Where main goes with a turn that it abandons. */
  readonly abandon: Block;
  readonly #builder: SsaBuilder;
  readonly #positions: RowPositions;
  readonly #turn: Value;
  readonly #mostRows: Value;
  /** The bound from which on main may run. */
  readonly #until: Variable;
  /** How many rows the next turn that is abandoned leaves to the rest loop. */
  readonly #rows: Variable;

  /** In the entry, at row 0. `turn`: the rows of a turn of main. */
  constructor(builder: SsaBuilder, positions: RowPositions, turn: number) {
    this.#builder = builder;
    this.#positions = positions;
    this.abandon = builder.createLaterBlock();
    this.abandon.isUnlikely = true;
    this.#turn = builder.constant("i64", BigInt(turn));
    this.#mostRows = builder.constant("i64", BigInt(mostTurns * turn));
    this.#until = builder.createVariable("i64");
    this.#rows = builder.createVariable("i64");
    builder.write(this.#until, builder.constant("i64", 0n));
    builder.write(this.#rows, this.#turn);
  }

  /** Whether main may run at the current row: a scalar bool. */
  isOver(): Value {
    return this.#builder.emit("not", this.#positions.isBefore(this.#builder.read(this.#until)));
  }

  /** In main, when a turn is done. */
  succeed(): void {
    this.#builder.write(this.#rows, this.#turn);
  }

  /** Begins the block `abandon`, after all of main; goes on to where the rest loop is entered. */
  begin(): void {
    const builder = this.#builder;
    builder.continueIn(this.abandon);
    const rows = builder.read(this.#rows);
    builder.write(this.#until, this.#positions.bound(builder.emit("iadd", this.#positions.row(), rows)));
    const doubled = builder.emit("iadd", rows, rows);
    const isLess = builder.emit("slt", doubled, this.#mostRows);
    builder.write(this.#rows, builder.emit("select", isLess, doubled, this.#mostRows));
  }
}
