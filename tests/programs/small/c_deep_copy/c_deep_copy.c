#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct { int owner, troops; char *name; } Cell;
typedef struct { int n; Cell *cells; } Board;
static Board *board_clone(const Board *b)
{
	Board *c = malloc(sizeof *c);
	c->n = b->n;
	c->cells = malloc(sizeof(Cell) * b->n);
	for (int i = 0; i < b->n; i++) { c->cells[i] = b->cells[i]; c->cells[i].name = strdup(b->cells[i].name); }
	return c;
}
static void board_free(Board *b) { for (int i = 0; i < b->n; i++) free(b->cells[i].name); free(b->cells); free(b); }
static int best_move(const Board *b)
{
	int best = -1, at = 0;
	for (int m = 0; m < b->n; m++) {
		Board *t = board_clone(b);
		t->cells[m].troops += 3;
		int s = t->cells[m].troops * 7 % 31;
		if (s > best) { best = s; at = m; }
		board_free(t);
	}
	return at;
}
int main(void) { Board b = { 120, malloc(sizeof(Cell) * 120) }; for (int i = 0; i < 120; i++) { char n[32]; snprintf(n, 32, "province number %d", i); b.cells[i] = (Cell){ i % 4, i % 9, strdup(n) }; } int s = 0; for (int r = 0; r < 400; r++) { b.cells[r % 120].troops++; s += best_move(&b); } printf("%d\n", s); return 0; }
