/* SPDX-License-Identifier: MIT */
/* JSON from a stream: what is taken, skipped and read byte by byte must agree. */
#include "parse/json_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trickle {
	struct span left;
	size_t step;
};

static ssize_t trickle(void *ctx, void *to, size_t n)
{
	struct trickle *t = ctx;

	n = MIN(MIN(n, t->step), t->left.n);
	if (n)
		memcpy(to, t->left.p, n);
	t->left = span_from(t->left, n);
	return (ssize_t)n;
}

/* A sum over everything that is read, without recursion. */
static uint64_t take_all(struct json_stream *j)
{
	uint8_t array[JSON_STREAM_MAX_DEPTH + 1];
	struct json_number number;
	uint64_t sum = 0;
	unsigned depth = 0;
	struct span s;

	for (;;) {
		enum json_kind kind = json_kind_next(j);

		sum = sum * 31 + kind;
		if (kind == JSON_KIND_ARRAY ? json_enter_array(j)
					    : kind == JSON_KIND_OBJECT && json_enter_object(j))
			array[depth++] = kind == JSON_KIND_ARRAY;
		else if (kind == JSON_KIND_STRING && json_take_string(j, &s))
			for (size_t i = 0; i < s.n; i++)
				sum = sum * 31 + s.p[i];
		else if (kind == JSON_KIND_NUMBER && json_take_number(j, &number))
			sum = sum * 31 + (uint64_t)(number.whole ? number.i : 1);
		for (; depth; depth--) {
			if (array[depth - 1] ? json_next_element(j) : json_next_key(j, &s))
				break;
			sum++;
		}
		if (!depth)
			return sum;
	}
}

static int run(struct span text, size_t step, bool take, uint64_t *ret_sum)
{
	struct trickle t = { text, step };
	struct byte_stream in;
	struct json_stream j;

	byte_stream_init(&in, trickle, &t);
	json_stream_init(&j, &in);
	*ret_sum = take ? take_all(&j) : 0;

	int r = json_stream_finish(&j, NULL);

	json_stream_done(&j);
	byte_stream_done(&in);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	uint64_t sum, other;
	int r = run(text, SIZE_MAX, true, &sum);

	if (run(text, 1, true, &other) != r || sum != other)
		abort();
	/* a string too long to be taken may still be skipped */
	if (run(text, 2, false, &other) != r && r != -27)
		abort();
	return 0;
}
