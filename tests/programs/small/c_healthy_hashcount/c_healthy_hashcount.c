#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct entry { char key[24]; int n; };
static struct entry *tab; static size_t cap = 1 << 16;
static uint64_t hash(const char *s) { uint64_t h = 14695981039346656037ull; for (; *s; s++) h = (h ^ (unsigned char)*s) * 1099511628211ull; return h; }
static struct entry *lookup(const char *k)
{
	size_t i = hash(k) & (cap - 1);
	while (tab[i].key[0] && strcmp(tab[i].key, k) != 0)
		i = (i + 1) & (cap - 1);
	if (!tab[i].key[0]) snprintf(tab[i].key, sizeof tab[i].key, "%s", k);
	return &tab[i];
}
int main(void) { tab = calloc(cap, sizeof *tab); char keys[4000][24]; for (int i = 0; i < 4000; i++) snprintf(keys[i], 24, "customer-%d", i * 7919); unsigned x = 1; for (int i = 0; i < 40000000; i++) { x = x * 1664525u + 1013904223u; lookup(keys[(x >> 8) % 4000])->n++; } printf("%d\n", tab[5].n); return 0; }
