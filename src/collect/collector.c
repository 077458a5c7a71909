/* SPDX-License-Identifier: MIT */
/* The table of collectors and what they share. */
#include "collect/collector.h"

#include <poll.h>

const struct collector *const collectors[] = {
#define X(name) &name##_collector,
	COLLECTORS(X)
#undef X
		NULL,
};

void launch_change_add(
	struct launch_change *c, const char *name, const char *value, const char *join)
{
	*vec_push(&c->variables) = (struct launch_variable){
		.name = arena_strdup(&c->arena, name),
		.value = arena_strdup(&c->arena, value),
		.join = join ? arena_strdup(&c->arena, join) : NULL,
	};
}

void launch_change_done(struct launch_change *c)
{
	vec_done(&c->variables);
	arena_done(&c->arena);
}

bool collector_wait(const struct collector_target *t, uint64_t timeout_ns)
{
	struct pollfd p = { .fd = t->stop_fd, .events = POLLIN };

	return poll(&p, 1, (int)(timeout_ns / 1000000)) > 0;
}
