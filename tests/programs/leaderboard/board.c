// leaderboard: keeps the ranking of a running tournament
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { uint32_t player; int32_t points; uint32_t games; } Entry;
typedef struct { Entry *rows; int used; int size; } Board;

static int by_points(const void *pa, const void *pb)
{
	const Entry *a = (const Entry *)pa;
	const Entry *b = (const Entry *)pb;
	if (a->points != b->points)
		return a->points < b->points ? 1 : -1;
	if (a->games != b->games)
		return a->games < b->games ? -1 : 1;
	return a->player < b->player ? -1 : a->player > b->player;
}

static Entry *find(Board *b, uint32_t player, int *slot)
{
	int i = slot[player];
	return i >= 0 && b->rows[i].player == player ? &b->rows[i] : NULL;
}

static void record(Board *b, int *slot, uint32_t player, int gain)
{
	Entry *e = find(b, player, slot);
	if (!e) {
		e = &b->rows[b->used++];
		e->player = player;
		e->points = 0;
		e->games = 0;
	}
	e->points += gain;
	e->games++;
	qsort(b->rows, (size_t)b->used, sizeof(Entry), by_points);
	for (int i = 0; i < b->used; i++)
		slot[b->rows[i].player] = i;
}

static uint64_t digest(const Board *b)
{
	uint64_t h = 5381;
	for (int i = 0; i < b->used; i++)
		h = h * 33 + b->rows[i].player * 7u + (uint32_t)b->rows[i].points;
	return h;
}

int main(int argc, char **argv)
{
	double scale = 1.0;
	if (getenv("SCALE"))
		scale = atof(getenv("SCALE"));
	(void)argc; (void)argv;
	enum { PLAYERS = 1500 };
	Board b = { malloc(PLAYERS * sizeof(Entry)), 0, PLAYERS };
	int *slot = malloc(PLAYERS * sizeof(int));
	memset(slot, 0xff, PLAYERS * sizeof(int));
	uint32_t r = 12345;
	int games = (int)(44000 * scale);
	for (int g = 0; g < games; g++) {
		r = r * 1664525u + 1013904223u;
		record(&b, slot, (r >> 8) % PLAYERS, (int)(r >> 28));
	}
	printf("games %d players %d digest %llx\n", games, b.used, (unsigned long long)digest(&b));
	return 0;
}
