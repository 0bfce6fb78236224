/* What memory gives: copy and triad, with ordinary and with streaming stores. Pointers may stand anywhere; rows in eights. */
#include <immintrin.h>
#include <stdint.h>

#ifdef __AVX512F__
typedef __m512d vec;
enum { W = 8 };
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define STREAM _mm512_stream_pd
#define FMA _mm512_fmadd_pd
#define ALL _mm512_set1_pd
#else
typedef __m256d vec;
enum { W = 4 };
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define STREAM _mm256_stream_pd
#define FMA _mm256_fmadd_pd
#define ALL _mm256_set1_pd
#endif

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
