/* SPDX-License-Identifier: MIT */
/* Accounts and their balances. */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

static struct account *account_by_code(struct book *book, const char *code)
{
	for (size_t i = 0; i < book->n; i++) {
		if (strcmp(book->acct[i].code, code) == 0)
			return &book->acct[i];
	}
	if (book->n == book->cap) {
		book->cap = book->cap ? book->cap * 2 : 64;
		book->acct = realloc(book->acct, book->cap * sizeof(*book->acct));
		if (!book->acct)
			abort();
	}
	struct account *a = &book->acct[book->n++];

	memset(a, 0, sizeof(*a));
	strncpy(a->code, code, sizeof(a->code) - 1);
	return a;
}

static bool parse_amount(const char *text, int64_t *cents)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text)
		return false;
	*cents = (int64_t)(v * 100 + (v < 0 ? -0.5 : 0.5));
	return true;
}

bool book_import(struct book *book, const char *line)
{
	const char *code = strchr(line, ';');
	const char *amount = code ? strchr(code + 1, ';') : NULL;
	char key[16] = "";
	int64_t cents;

	if (!amount || (size_t)(amount - code) > sizeof(key) || !parse_amount(amount + 1, &cents))
		return false;
	memcpy(key, code + 1, (size_t)(amount - code) - 1);
	struct account *a = account_by_code(book, key);

	a->cents += cents;
	a->entries++;
	return true;
}

int64_t book_total(const struct book *book)
{
	int64_t sum = 0;

	for (size_t i = 0; i < book->n; i++)
		sum += book->acct[i].cents;
	return sum;
}

void book_close(struct book *book)
{
	free(book->acct);
	book->acct = NULL;
	book->n = book->cap = 0;
}
