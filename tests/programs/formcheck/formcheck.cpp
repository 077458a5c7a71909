// formcheck: validates the part lists customers type into a form
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string>
#include <vector>

class PartList {
	std::regex form_{"^([A-Z0-9]+-?)+;$"};
public:
	bool valid(const std::string &text) const { return std::regex_match(text, form_); }
};

static std::string typed(unsigned n) {
	std::string t;
	unsigned x = n * 747796405u + 1;
	for (unsigned i = 0; i < 15 + n % 3; ++i) {
		x = x * 1664525u + 1013904223u;
		t += "ABCDEFGH2345"[(x >> 20) % 12];
	}
	return n % 4 ? t + "!" : t + ";";
}

static int count_words(const std::string &s) {
	int n = 0;
	for (char c : s)
		n += c == '-' || c == ';';
	return n;
}

int main() {
	const char *s = std::getenv("SCALE");
	const unsigned forms = static_cast<unsigned>(800 * (s ? std::atof(s) : 1.0)) + 1;
	PartList check;
	int ok = 0, words = 0;
	for (unsigned i = 0; i < forms; ++i) {
		const std::string t = typed(i);
		ok += check.valid(t);
		words += count_words(t);
	}
	std::printf("forms %u valid %d words %d\n", forms, ok, words);
}
