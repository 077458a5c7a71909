/* SPDX-License-Identifier: MIT */
/*
 * Makes a large valid perf.data file out of a small one: its samples again and again at later
 * times, in rounds, as a longer recording of the same program would be.
 *
 *	grow-perf-data IN OUT MEGABYTES
 */
#include "base/alloc.h"
#include "base/file.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADER = 104, FINISHED_ROUND = 68 };

static uint64_t get(const char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

static void put(char *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/* Bytes before the time in a sample. */
static size_t time_offset(uint64_t sample_type)
{
	return 8 +
		8 *
		(size_t)__builtin_popcountll(
			sample_type & (PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID));
}

int main(int argc, char **argv)
{
	_cleanup_(buf_done) struct buf in = { 0 }, samples = { 0 };
	uint64_t first = UINT64_MAX, last = 0;

	if (argc != 4 || file_read(argv[1], 256 << 20, &in, NULL) < 0 || in.n < HEADER) {
		fprintf(stderr, "usage: grow-perf-data IN OUT MEGABYTES\n");
		return 2;
	}
	uint64_t attrs = get(in.p + 24), data = get(in.p + 40), size = get(in.p + 48);
	uint64_t target = strtoull(argv[3], NULL, 10) << 20;
	size_t at_time = time_offset(get(in.p + attrs + 24));

	for (uint64_t at = data; at + 8 <= data + size;) {
		uint32_t type;
		uint16_t n;

		memcpy(&type, in.p + at, 4);
		memcpy(&n, in.p + at + 6, 2);
		if (type == PERF_RECORD_SAMPLE) {
			uint64_t t = get(in.p + at + at_time);

			first = MIN(first, t);
			last = MAX(last, t);
			buf_add(&samples, in.p + at, n);
		}
		at += n;
	}
	if (!samples.n)
		return 1;
	FILE *out = fopen(argv[2], "wb");

	if (!out)
		return 1;
	uint64_t grown = size, round_bytes = samples.n + 8, rounds = 0;

	while (grown < target) {
		grown += round_bytes;
		rounds++;
	}
	char header[HEADER];

	memcpy(header, in.p, HEADER);
	put(header + 48, grown);
	fwrite(header, 1, HEADER, out);
	fwrite(in.p + HEADER, 1, data + size - HEADER, out);
	for (uint64_t i = 0; i < rounds; i++) {
		static const char round[8] = { FINISHED_ROUND, 0, 0, 0, 0, 0, 8, 0 };

		for (size_t at = 0; at < samples.n;) {
			uint16_t n;
			char *t = samples.p + at + at_time;

			memcpy(&n, samples.p + at + 6, 2);
			put(t, get(t) + last - first + 1000000);
			at += n;
		}
		fwrite(samples.p, 1, samples.n, out);
		fwrite(round, 1, 8, out);
	}
	/* sections behind the records move by what was added */
	unsigned n_features = 0;

	for (size_t i = 72; i < HEADER; i += 8)
		n_features += (unsigned)__builtin_popcountll(get(in.p + i));
	for (unsigned i = 0; i < n_features; i++) {
		char *section = in.p + data + size + 16ull * i;

		put(section, get(section) + grown - size);
	}
	fwrite(in.p + data + size, 1, in.n - data - size, out);
	return fclose(out) ? 1 : 0;
}
