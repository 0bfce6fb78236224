/*
 * What memory gives to several threads at once: columns are read and added, results written, if there are any, to lines that were asked
 * for ahead. Each thread has its part of the rows; threads start together, and the slowest counts.
 */
#include <immintrin.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#ifdef __AVX512F__
typedef __m512d vec;
enum { W = 8 };
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define ADD _mm512_add_pd
#define ALL _mm512_set1_pd
#else
typedef __m256d vec;
enum { W = 4 };
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define ADD _mm256_add_pd
#define ALL _mm256_set1_pd
#endif

/* Bytes between what is asked for and what is written. */
enum { AHEAD = 2048, MOST_COLUMNS = 5, MOST_THREADS = 64, MOST_ROUNDS = 1000 };

typedef struct {
  const double *columns[MOST_COLUMNS];
  double *out;
  long from, to, rounds;
  int threads;
  atomic_long *arrived;
  double *times;
  double total;
} part;

static inline __attribute__((always_inline)) void pass(part *p, int columns, int writes) {
  vec s = ALL(0.0);
  for (long i = p->from; i + W <= p->to; i += W) {
    vec v = LOAD(p->columns[0] + i);
    for (int k = 1; k < columns; k++) v = ADD(v, LOAD(p->columns[k] + i));
    if (writes) {
      __builtin_prefetch((const char *)(p->out + i) + AHEAD, 1);
      STORE(p->out + i, v);
    } else
      s = ADD(s, v);
  }
  double lanes[W];
  STORE(lanes, s);
  for (int k = 0; k < W; k++) p->total += lanes[k];
}

#define PASSES(writes) \
  static void pass1##writes(part *p) { pass(p, 1, writes); } \
  static void pass2##writes(part *p) { pass(p, 2, writes); } \
  static void pass3##writes(part *p) { pass(p, 3, writes); } \
  static void pass4##writes(part *p) { pass(p, 4, writes); } \
  static void pass5##writes(part *p) { pass(p, 5, writes); }
PASSES(0)
PASSES(1)
static void (*const passes[2][MOST_COLUMNS])(part *) = {{pass10, pass20, pass30, pass40, pass50},
                                                        {pass11, pass21, pass31, pass41, pass51}};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static void meet(part *p, long turn) {
  atomic_fetch_add(p->arrived, 1);
  while (atomic_load(p->arrived) < turn * p->threads) _mm_pause();
}

static void *work(void *argument) {
  part *p = argument;
  int columns = 0;
  while (columns < MOST_COLUMNS && p->columns[columns]) columns++;
  void (*run)(part *) = passes[p->out != NULL][columns - 1];
  for (long round = 0; round < p->rounds; round++) {
    meet(p, 2 * round + 1);
    double start = now();
    run(p);
    meet(p, 2 * round + 2);
    if (p->times) p->times[round] = now() - start;
  }
  return NULL;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Nanoseconds an element, the median of the rounds; columns end with the first that is NULL, and out may be. */
double stream(const double *a, const double *b, const double *c, const double *d, const double *e, double *out, long n,
              long threads, long rounds) {
  static double times[MOST_ROUNDS];
  part parts[MOST_THREADS];
  pthread_t others[MOST_THREADS];
  atomic_long arrived = 0;
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  if (rounds > MOST_ROUNDS) rounds = MOST_ROUNDS;
  for (long k = 0; k < threads; k++)
    parts[k] = (part){{a, b, c, d, e}, out, n / threads / W * k * W, k == threads - 1 ? n : n / threads / W * (k + 1) * W,
                      rounds, (int)threads, &arrived, k == 0 ? times : NULL, 0};
  for (long k = 1; k < threads; k++) pthread_create(&others[k], NULL, work, &parts[k]);
  work(&parts[0]);
  for (long k = 1; k < threads; k++) pthread_join(others[k], NULL);
  qsort(times, rounds, sizeof *times, ascending);
  return times[rounds / 2] / n;
}
