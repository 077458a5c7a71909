#include <cstdio>
#include <map>
#include <string>
#include <vector>
struct Board { std::vector<std::vector<int>> rows; std::map<std::string, int> scores; std::string title; };
class Planner {
public:
	int evaluate(const Board &board, int move) {
		Board copy = board;
		copy.rows[move % copy.rows.size()][0] += move;
		copy.scores["white"] += move % 3;
		return copy.rows[0][0] + copy.scores["white"];
	}
};
int main() { Board b; b.title = "the title of the board that is long enough"; for (int i = 0; i < 40; i++) b.rows.push_back(std::vector<int>(20, i)); b.scores = {{"white", 1}, {"black", 2}, {"a long player name here", 3}}; Planner p; long s = 0; for (int i = 0; i < 250000; i++) s += p.evaluate(b, i); std::printf("%ld\n", s); }
