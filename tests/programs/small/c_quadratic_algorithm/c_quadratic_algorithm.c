#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) int count_vowels(char *text)
{
	int n = 0;
	for (size_t i = 0; i < strlen(text); i++) {
		text[i] = (char)tolower((unsigned char)text[i]);
		if (strchr("aeiou", text[i])) n++;
	}
	return n;
}
int main(void)
{
	int len = 160000; char *t = malloc(len + 1);
	for (int i = 0; i < len; i++) t[i] = "Hello World "[i % 12];
	t[len] = 0;
	int n = 0; for (int k = 0; k < 3; k++) n += count_vowels(t);
	printf("%d\n", n); return 0;
}
