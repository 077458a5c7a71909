#include <pthread.h>
#include <stdio.h>
static long counts[8];
static void *tally(void *arg)
{
	int id = (int)(long)arg; unsigned x = id + 1;
	for (long i = 0; i < 150000000; i++) {
		x = x * 1664525u + 1013904223u;
		if (x & 0x10000) __atomic_fetch_add(&counts[id], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}
int main(void) { pthread_t t[4]; for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, tally, (void *)i); long s = 0; for (int i = 0; i < 4; i++) { pthread_join(t[i], 0); s += counts[i]; } printf("%ld\n", s); return 0; }
