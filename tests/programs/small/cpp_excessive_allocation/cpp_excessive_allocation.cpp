#include <cstdio>
#include <memory>
#include <string>
#include <vector>
struct Cell { std::string text; int width; };
static std::vector<std::unique_ptr<Cell>> format_row(int row) {
	std::vector<std::unique_ptr<Cell>> cells;
	for (int c = 0; c < 12; ++c) {
		auto cell = std::make_unique<Cell>();
		cell->text = std::string("column value number ") + std::to_string(row * c);
		cell->width = static_cast<int>(cell->text.size());
		cells.push_back(std::move(cell));
	}
	return cells;
}
int main() { long w = 0; for (int r = 0; r < 600000; ++r) for (auto &c : format_row(r)) w += c->width; std::printf("%ld\n", w); }
