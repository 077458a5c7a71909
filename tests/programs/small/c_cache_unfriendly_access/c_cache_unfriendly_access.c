#include <stdio.h>
#define N 5000
static int cells[N][N];
long sum_cells(void)
{
	long total = 0;
	int row, col;
	for (col = 0; col < N; col++) {
		for (row = 0; row < N; row++) {
			total += cells[row][col] ^ col;
		}
	}
	return total;
}
int main(void) { for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) cells[i][j] = i * j; long t = 0; for (int k = 0; k < 8; k++) t += sum_cells(); printf("%ld\n", t); return 0; }
