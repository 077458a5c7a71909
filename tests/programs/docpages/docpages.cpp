// docpages: a text pipeline (tokenise, stem, count, compress, hash); healthy: no single bottleneck
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unordered_map>
#include <vector>

static uint32_t seed = 9;
static uint32_t rnd(uint32_t n) { seed = seed * 1664525u + 1013904223u; return (seed >> 10) % n; }

[[gnu::noinline]] static void write_page(std::string &out) {
	static const char *const syl[] = {"ba", "ko", "ri", "ten", "lu", "mas", "ing", "er", "ly", "do"};
	out.clear();
	for (int i = 0; i < 500; ++i) {
		for (uint32_t k = 1 + rnd(4); k > 0; --k)
			out += syl[rnd(10)];
		out += ' ';
	}
}

[[gnu::noinline]] static void tokenise(const std::string &text, std::vector<std::pair<uint32_t, uint32_t>> &tok) {
	tok.clear();
	uint32_t start = 0;
	for (uint32_t i = 0; i < text.size(); ++i)
		if (text[i] == ' ') {
			tok.push_back({start, i - start});
			start = i + 1;
		}
}

[[gnu::noinline]] static uint32_t checksum(const std::string &text) {
	uint32_t a = 1, b = 0;
	for (int round = 0; round < 2; ++round)
		for (unsigned char c : text) {
			a = (a + c) % 65521;
			b = (b + a) % 65521;
		}
	return b << 16 | a;
}

[[gnu::noinline]] static void count(const std::string &text, const std::vector<std::pair<uint32_t, uint32_t>> &tok,
				    std::vector<uint32_t> &slots) {
	for (auto [at, len] : tok) {
		uint32_t h = 2166136261u;
		for (uint32_t i = 0; i < len; ++i)
			for (int k = 0; k < 3; ++k)
				h = (h ^ static_cast<unsigned char>(text[at + i])) * 16777619u;
		++slots[h & 4095];
	}
}

[[gnu::noinline]] static size_t squeeze(const std::string &text, std::string &out) {
	static uint16_t last[65536];
	out.clear();
	for (size_t i = 0; i + 1 < text.size(); ++i) {
		uint16_t k = static_cast<uint16_t>(static_cast<unsigned char>(text[i]) << 8 | static_cast<unsigned char>(text[i + 1]));
		if (last[k] == (i & 0xffff) / 64 + 1)
			continue;
		last[k] = static_cast<uint16_t>((i & 0xffff) / 64 + 1);
		out.push_back(text[i]);
	}
	return out.size();
}

int main() {
	const char *e = std::getenv("SCALE");
	const int pages = static_cast<int>(34000 * (e ? std::atof(e) : 1.0));
	std::string page, small;
	std::vector<std::pair<uint32_t, uint32_t>> tok;
	std::vector<uint32_t> slots(4096);
	uint64_t h = 0;
	for (int p = 0; p < pages; ++p) {
		write_page(page);
		tokenise(page, tok);
		count(page, tok, slots);
		h = h * 31 + checksum(page) + squeeze(page, small);
	}
	for (uint32_t s : slots)
		h = h * 131 + s;
	std::printf("pages %d checksum %llx\n", pages, static_cast<unsigned long long>(h));
}
