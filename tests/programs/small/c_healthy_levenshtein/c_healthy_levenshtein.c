#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int distance(const char *a, int n, const char *b, int m)
{
	static int row[4096];
	for (int j = 0; j <= m; j++) row[j] = j;
	for (int i = 1; i <= n; i++) {
		int prev = row[0]; row[0] = i;
		for (int j = 1; j <= m; j++) { int cur = row[j]; int c = prev + (a[i - 1] != b[j - 1]); if (row[j] + 1 < c) c = row[j] + 1; if (row[j - 1] + 1 < c) c = row[j - 1] + 1; row[j] = c; prev = cur; }
	}
	return row[m];
}
int main(void) { static char a[3000], b[3000]; unsigned x = 1; for (int i = 0; i < 2999; i++) { x = x * 1664525u + 1; a[i] = 'a' + (x >> 28); b[i] = 'a' + (x >> 24 & 15); } long t = 0; for (int k = 0; k < 60; k++) { a[k] = 'z'; t += distance(a, 2999, b, 2999); } printf("%ld\n", t); return 0; }
