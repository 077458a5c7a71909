#include <stdio.h>
static long routes(int rows, int cols, int blocked)
{
	if (rows == 0 || cols == 0)
		return 1;
	if (rows == blocked && cols == blocked)
		return 0;
	return routes(rows - 1, cols, blocked) + routes(rows, cols - 1, blocked);
}
int main(void) { long t = 0; for (int b = 2; b < 8; b++) t += routes(14, 14, b); printf("%ld\n", t); return 0; }
