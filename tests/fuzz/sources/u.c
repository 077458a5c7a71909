#include <string.h>
char b[64];
int main(int c, char **v)
{
	strcpy(b, v[0]);
	memcpy(b, v[0], (unsigned)c);
	return (int)strlen(b);
}
