/* The kernels of bench:columns as plain C loops; compiled once for each set of flags. */
#ifdef __wasm__ /* no C library there: the functions are imported from JavaScript */
typedef int int32_t;
typedef unsigned uint32_t;
double exp(double), sin(double), cos(double), log(double), pow(double, double), tanh(double);
float expf(float);
#define sqrt __builtin_sqrt
#define fabs __builtin_fabs
#define NO_FUNCTIONS
#else
#define _GNU_SOURCE /* exp10, with its vectors */
#include <math.h>
#include <stdint.h>
#endif

#define EXPORT __attribute__((visibility("default")))
#define LOOP for (long i = 0; i < n; i++)
typedef const double *restrict in;
typedef double *restrict res;

EXPORT void k1(in x, res out, long n) { LOOP out[i] = (x[i] + 5) * 3; }
EXPORT void k2(in p, in q, in d, res out, long n) { LOOP out[i] = p[i] * q[i] * (1 - d[i]); }
EXPORT void k3(in x, in y, res out, long n) { LOOP out[i] = sqrt(x[i] * x[i] + y[i] * y[i]); }
EXPORT void k4(in x, res out, long n) { LOOP out[i] = exp(-x[i] * x[i] / 2) * 0.3989422804014327; }
EXPORT void k5(in x, in y, in z, res out, long n) { LOOP out[i] = sin(x[i]) * cos(y[i]) + log(z[i]); }

static inline double normal(double x) {
  double l = fabs(x), k = 1 / (1 + 0.2316419 * l);
  double p = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  double w = 1 - 0.3989422804014327 * exp(-l * l / 2) * p;
  return x < 0 ? 1 - w : w;
}

EXPORT void k6(in S, in K, in T, in r, in v, res out, long n) {
  LOOP {
    double s = v[i] * sqrt(T[i]);
    double d1 = (log(S[i] / K[i]) + (r[i] + v[i] * v[i] / 2) * T[i]) / s;
    out[i] = S[i] * normal(d1) - K[i] * exp(-r[i] * T[i]) * normal(d1 - s);
  }
}

EXPORT void k7(in x, res out, long n) {
  LOOP {
    double t = x[i];
    out[i] = (((((((0.3 * t + 0.7) * t - 0.2) * t + 0.9) * t - 0.4) * t + 0.6) * t - 0.8) * t + 0.1) * t + 0.5;
  }
}

EXPORT void k8(in x, res out, long n) { LOOP out[i] = x[i] > 0 ? sqrt(x[i]) : -x[i]; }

EXPORT double k9(in x, in y, long n) {
  double s = 0;
  LOOP s += x[i] * y[i];
  return s;
}

EXPORT void k10(in cx, in cy, res out, long n) {
  LOOP {
    double x = 0, y = 0;
    int count = 0;
    while (x * x + y * y <= 4 && count < 256) {
      double t = x * x - y * y + cx[i];
      y = 2 * x * y + cy[i];
      x = t;
      count++;
    }
    out[i] = count;
  }
}

EXPORT void k11(const int32_t *restrict a, const int32_t *restrict b, int32_t *restrict out, long n) {
  LOOP out[i] = (int32_t)(((uint32_t)a[i] * 31u + (uint32_t)b[i]) ^ ((uint32_t)a[i] >> 3));
}

EXPORT void k12(in a, in b, res out, long n) { LOOP out[i] = a[i] * a[i] + b[i] * b[i] + 2 * a[i] * b[i]; }
EXPORT void k13(in x, in y, res out, long n) { LOOP out[i] = pow(x[i], y[i]); }
EXPORT void k14(in x, res out, long n) { LOOP out[i] = tanh(x[i]); }
EXPORT void k15(const float *restrict x, float *restrict out, long n) {
  LOOP out[i] = expf(-x[i] * x[i] / 2) * 0.3989422804014327f;
}

#ifndef NO_FUNCTIONS
#define ONE(f) EXPORT void f_##f(in x, res out, long n) { LOOP out[i] = f(x[i]); }
#define TWO(f) EXPORT void f_##f(in x, in y, res out, long n) { LOOP out[i] = f(x[i], y[i]); }
#define ALL \
  ONE(exp) ONE(exp2) ONE(exp10) ONE(expm1) ONE(log) ONE(log2) ONE(log10) ONE(log1p) TWO(pow) ONE(cbrt) TWO(hypot) \
  ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) TWO(atan2) ONE(sinh) ONE(cosh) ONE(tanh) ONE(asinh) \
  ONE(acosh) ONE(atanh) ONE(erf) ONE(erfc)
ALL
#undef ONE
#undef TWO
typedef const float *restrict in32;
typedef float *restrict res32;
#define ONE(g) EXPORT void f_##g##f(in32 x, res32 out, long n) { LOOP out[i] = g##f(x[i]); }
#define TWO(g) EXPORT void f_##g##f(in32 x, in32 y, res32 out, long n) { LOOP out[i] = g##f(x[i], y[i]); }
ALL
#endif
