/* SPDX-License-Identifier: MIT */
/* The allocator that the program would have without us: the next one in the order of look-up. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct real_malloc {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
};

/* Callable at any time: the first call of each looks the functions up. */
extern struct real_malloc real;

/* Looks all of them up; what that itself allocates comes from a small memory of our own. */
void real_malloc_init(void);
/* Memory from before the allocator was known, which must not be given to it. */
bool real_is_boot(const void *p);
/* A copy of such memory as an ordinary block of n bytes. */
void *real_boot_copy(const void *p, size_t n);
/* The filter was wiped by a fork: makes such memory known to it again. */
void real_boot_pin(void);
