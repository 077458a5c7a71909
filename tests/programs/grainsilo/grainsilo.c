/* grainsilo: deliveries are weighed, dried, mixed and booked; healthy: no single bottleneck */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define N 4096
#define NI __attribute__((noinline))

static uint32_t s = 1;
static uint32_t rnd(void) { s = s * 1664525u + 1013904223u; return s >> 8; }

static NI void weigh(int *kg) { for (int i = 0; i < N; i++) kg[i] = (int)(rnd() % 30000); }

static NI void dry(const int *kg, int *water)
{
	for (int i = 0; i < N; i++) {
		int w = kg[i] % 211;
		for (int k = 0; k < 1; k++)
			w = w * 9 / 10 + k;
		water[i] = w;
	}
}

static NI uint32_t mix(const int *kg, const int *water)
{
	uint32_t h = 0;
	for (int i = 0; i < N; i++)
		h = (h ^ (uint32_t)(kg[i] - water[i])) * 16777619u;
	return h;
}

static NI int label(const int *kg, char *out)
{
	char *p = out;
	for (int i = 0; i < N; i++) {
		unsigned v = (unsigned)kg[i] & 63u;
		*p++ = (char)('0' + v / 10);
		*p++ = (char)('0' + v % 10);
	}
	return (int)(p - out);
}

static NI uint32_t book(const char *text, int n)
{
	uint32_t a = 1, b = 0;
	for (int i = 0; i < n; i += 2) {
		a += (unsigned char)text[i];
		b = (b + a) & 0xffffff;
	}
	return a ^ b << 8;
}

int main(void)
{
	const char *e = getenv("SCALE");
	int days = (int)(90000 * (e ? atof(e) : 1.0));
	static int kg[N], water[N];
	static char text[2 * N];
	uint32_t h = 0;
	for (int d = 0; d < days; d++) {
		weigh(kg);
		dry(kg, water);
		h = h * 31 + mix(kg, water) + book(text, label(kg, text));
	}
	printf("days %d checksum %08x\n", days, h);
	return 0;
}
