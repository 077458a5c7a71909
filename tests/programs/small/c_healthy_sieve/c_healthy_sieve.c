#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static long sieve(long n) { char *c = calloc(n + 1, 1); long k = 0; for (long i = 2; i <= n; i++) { if (c[i]) continue; k++; for (long j = i * i; j <= n; j += i) c[j] = 1; } free(c); return k; }
int main(void) { long t = 0; for (int i = 0; i < 5; i++) t += sieve(30000000); printf("%ld\n", t); return 0; }
