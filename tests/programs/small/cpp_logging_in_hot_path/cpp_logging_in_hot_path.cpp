#include <fstream>
#include <iomanip>
#include <string>
class Tracker {
	std::ofstream log_{"/dev/null"};
	double x_ = 0;
public:
	void update(int tick, double dx) {
		x_ += dx;
		log_ << "[tracker] tick=" << tick << " dx=" << std::setprecision(6) << dx << " x=" << x_ << std::endl;
	}
	double x() const { return x_; }
};
int main() { Tracker t; for (int i = 0; i < 800000; i++) t.update(i, i % 7 * 0.25); return t.x() > 1e12; }
