#include <iostream>
#include <string>
#include <utility>
#include <vector>
class WordCount {
	std::vector<std::pair<std::string, int>> words;
public:
	void add(const std::string &w) {
		for (auto &p : words)
			if (p.first == w) { ++p.second; return; }
		words.emplace_back(w, 1);
	}
	size_t size() const { return words.size(); }
};
int main() {
	WordCount wc; unsigned x = 7;
	for (int i = 0; i < 220000; ++i) { x = x * 1664525u + 1013904223u; wc.add("token" + std::to_string((x >> 9) % 6000)); }
	std::cout << wc.size() << "\n";
}
