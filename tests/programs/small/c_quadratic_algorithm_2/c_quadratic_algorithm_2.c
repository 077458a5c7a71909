#include <stdio.h>
#include <stdlib.h>
struct score { int points; int who; };
static void rank_scores(struct score *s, int n)
{
	for (int i = 0; i < n - 1; i++)
		for (int j = 0; j < n - 1 - i; j++)
			if (s[j].points < s[j + 1].points) {
				struct score t = s[j];
				s[j] = s[j + 1];
				s[j + 1] = t;
			}
}
int main(void)
{
	int n = 30000; struct score *s = malloc(n * sizeof *s); unsigned x = 9;
	for (int i = 0; i < n; i++) { x = x * 1664525u + 1013904223u; s[i].points = x >> 10; s[i].who = i; }
	rank_scores(s, n);
	printf("%d %d\n", s[0].who, s[n - 1].who); return 0;
}
