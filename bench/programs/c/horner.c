double horner(const double *coefficients, int n, int points) {
  double sum = 0;
  for (int i = 0; i < points; i++) {
    double x = (double)i / points;
    double value = 0;
    for (int j = 0; j < n; j++) value = value * x + coefficients[j];
    sum += value;
  }
  return sum;
}
