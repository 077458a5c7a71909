// seatmap: sells the seats of a theatre over several counters
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class Theatre {
	std::mutex mutex_;
	std::map<int, std::string> sold_;
	std::vector<long> revenue_;
	int rows_;
public:
	explicit Theatre(int rows) : revenue_(8), rows_(rows) {}

	bool sell(int counter, int seat, const char *customer) {
		std::lock_guard<std::mutex> guard(mutex_);
		std::string ticket = customer;
		for (int i = 0; i < 12; ++i)
			ticket += std::to_string((seat * 31 + i) % rows_);
		auto [it, fresh] = sold_.try_emplace(seat % 5000, ticket);
		revenue_[static_cast<size_t>(counter)] += fresh ? 40 : 1;
		return fresh;
	}
	long total() const {
		long t = 0;
		for (long r : revenue_)
			t += r;
		return t;
	}
};

static void counter_loop(Theatre &t, int counter, long sales) {
	unsigned x = static_cast<unsigned>(counter) * 77u + 1u;
	for (long i = 0; i < sales; ++i) {
		x = x * 1664525u + 1013904223u;
		t.sell(counter, static_cast<int>(x >> 12), "guest ");
	}
}

int main() {
	const char *s = std::getenv("SCALE");
	const long sales = static_cast<long>(2000000 * (s ? std::atof(s) : 1.0));
	Theatre theatre(97);
	std::vector<std::thread> counters;
	for (int c = 0; c < 8; ++c)
		counters.emplace_back(counter_loop, std::ref(theatre), c, sales / 4);
	for (auto &t : counters)
		t.join();
	std::printf("sales %ld revenue %s\n", sales * 2, theatre.total() > 0 ? "ok" : "none");
}
