#include <cstdio>
#include <string>
#include <vector>
struct Task { int id; int cost; char payload[56]; };
class Scheduler {
	std::vector<Task> queue_;
public:
	void push(Task t) { queue_.push_back(t); }
	bool next(Task &out) {
		if (queue_.empty()) return false;
		out = queue_.front();
		queue_.erase(queue_.begin());
		return true;
	}
};
int main() {
	Scheduler s; for (int i = 0; i < 60000; ++i) s.push({i, i % 17, {}});
	long t = 0; Task k; while (s.next(k)) t += k.cost;
	std::printf("%ld\n", t);
}
