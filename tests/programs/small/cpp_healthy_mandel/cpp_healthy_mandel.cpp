#include <complex>
#include <cstdio>
static int iterations(double cr, double ci) { double x = 0, y = 0; int n = 0; while (n < 300 && x * x + y * y < 4) { double t = x * x - y * y + cr; y = 2 * x * y + ci; x = t; ++n; } return n; }
static long render(int w, int h) { long s = 0; for (int y = 0; y < h; ++y) for (int x = 0; x < w; ++x) s += iterations(3.0 * x / w - 2, 2.0 * y / h - 1); return s; }
int main() { std::printf("%ld\n", render(2600, 2000)); }
