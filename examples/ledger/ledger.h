/* SPDX-License-Identifier: MIT */
/* Accounts and their balances. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account {
	char code[16];
	int64_t cents;
	unsigned entries;
};

struct book {
	struct account *acct;
	size_t n, cap;
};

/* Adds one "date;account;amount;text" line; false when it is not understood. */
bool book_import(struct book *book, const char *line);
int64_t book_total(const struct book *book);
void book_close(struct book *book);
