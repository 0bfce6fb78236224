static int numbers(int n) { return n < 2 ? n : numbers(n - 1) + numbers(n - 2); }

double fib(int n) { return numbers(n); }
