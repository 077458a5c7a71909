/* SPDX-License-Identifier: MIT */
/* Messages of the inspector protocol that V8 and Chrome speak: JSON, one object each. */
#pragma once

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct inspector_message {
	int64_t id; /* of the call it answers, -1: an event */
	bool has_result;
	char error[256]; /* "" none */
};

/* False when it is no such message. */
bool inspector_message_read(struct span text, struct inspector_message *ret);
/*
 * The path of the first target in the answer of /json/list that is to be spoken to
 * ("/3c0a…"), and its port; false when there is none on a loopback address.
 */
bool inspector_target_path(struct span text, char *path, size_t path_size, uint16_t *ret_port);
