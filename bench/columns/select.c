/*
 * What select and filter are measured against: loops with AVX-512's compress instructions, as one writes them by hand. The results need
 * room for all rows.
 */
#include <immintrin.h>
#include <stdint.h>

/* The elements above a limit. */
double select_above(const double *x, double limit, double *out, double rows) {
  long n = (long)rows, taken = 0, i = 0;
  __m512d most = _mm512_set1_pd(limit);
  for (; i + 32 <= n; i += 32)
    for (int part = 0; part < 32; part += 8) {
      __m512d here = _mm512_loadu_pd(x + i + part);
      __mmask8 above = _mm512_cmp_pd_mask(here, most, _CMP_GT_OQ);
      _mm512_storeu_pd(out + taken, _mm512_maskz_compress_pd(above, here));
      taken += __builtin_popcount(above);
    }
  for (; i < n; i++)
    if (x[i] > limit) out[taken++] = x[i];
  return taken;
}

/* The numbers of the rows above a limit. */
double rows_above(const double *x, double limit, uint32_t *out, double rows) {
  long n = (long)rows, taken = 0, i = 0;
  __m512d most = _mm512_set1_pd(limit);
  __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (; i + 16 <= n; i += 16) {
    __mmask16 above = _mm512_cmp_pd_mask(_mm512_loadu_pd(x + i), most, _CMP_GT_OQ) |
                      _mm512_cmp_pd_mask(_mm512_loadu_pd(x + i + 8), most, _CMP_GT_OQ) << 8;
    _mm512_storeu_si512(out + taken, _mm512_maskz_compress_epi32(above, numbers));
    taken += __builtin_popcount(above);
    numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(16));
  }
  for (; i < n; i++)
    if (x[i] > limit) out[taken++] = i;
  return taken;
}
