/* cashbook: a till that keeps a journal of every sale */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct sale { uint32_t no, article, qty; int32_t cents; };

static int journal_append(int fd, const struct sale *s)
{
	char rec[80];
	int n = snprintf(rec, sizeof rec, "%u;%u;%u;%d\n", s->no, s->article, s->qty, s->cents);
	if (write(fd, rec, (size_t)n) != n)
		return -1;
	return fsync(fd);
}

static int64_t total_of(const struct sale *s, int64_t so_far)
{
	return so_far + (int64_t)s->cents * s->qty;
}

int main(void)
{
	const char *e = getenv("SCALE");
	uint32_t n = (uint32_t)(12000 * (e ? atof(e) : 1)), r = 7;
	int64_t total = 0;
	int fd = open("build/journal.txt", O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (fd < 0)
		return 1;
	for (uint32_t i = 0; i < n; i++) {
		r = r * 1664525u + 1013904223u;
		struct sale s = { i, (r >> 12) % 5000, 1 + (r >> 29), (int32_t)((r >> 8) % 10000) };
		if (journal_append(fd, &s) < 0)
			return 1;
		total = total_of(&s, total);
	}
	close(fd);
	unlink("build/journal.txt");
	printf("sales %u total %lld\n", n, (long long)total);
	return 0;
}
