static void sift(double *xs, int start, int end) {
  int root = start;
  double value = xs[root];
  for (;;) {
    int child = 2 * root + 1;
    if (child >= end) break;
    if (child + 1 < end && xs[child] < xs[child + 1]) child++;
    if (value >= xs[child]) break;
    xs[root] = xs[child];
    root = child;
  }
  xs[root] = value;
}

double heapsort(double *xs, int n) {
  for (int start = (n >> 1) - 1; start >= 0; start--) sift(xs, start, n);
  for (int end = n - 1; end > 0; end--) {
    double last = xs[end];
    xs[end] = xs[0];
    xs[0] = last;
    sift(xs, 0, end);
  }
  double sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 0.5 + xs[i];
  return sum;
}
