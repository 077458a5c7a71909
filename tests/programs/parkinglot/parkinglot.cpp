// parkinglot: which cars are inside, keyed by number plate
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>

struct Plate {
	char district[4];
	uint32_t number;
	bool operator==(const Plate &o) const {
		return number == o.number && std::string(district) == o.district;
	}
};

struct PlateHash {
	size_t operator()(const Plate &p) const {
		return static_cast<size_t>(p.district[0]) * 26 + static_cast<size_t>(p.district[1]);
	}
};

class Lot {
	std::unordered_map<Plate, int, PlateHash> inside_;
	long fees_ = 0;
public:
	[[gnu::noinline]] void enter(const Plate &p, int minute) { inside_.emplace(p, minute); }
	[[gnu::noinline]] void leave(const Plate &p, int minute) {
		auto it = inside_.find(p);
		if (it == inside_.end())
			return;
		fees_ += (minute - it->second) * 3;
		inside_.erase(it);
	}
	long fees() const { return fees_; }
	size_t size() const { return inside_.size(); }
};

static Plate plate(uint32_t n) {
	const uint32_t h = n * 2654435761u;
	Plate p{{static_cast<char>('A' + (h >> 28) % 4), static_cast<char>('A' + (h >> 25) % 3), 0, 0}, h % 100000};
	return p;
}

int main() {
	const char *e = std::getenv("SCALE");
	const uint32_t n = static_cast<uint32_t>(480000 * (e ? std::atof(e) : 1.0));
	Lot lot;
	for (uint32_t i = 0; i < n; ++i) {
		lot.enter(plate(i), static_cast<int>(i));
		if (i > 4000)
			lot.leave(plate(i - 4000), static_cast<int>(i));
	}
	std::printf("cars %u fees %ld inside %zu\n", n, lot.fees(), lot.size());
}
