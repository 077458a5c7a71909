/* SPDX-License-Identifier: MIT */
/* Empty knowledge until the compiled tables are linked; weak, so they replace it. Delete with them. */
#include "knowledge/knowledge.h"

#include <errno.h>

__attribute__((weak)) const struct knowledge *knowledge_builtin(void)
{
	static const struct knowledge empty;

	return &empty;
}

__attribute__((weak)) int knowledge_overlay(const struct knowledge *base, const char *dir, struct arena *a,
	const struct knowledge **ret, struct err *err)
{
	(void)base, (void)a, (void)ret;
	return fail(err, ENOSYS, "cannot read the knowledge folder '%s'", dir);
}
