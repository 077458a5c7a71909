/* SPDX-License-Identifier: MIT */
/* Profile files read for a verb. */
#include "cli/import.h"

#include "collect/import_symbols.h"
#include "collect/imported_kinds.h"
#include "collect/profile_file.h"
#include "model/profile_merge.h"

#include <errno.h>

static int no_such_type(const struct profile_set *set, const char *type, struct err *err)
{
	_cleanup_(buf_done) struct buf have = { 0 };
	struct map_u64 seen = { 0 };
	struct strtab names;

	strtab_init(&names);
	for (size_t i = 0; i < set->v.n && have.n < 300; i++) {
		for (unsigned k = 0; k < set->v.v[i]->n_types; k++) {
			bool fresh;

			map_u64_put(&seen, strtab_add(&names, set->v.v[i]->types[k].name), &fresh);
			if (fresh)
				buf_printf(&have, "%s%s", have.n ? ", " : "",
					set->v.v[i]->types[k].name);
		}
	}
	fail(err, EINVAL, "the file has no values called '%s'", type);
	err_hint(err, "it has %s", buf_cstr(&have));
	map_u64_done(&seen);
	strtab_done(&names);
	return -EINVAL;
}

/* The profile with the most samples: what the file is mainly about. */
static size_t main_profile(const struct profile_set *set, const char *type)
{
	size_t best = 0;
	uint64_t most = 0;

	for (size_t i = 0; i < set->v.n; i++) {
		uint64_t n = profile_total_count(set->v.v[i]);

		if (type && profile_type(set->v.v[i], type) < 0)
			continue;
		if (n > most) {
			most = n;
			best = i;
		}
	}
	return best;
}

/*
 * One profile out of many. Those with the same types are parts of one measurement (threads,
 * processes, chunks) and are added; other value types stand beside them. The same type in another
 * unit, or by another clock, is not added: two rates in one sum mean nothing.
 */
static struct profile *join(struct profile_set *set, size_t first)
{
	struct profile *all = set->v.v[first];

	set->v.v[first] = set->v.v[0];
	set->v.v[0] = all;
	for (size_t i = 1; i < set->v.n; i++) {
		const struct profile *p = set->v.v[i];
		unsigned types = 0;

		for (unsigned k = 0; k < p->n_types; k++) {
			int have = profile_type(all, p->types[k].name);

			if (have < 0 ||
				(strcmp(all->types[have].unit, p->types[k].unit) == 0 &&
					all->period_ns == p->period_ns))
				types |= 1u << k;
		}
		unsigned taken = profile_merge(all, p, types);

		if (taken != (1u << p->n_types) - 1)
			caveat_add(&all->caveats, &all->arena, "profiles-left-out",
				"the file holds several profiles that cannot be added; the one "
				"with the most samples is shown (--type picks another)");
		caveats_append(&all->caveats, &all->arena, &p->caveats);
		all->quality.samples += p->quality.samples;
		all->quality.lost += p->quality.lost;
		all->quality.truncated += p->quality.truncated;
		all->quality.unsymbolised += p->quality.unsymbolised;
		if (p->quality.duration_ns > all->quality.duration_ns)
			all->quality.duration_ns = p->quality.duration_ns;
	}
	set->v.v[0] = NULL;
	return all;
}

static void count_threads(struct profile *p)
{
	struct map_u64 pids = { 0 };

	vec_foreach (t, &p->threads)
		map_u64_put(&pids, (uint64_t)t->pid, NULL);
	p->quality.n_threads = (uint32_t)p->threads.n;
	p->quality.n_processes = (uint32_t)pids.n;
	map_u64_done(&pids);
}

int import_read(struct invocation *inv, const struct import_request *req, struct imported *ret,
	struct err *err)
{
	struct profile_set set = { 0 };
	const struct format *format = NULL;
	struct import_symbols *symbols = import_symbols_new(inv->knowledge, req->project_root);
	int r = profile_file_read(req->path,
		&(struct profile_file_opts){
			.format = req->format, .symbols = import_symbols_callbacks(symbols) },
		&set, &format, err);
	bool kinds_known = import_symbols_used(symbols);

	import_symbols_free(symbols);
	if (r < 0)
		return r;
	size_t first = main_profile(&set, req->type);

	if (req->type && profile_type(set.v.v[first], req->type) < 0) {
		r = no_such_type(&set, req->type, err);
		profile_set_done(&set);
		return r;
	}
	size_t n_profiles = set.v.n;
	struct profile *p = join(&set, first);

	profile_set_done(&set);
	if (req->type)
		profile_put_first(p, (unsigned)profile_type(p, req->type));
	if (!kinds_known)
		imported_kinds(p, inv->knowledge, req->project_root);
	count_threads(p);
	p->quality.imported = true;
	if (!p->quality.rung)
		p->quality.rung = arena_printf(&p->arena, "imported: %s", format->title);
	if (!*p->command)
		p->command = arena_strdup(&p->arena, req->path);
	caveat_add(&p->caveats, &p->arena, "imported",
		"imported from a %s file: what it does not say (losses, slowdown, CPU time of the "
		"target) is not known",
		format->title);
	*ret = (struct imported){ .profile = p, .format = format, .n_profiles = n_profiles };
	return 0;
}
