/* bytefeed - reads position reports of vehicles and sums their routes */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fix { int vehicle; int lat, lon; };

static int read_line(int fd, char *out, int cap)
{
	int n = 0;
	char c;
	while (read(fd, &c, 1) == 1) {
		if (c == '\n')
			break;
		if (n < cap - 1)
			out[n++] = c;
	}
	out[n] = 0;
	return n;
}

static int parse_fix(const char *line, struct fix *f)
{
	return sscanf(line, "%d,%d,%d", &f->vehicle, &f->lat, &f->lon) == 3;
}

static long sum_routes(const char *path, long *fixes)
{
	static int last[64][2];
	char line[128];
	struct fix f;
	long sum = 0;
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	while (read_line(fd, line, sizeof line) > 0) {
		if (!parse_fix(line, &f))
			continue;
		int *l = last[f.vehicle & 63];
		sum += labs(f.lat - l[0]) + labs(f.lon - l[1]);
		l[0] = f.lat;
		l[1] = f.lon;
		(*fixes)++;
	}
	close(fd);
	return sum;
}

static void produce(const char *path, long n)
{
	FILE *out = fopen(path, "w");
	unsigned r = 99;
	for (long i = 0; out && i < n; i++) {
		r = r * 69069 + 1;
		fprintf(out, "%u,%u,%u\n", (r >> 24) & 63, 5200000 + (r >> 16) % 90000, 1300000 + (r >> 8) % 90000);
	}
	if (out)
		fclose(out);
}

int main(void)
{
	double scale = getenv("SCALE") ? atof(getenv("SCALE")) : 1.0;
	char path[] = "build/fixes.csv";
	long fixes = 0;
	produce(path, (long)(300000 * scale));
	long sum = sum_routes(path, &fixes);
	unlink(path);
	printf("fixes %ld distance %ld\n", fixes, sum);
	return 0;
}
