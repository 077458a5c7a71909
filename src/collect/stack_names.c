/* SPDX-License-Identifier: MIT */
/* From raw stacks to stacks of a profile. */
#include "collect/stack_names.h"

/* Frame ids of the profile for each raw frame: ids[first[i] .. first[i + 1]). */
struct named_frames {
	vec_of(uint32_t) ids;
	vec_of(bool) machinery; /* by position in ids: left out between interpreted frames */
	uint32_t *first;
	bool *named;
};

static bool has_interpreted(const struct module_table *modules, const struct sample_store *store)
{
	vec_foreach (f, &store->frames)
		if (modules->v.v[f->module]->m.kind == MODULE_MANAGED)
			return true;
	return false;
}

static void name_frames(struct named_frames *ret, struct symbolizer *sym,
	struct module_table *modules, const struct sample_store *store)
{
	size_t n = store->frames.n;
	bool interpreted = has_interpreted(modules, store);

	ret->first = xcalloc(n + 1, sizeof(*ret->first));
	ret->named = xcalloc(n + 1, sizeof(*ret->named));
	for (size_t i = 0; i < n; i++)
		symbolizer_prepare(sym, &modules->v.v[store->frames.v[i].module]->m);
	for (size_t i = 0; i < n; i++) {
		const struct raw_frame *f = &store->frames.v[i];
		uint32_t ids[SYMBOLIZER_MAX_INLINE];
		size_t k = symbolizer_resolve(
			sym, &modules->v.v[f->module]->m, f, ids, &ret->named[i]);

		ret->first[i] = (uint32_t)ret->ids.n;
		for (size_t j = 0; j < k; j++) {
			*vec_push(&ret->ids) = ids[j];
			*vec_push(&ret->machinery) =
				interpreted && symbolizer_machinery(sym, ids[j]);
		}
	}
	ret->first[n] = (uint32_t)ret->ids.n;
}

void stack_names_init(struct stack_names *ret, struct symbolizer *sym, struct module_table *modules,
	const struct sample_store *store, struct profile *p)
{
	struct named_frames names = { 0 };

	name_frames(&names, sym, modules, store);
	ret->stack_of = xcalloc(store->nodes.n, sizeof(*ret->stack_of));
	ret->named = xcalloc(store->nodes.n, sizeof(*ret->named));
	/* parents come before their children */
	for (size_t i = 1; i < store->nodes.n; i++) {
		const struct raw_node *node = &store->nodes.v[i];
		uint32_t at = ret->stack_of[node->parent];

		for (uint32_t k = names.first[node->frame]; k < names.first[node->frame + 1]; k++)
			if (at == 0 || !names.machinery.v[k])
				at = profile_add_stack(p, at, names.ids.v[k]);
		ret->stack_of[i] = at;
		ret->named[i] = names.named[node->frame];
	}
	vec_done(&names.ids);
	vec_done(&names.machinery);
	free(names.first);
	free(names.named);
}

void stack_names_done(struct stack_names *n)
{
	free(n->stack_of);
	free(n->named);
	*n = (struct stack_names){ 0 };
}
