/**
 * What of V8's binary interface direct calls depend on, by version: symbols of the `node` executable, and layouts of the
 * structures that pass between V8 and machine code. A wrong layout crashes the compiler's thread, so a version is listed
 * here only when the test matrix runs on it (scripts/test-matrix.mjs); all others call through koffi.
 *
 * Sources: V8's headers v8-fast-api-calls.h and v8-function-callback.h, as shipped with each Node; V8's
 * src/objects/js-array-buffer.tq for typed arrays, which kernel-calls.ts compares with what it finds before it believes it.
 */

/** Where a callback from JavaScript finds what it needs; its one argument is a pointer to `info`. Offsets in bytes. */
export interface CallbackLayout {
  /** Offsets in `info` of the pointer to the first argument and of that to `implicit`; 0 where `info` is the frame itself. */
  readonly pointers: { readonly values: number; readonly implicit: number } | undefined;
  /** From `info`, or from where the pointer to the values points, to the first argument. */
  readonly firstValue: number;
  /** The next two from `info`, or from where the pointer to `implicit` points. */
  readonly isolate: number;
  readonly result: number;
  /** From `info`: the number of arguments, without the receiver; its lower 32 bits count. */
  readonly count: number;
}

/** Where a typed array says where its elements are: at the sum of two words. Offsets in bytes from the object's start. */
export interface TypedArrayLayout {
  /** The address of memory outside V8's heap, else what to add to `base`. */
  readonly external: number;
  /** The object in V8's heap that holds the elements of a small array, else 0. */
  readonly base: number;
}

export interface V8Layout {
  /** Bytes of a `CTypeInfo`: type, sequence type (older versions), flags. */
  readonly typeBytes: number;
  readonly callback: CallbackLayout;
  readonly typedArray: TypedArrayLayout;
}

/**
 *     info:      implicit i64, values i64, count i32         implicit: 6 words, isolate at 1, result at 3
 */
const indirectCallback: CallbackLayout = {
  pointers: { implicit: 0, values: 8 },
  firstValue: 0,
  isolate: 8,
  result: 24,
  count: 16,
};

/**
 *     info:      count, sp, type, fp, pc, isolate, result, context, target, receiver, arguments …      (words)
 */
const frameCallback: CallbackLayout = { pointers: undefined, firstValue: 80, isolate: 40, result: 48, count: 0 };

/** The last words of the object: …, byte offset, byte length, length, external, base. */
const typedArray8: TypedArrayLayout = { external: 64, base: 72 };
const typedArray9: TypedArrayLayout = { external: 72, base: 80 };

const layouts: Readonly<Record<string, V8Layout>> = {
  "11.3": { typeBytes: 3, callback: indirectCallback, typedArray: typedArray8 }, // Node 20
  "12.4": { typeBytes: 3, callback: indirectCallback, typedArray: typedArray8 }, // Node 22
  "13.6": { typeBytes: 3, callback: indirectCallback, typedArray: typedArray9 }, // Node 24
  "14.6": { typeBytes: 2, callback: frameCallback, typedArray: typedArray9 }, // Node 26
};

/** The versions of V8 that have a layout here. */
export const coveredVersions: readonly string[] = Object.keys(layouts);

/** The layout of `process.versions.v8`, such as `11.3.244.8-node.34`; none for other embedders and uncovered versions. */
export function layoutOf(version: string): V8Layout | undefined {
  const match = /^(\d+\.\d+)\.\d+\.\d+-node\.\d+$/.exec(version);
  const key = match?.[1];
  return key !== undefined && Object.hasOwn(layouts, key) ? layouts[key] : undefined;
}

/** `CTypeInfo::Type` as V8 numbers it. */
export const typeCode = { float64: 8, value: 10 } as const;

/** The functions of V8 that are called, by their mangled names (Itanium C++ ABI). */
export const symbolNames = {
  /** `static Isolate *Isolate::GetCurrent()` */
  currentIsolate: "_ZN2v87Isolate10GetCurrentEv",
  /** `Local<Context> Isolate::GetCurrentContext()` */
  currentContext: "_ZN2v87Isolate17GetCurrentContextEv",
  /** `static Local<FunctionTemplate> FunctionTemplate::New(isolate, callback, data, signature, length, behavior, sideEffect, const CFunction *, u16, u16, u16)` */
  newTemplate:
    "_ZN2v816FunctionTemplate3NewEPNS_7IsolateEPFvRKNS_20FunctionCallbackInfoINS_5ValueEEEENS_5LocalIS4_EENSA_INS_9SignatureEEEiNS_19ConstructorBehaviorENS_14SideEffectTypeEPKNS_9CFunctionEttt",
  /** `MaybeLocal<Function> FunctionTemplate::GetFunction(Local<Context>)` */
  functionOfTemplate: "_ZN2v816FunctionTemplate11GetFunctionENS_5LocalINS_7ContextEEE",
  /** `Local<Object> Context::Global()` */
  globalOfContext: "_ZN2v87Context6GlobalEv",
  /** `static MaybeLocal<String> String::NewFromUtf8(isolate, const char *, NewStringType, int length)` */
  newString: "_ZN2v86String11NewFromUtf8EPNS_7IsolateEPKcNS_13NewStringTypeEi",
  /** `Maybe<bool> Object::CreateDataProperty(Local<Context>, Local<Name>, Local<Value>)` */
  createProperty: "_ZN2v86Object18CreateDataPropertyENS_5LocalINS_7ContextEEENS1_INS_4NameEEENS1_INS_5ValueEEE",
  /** `Maybe<double> Value::NumberValue(Local<Context>) const`: has-value in al, the number in xmm0 */
  numberValue: "_ZNK2v85Value11NumberValueENS_5LocalINS_7ContextEEE",
  /** `static Local<Number> Number::New(isolate, double)` */
  newNumber: "_ZN2v86Number3NewEPNS_7IsolateEd",
} as const;

export type V8Symbols = Readonly<Record<keyof typeof symbolNames, bigint>>;
