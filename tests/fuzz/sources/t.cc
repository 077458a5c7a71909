namespace shop {
struct Cart { int n; inline int twice(int k) { volatile int v = k * n; return v + 1; } int total(int k); };
template<class T> inline T add(T a, T b) { return a + b; }
int Cart::total(int k) { int s = 0; for (int i = 0; i < k; i++) s += twice(i) ^ s; return add(s, n); }
namespace { __attribute__((noinline)) int hidden(int x) { volatile int y = x; return y * 3; } }
}
extern "C" void _start() { shop::Cart c{3}; volatile int r = c.total(5) + shop::hidden(2); auto l = [&](int q) { return q * r; }; r = l(2); for (;;) ; }
