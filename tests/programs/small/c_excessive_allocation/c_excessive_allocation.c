#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct tok { char *s; struct tok *next; };
static struct tok *tokenize(const char *line)
{
	struct tok *head = NULL;
	const char *p = line;
	while (*p) {
		size_t n = strcspn(p, ",");
		struct tok *t = malloc(sizeof *t);
		t->s = malloc(n + 1);
		memcpy(t->s, p, n); t->s[n] = 0;
		t->next = head; head = t;
		p += n + (p[n] == ',');
	}
	return head;
}
static int count_fields(const char *line) { int k = 0; struct tok *t = tokenize(line); while (t) { struct tok *n = t->next; k += t->s[0] == 'b'; free(t->s); free(t); t = n; } return k; }
int main(void) { long k = 0; for (int i = 0; i < 1500000; i++) k += count_fields("alpha,beta,gamma,delta,beta,epsilon,zeta,eta"); printf("%ld\n", k); return 0; }
