#include <cstdio>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>
class Ledger {
	std::mutex m_; std::unordered_map<int, long> acc_;
public:
	void credit(int id, long amount) { std::lock_guard<std::mutex> g(m_); acc_[id] += amount; }
	long sum() { long s = 0; for (auto &k : acc_) s += k.second; return s; }
};
static void worker(Ledger &l, int seed, int n) { for (int i = 0; i < n; i++) l.credit((seed * 31 + i) % 1000, i % 9); }
int main() { Ledger l; std::vector<std::thread> t; for (int i = 0; i < 6; i++) t.emplace_back(worker, std::ref(l), i, 3000000); for (auto &x : t) x.join(); std::printf("%ld\n", l.sum()); }
