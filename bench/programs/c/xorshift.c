#include <stdint.h>

int64_t xorshift(int64_t seed, int steps) {
  uint64_t x = (uint64_t)seed;
  for (int i = 0; i < steps; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return (int64_t)x;
}
