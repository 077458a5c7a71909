/* SPDX-License-Identifier: MIT */
/* Table-driven option parsing. */
#include "cli/options.h"

#include "base/alloc.h"
#include "base/exit_code.h"
#include "base/span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int usage(struct err *err)
{
	if (err)
		err->exit_code = EXIT_USAGE;
	return -EINVAL;
}

bool parse_seconds(const char *text, double *ret)
{
	static const struct {
		const char *suffix;
		double factor;
	} units[] = { { "ms", 1e-3 }, { "us", 1e-6 }, { "s", 1 }, { "m", 60 }, { "min", 60 },
		{ "h", 3600 } };
	size_t n = strlen(text), digits = strspn(text, "0123456789.");
	double v;

	if (!digits || !span_parse_double(span_of(text, digits), &v))
		return false;
	if (digits == n) {
		*ret = v;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(text + digits, units[i].suffix) == 0) {
			*ret = v * units[i].factor;
			return true;
		}
	}
	return false;
}

unsigned edit_distance(const char *a, const char *b)
{
	enum { LIMIT = 32 };
	unsigned d[LIMIT + 1][LIMIT + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LIMIT || m > LIMIT)
		return LIMIT;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = (unsigned)i;
	for (size_t k = 0; k <= m; k++)
		d[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		for (size_t k = 1; k <= m; k++) {
			unsigned cost = a[i - 1] != b[k - 1];
			unsigned best = MIN(d[i - 1][k] + 1, d[i][k - 1] + 1);

			best = MIN(best, d[i - 1][k - 1] + cost);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				best = MIN(best, d[i - 2][k - 2] + 1);
			d[i][k] = best;
		}
	}
	return d[n][m];
}

static bool choice_ok(const char *choices, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = choices; *p;) {
		size_t len = strcspn(p, "|");

		if (len == n && strncmp(p, value, n) == 0)
			return true;
		p += len + (p[len] == '|');
	}
	return false;
}

static int store_number(
	const struct option *o, char *at, double v, const char *value, struct err *err)
{
	if (o->max > o->min && (v < o->min || v > o->max)) {
		fail(err, EINVAL, "--%s takes %g to %g, not '%s'", o->name, o->min, o->max, value);
		return usage(err);
	}
	memcpy(at + o->offset, &v, sizeof(v));
	return 0;
}

static int store(
	const struct option_group *g, const struct option *o, const char *value, struct err *err)
{
	char *at = g->values;
	uint64_t u;
	double v;

	switch (o->type) {
	case OPT_FLAG:
		*(bool *)(at + o->offset) = true;
		return 0;
	case OPT_CHOICE:
		if (!choice_ok(o->choices, value)) {
			fail(err, EINVAL, "--%s takes %s, not '%s'", o->name, o->choices, value);
			return usage(err);
		}
		memcpy(at + o->offset, &value, sizeof(value));
		return 0;
	case OPT_STRING:
		memcpy(at + o->offset, &value, sizeof(value));
		return 0;
	case OPT_UINT:
		if (!span_parse_u64(span_str(value), &u) || u > UINT32_MAX ||
			(o->max > o->min && ((double)u < o->min || (double)u > o->max))) {
			fail(err, EINVAL, "--%s takes a whole number%s, not '%s'", o->name,
				o->max > o->min ? " in its range" : "", value);
			return usage(err);
		}
		*(unsigned *)(at + o->offset) = (unsigned)u;
		return 0;
	case OPT_SECONDS:
		if (!parse_seconds(value, &v)) {
			fail(err, EINVAL, "--%s takes a duration such as 10, 500ms or 2m, not '%s'",
				o->name, value);
			return usage(err);
		}
		return store_number(o, at, v, value, err);
	case OPT_NUMBER:
		if (!span_parse_double(span_str(value), &v)) {
			fail(err, EINVAL, "--%s takes a number, not '%s'", o->name, value);
			return usage(err);
		}
		return store_number(o, at, v, value, err);
	}
	BUG("option type %d", (int)o->type);
}

struct found {
	const struct option_group *group;
	const struct option *option;
	bool ambiguous;
};

static struct found find_long(
	const struct option_group *groups, size_t n, const char *name, size_t len)
{
	struct found f = { 0 };

	for (size_t g = 0; g < n; g++) {
		for (const struct option *o = groups[g].options; o && o->name; o++) {
			if (strncmp(o->name, name, len) != 0)
				continue;
			if (strlen(o->name) == len)
				return (struct found){ &groups[g], o, false };
			f.ambiguous = f.option != NULL;
			f.group = &groups[g];
			f.option = o;
		}
	}
	return f;
}

static struct found find_short(const struct option_group *groups, size_t n, char c)
{
	for (size_t g = 0; g < n; g++)
		for (const struct option *o = groups[g].options; o && o->name; o++)
			if (o->short_name == c)
				return (struct found){ &groups[g], o, false };
	return (struct found){ 0 };
}

static void suggest(const struct option_group *groups, size_t n, const char *name, struct err *err)
{
	const char *best = NULL;
	unsigned best_d = 3;

	for (size_t g = 0; g < n; g++) {
		for (const struct option *o = groups[g].options; o && o->name; o++) {
			unsigned d = edit_distance(name, o->name);

			if (d < best_d) {
				best_d = d;
				best = o->name;
			}
		}
	}
	if (best)
		err_hint(err, "did you mean --%s?", best);
}

static int parse_long(int argc, const char *const *argv, int *i, const struct option_group *groups,
	size_t n_groups, struct parsed_args *ret, struct err *err)
{
	const char *name = argv[*i] + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);

	if (len == 4 && strncmp(name, "help", 4) == 0) {
		ret->help = true;
		return 0;
	}
	struct found f = find_long(groups, n_groups, name, len);

	if (!f.option || f.ambiguous) {
		char plain[64] = "";

		memcpy(plain, name, MIN(len, sizeof(plain) - 1));
		fail(err, EINVAL,
			f.ambiguous ? "option '--%s' is ambiguous" : "unknown option '--%s'",
			plain);
		suggest(groups, n_groups, plain, err);
		return usage(err);
	}
	if (f.option->type == OPT_FLAG && eq) {
		fail(err, EINVAL, "--%s takes no value", f.option->name);
		return usage(err);
	}
	const char *value = eq ? eq + 1 : NULL;

	if (f.option->type != OPT_FLAG && !value) {
		if (*i + 1 >= argc) {
			fail(err, EINVAL, "--%s needs a value (%s)", f.option->name, f.option->arg);
			return usage(err);
		}
		value = argv[++*i];
	}
	return store(f.group, f.option, value, err);
}

static int parse_short(int argc, const char *const *argv, int *i, const struct option_group *groups,
	size_t n_groups, struct parsed_args *ret, struct err *err)
{
	for (const char *p = argv[*i] + 1; *p; p++) {
		if (*p == 'h') {
			ret->help = true;
			continue;
		}
		struct found f = find_short(groups, n_groups, *p);

		if (!f.option) {
			fail(err, EINVAL, "unknown option '-%c'", *p);
			return usage(err);
		}
		if (f.option->type == OPT_FLAG) {
			store(f.group, f.option, NULL, err);
			continue;
		}
		const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;

		if (!value) {
			fail(err, EINVAL, "-%c needs a value (%s)", *p, f.option->arg);
			return usage(err);
		}
		return store(f.group, f.option, value, err);
	}
	return 0;
}

int options_parse(int argc, const char *const *argv, const struct option_group *groups,
	size_t n_groups, struct parsed_args *ret, struct err *err)
{
	struct parsed_args p = { .positional = xcalloc((size_t)argc + 1, sizeof(char *)) };

	for (int i = 0; i < argc; i++) {
		const char *a = argv[i];
		int r = 0;

		if (strcmp(a, "--") == 0) {
			if (i + 1 >= argc) {
				fail(err, EINVAL, "'--' must be followed by the command to run");
				r = usage(err);
			}
			p.command = argv + i + 1;
			i = argc;
		} else if (a[0] == '-' && a[1] == '-') {
			r = parse_long(argc, argv, &i, groups, n_groups, &p, err);
		} else if (a[0] == '-' && a[1]) {
			r = parse_short(argc, argv, &i, groups, n_groups, &p, err);
		} else {
			p.positional[p.n_positional++] = a;
		}
		if (r < 0) {
			parsed_args_done(&p);
			return r;
		}
	}
	*ret = p;
	return 0;
}

void parsed_args_done(struct parsed_args *p)
{
	free(p->positional);
	p->positional = NULL;
	p->n_positional = 0;
}
