/* SPDX-License-Identifier: MIT */
/* Looking at the first bytes of a file. */
#include "parse/sniff.h"

int sniff_first(struct span head)
{
	if (span_starts(head, "\xef\xbb\xbf"))
		head = span_from(head, 3);
	head = span_trim(head);
	return head.n ? head.p[0] : 0;
}

bool sniff_has(struct span head, const char *word)
{
	return head.n && memmem(head.p, head.n, word, strlen(word));
}

bool sniff_line(struct span head, const char *start)
{
	struct span line;

	while (span_next_line(&head, &line))
		if (span_starts(line, start))
			return true;
	return false;
}
