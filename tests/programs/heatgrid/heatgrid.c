/* heatgrid: statistics over a large grid of temperatures */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS 4096
#define COLS 4096

static float *grid;

static void fill(unsigned s)
{
	for (size_t i = 0; i < (size_t)ROWS * COLS; i++) {
		s = s * 1664525u + 1013904223u;
		grid[i] = (float)(s >> 8) * 0.0001f;
	}
}

__attribute__((noinline)) static double column_energy(double *per_column)
{
	double all = 0;
	for (int x = 0; x < COLS; x++) {
		double sum = 0;
		for (int y = 0; y < ROWS; y++)
			sum += grid[(size_t)y * COLS + x];
		per_column[x] += sum;
		all += sum;
	}
	return all;
}

__attribute__((noinline)) static double row_peak(void)
{
	double worst = 0;
	for (int y = 0; y < ROWS; y++) {
		float m = 0;
		for (int x = 0; x < COLS; x++)
			m = fmaxf(m, grid[(size_t)y * COLS + x]);
		worst += m;
	}
	return worst;
}

int main(void)
{
	const char *s = getenv("SCALE");
	int passes = (int)(14 * (s ? atof(s) : 1.0) + 0.5);
	double *col = calloc(COLS, sizeof *col), e = 0;
	grid = malloc((size_t)ROWS * COLS * sizeof *grid);
	fill(1);
	for (int p = 0; p < (passes ? passes : 1); p++) {
		e += column_energy(col);
		e += row_peak();
	}
	printf("energy %.3f last %.3f\n", e, col[COLS - 1]);
	return 0;
}
