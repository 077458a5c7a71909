/* SPDX-License-Identifier: MIT */
/* Programs with known allocations, for tests of the allocation sampler: alloc-load MODE. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SITE __attribute__((noinline))

static void *volatile last; /* no allocation is optimised away */

static SITE void *site_small(void)
{
	return last = malloc(48);
}

static SITE void *site_medium(void)
{
	return last = calloc(10, 100);
}

static SITE void *site_large(void)
{
	void *p = NULL;

	if (posix_memalign(&p, 64, 300000) != 0)
		abort();
	return last = p;
}

/* Bytes by site, 1.2 : 2 : 3. */
static void three_sites(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		for (int k = 0; k < 25; k++)
			free(site_small());
		for (int k = 0; k < 2; k++)
			free(site_medium());
		if (i % 100 == 0)
			free(site_large());
	}
}

enum { ROUNDS = 100000 };

static void say(int times)
{
	printf("site_small %lld\nsite_medium %lld\nsite_large %lld\n", times * 48LL * 25 * ROUNDS,
		times * 2000LL * ROUNDS, times * 300000LL * ROUNDS / 100);
}

static void *thread_main(void *arg)
{
	(void)arg;
	three_sites(ROUNDS);
	return NULL;
}

static void threads(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, thread_main, NULL) != 0)
			abort();
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	say(4);
}

static void forks(void)
{
	/* the parent has sampled blocks, which its children free */
	void *mine[2000];

	for (int i = 0; i < 2000; i++)
		mine[i] = malloc(20000);
	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			for (int k = 0; k < 2000; k++)
				free(mine[k]);
			three_sites(ROUNDS);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (int i = 0; i < 2000; i++)
		free(mine[i]);
	say(3);
}

static SITE void grow_by_realloc(void)
{
	char *p = NULL;

	for (size_t n = 1000; n <= 100000; n += 1000) {
		p = realloc(p, n);
		last = p;
	}
	/* one that cannot be had leaves the block as it was */
	if (realloc(p, (size_t)1 << 62))
		abort();
	free(p);
}

static int queue[2];

static void *freer(void *arg)
{
	void *p;

	(void)arg;
	while (read(queue[0], &p, sizeof(p)) == (ssize_t)sizeof(p))
		free(p);
	return NULL;
}

/* Freed by another thread than the one that allocates. */
static void hand_over(void)
{
	pthread_t t;

	if (pipe(queue) < 0 || pthread_create(&t, NULL, freer, NULL) != 0)
		abort();
	for (int i = 0; i < 100000; i++) {
		void *p = site_medium();

		if (write(queue[1], &p, sizeof(p)) < 0)
			abort();
	}
	close(queue[1]);
	pthread_join(t, NULL);
	printf("site_medium %lld\n", 100000LL * 1000);
}

static void pause_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

struct kept {
	struct kept *next;
	char text[2000];
};

static struct kept *leaked;

static SITE void leak_one(void)
{
	struct kept *k = malloc(sizeof(*k));

	if (!k)
		abort();
	memset(k->text, 1, sizeof(k->text));
	k->next = leaked;
	leaked = k;
}

static SITE void cache_one(int i)
{
	static char *cache[4000];
	char **slot = &cache[i % 4000];

	free(*slot);
	*slot = malloc(3000);
	if (!*slot)
		abort();
	memset(*slot, 1, 3000);
}

/* A cache that is full after a quarter of the time, and a leak that never ends. */
static void leak_and_cache(void)
{
	for (int i = 0; i < 16000; i++) {
		leak_one();
		cache_one(i);
		if (i % 80 == 0)
			pause_ms(10);
	}
}

static SITE char *load_all(void)
{
	char *p = malloc(96 << 20);

	if (!p)
		abort();
	memset(p, 1, 96 << 20);
	return p;
}

static void sudden(void)
{
	pause_ms(2000);
	char *p = load_all();

	last = p;
	pause_ms(2000);
	free(p);
}

/* Blocks of mixed sizes that live for a while, as servers have them; prints its CPU time in ms. */
static void churn(void)
{
	static unsigned char *block[4096];
	static size_t size[4096];
	unsigned long sum = 0;
	unsigned x = 1;
	struct timespec t;

	for (long i = 0; i < 24000000; i++) {
		x = x * 1664525 + 1013904223;
		unsigned k = x >> 16 & 4095;
		size_t n = 16 + (x >> 8 & 511);

		for (size_t b = 0; b < size[k]; b += 8)
			sum += block[k][b];
		free(block[k]);
		block[k] = malloc(n);
		if (!block[k])
			abort();
		memset(block[k], (int)x, n);
		size[k] = n;
	}
	last = &sum;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	fprintf(stderr, "cpu_ms %lld\n", (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (strcmp(mode, "three") == 0) {
		three_sites(ROUNDS);
		say(1);
	} else if (strcmp(mode, "threads") == 0) {
		threads();
	} else if (strcmp(mode, "fork") == 0) {
		forks();
	} else if (strcmp(mode, "exec") == 0) {
		three_sites(ROUNDS / 10);
		execl(argv[0], argv[0], "three", (char *)NULL);
	} else if (strcmp(mode, "realloc") == 0) {
		for (int i = 0; i < 100; i++)
			grow_by_realloc();
		printf("grow_by_realloc %lld\n", 100LL * 5050000);
	} else if (strcmp(mode, "handover") == 0) {
		hand_over();
	} else if (strcmp(mode, "leak") == 0) {
		leak_and_cache();
	} else if (strcmp(mode, "sudden") == 0) {
		sudden();
	} else if (strcmp(mode, "churn") == 0) {
		churn();
	} else if (strcmp(mode, "forever") == 0) {
		for (;;) {
			three_sites(1000);
			pause_ms(1);
		}
	} else {
		return 2;
	}
	return 0;
}
