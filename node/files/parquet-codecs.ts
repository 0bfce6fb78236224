/**
 * Decompression for Parquet: gzip and Brotli are Node's own, compiled ones, the rest hyparquet-compressors'. A page says how long
 * it is when decompressed; more is not made of it.
 */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Compressors } from "hyparquet";
import { compressors as others } from "hyparquet-compressors";

export const compressors: Compressors = {
  ...others,
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
};
