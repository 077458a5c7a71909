#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
class Inventory {
	std::map<int, int> items_;
public:
	void put(int id, int n) { items_[id] = n; }
	int stock_of(int id) const {
		try {
			return items_.at(id);
		} catch (const std::out_of_range &) {
			return 0;
		}
	}
};
int main() { Inventory inv; for (int i = 0; i < 100; i++) inv.put(i * 3, i); long s = 0; for (int i = 0; i < 900000; i++) s += inv.stock_of(i % 300); std::printf("%ld\n", s); }
