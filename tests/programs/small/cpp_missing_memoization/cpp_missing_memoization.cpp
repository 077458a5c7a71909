#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>
struct Item { int w, v; };
static int solve(const std::vector<Item> &items, size_t i, int room) {
	if (i == items.size()) return 0;
	int skip = solve(items, i + 1, room);
	if (items[i].w > room) return skip;
	return std::max(skip, items[i].v + solve(items, i + 1, room - items[i].w));
}
int main() { std::vector<Item> it; for (int i = 0; i < 30; i++) it.push_back({3 + i % 7, 10 + i * 7 % 13}); long s = 0; for (int r = 0; r < 3; r++) s += solve(it, 0, 70 + r); std::printf("%ld\n", s); }
