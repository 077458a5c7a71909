/* hostfilter: checks host names of a proxy log against a list of rules */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const rules[] = {
	"^ads?[0-9]*\\.", "(tracker|metrics|beacon)\\.", "\\.(zip|mov)$", "^[a-z]{12,}\\.",
};

static int matches(const char *host, const char *rule)
{
	regex_t re;
	if (regcomp(&re, rule, REG_EXTENDED | REG_NOSUB) != 0)
		return 0;
	int hit = regexec(&re, host, 0, NULL, 0) == 0;
	regfree(&re);
	return hit;
}

static int blocked(const char *host)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (matches(host, rules[i]))
			return 1;
	return 0;
}

static void make_host(unsigned n, char *out, size_t cap)
{
	static const char *p[] = { "www", "ads1", "cdn", "metrics", "images", "api" };
	unsigned h = n * 2654435761u;
	snprintf(out, cap, "%s.shop%u.example.%s", p[(h >> 8) % 6], (h >> 16) % 500, (h & 64) ? "com" : "org");
}

int main(void)
{
	const char *e = getenv("SCALE");
	unsigned n = (unsigned)(130000 * (e ? atof(e) : 1.0)), bad = 0;
	char host[80];
	for (unsigned i = 0; i < n; i++) {
		make_host(i, host, sizeof host);
		bad += (unsigned)blocked(host);
	}
	printf("hosts %u blocked %u\n", n, bad);
	return 0;
}
