/* SPDX-License-Identifier: MIT */
/* Laying one knowledge set over another; knowledge_overlay (knowledge.h) is the public door. */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "knowledge/records.h"

/* over replaces records with the same id and adds the others; then everything is checked. */
int knowledge_merge(const struct knowledge *base, const struct knowledge *over, struct arena *a,
	struct knowledge *ret, struct err *err);
/* The overlay of one file's text, as knowledge_overlay does for a folder. */
int knowledge_overlay_text(const struct knowledge *base, struct span text, const char *name,
	struct arena *a, const struct knowledge **ret, struct err *err);
