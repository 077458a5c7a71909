#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>
struct Counter { std::atomic<long> n{0}; };
static Counter counters[8];
static void count_words(int slot, const char *text, long rounds) { for (long r = 0; r < rounds; r++) for (const char *c = text; *c; c++) if (*c == ' ') counters[slot].n.fetch_add(1, std::memory_order_relaxed); }
int main() { std::vector<std::thread> t; for (int i = 0; i < 4; i++) t.emplace_back(count_words, i, "the quick brown fox jumps over the lazy dog", 9000000L); for (auto &x : t) x.join(); long s = 0; for (auto &c : counters) s += c.n; std::printf("%ld\n", s); }
