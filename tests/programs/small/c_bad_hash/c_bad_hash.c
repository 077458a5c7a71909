#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct sym { char *name; int count; struct sym *next; };
static struct sym *table[1024];
static unsigned hash_name(const char *s) { return (unsigned char)s[0] + (unsigned char)s[1]; }
static struct sym *intern(const char *name)
{
	unsigned h = hash_name(name) % 1024;
	struct sym *s;
	for (s = table[h]; s; s = s->next)
		if (!strcmp(s->name, name))
			return s;
	s = calloc(1, sizeof *s);
	s->name = strdup(name);
	s->next = table[h];
	table[h] = s;
	return s;
}
int main(void)
{
	char b[32]; unsigned x = 1;
	for (int i = 0; i < 260000; i++) { x = x * 69069 + 5; snprintf(b, sizeof b, "var_%u", (x >> 12) % 5000); intern(b)->count++; }
	long t = 0; for (int i = 0; i < 1024; i++) for (struct sym *s = table[i]; s; s = s->next) t += s->count * (long)strlen(s->name);
	printf("%ld\n", t); return 0;
}
