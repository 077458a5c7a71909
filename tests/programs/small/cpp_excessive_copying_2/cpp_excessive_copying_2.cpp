#include <cstdio>
#include <map>
#include <string>
#include <vector>
struct Parcel { std::string sender, receiver; std::vector<int> weights; std::map<int, std::string> notes; };
static long total_weight(const std::vector<Parcel> &all) {
	long t = 0;
	for (auto p : all)
		for (auto w : p.weights) t += w;
	return t;
}
int main() {
	std::vector<Parcel> all;
	for (int i = 0; i < 500; i++) all.push_back({"a long sender name of the parcel " + std::to_string(i), "a long receiver name of the parcel", {1, 2, 3, i}, {{1, "fragile handle with care please"}, {2, "x"}}});
	long t = 0; for (int r = 0; r < 7000; r++) t += total_weight(all);
	std::printf("%ld\n", t);
}
