#include <cstdio>
#include <vector>
using Matrix = std::vector<double>;
static Matrix multiply(const Matrix &a, const Matrix &b, int n) {
	Matrix c(n * n);
	for (int i = 0; i < n; ++i)
		for (int j = 0; j < n; ++j) {
			double s = 0;
			for (int k = 0; k < n; ++k)
				s += a[i * n + k] * b[k * n + j];
			c[i * n + j] = s;
		}
	return c;
}
int main() { int n = 900; Matrix a(n * n, 1.5), b(n * n, 0.5); auto c = multiply(a, b, n); std::printf("%f\n", c[77]); }
