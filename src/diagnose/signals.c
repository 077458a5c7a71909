/* SPDX-License-Identifier: MIT */
/* Turns metrics into signals through the records. */
#include "diagnose/signals.h"

#include "knowledge/condition.h"

#include <math.h>
#include <stdlib.h>

static enum severity severity_of(const char *word)
{
	if (strcmp(word, "critical") == 0)
		return SEVERITY_CRITICAL;
	return strcmp(word, "warning") == 0 ? SEVERITY_WARNING : SEVERITY_INFO;
}

static const char *fill_text(const struct metrics *m, const char *text, struct arena *a)
{
	struct buf b;

	buf_init(&b, 700);
	while (*text) {
		if (*text == '{')
			text += metrics_put_place(m, text, &b);
		else
			buf_putc(&b, *text++);
	}
	const char *ret = arena_strdup(a, buf_cstr(&b));

	buf_done(&b);
	return ret;
}

static int scope_rank(const char *scope)
{
	return strcmp(scope, "target") == 0 ? 0 : strcmp(scope, "group") == 0 ? 1 : 2;
}

static int compare(const void *a, const void *b)
{
	const struct signal_found *x = a, *y = b;

	if (x->quiet != y->quiet)
		return x->quiet ? 1 : -1;
	if (x->severity != y->severity)
		return (int)y->severity - (int)x->severity;
	if (scope_rank(x->scope) != scope_rank(y->scope))
		return scope_rank(x->scope) - scope_rank(y->scope);
	if (fabs(x->weight) != fabs(y->weight))
		return fabs(x->weight) < fabs(y->weight) ? 1 : -1;
	return strcmp(x->id, y->id);
}

void signals_find(const struct knowledge *k, const struct baseline *b, struct arena *a,
	struct signal_found **ret, size_t *ret_n)
{
	struct metrics m;
	size_t n = 0;

	metrics_init(&m, k, b);
	*ret = arena_array(a, k->n_signals, sizeof(**ret));
	for (size_t i = 0; i < k->n_signals; i++) {
		const struct k_signal *s = &k->signals[i];

		if (condition_eval(s->when, metrics_read, &m, NULL) != CONDITION_TRUE)
			continue;
		const struct metric_value *v = metrics_find(&m, s->value, strlen(s->value));

		(*ret)[n++] = (struct signal_found){
			.id = s->id,
			.severity = severity_of(s->severity),
			.text = fill_text(&m, s->text, a),
			.value = v ? v->v : 0,
			.threshold = s->threshold,
			.source = s->source,
			.leaf = s->leaf,
			.weight = s->weight,
			.scope = *s->scope ? s->scope : "machine",
			.quiet = s->quiet,
			.record = s,
		};
	}
	if (n > 1)
		qsort(*ret, n, sizeof(**ret), compare);
	*ret_n = n;
}
