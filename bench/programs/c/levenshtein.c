#include <stdint.h>

double levenshtein(const uint16_t *a, int height, const uint16_t *b, int width, int32_t *row, int nrow) {
  for (int j = 0; j <= width; j++) row[j] = j;
  for (int i = 0; i < height; i++) {
    int diagonal = row[0];
    row[0] = i + 1;
    for (int j = 0; j < width; j++) {
      int above = row[j + 1];
      int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      int inserted = row[j] + 1;
      int removed = above + 1;
      int least = replaced;
      if (inserted < least) least = inserted;
      if (removed < least) least = removed;
      row[j + 1] = least;
      diagonal = above;
    }
  }
  return row[width];
}
