// invoicetext: renders the items of an order into one text document
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

struct Item {
	int article;
	int count;
	double price;
	std::string label() const { return "Article " + std::to_string(article); }
};

class Document {
	std::string body_;
	int lines_ = 0;
public:
	void line(const std::string &text) {
		body_ = body_ + text + "\n";
		++lines_;
	}
	const std::string &str() const { return body_; }
	int lines() const { return lines_; }
};

static std::vector<Item> order(unsigned n, unsigned seed) {
	std::vector<Item> v;
	for (unsigned i = 0; i < n; ++i) {
		seed = seed * 1103515245u + 12345u;
		v.push_back(Item{static_cast<int>(seed >> 18), static_cast<int>(1 + (seed >> 29)), (seed >> 12) / 100.0});
	}
	return v;
}

static std::string money(double v) {
	char buf[32];
	std::snprintf(buf, sizeof buf, "%.2f EUR", v);
	return buf;
}

int main() {
	const char *e = std::getenv("SCALE");
	const int orders = std::max(1, static_cast<int>(12 * (e ? std::atof(e) : 1.0)));
	uint64_t h = 0;
	for (int o = 0; o < orders; ++o) {
		Document doc;
		for (const Item &it : order(14000, static_cast<unsigned>(o)))
			doc.line(it.label() + " x" + std::to_string(it.count) + "  " + money(it.price));
		for (unsigned char c : doc.str())
			h = h * 131 + c;
	}
	std::cout << "orders " << orders << " checksum " << std::hex << h << std::endl;
}
