/* SPDX-License-Identifier: MIT */
/* Parser of /proc/PID/maps. */
#include "parse/proc_maps.h"

#include "base/compiler.h"

static const char deleted_suffix[] = " (deleted)";

static bool read_mapping(struct span line, struct proc_mapping *ret)
{
	struct proc_mapping m = { 0 };
	struct span word, part;

	if (!span_next_word(&line, &word) || !span_next_part(&word, '-', &part) ||
		!span_parse_hex(part, &m.start) || !span_parse_hex(word, &m.end) || m.end < m.start)
		return false;
	if (!span_next_word(&line, &word) || word.n < 4)
		return false;
	m.readable = word.p[0] == 'r';
	m.writable = word.p[1] == 'w';
	m.executable = word.p[2] == 'x';
	m.shared = word.p[3] == 's';
	if (!span_next_word(&line, &word) || !span_parse_hex(word, &m.offset))
		return false;
	if (!span_next_word(&line, &word) || !span_next_part(&word, ':', &part) ||
		!span_parse_hex(part, &m.dev_major) || !span_parse_hex(word, &m.dev_minor))
		return false;
	if (!span_next_u64(&line, &m.inode))
		return false;
	m.path = span_trim(line);
	size_t suffix = sizeof(deleted_suffix) - 1;

	if (m.path.n > suffix &&
		memcmp(m.path.p + m.path.n - suffix, deleted_suffix, suffix) == 0) {
		m.deleted = true;
		m.path.n -= suffix;
	}
	*ret = m;
	return true;
}

bool proc_maps_next(struct span *text, struct proc_mapping *ret)
{
	struct span line;

	while (span_next_line(text, &line))
		if (read_mapping(line, ret))
			return true;
	return false;
}
