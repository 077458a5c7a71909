/* SPDX-License-Identifier: MIT */
/* Parser of pressure files: "some avg10=0.12 avg60=... avg300=... total=1234". */
#include "parse/proc_pressure.h"

#include <errno.h>

int proc_pressure_parse(struct span text, struct proc_pressure *ret, struct err *err)
{
	struct proc_pressure p = { 0 };
	struct span line, word, name;

	while (span_next_line(&text, &line)) {
		if (!span_next_word(&line, &word))
			continue;
		bool some = span_eq(word, "some");

		if (!some && !span_eq(word, "full"))
			continue;
		*(some ? &p.has_some : &p.has_full) = true;
		while (span_next_word(&line, &word)) {
			span_next_part(&word, '=', &name);
			if (span_eq(name, "avg10"))
				span_parse_double(word, some ? &p.some_avg10 : &p.full_avg10);
			else if (span_eq(name, "total"))
				span_parse_u64(word, some ? &p.some_total_us : &p.full_total_us);
		}
	}
	if (!p.has_some)
		return fail(err, EINVAL, "pressure file is not understood");
	*ret = p;
	return 0;
}
