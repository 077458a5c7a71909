// logscan: extracts error codes of services from log lines
#include <cstdlib>
#include <iostream>
#include <map>
#include <regex>
#include <string>

namespace {

struct Match { std::string service; int code; };

bool extract(const std::string &line, const std::string &service, Match &out) {
	std::regex re("\\[" + service + "\\] +error=([0-9]+)");
	std::smatch m;
	if (!std::regex_search(line, m, re))
		return false;
	out = {service, std::stoi(m[1])};
	return true;
}

std::string make_line(unsigned n) {
	static const char *const services[] = {"billing", "search", "login", "mailer"};
	unsigned h = n * 2654435761u;
	return "12:00:" + std::to_string(h % 60) + " [" + services[(h >> 9) % 4] + "]  error=" + std::to_string(h % 977);
}

} // namespace

int main() {
	const char *e = std::getenv("SCALE");
	const unsigned lines = static_cast<unsigned>(22000 * (e ? std::atof(e) : 1.0));
	const std::string wanted[] = {"billing", "login", "search"};
	std::map<std::string, long> sum;
	for (unsigned i = 0; i < lines; ++i) {
		const std::string line = make_line(i);
		for (const auto &service : wanted) {
			Match m;
			if (extract(line, service, m))
				sum[m.service] += m.code;
		}
	}
	for (const auto &[k, v] : sum)
		std::cout << k << ' ' << v << '\n';
}
