#include <math.h>
#include <stdio.h>
struct body { double x[3], v[3], m; };
static void advance(struct body *b, int n, double dt)
{
	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++) {
			double d[3], r2 = 0.01;
			for (int k = 0; k < 3; k++) { d[k] = b[i].x[k] - b[j].x[k]; r2 += d[k] * d[k]; }
			double mag = dt / (r2 * sqrt(r2));
			for (int k = 0; k < 3; k++) { b[i].v[k] -= d[k] * b[j].m * mag; b[j].v[k] += d[k] * b[i].m * mag; }
		}
	for (int i = 0; i < n; i++) for (int k = 0; k < 3; k++) b[i].x[k] += dt * b[i].v[k];
}
int main(void) { struct body b[5] = {{{0,0,0},{0,0,0},1},{{1,0,0},{0,1,0},.1},{{0,2,0},{1,0,0},.1},{{0,0,3},{0,1,1},.1},{{4,1,0},{0,0,1},.1}}; for (int i = 0; i < 12000000; i++) advance(b, 5, 0.001); printf("%f\n", b[0].x[0]); return 0; }
