/* SPDX-License-Identifier: MIT */
/* Words about locks. */
#include "analyze/locks.h"

#include "analyze/names.h"

/* Fewer looks at the owner say little. */
enum { MIN_LOOKS = 3 };

/* The nth function of the project from the leaf on, "" none. */
static const char *place(const struct profile *p, uint32_t stack, unsigned nth)
{
	const char *last = "";

	for (uint32_t s = stack; s; s = p->stacks.v[s].parent) {
		const struct frame *f = &p->frames.v[p->stacks.v[s].frame];
		const char *name = profile_str(p, f->function);

		if (f->kind != FRAME_APP || strcmp(name, last) == 0)
			continue;
		if (nth-- == 0)
			return name;
		last = name;
	}
	return "";
}

static bool goes_through(const struct profile *p, uint32_t stack, const char *function)
{
	_cleanup_(buf_done) struct buf plain = { 0 };
	bool closure;

	for (uint32_t s = stack; s; s = p->stacks.v[s].parent) {
		const char *name = profile_str(p, p->frames.v[p->stacks.v[s].frame].function);

		buf_clear(&plain);
		name_plain(name, &plain, &closure);
		if (strcmp(name, function) == 0 || strcmp(buf_cstr(&plain), function) == 0)
			return true;
	}
	return false;
}

const char *lock_sentence(const struct profile *p, const struct finding *f, struct arena *a)
{
	vec_foreach (l, &p->locks) {
		const char *holder = place(p, l->holder_stack, 0);
		const char *caller = place(p, l->holder_stack, 1);
		double share = l->threads_ns ? (double)l->wait_ns / (double)l->threads_ns : 0;

		if (!goes_through(p, l->wait_stack, f->where.function))
			continue;
		char *text = arena_printf(a,
			"%u thread%s wait%s %.0f %% of %s time for one lock (0x%llx)", l->threads,
			l->threads == 1 ? "" : "s", l->threads == 1 ? "s" : "",
			100 * (share < 1 ? share : 1), l->threads == 1 ? "its" : "their",
			(unsigned long long)l->address);

		if (l->looks < MIN_LOOKS || !*holder)
			return text;
		return arena_printf(a, "%s, held by %s%s%s (%llu of %llu looks)", text, holder,
			*caller ? " called from " : "", caller, (unsigned long long)l->holder_looks,
			(unsigned long long)l->looks);
	}
	return NULL;
}
