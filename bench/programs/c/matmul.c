double matmul(double *a, int na, double *b, int nb, double *c, int nc, int n) {
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) c[i * n + j] = 0;
    for (int k = 0; k < n; k++) {
      double factor = a[i * n + k];
      for (int j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
    }
  }
  double trace = 0;
  for (int i = 0; i < n; i++) trace += c[i * n + i];
  return trace;
}
