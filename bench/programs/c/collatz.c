#include <stdint.h>

double collatz(int limit) {
  int longest = 0;
  int best = 0;
  for (int start = 1; start < limit; start++) {
    // Chains go past 2^31, so n is as wide as JavaScript's whole numbers.
    int64_t n = start;
    int length = 1;
    while (n != 1) {
      n = n % 2 == 0 ? n / 2 : 3 * n + 1;
      length++;
    }
    if (length > longest) {
      longest = length;
      best = start;
    }
  }
  return best * 1000.0 + longest;
}
