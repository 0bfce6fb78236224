/* The kernels with functions on SLEEF, AVX-512, eight lanes; U is u10 or u35. Rows in eights. */
#include <immintrin.h>
#include <sleef.h>

#define JOIN_(f, u) Sleef_##f##d8_##u
#define JOIN(f, u) JOIN_(f, u)
#define F(f) JOIN(f, U)
#define F10(f) JOIN(f, u10)
typedef const double *restrict in;
typedef double *restrict res;
typedef __m512d v;
#define LOOP for (long i = 0; i < n; i += 8)
#define L(p) _mm512_loadu_pd(p + i)
#define S(value) _mm512_storeu_pd(out + i, value)
#define C(c) _mm512_set1_pd(c)
#define MUL _mm512_mul_pd
#define ADD _mm512_add_pd
#define SUB _mm512_sub_pd
#define DIV _mm512_div_pd

static inline v negate(v x) { return _mm512_xor_pd(x, C(-0.0)); }

/* SLEEF has no u35 form of these. */
#define EXP F10(exp)
#define POW F10(pow)

void k4(in x, res out, long n) {
  LOOP { v t = L(x); S(MUL(EXP(DIV(MUL(negate(t), t), C(2))), C(0.3989422804014327))); }
}
void k5(in x, in y, in z, res out, long n) { LOOP S(ADD(MUL(F(sin)(L(x)), F(cos)(L(y))), F(log)(L(z)))); }

static inline v normal(v x) {
  v l = _mm512_abs_pd(x), k = DIV(C(1), ADD(C(1), MUL(C(0.2316419), l)));
  v p = MUL(k, ADD(C(0.31938153), MUL(k, ADD(C(-0.356563782), MUL(k, ADD(C(1.781477937), MUL(k, ADD(C(-1.821255978), MUL(k, C(1.330274429))))))))));
  v w = SUB(C(1), MUL(MUL(C(0.3989422804014327), EXP(DIV(MUL(negate(l), l), C(2)))), p));
  return _mm512_mask_sub_pd(w, _mm512_cmp_pd_mask(x, C(0), _CMP_LT_OQ), C(1), w);
}
void k6(in pS, in pK, in pT, in pr, in pv, res out, long n) {
  LOOP {
    v T = L(pT), vol = L(pv), spot = L(pS), strike = L(pK), r = L(pr), s = MUL(vol, _mm512_sqrt_pd(T));
    v d1 = DIV(ADD(F(log)(DIV(spot, strike)), MUL(ADD(r, DIV(MUL(vol, vol), C(2))), T)), s);
    S(SUB(MUL(spot, normal(d1)), MUL(MUL(strike, EXP(MUL(negate(r), T))), normal(SUB(d1, s)))));
  }
}
void k13(in x, in y, res out, long n) { LOOP S(POW(L(x), L(y))); }
void k14(in x, res out, long n) { LOOP S(F(tanh)(L(x))); }
void k15(const float *restrict x, float *restrict out, long n) {
  for (long i = 0; i < n; i += 16) {
    __m512 t = _mm512_loadu_ps(x + i);
    __m512 e = Sleef_expf16_u10(_mm512_div_ps(_mm512_mul_ps(_mm512_xor_ps(t, _mm512_set1_ps(-0.0f)), t), _mm512_set1_ps(2)));
    _mm512_storeu_ps(out + i, _mm512_mul_ps(e, _mm512_set1_ps(0.3989422804014327f)));
  }
}
#define ONE(f) void f_##f(in x, res out, long n) { LOOP S(F(f)(L(x))); }
#define ONE10(f) void f_##f(in x, res out, long n) { LOOP S(F10(f)(L(x))); }
#define TWO(f) void f_##f(in x, in y, res out, long n) { LOOP S(F(f)(L(x), L(y))); }
ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) TWO(atan2) ONE(log) ONE(cbrt) ONE(sinh) ONE(cosh) ONE(tanh)
ONE10(exp) ONE10(expm1) ONE10(exp10) ONE10(log10) ONE10(log1p) ONE10(asinh) ONE10(acosh) ONE10(atanh)
void f_pow(in x, in y, res out, long n) { LOOP S(POW(L(x), L(y))); }
#ifdef U35
void f_exp2(in x, res out, long n) { LOOP S(Sleef_exp2d8_u35(L(x))); }
void f_log2(in x, res out, long n) { LOOP S(Sleef_log2d8_u35(L(x))); }
void f_hypot(in x, in y, res out, long n) { LOOP S(Sleef_hypotd8_u35(L(x), L(y))); }
#else
void f_exp2(in x, res out, long n) { LOOP S(Sleef_exp2d8_u10(L(x))); }
void f_log2(in x, res out, long n) { LOOP S(Sleef_log2d8_u10(L(x))); }
void f_hypot(in x, in y, res out, long n) { LOOP S(Sleef_hypotd8_u05(L(x), L(y))); }
void f_erf(in x, res out, long n) { LOOP S(Sleef_erfd8_u10(L(x))); }
void f_erfc(in x, res out, long n) { LOOP S(Sleef_erfcd8_u15(L(x))); }
#endif

/* The same of f32, sixteen lanes. */
typedef const float *restrict in32;
typedef float *restrict res32;
#define L32(p) _mm512_loadu_ps(p + i)
#define ONE32(g, u) void f_##g##f(in32 x, res32 out, long n) { \
  for (long i = 0; i < n; i += 16) _mm512_storeu_ps(out + i, Sleef_##g##f16_##u(L32(x))); }
#define TWO32(g, u) void f_##g##f(in32 x, in32 y, res32 out, long n) { \
  for (long i = 0; i < n; i += 16) _mm512_storeu_ps(out + i, Sleef_##g##f16_##u(L32(x), L32(y))); }
ONE32(exp, u10) ONE32(expm1, u10) ONE32(log10, u10) ONE32(log1p, u10) ONE32(asinh, u10) ONE32(acosh, u10)
ONE32(atanh, u10) TWO32(pow, u10)
#ifdef U35
#define V32 u35
TWO32(hypot, u35)
#else
#define V32 u10
TWO32(hypot, u05) ONE32(erf, u10) ONE32(erfc, u15)
#endif
#define AT(f) ONE32_(f, V32)
#define ONE32_(f, u) ONE32(f, u)
#define TWO32_(f, u) TWO32(f, u)
AT(sin) AT(cos) AT(tan) AT(asin) AT(acos) AT(atan) AT(log) AT(log2) AT(cbrt) AT(sinh) AT(cosh) AT(tanh) AT(exp2) AT(exp10)
TWO32_(atan2, V32)
