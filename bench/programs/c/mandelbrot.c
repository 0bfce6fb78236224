double mandelbrot(int size) {
  int sum = 0;
  for (int row = 0; row < size; row++) {
    for (int column = 0; column < size; column++) {
      double cx = (2.0 * column) / size - 1.5;
      double cy = (2.0 * row) / size - 1;
      double x = 0;
      double y = 0;
      int n = 0;
      while (x * x + y * y <= 4 && n < 50) {
        double t = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = t;
        n++;
      }
      sum += n;
    }
  }
  return sum;
}
