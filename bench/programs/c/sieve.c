#include <stdint.h>

double sieve(uint8_t *composite, int n) {
  for (int i = 0; i < n; i++) composite[i] = 0;
  int count = 0;
  for (int i = 2; i < n; i++) {
    if (composite[i] != 0) continue;
    count++;
    for (int64_t j = (int64_t)i * i; j < n; j += i) composite[j] = 1;
  }
  return count;
}
