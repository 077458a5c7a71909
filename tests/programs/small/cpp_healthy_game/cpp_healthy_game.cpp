#include <cstdio>
#include <vector>
using Grid = std::vector<unsigned char>;
static void step(const Grid &a, Grid &b, int w, int h) {
	for (int y = 1; y < h - 1; ++y)
		for (int x = 1; x < w - 1; ++x) {
			int n = 0;
			for (int dy = -1; dy <= 1; ++dy)
				for (int dx = -1; dx <= 1; ++dx)
					if (dx || dy) n += a[(y + dy) * w + x + dx];
			b[y * w + x] = n == 3 || (n == 2 && a[y * w + x]);
		}
}
int main() { int w = 1200, h = 1200; Grid a(w * h), b(w * h); unsigned x = 1; for (auto &c : a) { x = x * 1664525u + 1013904223u; c = x >> 31; } for (int i = 0; i < 120; i++) { step(a, b, w, h); a.swap(b); } std::printf("%d\n", a[777]); }
