static int place(int all, int columns, int left, int right) {
  if (columns == all) return 1;
  int count = 0;
  int free = all & ~(columns | left | right);
  while (free != 0) {
    int bit = free & -free;
    free ^= bit;
    count += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

double n_queens(int all, int columns, int left, int right) { return place(all, columns, left, right); }
