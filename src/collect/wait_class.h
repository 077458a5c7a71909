/* SPDX-License-Identifier: MIT */
/*
 * What a thread waits for, by the stack it went to sleep with: kernel functions first, then the
 * functions of the program next to them. The classes are knowledge (knowledge/waits).
 */
#pragma once

#include "base/map.h"
#include "knowledge/knowledge.h"
#include "model/profile.h"

enum wait_kind { WAIT_OTHER, WAIT_LOCK, WAIT_IO, WAIT_SLEEP, WAIT_QUEUE, WAIT_IDLE };

struct wait_class {
	const char *id; /* "lock", "disk" ...; "unknown" */
	enum wait_kind kind;
};

struct wait_classes {
	const struct knowledge *knowledge;
	const struct profile *profile;
	struct map_u64 seen; /* stack of the profile -> 1 + index of the record, 0 none */
};

void wait_classes_init(struct wait_classes *w, const struct profile *p, const struct knowledge *k);
void wait_classes_done(struct wait_classes *w);
struct wait_class wait_class_of(struct wait_classes *w, uint32_t stack);

/* The frame that stands below a waiting stack's leaf: "[waiting: lock]", "[idle: work]". */
uint32_t wait_frame(struct profile *p, struct wait_class c);
