#include <cstdio>
#include <regex>
#include <string>
static const std::regex header("(\\w+\\s?)*:");
static bool is_header(const std::string &line) { return std::regex_match(line, header); }
int main() { int n = 0; std::string s = "aaaaaaaaaaaaaaaa"; for (int i = 0; i < 40; i++) n += is_header(s + (i % 5 ? "!" : ":")); std::printf("%d\n", n); }
