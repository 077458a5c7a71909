/* SPDX-License-Identifier: MIT */
/* Adds signals to the verdict of the words. */
#include "diagnose/evidence.h"

#include <math.h>
#include <stdlib.h>

/* Shares of a vote that count; see the header. */
#define GROUP_ALONE 0.5
#define MACHINE_BESIDE_TARGET 0.25
#define MACHINE_ALONE 0.5
#define UNMENTIONED 0.4
#define CONFIDENT_WORDS 0.5
/* Probability of a leaf that neither words nor evidence speak for. */
#define FLOOR 0.01
/* Weaker support or contradiction is not worth a sentence. */
#define WORTH_SAYING 0.7

enum { MAX_BECAUSE = 12, MAX_ALTERNATIVES = 5 };

struct leaf_score {
	const struct k_leaf *leaf;
	double words, evidence, p;
};

struct scores {
	const struct evidence_opts *opts;
	struct leaf_score *v;
	size_t n;
	const struct symptom *words;
	bool from_words; /* the words named something */
};

static double words_confidence(const struct symptom *s, const char *leaf)
{
	if (strcmp(s->leaf, leaf) == 0)
		return s->confidence;
	for (size_t i = 0; i < s->n_alternatives; i++)
		if (strcmp(s->alternatives[i].leaf, leaf) == 0)
			return s->alternatives[i].confidence;
	return 0;
}

static double scope_share(const struct evidence_opts *o, const struct signal_found *f)
{
	if (strcmp(f->scope, "target") == 0)
		return 1;
	/* a complaint without a target need not be about the machine it is typed on */
	if (o->has_words && !o->has_target)
		return 0;
	if (strcmp(f->scope, "group") == 0)
		return o->has_target ? 1 : GROUP_ALONE;
	return o->has_target ? MACHINE_BESIDE_TARGET : MACHINE_ALONE;
}

static const struct k_leaf *leaf_record(const struct scores *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].leaf->id, id) == 0)
			return s->v[i].leaf;
	return NULL;
}

/* Two leaves of one class may share what the words are sure of. */
static double class_confidence(const struct scores *s, const char *class_name)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].leaf->class_name, class_name) == 0)
			sum += words_confidence(s->words, s->v[i].leaf->id);
	return sum;
}

/* What one vote adds to one leaf. */
static double share_of_vote(const struct scores *s, const struct leaf_score *to,
	const struct signal_found *f, double weight)
{
	double share = scope_share(s->opts, f) * weight;
	const struct k_leaf *named = leaf_record(s, s->words->leaf);

	if (!s->from_words || weight <= 0 || !named ||
		class_confidence(s, named->class_name) < CONFIDENT_WORDS)
		return share;
	/* the words speak of something else: memory when they say latency */
	bool other = strcmp(named->class_name, to->leaf->class_name) != 0 &&
		words_confidence(s->words, to->leaf->id) < 0.1;

	return other ? share * UNMENTIONED : share;
}

static double votes_for(
	const struct scores *s, const struct leaf_score *to, const struct signal_found *f)
{
	double sum = 0;

	if (f->weight != 0 && strcmp(f->leaf, to->leaf->id) == 0)
		sum += share_of_vote(s, to, f, f->weight);
	for (size_t i = 0; f->record && i < f->record->n_votes; i++) {
		const struct k_cue_vote *v = &f->record->votes[i];

		if (strcmp(v->label, to->leaf->id) == 0 ||
			strcmp(v->label, to->leaf->class_name) == 0)
			sum += share_of_vote(s, to, f, v->weight);
	}
	return sum;
}

static bool is_unknown(const char *leaf)
{
	return strcmp(leaf, "unknown") == 0;
}

static void score_leaves(struct scores *s, struct arena *a)
{
	const struct knowledge *k = s->opts->knowledge;
	double total = 0;

	s->v = arena_array(a, k->n_leaves, sizeof(*s->v));
	s->n = k->n_leaves;
	for (size_t i = 0; i < s->n; i++)
		s->v[i].leaf = &k->leaves[i];
	for (size_t i = 0; i < s->n; i++) {
		struct leaf_score *l = &s->v[i];

		l->words = words_confidence(s->words, l->leaf->id);
		for (size_t f = 0; f < s->opts->n_signals; f++)
			l->evidence += votes_for(s, l, &s->opts->signals[f]);
		/* nothing said at all: "unknown" is what evidence has to beat */
		double prior = !s->from_words && is_unknown(l->leaf->id) ? 1 : MAX(l->words, FLOOR);

		l->p = prior * exp(MIN(l->evidence, 30.0));
		total += l->p;
	}
	for (size_t i = 0; i < s->n; i++)
		s->v[i].p /= total;
}

static int compare_leaves(const void *a, const void *b)
{
	const struct leaf_score *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? 1 : -1;
	return strcmp(x->leaf->id, y->leaf->id);
}

/* ---- because --------------------------------------------------------------------------------- */

struct reason {
	const char *text;
	double weight;
};

static int compare_reasons(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	return (fabs(x->weight) < fabs(y->weight)) - (fabs(x->weight) > fabs(y->weight));
}

/* Signals for (or against) a leaf, strongest first; returns how many. */
static size_t collect_reasons(const struct scores *s, const struct leaf_score *leaf, bool against,
	struct reason *ret, size_t max)
{
	size_t n = 0;

	for (size_t f = 0; f < s->opts->n_signals && n < max; f++) {
		double w = votes_for(s, leaf, &s->opts->signals[f]);

		if (against ? w <= -WORTH_SAYING : w >= WORTH_SAYING)
			ret[n++] = (struct reason){ s->opts->signals[f].text, w };
	}
	if (n > 1)
		qsort(ret, n, sizeof(*ret), compare_reasons);
	return n;
}

static const struct leaf_score *score_of(const struct scores *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].leaf->id, id) == 0)
			return &s->v[i];
	return NULL;
}

static void say_contradiction(const struct scores *s, const char *words_leaf, struct arena *a,
	struct caveats *caveats, struct symptom *ret)
{
	const struct leaf_score *said = score_of(s, words_leaf);
	struct reason against[4];
	size_t n = said && s->from_words
		? collect_reasons(s, said, true, against, ARRAY_LEN(against))
		: 0;

	if (n == 0)
		return;
	caveat_add(caveats, a, "words-against-evidence",
		"the words say %s, but what was measured speaks against it: %s", words_leaf,
		against[0].text);
	for (size_t i = 0; i < n && ret->n_because < MAX_BECAUSE; i++)
		ret->because[ret->n_because++] =
			arena_printf(a, "against %s: %s", words_leaf, against[i].text);
}

static void build_because(const struct scores *s, const struct leaf_score *best,
	const struct symptom *words, struct arena *a, struct symptom *ret)
{
	struct reason reasons[MAX_BECAUSE];
	size_t n = collect_reasons(s, best, false, reasons, 6);
	bool same = strcmp(words->leaf, best->leaf->id) == 0;
	const char **because = arena_array(a, MAX_BECAUSE, sizeof(*because));
	size_t at = 0;

	/* words first when they decided, measurements first when those did */
	for (size_t i = 0;
		same && words->confidence >= CONFIDENT_WORDS && i < words->n_because && at < 5; i++)
		because[at++] = words->because[i];
	size_t words_taken = at;

	for (size_t i = 0; i < n && at < MAX_BECAUSE - 3; i++)
		because[at++] = arena_printf(a, "measured: %s", reasons[i].text);
	for (size_t i = words_taken; same && i < words->n_because && at < MAX_BECAUSE - 3; i++)
		because[at++] = words->because[i];
	ret->because = because;
	ret->n_because = at;
	ret->from_signals = n > 0;
}

void evidence_apply(const struct evidence_opts *opts, struct arena *a, struct symptom *s,
	struct caveats *caveats)
{
	struct symptom words = *s;
	struct scores scores = { .opts = opts, .words = &words };
	bool moved = false;

	if (opts->process && strcmp(s->language, "none") == 0 && *opts->process->language)
		s->language = opts->process->language;
	scores.from_words = !is_unknown(words.leaf);
	score_leaves(&scores, a);
	for (size_t i = 0; i < scores.n; i++)
		moved = moved || scores.v[i].evidence != 0;
	if (!moved || scores.n == 0)
		return;
	qsort(scores.v, scores.n, sizeof(*scores.v), compare_leaves);
	const struct leaf_score *best = &scores.v[0];

	s->leaf = best->leaf->id;
	s->class_name = best->leaf->class_name;
	s->confidence = best->p;
	s->alternatives = arena_array(a, MAX_ALTERNATIVES, sizeof(*s->alternatives));
	s->n_alternatives = 0;
	for (size_t i = 1; i < scores.n && s->n_alternatives < MAX_ALTERNATIVES; i++)
		if (scores.v[i].p >= 0.03 && !is_unknown(scores.v[i].leaf->id))
			s->alternatives[s->n_alternatives++] =
				(struct symptom_alternative){ scores.v[i].leaf->id, scores.v[i].p };
	build_because(&scores, best, &words, a, s);
	if (strcmp(words.leaf, s->leaf) != 0)
		s->question = NULL; /* it was about another verdict */
	say_contradiction(&scores, words.leaf, a, caveats, s);
}
