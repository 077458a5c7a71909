#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static int out;
static void emit_byte(char c) { if (write(out, &c, 1) != 1) _exit(1); }
static void put_record(int id, const char *name)
{
	char b[64]; int n = snprintf(b, sizeof b, "%d,%s\n", id, name);
	for (int i = 0; i < n; i++) emit_byte(b[i]);
}
int main(void)
{
	out = open("/dev/null", O_WRONLY);
	for (int i = 0; i < 450000; i++) put_record(i, "sensor");
	return 0;
}
