/* pulsecount: several sensors are counted in parallel, one thread each */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SENSORS = 4 };

struct sensor_stats {
	volatile uint64_t pulses;
	volatile uint64_t weight;
};

static struct sensor_stats stats[SENSORS];
static long events;

static void *count_sensor(void *arg)
{
	struct sensor_stats *st = arg;
	uint32_t x = 1 + (uint32_t)(st - stats);
	for (long i = 0; i < events; i++) {
		x = x * 747796405u + 2891336453u;
		st->pulses++;
		st->weight += x >> 28;
	}
	return NULL;
}

int main(void)
{
	const char *s = getenv("SCALE");
	pthread_t t[SENSORS];
	events = (long)(120e6 * (s ? atof(s) : 1.0));
	for (int i = 0; i < SENSORS; i++)
		if (pthread_create(&t[i], NULL, count_sensor, &stats[i]))
			return 1;
	uint64_t p = 0, w = 0;
	for (int i = 0; i < SENSORS; i++) {
		pthread_join(t[i], NULL);
		p += stats[i].pulses;
		w += stats[i].weight;
	}
	printf("pulses %llu weight %llu\n", (unsigned long long)p, (unsigned long long)w);
	return 0;
}
