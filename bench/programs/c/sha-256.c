#include <stdint.h>

static uint32_t rotate(uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

double sha_256(uint32_t *state, int nstate, const uint32_t *block, int nblock, const uint32_t *k, int nk, uint32_t *w, int nw,
               int times) {
  for (int time = 0; time < times; time++) {
    for (int i = 0; i < 16; i++) w[i] = block[i];
    for (int i = 16; i < 64; i++) {
      uint32_t early = w[i - 15];
      uint32_t late = w[i - 2];
      uint32_t s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3);
      uint32_t s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];
    uint32_t e = state[4];
    uint32_t f = state[5];
    uint32_t g = state[6];
    uint32_t h = state[7];
    for (int i = 0; i < 64; i++) {
      uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      uint32_t choice = (e & f) ^ (~e & g);
      uint32_t t1 = h + s1 + choice + k[i] + w[i];
      uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
      uint32_t t2 = s0 + majority;
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
  return state[0];
}
