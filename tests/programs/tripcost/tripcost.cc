// tripcost: cheapest way to split a journey into tickets
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

struct Tariff {
	std::vector<int> zone_price;
	int base;
	int price(int from, int to) const {
		int p = base;
		for (int z = from; z < to; ++z)
			p += zone_price[static_cast<size_t>(z)] - (to - from) * 3;
		return p;
	}
};

// cheapest price for the zones [from, to)
int cheapest(const Tariff &t, int from, int to) {
	if (to - from <= 1)
		return t.price(from, to);
	int best = t.price(from, to);
	for (int cut = from + 1; cut < to; ++cut)
		best = std::min(best, cheapest(t, from, cut) + cheapest(t, cut, to));
	return best;
}

Tariff load_tariff(int zones, unsigned year) {
	Tariff t{{}, 90};
	for (int i = 0; i < zones; ++i) {
		year = year * 1664525u + 1013904223u;
		t.zone_price.push_back(60 + static_cast<int>(year >> 25));
	}
	return t;
}

int main() {
	const char *s = std::getenv("SCALE");
	const double scale = s ? std::atof(s) : 1.0;
	const int years = std::max(1, static_cast<int>(140 * scale));
	long total = 0;
	for (int y = 0; y < years; ++y) {
		Tariff t = load_tariff(16, 2000u + static_cast<unsigned>(y));
		total = total * 7 + cheapest(t, 0, 15);
	}
	std::cout << "years " << years << " total " << total << '\n';
}
