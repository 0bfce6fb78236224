/**
 * Direct calls of compiled code: which signatures have them, and what a call of one consists of. A function costs
 * nothing here but its binding: gates are for each number of parameters, adapters for each signature.
 */
import { parseSignature, type SignatureText } from "../../src/base/signature.ts";
import type { InstalledCode, ScalarBinding } from "../../src/engine/host.ts";
import { threadArena } from "../memory/thread-arena.ts";
import { buildAdapter, isAdaptable, needsAdapter } from "./adapter-code.ts";
import { type Gate, gateOf, mostGateParameters, whyNoDirectCalls } from "./gates.ts";

const path = "direct: optimised JavaScript calls the code through a gate";

/** How code of one signature is called. */
interface Way {
  readonly gate: Gate;
  /** Kept for its code, and since an arena without references is unmapped. */
  readonly adapter: InstalledCode | undefined;
}

const ways = new Map<SignatureText, Way | null>();

/** The direct call of compiled code at `address`; none where this process or this signature has none. */
export function bindDirect(address: number, signature: SignatureText): ScalarBinding | undefined {
  let way = ways.get(signature);
  if (way === undefined) {
    way = findWay(signature) ?? null;
    ways.set(signature, way);
  }
  return way === null ? undefined : { call: way.gate, address, entry: way.adapter?.address ?? address, path };
}

function findWay(text: SignatureText): Way | undefined {
  const signature = parseSignature(text);
  if (!isAdaptable(signature) || signature.parameters.length > mostGateParameters) return undefined;
  const gate = gateOf(signature.parameters.length);
  if (gate === undefined) return undefined;
  return { gate, adapter: needsAdapter(signature) ? threadArena().install(buildAdapter(signature)) : undefined };
}

/** What `doctor` says of calls on this process. */
export function describeCalls(): string {
  const reason = whyNoDirectCalls();
  return reason === undefined
    ? `direct from optimised JavaScript for numbers (V8 ${process.versions.v8}); koffi for arrays and bigints`
    : foreign(reason);
}

/** What `f.code.call` says where there is no direct call. */
export function describeForeign(signature: SignatureText): string {
  return foreign(
    whyNoDirectCalls() ??
      `direct calls take up to ${mostGateParameters} numbers and give one, which ${signature} does not`,
  );
}

const foreign = (reason: string): string => `koffi, through one thunk for each signature (${reason})`;
