// shapetree: bounding boxes of drawings that are rebuilt for every frame
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

struct Box { int x0 = 1 << 30, y0 = 1 << 30, x1 = -(1 << 30), y1 = -(1 << 30); };

struct Node {
	Box box;
	std::vector<std::shared_ptr<Node>> kids;
	std::shared_ptr<int> style;
};

static std::shared_ptr<Node> build(int depth, int x, int y, unsigned frame) {
	auto n = std::make_shared<Node>();
	n->style = std::make_shared<int>(depth);
	n->box = {x, y, x + depth, y + depth};
	if (depth > 0)
		for (int i = 0; i < 4; ++i)
			n->kids.push_back(build(depth - 1, x * 2 + i, y + static_cast<int>(frame % 5) * i, frame));
	return n;
}

static Box extent(const Node &n) {
	Box b = n.box;
	for (const auto &k : n.kids) {
		const Box c = extent(*k);
		b.x0 = std::min(b.x0, c.x0);
		b.y0 = std::min(b.y0, c.y0);
		b.x1 = std::max(b.x1, c.x1);
		b.y1 = std::max(b.y1, c.y1);
	}
	return b;
}

int main() {
	const char *s = std::getenv("SCALE");
	const unsigned frames = static_cast<unsigned>(4200 * (s ? std::atof(s) : 1.0)) + 1;
	long sum = 0;
	for (unsigned f = 0; f < frames; ++f) {
		const auto root = build(6, 3, 4, f);
		const Box b = extent(*root);
		sum += b.x1 - b.x0 + (b.y1 - b.y0) * 3;
	}
	std::printf("frames %u sum %ld\n", frames, sum);
}
