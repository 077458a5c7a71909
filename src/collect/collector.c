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

bool collector_wait(const struct collector_target *t, uint64_t timeout_ns)
{
	struct pollfd p = { .fd = t->stop_fd, .events = POLLIN };

	return poll(&p, 1, (int)(timeout_ns / 1000000)) > 0;
}
