#include <stdint.h>

double fannkuch(int32_t *permutation, int n, int32_t *flipped, int nf, int32_t *count, int nc) {
  for (int i = 0; i < n; i++) permutation[i] = i;
  int most = 0;
  int checksum = 0;
  int turn = 0;
  int r = n;
  for (;;) {
    while (r != 1) {
      count[r - 1] = r;
      r--;
    }
    for (int i = 0; i < n; i++) flipped[i] = permutation[i];
    int flips = 0;
    for (int first = flipped[0]; first != 0; first = flipped[0]) {
      for (int low = 0, high = first; low < high; low++, high--) {
        int32_t kept = flipped[low];
        flipped[low] = flipped[high];
        flipped[high] = kept;
      }
      flips++;
    }
    if (flips > most) most = flips;
    checksum += turn % 2 == 0 ? flips : -flips;
    for (;;) {
      if (r == n) return checksum * 1000.0 + most;
      int32_t first = permutation[0];
      for (int i = 0; i < r; i++) permutation[i] = permutation[i + 1];
      permutation[r] = first;
      count[r] -= 1;
      if (count[r] > 0) break;
      r++;
    }
    turn++;
  }
}
