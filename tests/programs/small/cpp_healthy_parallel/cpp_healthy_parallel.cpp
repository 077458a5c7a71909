#include <cstdio>
#include <thread>
#include <vector>
#include <cmath>
struct Part { const std::vector<double> *data; size_t from, to; double sum; };
static void work(Part *p) { double s = 0; for (int r = 0; r < 12; r++) for (size_t i = p->from; i < p->to; ++i) s += std::sqrt((*p->data)[i] + r); p->sum = s; }
int main() { std::vector<double> d(20000000, 2.0); std::vector<Part> parts; std::vector<std::thread> t; for (int i = 0; i < 4; i++) parts.push_back({&d, d.size() / 4 * i, d.size() / 4 * (i + 1), 0}); for (auto &p : parts) t.emplace_back(work, &p); for (auto &x : t) x.join(); double s = 0; for (auto &p : parts) s += p.sum; std::printf("%f\n", s); }
