/* SPDX-License-Identifier: MIT */
/*
 * The library that is preloaded into a launched command and what it starts: malloc and its
 * relatives, every so many bytes recorded with registers and a copy of the stack. Nothing is
 * unwound, named or summed up here; perf-ops does that outside, from the memory they share.
 *
 * The usual call costs a subtraction from a counter of the thread, or for free one look into the
 * filter; both go on to the allocator that the program would have had.
 */
#include "preload/channel_writer.h"
#include "preload/draw.h"
#include "preload/live_table.h"
#include "preload/real_malloc.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))

static const int64_t NEVER = (int64_t)1 << 60; /* bytes until the next sample when off */

enum state { FRESH, STARTING, ON, OFF };

/* Per process: with live_filter this is what the child of a fork finds zeroed. */
static union {
	struct {
		uint32_t state;
		uint32_t lock; /* of the ring */
		uint32_t next_id;
		uint32_t level; /* eighths of the ring that were full last time */
		struct alloc_slot *slot;
	};
	char page[ALLOC_PAGE];
} process __attribute__((aligned(ALLOC_PAGE)));

static struct alloc_control *control; /* stays mapped over a fork */
static char channel_path[256];
static bool started; /* the constructor has run */

static _Thread_local struct {
	int64_t left;  /* bytes until the next sample */
	uint64_t mean; /* it was drawn with; 0: this thread has not drawn yet */
	uint64_t random;
	uintptr_t stack_low, stack_top; /* 0 unknown yet, 1 cannot be told */
	bool inside;                    /* our own work allocates: not sampled */
} self __attribute__((tls_model("initial-exec")));

/* ---- process and thread ----------------------------------------------------------------- */

static void child_of_fork(void)
{
	real_boot_pin();
}

static void child_without_wipe(void)
{
	memset(live_filter, 0, sizeof(live_filter));
	memset(&process, 0, sizeof(process));
	child_of_fork();
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv(ALLOC_CHANNEL_ENV);
	int saved = errno;

	real_malloc_init();
	if (path && strlen(path) < sizeof(channel_path)) {
		memcpy(channel_path, path, strlen(path) + 1);
		control = channel_connect(channel_path);
	}
	if (control) {
		channel_end_earlier(control, channel_path);
		bool wiped = madvise(live_filter, sizeof(live_filter), MADV_WIPEONFORK) == 0 &&
			madvise(&process, sizeof(process), MADV_WIPEONFORK) == 0;

		pthread_atfork(NULL, NULL, wiped ? child_of_fork : child_without_wipe);
	}
	started = true;
	errno = saved;
}

static enum state process_state(void)
{
	uint32_t s = __atomic_load_n(&process.state, __ATOMIC_ACQUIRE), fresh = FRESH;

	if (s != FRESH)
		return (enum state)s;
	if (!control)
		return started ? OFF : STARTING;
	if (!__atomic_compare_exchange_n(
		    &process.state, &fresh, STARTING, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return STARTING;
	process.slot = channel_claim(control, channel_path);
	__atomic_store_n(&process.state, process.slot ? ON : OFF, __ATOMIC_RELEASE);
	return process.slot ? ON : OFF;
}

static void draw(void)
{
	if (__atomic_load_n(&control->stop, __ATOMIC_RELAXED)) {
		self.left = NEVER;
		self.mean = 1;
		return;
	}
	if (!self.random) {
		struct timespec t;

		clock_gettime(CLOCK_MONOTONIC, &t);
		self.random = ((uint64_t)(uintptr_t)&self * 0x9e3779b97f4a7c15u) ^
			((uint64_t)t.tv_nsec << 20) ^ (uint64_t)t.tv_sec;
		self.random |= 1;
		draw_distance(&self.random, 1);
	}
	self.mean = __atomic_load_n(&control->mean_bytes, __ATOMIC_RELAXED);
	if (self.mean == 0)
		self.mean = 1;
	self.left = draw_distance(&self.random, self.mean);
}

/* ---- a sample --------------------------------------------------------------------------- */

extern void *__libc_stack_end __attribute__((weak)); /* of the main thread, set by ld.so */

static uintptr_t hex_of(const char *p, const char **ret_end)
{
	uintptr_t v = 0;

	for (;; p++) {
		unsigned c = (unsigned char)*p;
		unsigned digit = c >= '0' && c <= '9' ? c - '0'
			: c >= 'a' && c <= 'f'        ? c - 'a' + 10
						      : 16;

		if (digit == 16)
			break;
		v = v << 4 | digit;
	}
	*ret_end = p;
	return v;
}

/*
 * The mapping that holds this thread's stack, from /proc. Not by pthread_getattr_np: that function
 * itself allocates with the thread's lock held, so that asking it from an allocation can wait for
 * ever (JVMs call it in each thread they start).
 */
static void find_mapping(uintptr_t sp)
{
	enum { LINE_HEAD = 40 }; /* two addresses and the dash between them */
	int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	char text[1024], head[LINE_HEAD + 1];
	size_t n_head = 0;
	ssize_t n;

	while (fd >= 0 && (n = syscall(SYS_read, fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] != '\n') {
				if (n_head < LINE_HEAD)
					head[n_head++] = text[i];
				continue;
			}
			head[n_head] = 0;
			n_head = 0;

			const char *at;
			uintptr_t low = hex_of(head, &at);
			uintptr_t top = *at == '-' ? hex_of(at + 1, &at) : 0;

			if (sp >= low && sp < top) {
				/* the thread's descriptor lies at the top of its stack; what is
				 * mapped above it is somebody else's and may go */
				uintptr_t end = (uintptr_t)pthread_self();

				if (end > sp && end < top) {
					self.stack_low = low;
					self.stack_top = end;
				}
				syscall(SYS_close, fd);
				return;
			}
		}
	}
	if (fd >= 0)
		syscall(SYS_close, fd);
}

static void find_stack(uintptr_t sp)
{
	self.stack_low = 0;
	self.stack_top = 1;
	if (syscall(SYS_gettid) != getpid())
		find_mapping(sp);
	else if (&__libc_stack_end && __libc_stack_end)
		self.stack_top = (uintptr_t)__libc_stack_end;
}

/* On a stack of the program's own making (coroutines, signals): as far as memory is mapped. */
static size_t mapped_bytes(uintptr_t sp)
{
	uintptr_t end = (sp | (ALLOC_PAGE - 1)) + 1;
	unsigned char in_core;

	while (end - sp < ALLOC_MAX_STACK &&
		syscall(SYS_mincore, end, (size_t)ALLOC_PAGE, &in_core) == 0)
		end += ALLOC_PAGE;
	return end - sp;
}

static uint32_t stack_bytes(uintptr_t sp)
{
	size_t n;

	if (!self.stack_top)
		find_stack(sp);
	if (sp >= self.stack_low && sp < self.stack_top && self.stack_top - sp < (64u << 20))
		n = self.stack_top - sp;
	else
		n = mapped_bytes(sp);
	return (uint32_t)(n < ALLOC_MAX_STACK ? n : ALLOC_MAX_STACK);
}

static void lock_ring(void)
{
	for (unsigned spins = 0; __atomic_exchange_n(&process.lock, 1, __ATOMIC_ACQUIRE); spins++)
		if (spins > 50)
			sched_yield();
}

/* Where the unwinder starts: inside this function, whose own call frame information is known. */
#define CAPTURE(r)                                  \
	__asm__ volatile("leaq 0(%%rip), %%rax\n\t" \
			 "movq %%rax, 0(%0)\n\t"    \
			 "movq %%rsp, 8(%0)\n\t"    \
			 "movq %%rbp, 16(%0)\n\t"   \
			 "movq %%rbx, 24(%0)\n\t"   \
			 "movq %%r12, 32(%0)\n\t"   \
			 "movq %%r13, 40(%0)\n\t"   \
			 "movq %%r14, 48(%0)\n\t"   \
			 "movq %%r15, 56(%0)"       \
			 :                          \
			 : "r"(r)                   \
			 : "rax", "memory")

/*
 * perf-ops sets the distance by the rate it sees, but may be without a CPU just then, or busy with
 * what it needs to know about a new process: with each eighth of the ring that fills up meanwhile,
 * the distance doubles, so that the rest lasts ever longer; at most four times, since few heavy
 * samples are worth less than many light ones. Called with the ring locked.
 */
static void slow_down(uint64_t used)
{
	uint64_t mean = __atomic_load_n(&control->mean_bytes, __ATOMIC_RELAXED);
	uint32_t level = (uint32_t)(used / (ALLOC_RING_BYTES / 8));

	if (level > process.level && level <= 4 && mean < (uint64_t)1 << 32)
		__atomic_store_n(&control->mean_bytes, 2 * mean, __ATOMIC_RELAXED);
	process.level = level;
}

static NOINLINE void record(const void *p, size_t size)
{
	struct alloc_record r;
	struct timespec t;

	CAPTURE(r.regs);
	clock_gettime(CLOCK_MONOTONIC, &t);
	r.time_ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	r.tid = (uint32_t)syscall(SYS_gettid);
	r.size = size;
	r.mean_bytes = self.mean;
	r.pad = 0;
	r.stack_bytes = stack_bytes(r.regs[1]);

	struct alloc_slot *s = process.slot;

	lock_ring();
	r.id = ++process.next_id;
	r.place = live_add(s, p, r.id);

	slow_down(s->head - __atomic_load_n(&s->tail, __ATOMIC_RELAXED));

	bool written = channel_write(s, &r, (const void *)(uintptr_t)r.regs[1]);

	if (!written) {
		s->dropped++;
		s->dropped_bytes += size > self.mean ? size : self.mean;
	}
	__atomic_store_n(&process.lock, 0, __ATOMIC_RELEASE);
	if (!written && r.place != UINT32_MAX)
		live_remove(s, p);
}

/*
 * The counter has run out at an allocation of `size` bytes: whether this one is to be sampled.
 * False also inside our own work and at a thread's first allocation, when that lies before its
 * sample.
 */
static bool due(size_t size)
{
	if (self.inside)
		return false;
	if (self.mean == 0 && control) {
		draw();
		self.left -= (int64_t)size;
		if (self.left > 0)
			return false;
	}
	switch (process_state()) {
	case ON:
		return true;
	case STARTING: /* by another thread, or too early: this one is not sampled */
		self.mean = 0;
		self.left = 0;
		return false;
	default:
		self.left = NEVER;
		return false;
	}
}

/* After the allocation: records it and draws anew. */
static NOINLINE void *sampled(void *p, size_t size)
{
	int saved = errno;

	self.inside = true;
	if (p)
		record(p, size);
	draw();
	self.inside = false;
	errno = saved;
	return p;
}

/* ---- what programs call ----------------------------------------------------------------- */

static inline bool counts(size_t size)
{
	self.left -= (int64_t)size;
	return UNLIKELY(self.left <= 0);
}

static NOINLINE void *malloc_slow(size_t n)
{
	return due(n) ? sampled(real.malloc(n), n) : real.malloc(n);
}

EXPORT void *malloc(size_t n)
{
	if (counts(n))
		return malloc_slow(n);
	return real.malloc(n);
}

static NOINLINE void free_slow(void *p)
{
	if (real_is_boot(p))
		return;
	if (process.slot)
		live_remove(process.slot, p);
	real.free(p);
}

EXPORT void free(void *p)
{
	if (UNLIKELY(live_maybe(p)))
		free_slow(p);
	else
		real.free(p);
}

static NOINLINE void *calloc_slow(size_t n, size_t size, size_t all)
{
	return due(all) ? sampled(real.calloc(n, size), all) : real.calloc(n, size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all))
		return real.calloc(n, size);
	if (counts(all))
		return calloc_slow(n, size, all);
	return real.calloc(n, size);
}

/* The old block ends and the new one begins, also where it stays in place. */
static NOINLINE void *realloc_slow(void *p, size_t n, bool out)
{
	struct alloc_slot *s = process.slot;
	uint32_t place = UINT32_MAX, id = 0;

	if (real_is_boot(p))
		return real_boot_copy(p, n);

	bool sample = out && due(n);

	if (p && s && live_maybe(p))
		place = live_remove(s, p);
	if (place != UINT32_MAX)
		id = __atomic_load_n(&s->id[place], __ATOMIC_RELAXED);

	void *q = real.realloc(p, n);

	if (!q && n && place != UINT32_MAX) /* it stays as it was */
		live_put_back(s, p, place, id);
	return sample ? sampled(q, n) : q;
}

EXPORT void *realloc(void *p, size_t n)
{
	bool out = counts(n);

	if (out || UNLIKELY(live_maybe(p)))
		return realloc_slow(p, n, out);
	return real.realloc(p, n);
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

EXPORT int posix_memalign(void **ret, size_t align, size_t n)
{
	bool sample = counts(n) && due(n);
	int r = real.posix_memalign(ret, align, n);

	if (sample)
		sampled(r == 0 ? *ret : NULL, n);
	return r;
}

EXPORT void *aligned_alloc(size_t align, size_t n)
{
	bool sample = counts(n) && due(n);
	void *p = real.aligned_alloc(align, n);

	return sample ? sampled(p, n) : p;
}

EXPORT void *memalign(size_t align, size_t n)
{
	bool sample = counts(n) && due(n);
	void *p = real.memalign(align, n);

	return sample ? sampled(p, n) : p;
}

EXPORT void *valloc(size_t n)
{
	bool sample = counts(n) && due(n);
	void *p = real.valloc(n);

	return sample ? sampled(p, n) : p;
}

EXPORT void *pvalloc(size_t n)
{
	bool sample = counts(n) && due(n);
	void *p = real.pvalloc(n);

	return sample ? sampled(p, n) : p;
}
