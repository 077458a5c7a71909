// nearpairs: finds customers that were entered twice (same phone, similar name)
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace crm {

struct Customer {
	std::string name;
	uint32_t phone;
	uint32_t zip;
};

struct Pair { size_t a, b; };

static uint32_t rnd(uint32_t &s) {
	s ^= s << 13; s ^= s >> 17; s ^= s << 5;
	return s;
}

std::vector<Customer> import_customers(size_t n) {
	std::vector<Customer> v;
	v.reserve(n);
	uint32_t s = 2463534242u;
	for (size_t i = 0; i < n; ++i)
		v.push_back({"name" + std::to_string(rnd(s) % 5000), rnd(s) % 900000, rnd(s) % 9999});
	return v;
}

class DuplicateFinder {
public:
	std::vector<Pair> run(const std::vector<Customer> &all) const {
		std::vector<Pair> out;
		for (size_t i = 0; i < all.size(); ++i)
			for (size_t j = i + 1; j < all.size(); ++j)
				if (same(all[i], all[j]))
					out.push_back({i, j});
		return out;
	}

private:
	static bool same(const Customer &a, const Customer &b) {
		return a.phone == b.phone && a.name.size() == b.name.size();
	}
};

} // namespace crm

int main() {
	const char *e = std::getenv("SCALE");
	const size_t n = static_cast<size_t>(82000 * (e ? std::atof(e) : 1.0));
	auto all = crm::import_customers(n);
	crm::DuplicateFinder finder;
	uint64_t h = 0;
	for (const auto &p : finder.run(all))
		h = h * 31 + p.a * 7 + p.b;
	std::printf("customers %zu checksum %llx\n", n, static_cast<unsigned long long>(h));
}
