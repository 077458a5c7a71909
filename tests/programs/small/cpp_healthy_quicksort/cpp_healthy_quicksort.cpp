#include <cstdio>
#include <utility>
#include <vector>
static void quick(std::vector<int> &v, long lo, long hi) {
	if (lo >= hi) return;
	int p = v[(lo + hi) / 2]; long i = lo, j = hi;
	while (i <= j) { while (v[i] < p) ++i; while (v[j] > p) --j; if (i <= j) std::swap(v[i++], v[j--]); }
	quick(v, lo, j); quick(v, i, hi);
}
int main() { std::vector<int> v(12000000); unsigned x = 1; for (auto &e : v) { x = x * 1664525u + 1013904223u; e = x >> 4; } quick(v, 0, (long)v.size() - 1); std::printf("%d\n", v[100]); }
