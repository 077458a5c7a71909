#include <cstdio>
#include <future>
#include <vector>
static int handle(int req) { int s = 0; for (int i = 0; i < 300; i++) s += req * i % 7; return s; }
class Service {
public:
	long handle_all(int n) {
		long sum = 0;
		std::vector<std::future<int>> fs;
		for (int i = 0; i < n; i++) fs.push_back(std::async(std::launch::async, handle, i));
		for (auto &f : fs) sum += f.get();
		return sum;
	}
};
int main() { Service s; long t = 0; for (int r = 0; r < 250; r++) t += s.handle_all(200); std::printf("%ld\n", t); }
