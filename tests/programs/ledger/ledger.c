/* ledger: books a stream of postings and prints the balances */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct account {
	char code[16];
	long cents;
	int postings;
};

struct book {
	struct account *acct;
	size_t n, cap;
};

static unsigned long long seed = 88172645463325252ULL;

static unsigned next(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static struct account *account_by_code(struct book *b, const char *code)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->acct[i].code, code) == 0)
			return &b->acct[i];
	if (b->n == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 64;
		b->acct = realloc(b->acct, b->cap * sizeof *b->acct);
	}
	struct account *a = &b->acct[b->n++];
	memset(a, 0, sizeof *a);
	snprintf(a->code, sizeof a->code, "%s", code);
	return a;
}

static int parse_row(char *row, char **code, long *cents)
{
	char *semi = strchr(row, ';');
	if (!semi)
		return -1;
	*semi = '\0';
	*code = row;
	*cents = strtol(semi + 1, NULL, 10);
	return 0;
}

static void post(struct book *b, char *row)
{
	char *code;
	long cents;
	if (parse_row(row, &code, &cents) < 0)
		return;
	struct account *a = account_by_code(b, code);
	a->cents += cents;
	a->postings++;
}

int main(void)
{
	const char *s = getenv("SCALE");
	long rows = (long)(260000 * (s ? atof(s) : 1.0));
	struct book b = { 0 };
	char row[64];
	for (long i = 0; i < rows; i++) {
		snprintf(row, sizeof row, "DE%06u;%u", next(4000) * 37, next(100000));
		post(&b, row);
	}
	long sum = 0;
	for (size_t i = 0; i < b.n; i++)
		sum = sum * 31 + b.acct[i].cents + b.acct[i].postings;
	printf("accounts %zu checksum %lx\n", b.n, (unsigned long)sum);
	free(b.acct);
	return 0;
}
