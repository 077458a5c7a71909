#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *path = "build/app.conf";
static int get_setting(const char *key, char *out, size_t cap)
{
	char line[256]; FILE *f = fopen(path, "r");
	if (!f) return -1;
	int found = -1;
	while (fgets(line, sizeof line, f)) {
		char *eq = strchr(line, '=');
		if (!eq || line[0] == '#') continue;
		*eq = 0;
		if (strcmp(line, key) == 0) { snprintf(out, cap, "%s", eq + 1); found = 0; }
	}
	fclose(f);
	return found;
}
static int setting_int(const char *key) { char v[64]; return get_setting(key, v, sizeof v) == 0 ? atoi(v) : 0; }
int main(void)
{
	FILE *f = fopen(path, "w"); for (int i = 0; i < 300; i++) fprintf(f, "key%d=%d\n", i, i * 3); fclose(f);
	char k[32]; long t = 0;
	for (int i = 0; i < 45000; i++) { snprintf(k, sizeof k, "key%d", i % 300); t += setting_int(k); }
	printf("%ld\n", t); return 0;
}
