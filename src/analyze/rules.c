/* SPDX-License-Identifier: MIT */
/* Matching knowledge rules against the evidence about an owner. */
#include "analyze/rules.h"

#include "knowledge/condition.h"
#include "model/resource.h"

#include <math.h>
#include <regex.h>

enum {
	MAX_HITS = 64,
	SCORE_INFO = 25,
	SCORE_WARNING = 75,
	SCORE_NO_FRAMES = 75, /* text and conditions alone */
};

static const char *const scope_names[TEXT_SCOPES] = {
	[TEXT_HOT] = "hot",
	[TEXT_LOOP] = "loop",
	[TEXT_BODY] = "body",
	[TEXT_CALL] = "call",
	[TEXT_FILE] = "file",
	[TEXT_NAME] = "name",
};

/* ---- frames ---------------------------------------------------------------------------------- */

/* Per function of the code map: one of the names matches. */
static bool *matching_functions(const struct code_map *code, const struct k_strings *names)
{
	bool *hit = xcalloc(code->functions.n ? code->functions.n : 1, sizeof(*hit));

	for (size_t i = 0; i < code->functions.n; i++) {
		const struct code_function *f = &code->functions.v[i];

		hit[i] = knowledge_glob_any(names, f->name) ||
			(f->name != f->plain && knowledge_glob_any(names, f->plain));
	}
	return hit;
}

/* The function that matches in one claim's stack for the role; UINT32_MAX when none. */
static uint32_t match_claim(
	const struct evidence *e, const struct blame_claim *c, enum k_role role, const bool *hit)
{
	const struct profile *p = e->blame->profile;
	const uint32_t *of_frame = e->blame->code.of_frame;
	uint32_t leaf = p->samples.v[c->sample].stack, from = leaf, to = c->stack,
		 found = UINT32_MAX;

	if (role == K_OWNER)
		return hit[e->owner->function] ? e->owner->function : UINT32_MAX;
	if (role == K_CALLER) {
		from = c->stack ? p->stacks.v[c->stack].parent : 0;
		to = 0;
	}
	if (role == K_LEAF && code_of_stack(&e->blame->code, leaf)->role == CODE_KERNEL) {
		/* the kernel's work is its caller's unless the kernel function itself is asked for
		 */
		if (hit[of_frame[p->stacks.v[leaf].frame]])
			return of_frame[p->stacks.v[leaf].frame];
		while (from && from != to &&
			code_of_stack(&e->blame->code, from)->role == CODE_KERNEL)
			from = p->stacks.v[from].parent;
	}
	for (uint32_t s = from; s && s != to; s = p->stacks.v[s].parent) {
		uint32_t fn = of_frame[p->stacks.v[s].frame];

		if (hit[fn] && (role != K_CALLEE || p->stacks.v[s].parent == to))
			found = fn;
		if (role == K_LEAF && e->blame->code.functions.v[fn].role != CODE_ACCESSOR)
			break;
		if (role == K_LEAF && hit[fn])
			break;
	}
	return found;
}

/* Share of the owner's weight whose stacks match; *ret_name is the heaviest matching function. */
static double frame_share(
	const struct evidence *e, const struct k_frame_match *m, const char **ret_name)
{
	const struct code_map *code = &e->blame->code;
	bool *hit = matching_functions(code, &m->names);
	double *by = xcalloc(code->functions.n ? code->functions.n : 1, sizeof(*by)), sum = 0;
	uint32_t best = UINT32_MAX;

	for (size_t i = 0; i < e->owner->n_claims; i++) {
		uint32_t fn = match_claim(e, &e->owner->claims[i], m->role, hit);

		if (fn == UINT32_MAX)
			continue;
		sum += e->owner->claims[i].weight;
		by[fn] += e->owner->claims[i].weight;
		if (best == UINT32_MAX || by[fn] > by[best])
			best = fn;
	}
	*ret_name = best == UINT32_MAX ? "" : code->functions.v[best].name;
	free(by);
	free(hit);
	return e->owner->weight > 0 ? sum / e->owner->weight : 0;
}

/* 25 at the info limit, 75 at the warning limit, rising more slowly towards 100 above. */
static double score_of(double share, const struct k_frame_match *m)
{
	double span = m->warning > m->info ? m->warning - m->info : 0.01;
	double x = (share - m->info) / span;

	return x <= 1 ? SCORE_INFO + (SCORE_WARNING - SCORE_INFO) * x
		      : 100 - (100 - SCORE_WARNING) * exp(1 - x);
}

/* ---- text ------------------------------------------------------------------------------------ */

struct pattern {
	char sign; /* '+', '-', 0 */
	bool scoped;
	enum text_scope scope;
	const char *regex;
};

static struct pattern pattern_of(const char *s)
{
	struct pattern p = { 0 };

	if (*s == '+' || *s == '-') {
		p.sign = *s++;
		while (*s == ' ')
			s++;
	}
	p.regex = s;
	for (int i = 0; i < TEXT_SCOPES; i++) {
		size_t n = strlen(scope_names[i]);

		if (strncmp(s, scope_names[i], n) == 0 && s[n] == ':') {
			p.scoped = true;
			p.scope = (enum text_scope)i;
			p.regex = s + n + 1;
			while (*p.regex == ' ')
				p.regex++;
		}
	}
	return p;
}

/* ret_text (may be NULL) gets the text that matched, trimmed to its line. */
static bool text_matches(
	const regex_t *re, const struct buf *text, struct arena *a, const char **ret_text)
{
	regmatch_t m[1];
	const char *t = buf_cstr(text);

	if (!text->n || regexec(re, t, 1, m, 0) != 0)
		return false;
	if (ret_text) {
		const char *from = t + m[0].rm_so, *to = t + m[0].rm_eo;

		while (from > t && from[-1] != '\n')
			from--;
		while (*to && *to != '\n' && to - from < 100)
			to++;

		struct span s = span_trim(span_of(from, (size_t)(to - from)));

		*ret_text = arena_strndup(a, s.p, s.n);
	}
	return true;
}

static bool find_pattern(
	const struct evidence *e, const struct pattern *p, struct arena *a, const char **ret_text)
{
	regex_t re;
	bool hit;

	if (regcomp(&re, p->regex, REG_EXTENDED | REG_NEWLINE) != 0)
		return false;
	if (p->scoped)
		hit = text_matches(&re, &e->scope[p->scope], a, ret_text);
	else
		hit = text_matches(&re, &e->scope[TEXT_HOT], a, ret_text) ||
			text_matches(&re, &e->scope[TEXT_LOOP], a, ret_text);
	regfree(&re);
	return hit;
}

static bool patterns_match(
	const struct evidence *e, const struct k_rule *r, struct arena *a, const char **ret_text)
{
	bool any = false, need_any = false;

	*ret_text = NULL;
	for (size_t i = 0; i < r->line_patterns.n; i++) {
		struct pattern p = pattern_of(r->line_patterns.v[i]);
		const char *text = NULL;
		bool hit = false;

		need_any = need_any || p.sign == 0;
		if (p.sign == 0 && any)
			continue;
		hit = find_pattern(e, &p, a, p.sign == '-' ? NULL : &text);
		if ((p.sign == '+' && !hit) || (p.sign == '-' && hit))
			return false;
		any = any || (p.sign == 0 && hit);
		if (hit && text && (!*ret_text || p.sign == 0) &&
			!(p.scoped && p.scope == TEXT_NAME))
			*ret_text = text;
	}
	return any || !need_any;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static const char *const native[] = { "c", "cpp", "rust", "go", "" };

static bool is_native(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(native); i++)
		if (strcmp(native[i], id) == 0)
			return true;
	return false;
}

/* Of a source file by its extension, "" unknown. */
static const char *language_of_file(const struct knowledge *k, const char *file)
{
	const char *dot = strrchr(file, '.');

	for (size_t i = 0; dot && i < k->n_languages; i++)
		for (size_t x = 0; x < k->languages[i].extensions.n; x++)
			if (strcmp(k->languages[i].extensions.v[x], dot + 1) == 0)
				return k->languages[i].id;
	return "";
}

/*
 * Language id of the owner: of the program as its debug information says, which knows C++ in a .h;
 * but where the file is no native source, the program is its interpreter. "" unknown.
 */
static const char *language_id(const struct knowledge *k, const struct evidence *e)
{
	const char *l = e->blame->profile->language;
	const char *of_file = language_of_file(k, e->function->file);

	if (!l || !*l || !is_native(of_file))
		return of_file;
	return strcmp(l, "c++") == 0 ? "cpp" : l;
}

static bool language_matches(
	const struct knowledge *k, const struct k_rule *r, const struct evidence *e)
{
	const char *id = language_id(k, e);

	for (size_t i = 0; i < r->languages.n; i++) {
		if (strcmp(r->languages.v[i], "any") == 0 || strcmp(r->languages.v[i], id) == 0)
			return true;
		if (strcmp(r->languages.v[i], "native") == 0 && is_native(id))
			return true;
	}
	return r->languages.n == 0;
}

static bool inputs_present(const struct k_rule *r, const struct evidence *e)
{
	for (size_t i = 0; i < r->needs.n; i++) {
		const char *need = r->needs.v[i];

		if (strcmp(need, "source") == 0 && !e->has_text)
			return false;
		if (strcmp(need, "kernel") == 0 &&
			e->blame->profile->quality.kernel_hidden > e->blame->count / 2)
			return false;
		if (strcmp(need, "counters") == 0)
			return false; /* no collector gives them yet */
	}
	return true;
}

static const char *const role_words[] = {
	[K_LEAF] = "running in it",
	[K_INCLUSIVE] = "below it",
	[K_CALLER] = "above it",
	[K_CALLEE] = "called by it",
	[K_OWNER] = "itself",
};

/* Minimal share when a frame group has no limits: any presence. */
static bool match_frames(const struct k_rule *r, const struct evidence *e, struct arena *a,
	struct rule_hit *hit, size_t *n)
{
	const char *name;

	hit->score = r->n_frames ? 100 : SCORE_NO_FRAMES;
	for (size_t i = 0; i < r->n_frames; i++) {
		const struct k_frame_match *m = &r->frames[i];
		double share = frame_share(e, m, &name);

		if (share <= 0 || share < m->info)
			return false;
		hit->score = MIN(hit->score, score_of(share, m));
		if (*n + 1 < FINDING_MAX_TEXT && m->role != K_OWNER)
			hit->evidence[(*n)++] = arena_printf(a, "%s is %.0f %% of it (%s)", name,
				100 * share, role_words[m->role]);
	}
	for (size_t i = 0; i < r->n_never; i++) {
		double share = frame_share(e, &r->never[i], &name);

		if (share > 0 && share >= r->never[i].info)
			return false;
	}
	return true;
}

static bool is_memory_rule(const struct knowledge *k, const struct k_rule *r)
{
	const struct k_cause *cause = knowledge_cause(k, r->cause);

	return cause && strcmp(cause->resource, "memory") == 0;
}

/* What is held is not explained by what makes code slow; what is allocated in passing may be. */
static bool fits_memory(const struct knowledge *k, const struct k_rule *r, const char *type)
{
	return strncmp(type, "alloc_", 6) == 0 ? !is_memory_rule(k, r) : is_memory_rule(k, r);
}

/*
 * Time off the CPU is not explained by what makes code slow: there only rules speak whose cause is
 * one of waiting, or that name a class of it.
 */
static bool fits_value(const struct knowledge *k, const struct k_rule *r, const struct evidence *e)
{
	const char *type = e->blame->profile->types[e->blame->type].name;
	const enum resource waiting = RESOURCE_WALL | RESOURCE_LOCK | RESOURCE_IO;

	if (resource_of_type(type) == RESOURCE_MEMORY)
		return fits_memory(k, r, type);
	if (!(resource_of_type(type) & waiting))
		return !is_memory_rule(k, r);
	for (size_t i = 0; i < r->n_frames; i++)
		for (size_t n = 0; n < r->frames[i].names.n; n++)
			if (strstr(r->frames[i].names.v[n], "waiting: "))
				return true;
	const struct k_cause *cause = knowledge_cause(k, r->cause);

	return cause &&
		(strcmp(cause->resource, "wall") == 0 || strcmp(cause->resource, "lock") == 0 ||
			strcmp(cause->resource, "io") == 0);
}

static bool match_rule(const struct knowledge *k, const struct k_rule *r, struct evidence *e,
	struct arena *a, struct rule_hit *hit)
{
	const char *text = NULL;
	size_t n = 0;

	*hit = (struct rule_hit){ .rule = r };
	if (!language_matches(k, r, e) || !inputs_present(r, e))
		return false;
	if (!fits_value(k, r, e))
		return false;
	if (r->producer.n && !knowledge_glob_any(&r->producer, e->blame->profile->producer))
		return false;
	if (r->when[0] && condition_eval(r->when, evidence_metric, e, NULL) != CONDITION_TRUE)
		return false;
	if (r->line_patterns.n && !patterns_match(e, r, a, &text))
		return false;
	if (!match_frames(r, e, a, hit, &n))
		return false;
	if (text && n + 1 < FINDING_MAX_TEXT)
		hit->evidence[n++] = arena_printf(a, "the source has: %s", text);
	hit->confidence = r->confidence * (0.6 + 0.4 * MIN(hit->score / SCORE_WARNING, 1.0));
	return true;
}

static bool vetoed(const struct rule_hit *hits, size_t n, const struct k_rule *r)
{
	for (size_t i = 0; i < n; i++)
		for (size_t v = 0; hits[i].rule != r && v < hits[i].rule->vetoes.n; v++)
			if (strcmp(hits[i].rule->vetoes.v[v], r->id) == 0)
				return true;
	return false;
}

static int more_convincing(const void *pa, const void *pb)
{
	const struct rule_hit *a = pa, *b = pb;

	if (a->confidence != b->confidence)
		return a->confidence < b->confidence ? 1 : -1;
	if (a->score != b->score)
		return a->score < b->score ? 1 : -1;
	return strcmp(a->rule->id, b->rule->id);
}

size_t rules_match(const struct knowledge *k, struct evidence *e, struct arena *a,
	struct rule_hit *ret, size_t max)
{
	struct rule_hit hits[MAX_HITS];
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < k->n_rules && n < MAX_HITS; i++)
		if (match_rule(k, &k->rules[i], e, a, &hits[n]))
			n++;
	qsort(hits, n, sizeof(hits[0]), more_convincing);
	for (size_t i = 0; i < n && kept < max; i++)
		if (!vetoed(hits, n, hits[i].rule))
			ret[kept++] = hits[i];
	return kept;
}
