// rateserver: converts amounts; the rates live in a file the bank delivers
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

using Rates = std::map<std::string, double>;

static const char *const kFile = "build/rates.txt";

static void deliver_file() {
	std::ofstream f(kFile);
	for (int i = 0; i < 160; ++i)
		f << static_cast<char>('A' + i % 26) << static_cast<char>('A' + i / 26) << "X = " << 0.5 + i * 0.013 << "\n";
}

static Rates load_rates() {
	Rates r;
	std::ifstream f(kFile);
	std::string line;
	while (std::getline(f, line)) {
		std::istringstream in(line);
		std::string code, eq;
		double v;
		if (in >> code >> eq >> v)
			r[code] = v;
	}
	return r;
}

static double convert(double amount, const std::string &from, const std::string &to) {
	Rates rates = load_rates();
	return amount / rates[from] * rates[to];
}

int main() {
	const char *e = std::getenv("SCALE");
	const int requests = static_cast<int>(9000 * (e ? std::atof(e) : 1.0));
	deliver_file();
	double sum = 0;
	for (int i = 0; i < requests; ++i) {
		std::string from{static_cast<char>('A' + i % 26), 'B', 'X'}, to{static_cast<char>('A' + i % 7), 'C', 'X'};
		sum += convert(100 + i % 900, from, to);
	}
	std::remove(kFile);
	std::printf("requests %d sum %.2f\n", requests, sum);
}
