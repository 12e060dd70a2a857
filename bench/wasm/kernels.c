// What the bench of the meter runs: small kernels, each of them heavy in another kind of code.
#define EXPORT(name) __attribute__((export_name(name)))

typedef unsigned int u32;
typedef unsigned long long u64;

static unsigned char bytes[1 << 16];
static double a[128 * 128], b[128 * 128], c[128 * 128];

// Trial division: an integer division and two branches a step.
EXPORT("primes") u32 primes(u32 below) {
  u32 found = 0;
  for (u32 n = 2; n < below; n++) {
    u32 divisor = 2;
    while (divisor * divisor <= n && n % divisor != 0) divisor++;
    if (divisor * divisor > n) found++;
  }
  return found;
}

// Calls, and little else.
EXPORT("fib") u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// Loads and float arithmetic in a short inner loop.
EXPORT("matmul") double matmul(u32 times) {
  for (u32 i = 0; i < 128 * 128; i++) a[i] = i, b[i] = i * 0.5;
  for (u32 t = 0; t < times; t++)
    for (u32 i = 0; i < 128; i++)
      for (u32 j = 0; j < 128; j++) {
        double sum = 0;
        for (u32 k = 0; k < 128; k++) sum += a[i * 128 + k] * b[k * 128 + j];
        c[i * 128 + j] = sum;
      }
  return c[127];
}

// Float arithmetic without memory.
EXPORT("mandelbrot") u32 mandelbrot(u32 size) {
  u32 inside = 0;
  for (u32 py = 0; py < size; py++)
    for (u32 px = 0; px < size; px++) {
      double x0 = 3.0 * px / size - 2.0, y0 = 2.0 * py / size - 1.0, x = 0, y = 0;
      u32 i = 0;
      while (i < 100 && x * x + y * y <= 4) {
        double next = x * x - y * y + x0;
        y = 2 * x * y + y0;
        x = next;
        i++;
      }
      inside += i == 100;
    }
  return inside;
}

// FNV-1a: a load, an exclusive or and a multiplication a byte.
EXPORT("hash") u64 hash(u32 times) {
  u64 h = 14695981039346656037ull;
  for (u32 i = 0; i < sizeof bytes; i++) bytes[i] = i * times;
  for (u32 t = 0; t < times; t++)
    for (u32 i = 0; i < sizeof bytes; i++) h = (h ^ bytes[i]) * 1099511628211ull;
  return h;
}
