/* SPDX-License-Identifier: MIT */
/* The list of cases, newest first. */
#pragma once

#include "base/sink.h"
#include "render/text_style.h"
#include "store/store.h"

void text_history(
	struct sink *out, const struct casefile *rows, size_t n, const struct text_style *style);
