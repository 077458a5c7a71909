/* SPDX-License-Identifier: MIT */
/* Finding the allocator underneath, which allocates while being looked for. */
#include "preload/real_malloc.h"

#include "preload/live_table.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { BOOT_BYTES = 16 << 10, BOOT_ALIGN = 64 };

/* For what dlsym allocates before it has told us where malloc is. Never given back. */
static _Alignas(BOOT_ALIGN) char boot[BOOT_BYTES];
static uint32_t boot_used;
static _Thread_local bool looking_up __attribute__((tls_model("initial-exec")));

bool real_is_boot(const void *p)
{
	return (const char *)p >= boot && (const char *)p < boot + BOOT_BYTES;
}

/* What lies at p is no longer than what is left of boot. */
static void copy_from_boot(void *to, const void *p, size_t n)
{
	size_t rest = (size_t)(boot + BOOT_BYTES - (const char *)p);

	memmove(to, p, n < rest ? n : rest);
}

void *real_boot_copy(const void *p, size_t n)
{
	void *q = real.malloc(n);

	if (q)
		copy_from_boot(q, p, n);
	return q;
}

void real_boot_pin(void)
{
	uint32_t used = __atomic_load_n(&boot_used, __ATOMIC_RELAXED);

	for (uint32_t at = 0; at < used && at < BOOT_BYTES; at += BOOT_ALIGN)
		live_filter_pin(boot + at);
}

static void *boot_alloc(size_t n)
{
	uint32_t need = (uint32_t)((n + BOOT_ALIGN - 1) / BOOT_ALIGN * BOOT_ALIGN);
	uint32_t at = BOOT_BYTES;

	if (n <= BOOT_BYTES)
		at = __atomic_fetch_add(&boot_used, need, __ATOMIC_RELAXED);
	if (at > BOOT_BYTES || need > BOOT_BYTES - at) {
		errno = ENOMEM;
		return NULL;
	}
	live_filter_pin(boot + at);
	return boot + at;
}

/* Whether the functions may be called now; not while this thread is looking for them. */
static bool known(void)
{
	if (looking_up)
		return false;
	real_malloc_init();
	return true;
}

static void *first_malloc(size_t n)
{
	return known() ? real.malloc(n) : boot_alloc(n);
}

static void *first_calloc(size_t n, size_t size)
{
	size_t all;

	if (known())
		return real.calloc(n, size);
	return __builtin_mul_overflow(n, size, &all) ? NULL : boot_alloc(all);
}

static void *first_realloc(void *p, size_t n)
{
	if (known())
		return real.realloc(p, n);

	void *q = boot_alloc(n);

	if (q && p)
		copy_from_boot(q, p, n);
	return q;
}

static void first_free(void *p)
{
	if (known())
		real.free(p);
}

static int first_posix_memalign(void **ret, size_t align, size_t n)
{
	return known() ? real.posix_memalign(ret, align, n) : ENOMEM;
}

static void *first_aligned_alloc(size_t align, size_t n)
{
	return known() ? real.aligned_alloc(align, n) : NULL;
}

static void *first_memalign(size_t align, size_t n)
{
	return known() ? real.memalign(align, n) : NULL;
}

static void *first_valloc(size_t n)
{
	return known() ? real.valloc(n) : NULL;
}

static void *first_pvalloc(size_t n)
{
	return known() ? real.pvalloc(n) : NULL;
}

struct real_malloc real = { first_malloc, first_calloc, first_realloc, first_free,
	first_posix_memalign, first_aligned_alloc, first_memalign, first_valloc, first_pvalloc };

static void *failing(void)
{
	errno = ENOMEM;
	return NULL;
}

/* A C library without this function: the program cannot have called it. */
static void *none_1(size_t n)
{
	(void)n;
	return failing();
}

static void *none_2(size_t align, size_t n)
{
	(void)align;
	(void)n;
	return failing();
}

static int none_3(void **ret, size_t align, size_t n)
{
	(void)ret;
	(void)align;
	(void)n;
	return ENOMEM;
}

/* POSIX lets a pointer from dlsym be used as a function through its bytes only. */
#define FIND(name, otherwise)                                          \
	do {                                                           \
		__typeof__(real.name) found = (otherwise);             \
		void *at = dlsym(RTLD_NEXT, #name);                    \
                                                                       \
		if (at)                                                \
			memcpy(&found, &at, sizeof(found));            \
		__atomic_store_n(&real.name, found, __ATOMIC_RELEASE); \
	} while (0)

void real_malloc_init(void)
{
	if (__atomic_load_n(&real.malloc, __ATOMIC_ACQUIRE) != first_malloc)
		return;
	looking_up = true;
	FIND(free, first_free);
	FIND(calloc, first_calloc);
	FIND(realloc, first_realloc);
	FIND(posix_memalign, none_3);
	FIND(aligned_alloc, none_2);
	FIND(memalign, none_2);
	FIND(valloc, none_1);
	FIND(pvalloc, none_1);
	/* last: it tells that all are there */
	FIND(malloc, first_malloc);
	looking_up = false;
}
