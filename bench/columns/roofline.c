/*
 * What memory gives: reading alone; copy and triad with ordinary stores, with lines asked for before they are written, and with
 * streaming stores. Pointers may stand anywhere; rows in eights.
 */
#include <immintrin.h>
#include <stdint.h>

#ifdef __AVX512F__
typedef __m512d vec;
enum { W = 8 };
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define ADD _mm512_add_pd
#define STREAM _mm512_stream_pd
#define FMA _mm512_fmadd_pd
#define ALL _mm512_set1_pd
#else
typedef __m256d vec;
enum { W = 4 };
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define ADD _mm256_add_pd
#define STREAM _mm256_stream_pd
#define FMA _mm256_fmadd_pd
#define ALL _mm256_set1_pd
#endif

/* Bytes between what is asked for and what is written. */
enum { AHEAD = 2048 };

static long before(const double *out) { return ((-(uintptr_t)out & (sizeof(vec) - 1)) / 8); }

void copy(const double *a, double *out, long n) {
  long i = 0;
  for (; i + W <= n; i += W) STORE(out + i, LOAD(a + i));
  for (; i < n; i++) out[i] = a[i];
}
void copy_streaming(const double *a, double *out, long n) {
  long i = 0;
  for (long to = before(out); i < to && i < n; i++) out[i] = a[i];
  for (; i + W <= n; i += W) STREAM(out + i, LOAD(a + i));
  for (; i < n; i++) out[i] = a[i];
  _mm_sfence();
}
void triad(const double *a, const double *b, double *out, long n) {
  long i = 0;
  vec s = ALL(3.0);
  for (; i + W <= n; i += W) STORE(out + i, FMA(LOAD(b + i), s, LOAD(a + i)));
  for (; i < n; i++) out[i] = a[i] + 3 * b[i];
}
void triad_streaming(const double *a, const double *b, double *out, long n) {
  long i = 0;
  vec s = ALL(3.0);
  for (long to = before(out); i < to && i < n; i++) out[i] = a[i] + 3 * b[i];
  for (; i + W <= n; i += W) STREAM(out + i, FMA(LOAD(b + i), s, LOAD(a + i)));
  for (; i < n; i++) out[i] = a[i] + 3 * b[i];
  _mm_sfence();
}

double reading(const double *a, long n) {
  long i = 0;
  vec s = ALL(0.0), t = s;
  for (; i + 2 * W <= n; i += 2 * W) {
    s = ADD(s, LOAD(a + i));
    t = ADD(t, LOAD(a + i + W));
  }
  double parts[W], total = 0;
  STORE(parts, ADD(s, t));
  for (int k = 0; k < W; k++) total += parts[k];
  for (; i < n; i++) total += a[i];
  return total;
}
void copy_fetching(const double *a, double *out, long n) {
  long i = 0;
  for (; i + W <= n; i += W) {
    __builtin_prefetch((const char *)(out + i) + AHEAD, 1);
    STORE(out + i, LOAD(a + i));
  }
  for (; i < n; i++) out[i] = a[i];
}
void triad_fetching(const double *a, const double *b, double *out, long n) {
  long i = 0;
  vec s = ALL(3.0);
  for (; i + W <= n; i += W) {
    __builtin_prefetch((const char *)(out + i) + AHEAD, 1);
    STORE(out + i, FMA(LOAD(b + i), s, LOAD(a + i)));
  }
  for (; i < n; i++) out[i] = a[i] + 3 * b[i];
}
