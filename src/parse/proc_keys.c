/* SPDX-License-Identifier: MIT */
/* "key value" lines through a table. */
#include "parse/proc_keys.h"

static bool key_is(struct span word, const char *key)
{
	if (word.n && word.p[word.n - 1] == ':')
		word.n--;
	return span_eq(word, key);
}

size_t proc_keys_read(struct span text, const struct proc_key *keys, size_t n, void *ret)
{
	struct span line, word, unit;
	size_t found = 0, next = 0;

	while (span_next_line(&text, &line)) {
		if (!span_next_word(&line, &word))
			continue;
		/* the tables follow the order of the files: most lines cost one comparison */
		for (size_t tried = 0; tried < n; tried++) {
			const struct proc_key *k = &keys[(next + tried) % n];
			uint64_t v;

			if (!key_is(word, k->key))
				continue;
			if (span_next_u64(&line, &v)) {
				if (span_next_word(&line, &unit) && span_eq(unit, "kB") &&
					__builtin_mul_overflow(v, 1024, &v))
					v = UINT64_MAX;
				memcpy((char *)ret + k->offset, &v, sizeof(v));
				found++;
			}
			next = (next + tried + 1) % n;
			break;
		}
	}
	return found;
}
