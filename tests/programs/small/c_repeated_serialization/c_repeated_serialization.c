#include <stdio.h>
#include <string.h>
struct player { int id, x, y; double hp; };
struct state { int n; struct player p[100]; };
static size_t state_to_json(const struct state *s, char *out, size_t cap)
{
	size_t n = (size_t)snprintf(out, cap, "{\"players\":[");
	for (int i = 0; i < s->n; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s{\"id\":%d,\"x\":%d,\"y\":%d,\"hp\":%.2f}", i ? "," : "", s->p[i].id, s->p[i].x, s->p[i].y, s->p[i].hp);
	n += (size_t)snprintf(out + n, cap - n, "]}");
	return n;
}
static unsigned send_to(int client, const char *msg, size_t n) { unsigned h = (unsigned)client; for (size_t i = 0; i < n; i += 64) h = h * 31 + (unsigned char)msg[i]; return h; }
static unsigned broadcast(const struct state *s, int clients)
{
	static char buf[65536]; unsigned h = 0;
	for (int c = 0; c < clients; c++) { size_t n = state_to_json(s, buf, sizeof buf); h ^= send_to(c, buf, n); }
	return h;
}
int main(void) { struct state s = { 100, {{0}} }; unsigned h = 0; for (int t = 0; t < 500; t++) { s.p[t % 100].x += t; s.p[t % 100].hp += 0.37; h += broadcast(&s, 80); } printf("%u\n", h); return 0; }
