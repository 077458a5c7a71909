#include <iostream>
#include <string>
#include <vector>
std::string breadcrumbs(const std::vector<std::string> &parts) {
	std::string result;
	for (size_t i = 0; i < parts.size(); i++) {
		result = parts[i] + "/" + result;
	}
	return result;
}
int main() {
	std::vector<std::string> p; for (int i = 0; i < 20000; i++) p.push_back("dir" + std::to_string(i));
	size_t h = 0; for (int k = 0; k < 3; k++) h += breadcrumbs(p).size();
	std::cout << h << "\n";
}
