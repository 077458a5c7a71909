/* SPDX-License-Identifier: MIT */
/* Scores of the words classifier: cues found in the text, summed per label, as confidences. */
#include "diagnose/symptom.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "diagnose/negation.h"
#include "diagnose/phrase.h"
#include "knowledge/knowledge.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_BECAUSE = 5, MAX_ALTERNATIVES = 4, MAX_WORDS_BYTES = 64, N_REQUESTS = 5 };

static const char *const language_names[] = { "none", "python", "go", "rust", "javascript-backend",
	"javascript-frontend", "java", "c", "cpp", "ruby", "php", "dotnet", "sql" };
enum { N_LANGUAGES = ARRAY_LEN(language_names) };

struct cue { /* votes spread over all leaves; NAN-free, mostly zero */
	const char *id;
	struct phrase *phrases;
	size_t n_phrases;
	size_t *requires; /* concepts */
	size_t n_requires;
	double *leaf, *negated; /* [n_leaves], NULL when all zero */
	double request[N_REQUESTS];
	double language[N_LANGUAGES];
};

struct symptom_engine {
	const struct knowledge *k;
	struct phrase_book book;
	struct cue *cues;
	size_t n_cues;
	size_t unknown; /* index of the leaf "unknown" */
	struct arena arena;
};

/* ---- compiling --------------------------------------------------------------------------- */

/* Adds weight to the leaf, or to all leaves of the class, that `label` names. */
static bool leaf_vote(const struct knowledge *k, const char *label, double weight, double *ret)
{
	bool found = false;

	for (size_t i = 0; i < k->n_leaves; i++)
		if (strcmp(k->leaves[i].id, label) == 0 ||
			strcmp(k->leaves[i].class_name, label) == 0) {
			ret[i] += weight;
			found = true;
		}
	return found;
}

static int leaf_votes(struct symptom_engine *e, const struct k_cue *record,
	const struct k_cue_vote *votes, size_t n, double **ret, struct err *err)
{
	if (n == 0)
		return 0;
	*ret = arena_array(&e->arena, e->k->n_leaves, sizeof(**ret));
	for (size_t i = 0; i < n; i++)
		if (!leaf_vote(e->k, votes[i].label, votes[i].weight, *ret))
			return fail(err, EINVAL,
				"%s: cue '%s': '%s' is neither a leaf nor a class of leaves",
				record->origin, record->id, votes[i].label);
	return 0;
}

static int name_votes(const struct k_cue *record, const struct k_cue_vote *votes, size_t n,
	const char *const *names, size_t n_names, double *ret, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = 0;

		while (at < n_names && strcmp(names[at], votes[i].label) != 0)
			at++;
		if (at == n_names)
			return fail(err, EINVAL, "%s: cue '%s': unknown label '%s'", record->origin,
				record->id, votes[i].label);
		ret[at] += votes[i].weight;
	}
	return 0;
}

static int compile_cue(
	struct symptom_engine *e, const struct k_cue *record, struct cue *ret, struct err *err)
{
	const char *requests[N_REQUESTS];
	int r = 0;

	for (int i = 0; i < N_REQUESTS; i++)
		requests[i] = request_kind_name((enum request_kind)i);
	*ret = (struct cue){ .id = record->id, .n_phrases = record->phrases.n };
	ret->phrases = arena_array(&e->arena, record->phrases.n + 1, sizeof(*ret->phrases));
	ret->requires = arena_array(&e->arena, record->requires.n + 1, sizeof(*ret->requires));
	for (size_t i = 0; i < record->requires.n; i++) {
		size_t at = phrase_concept_find(&e->book, record->requires.v[i]);

		if (at == SIZE_MAX)
			return fail(err, EINVAL, "%s: cue '%s' requires the unknown concept '%s'",
				record->origin, record->id, record->requires.v[i]);
		ret->requires[ret->n_requires++] = at;
	}
	for (size_t i = 0; r >= 0 && i < record->phrases.n; i++)
		r = phrase_compile(
			&e->book, record->phrases.v[i], record->origin, &ret->phrases[i], err);
	if (r >= 0)
		r = leaf_votes(e, record, record->votes, record->n_votes, &ret->leaf, err);
	if (r >= 0)
		r = leaf_votes(e, record, record->negated, record->n_negated, &ret->negated, err);
	if (r >= 0)
		r = name_votes(record, record->request, record->n_request, requests, N_REQUESTS,
			ret->request, err);
	if (r >= 0)
		r = name_votes(record, record->language, record->n_language, language_names,
			N_LANGUAGES, ret->language, err);
	return r;
}

int symptom_engine_new(const struct knowledge *k, struct symptom_engine **ret, struct err *err)
{
	struct symptom_engine *e = xcalloc(1, sizeof(*e));
	int r;

	e->k = k;
	e->unknown = SIZE_MAX;
	for (size_t i = 0; i < k->n_leaves; i++)
		if (strcmp(k->leaves[i].id, "unknown") == 0)
			e->unknown = i;
	r = e->unknown == SIZE_MAX
		? fail(err, EINVAL, "the knowledge has no symptom leaf 'unknown'")
		: phrase_book_init(&e->book, k, err);
	if (r < 0) {
		free(e);
		return r;
	}
	e->cues = arena_array(&e->arena, k->n_cues + 1, sizeof(*e->cues));
	for (; r >= 0 && e->n_cues < k->n_cues; e->n_cues++)
		r = compile_cue(e, &k->cues[e->n_cues], &e->cues[e->n_cues], err);
	if (r < 0) {
		symptom_engine_free(e);
		return r;
	}
	*ret = e;
	return 0;
}

void symptom_engine_free(struct symptom_engine *e)
{
	if (!e)
		return;
	phrase_book_done(&e->book);
	arena_done(&e->arena);
	free(e);
}

/* ---- cues in the text -------------------------------------------------------------------- */

static bool not_negated(void *ctx, struct phrase_span span)
{
	return !negation_covers(ctx, span);
}

/* The text of the spans, "…" between them, white space as single blanks, cut to a readable length.
 */
static const char *span_words(
	const struct words *w, const struct phrase_span *spans, size_t n, struct arena *a)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct word *first = &w->v[spans[i].from], *last = &w->v[spans[i].to - 1];
		size_t end = last->start + last->len;

		if (i)
			buf_puts(&b, " … ");
		for (size_t at = first->start, from = b.n; at < end; at++) {
			char c = (char)w->text.p[at];
			bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';

			if (b.n - from >= MAX_WORDS_BYTES && (c & 0xc0) != 0x80) {
				buf_puts(&b, "…");
				break;
			}
			if (!blank)
				buf_putc(&b, c);
			else if (b.n == 0 || b.p[b.n - 1] != ' ')
				buf_putc(&b, ' ');
		}
	}
	char *s = arena_strdup(a, buf_cstr(&b));

	buf_done(&b);
	return s;
}

static bool cue_match(struct phrase_text *t, const struct cue *c, bool negated,
	struct negation *neg, struct phrase_span *spans, size_t *n)
{
	for (size_t i = 0; i < c->n_requires; i++)
		if (phrase_concept_spans(t, c->requires[i])->n == 0)
			return false;
	for (size_t i = 0; i < c->n_phrases; i++)
		if (phrase_match(t, &c->phrases[i], negated ? NULL : not_negated, neg, spans, n))
			return true;
	return false;
}

void symptom_hits(const struct symptom_engine *e, struct span text, struct arena *a,
	struct symptom_hit **ret, size_t *ret_n)
{
	struct words w;
	struct phrase_text t;
	struct phrase_span spans[PHRASE_MAX_SPANS];
	size_t n = 0, n_spans;

	words_split(&w, text, a);
	phrase_text_init(&t, &e->book, &w, a);
	struct negation *neg = negation_find(&t, a);
	struct symptom_hit *hits = arena_array(a, e->n_cues + 1, sizeof(*hits));

	for (size_t i = 0; i < e->n_cues; i++) {
		const struct cue *c = &e->cues[i];
		bool negated = false;

		if (!cue_match(&t, c, false, neg, spans, &n_spans)) {
			negated = true;
			if (!cue_match(&t, c, true, neg, spans, &n_spans))
				continue;
		}
		hits[n++] = (struct symptom_hit){ .cue = c->id,
			.index = i,
			.negated = negated,
			.words = span_words(&w, spans, n_spans, a) };
	}
	*ret = hits;
	*ret_n = n;
}

/* ---- scores ------------------------------------------------------------------------------ */

static void softmax(const double *score, size_t n, double *ret)
{
	double max = score[0], sum = 0;

	for (size_t i = 1; i < n; i++)
		max = MAX(max, score[i]);
	for (size_t i = 0; i < n; i++)
		sum += ret[i] = exp(score[i] - max);
	for (size_t i = 0; i < n; i++)
		ret[i] /= sum;
}

static size_t argmax(const double *v, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

/* The likeliest leaf of the likeliest class: leaves of one class share the evidence for the class.
 */
static size_t best_leaf(const struct knowledge *k, const double *p)
{
	size_t best = 0;
	double best_sum = 0;

	for (size_t i = 0; i < k->n_leaves; i++) {
		double sum = 0;

		for (size_t j = 0; j < k->n_leaves; j++)
			if (strcmp(k->leaves[j].class_name, k->leaves[i].class_name) == 0)
				sum += p[j];
		if (sum > best_sum || (sum == best_sum && p[i] > p[best])) {
			best = i;
			best_sum = sum;
		}
	}
	return best;
}

struct reason {
	const char *words;
	double weight;
};

/* Keeps the strongest reasons, sorted; a reason whose words are part of a stronger one is dropped.
 */
static void reason_add(struct reason *r, size_t *n, const char *words, double weight)
{
	size_t at = *n;

	if (weight < 0.2 || !words[0])
		return;
	for (size_t i = 0; i < *n; i++)
		if (strcmp(r[i].words, words) == 0) {
			r[i].weight += weight;
			return;
		}
	while (at > 0 && r[at - 1].weight < weight)
		at--;
	if (at >= MAX_BECAUSE)
		return;
	size_t kept = MIN(*n, (size_t)MAX_BECAUSE - 1);

	memmove(&r[at + 1], &r[at], (kept - at) * sizeof(*r));
	r[at] = (struct reason){ words, weight };
	*n = kept + 1;
}

static void set_because(
	struct symptom *ret, const struct reason *reasons, size_t n, struct arena *a)
{
	ret->because = arena_array(a, n + 1, sizeof(*ret->because));
	ret->n_because = n;
	for (size_t i = 0; i < n; i++)
		ret->because[i] = reasons[i].words;
}

static void set_alternatives(const struct symptom_engine *e, const double *p, size_t best,
	struct arena *a, struct symptom *ret)
{
	bool *taken = arena_array(a, e->k->n_leaves, sizeof(*taken));

	taken[best] = true;
	ret->alternatives = arena_array(a, MAX_ALTERNATIVES, sizeof(*ret->alternatives));
	while (ret->n_alternatives < MAX_ALTERNATIVES) {
		size_t next = SIZE_MAX;

		for (size_t i = 0; i < e->k->n_leaves; i++)
			if (!taken[i] && (next == SIZE_MAX || p[i] > p[next]))
				next = i;
		if (next == SIZE_MAX || p[next] < 0.03)
			break;
		taken[next] = true;
		ret->alternatives[ret->n_alternatives++] =
			/* a likelier leaf of a less likely class is no better answer */
			(struct symptom_alternative){ e->k->leaves[next].id,
				MIN(p[next], p[best]) };
		/* the question that would tell the two apart, when they are close */
		if (ret->n_alternatives == 1 && p[best] < 0.6 && p[next] > 0.2) {
			const char *q = e->k->leaves[next].question;

			if (!q[0])
				q = e->k->leaves[best].question;
			ret->question = q[0] ? q : NULL;
		}
	}
}

/* What a cue says about the winner, compared with what it says about leaves on average. */
static double lean(const double *votes, size_t n, size_t winner)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += votes[i];
	return votes[winner] - sum / (double)n;
}

void symptom_classify(const struct symptom_engine *e, struct span text,
	const struct symptom_evidence *extra, size_t n_extra, struct arena *a, struct symptom *ret)
{
	size_t n_leaves = e->k->n_leaves, n_hits, n_reasons = 0;
	double *leaf = arena_array(a, n_leaves, sizeof(*leaf)),
	       *p = arena_array(a, n_leaves, sizeof(*p));
	double *vote = arena_array(a, n_leaves, sizeof(*vote));
	double request[N_REQUESTS] = { 0 }, language[N_LANGUAGES] = { 0 }, rp[N_REQUESTS];
	struct reason reasons[MAX_BECAUSE];
	struct symptom_hit *hits;

	symptom_hits(e, text, a, &hits, &n_hits);
	for (size_t i = 0; i < n_leaves; i++)
		leaf[i] = e->k->leaves[i].prior;
	for (size_t h = 0; h < n_hits; h++) {
		const struct cue *c = &e->cues[hits[h].index];
		const double *v = hits[h].negated ? c->negated : c->leaf;

		for (size_t i = 0; v && i < n_leaves; i++)
			leaf[i] += v[i];
		for (size_t i = 0; i < N_REQUESTS; i++)
			request[i] += c->request[i];
		for (size_t i = 0; i < N_LANGUAGES; i++)
			language[i] += c->language[i];
	}
	*ret = (struct symptom){ 0 };
	for (size_t i = 0; i < n_extra; i++) {
		memset(vote, 0, n_leaves * sizeof(*vote));
		ret->from_signals |= leaf_vote(e->k, extra[i].label, extra[i].weight, vote);
		for (size_t j = 0; j < n_leaves; j++)
			leaf[j] += vote[j];
	}
	softmax(leaf, n_leaves, p);
	size_t best = best_leaf(e->k, p);

	for (size_t h = 0; h < n_hits; h++) {
		const double *v = hits[h].negated ? e->cues[hits[h].index].negated
						  : e->cues[hits[h].index].leaf;

		if (v)
			reason_add(reasons, &n_reasons, hits[h].words, lean(v, n_leaves, best));
	}
	for (size_t i = 0; i < n_extra; i++) {
		memset(vote, 0, n_leaves * sizeof(*vote));
		if (leaf_vote(e->k, extra[i].label, extra[i].weight, vote))
			reason_add(
				reasons, &n_reasons, extra[i].because, lean(vote, n_leaves, best));
	}
	softmax(request, N_REQUESTS, rp);
	ret->leaf = e->k->leaves[best].id;
	ret->class_name = e->k->leaves[best].class_name;
	ret->confidence = p[best];
	ret->language = language_names[argmax(language, N_LANGUAGES)];
	ret->request = (enum request_kind)argmax(rp, N_REQUESTS);
	ret->request_confidence = rp[ret->request];
	set_because(ret, reasons, n_reasons, a);
	set_alternatives(e, p, best, a, ret);
}
