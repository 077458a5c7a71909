/* valvewait: a controller hands set points to a worker that drives a valve */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static atomic_int ready, done;
static int set_point;
static long position;

static void wait_for_order(void)
{
	while (!atomic_load_explicit(&ready, memory_order_acquire))
		;
}

static void move_valve(int target)
{
	for (int i = 0; i < 2000; i++)
		position += (target - position) / 7 + (i & 1);
}

static void *worker(void *arg)
{
	(void)arg;
	for (;;) {
		wait_for_order();
		atomic_store(&ready, 0);
		if (set_point < 0)
			return NULL;
		move_valve(set_point);
		atomic_fetch_add(&done, 1);
	}
}

static void order(int target)
{
	set_point = target;
	atomic_store_explicit(&ready, 1, memory_order_release);
}

int main(void)
{
	const char *s = getenv("SCALE");
	int orders = (int)(400 * (s ? atof(s) : 1.0));
	pthread_t t;
	if (pthread_create(&t, NULL, worker, NULL))
		return 1;
	for (int i = 0; i < orders; i++) {
		order(i * 13 % 900);
		nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
	}
	order(-1);
	pthread_join(t, NULL);
	printf("orders %d done %d position %ld\n", orders, atomic_load(&done), position);
	return 0;
}
