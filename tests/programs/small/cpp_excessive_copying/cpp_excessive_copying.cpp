#include <cstdio>
#include <string>
#include <vector>
struct Item { std::string name; double price; };
class Catalog {
	std::vector<Item> items_;
public:
	Catalog() { for (int i = 0; i < 200; i++) items_.push_back({"catalog item with a long name " + std::to_string(i), i * 1.5}); }
	std::vector<Item> items() const { return items_; }
	double find_price(int index) const {
		auto all = items();
		return all[index % all.size()].price;
	}
};
int main() { Catalog c; double s = 0; for (int i = 0; i < 120000; i++) s += c.find_price(i); std::printf("%f\n", s); }
