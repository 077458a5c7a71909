#include <algorithm>
#include <cstdio>
#include <vector>
class RunningMedian {
	std::vector<double> values_;
public:
	double add(double v) {
		values_.push_back(v);
		std::sort(values_.begin(), values_.end(), [](double a, double b) { return a < b; });
		return values_[values_.size() / 2];
	}
};
int main() { RunningMedian m; unsigned x = 1; double s = 0; for (int i = 0; i < 14000; i++) { x = x * 1664525u + 1013904223u; s += m.add(x >> 8); } std::printf("%f\n", s); }
