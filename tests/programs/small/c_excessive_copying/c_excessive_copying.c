#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct { int n; double v[8192]; } Series;
__attribute__((noinline)) double median_of(Series s, int at)
{
	double a = s.v[at], b = s.v[(at + 1) % s.n], c = s.v[(at + 2) % s.n];
	for (int k = 3; k < 600; k++)
		a += s.v[(at + k) % 8192] * 1e-6;
	return a > b ? (b > c ? b : a > c ? c : a) : (a > c ? a : b > c ? c : b);
}
int main(void)
{
	Series *s = malloc(sizeof *s); s->n = 8192;
	for (int i = 0; i < s->n; i++) s->v[i] = i * 7919 % 1013;
	double t = 0;
	for (int r = 0; r < 50; r++) for (int i = 0; i < s->n; i++) t += median_of(*s, i);
	printf("%f\n", t); return 0;
}
