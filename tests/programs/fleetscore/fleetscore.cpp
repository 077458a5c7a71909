// fleetscore: rates drivers by their trips
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

struct Trip {
	std::string vehicle;
	std::vector<float> speeds;
	int brakes;
};

struct Driver {
	std::string name;
	std::vector<Trip> trips;
};

static double smooth(const Trip &t) {
	double s = 0;
	for (float v : t.speeds)
		s += v > 130 ? 3 : v > 100 ? 1 : 0;
	return s + t.brakes * 2;
}

static double rate(std::vector<Trip> trips, int week) {
	double sum = 0;
	for (size_t i = static_cast<size_t>(week) % 15; i < trips.size(); i += 15)
		sum += smooth(trips[i]);
	return sum / static_cast<double>(trips.size());
}

static std::vector<Driver> load() {
	std::vector<Driver> d;
	uint32_t x = 5;
	for (int i = 0; i < 40; ++i) {
		Driver drv{"driver" + std::to_string(i), {}};
		for (int t = 0; t < 60; ++t) {
			Trip trip{"B-XY " + std::to_string(1000 + t) + " long plate", {}, t % 9};
			for (int k = 0; k < 40; ++k) {
				x = x * 1664525u + 1013904223u;
				trip.speeds.push_back(static_cast<float>(x >> 24));
			}
			drv.trips.push_back(trip);
		}
		d.push_back(drv);
	}
	return d;
}

int main() {
	const char *s = std::getenv("SCALE");
	const int weeks = static_cast<int>(6000 * (s ? std::atof(s) : 1.0)) + 1;
	const auto drivers = load();
	double total = 0;
	for (int w = 0; w < weeks; ++w)
		for (const auto &d : drivers)
			total += rate(d.trips, w);
	std::printf("weeks %d total %.3f\n", weeks, total);
}
