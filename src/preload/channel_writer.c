/* SPDX-License-Identifier: MIT */
/* The target's side of the channel. */
#include "preload/channel_writer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Plain system calls: the C library's open and read are cancellation points, malloc is none. */
static int sys_open(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY);
}

static void sys_close(int fd)
{
	syscall(SYS_close, fd);
}

static void *map_part(const char *path, off_t offset, size_t n, bool reserve)
{
	int fd = sys_open(path, O_RDWR);
	void *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	/* writing to a page that finds no room on the disk would end the program */
	if (!reserve || syscall(SYS_fallocate, fd, 0, offset, n) == 0)
		p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	sys_close(fd);
	return p == MAP_FAILED ? NULL : p;
}

struct alloc_control *channel_connect(const char *path)
{
	struct alloc_control *c = map_part(path, 0, ALLOC_PAGE, false);

	if (!c)
		return NULL;
	if (c->magic != ALLOC_MAGIC || __atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		munmap(c, ALLOC_PAGE);
		return NULL;
	}
	__atomic_fetch_add(&c->loaded, 1, __ATOMIC_RELAXED);
	return c;
}

static struct alloc_slot *map_slot(struct alloc_control *c, const char *path, unsigned i)
{
	return map_part(path, (off_t)alloc_slot_offset(i), sizeof(struct alloc_slot), c->reserve);
}

void channel_end_earlier(struct alloc_control *c, const char *path)
{
	uint32_t pid = (uint32_t)getpid();

	for (unsigned i = 0; i < ALLOC_SLOTS; i++) {
		if (__atomic_load_n(&c->owner[i], __ATOMIC_ACQUIRE) != pid)
			continue;
		struct alloc_slot *s =
			map_part(path, (off_t)alloc_slot_offset(i), ALLOC_PAGE, false);

		if (!s)
			continue;
		__atomic_store_n(&s->ended, 1, __ATOMIC_RELEASE);
		munmap(s, ALLOC_PAGE);
	}
}

/* The mappings as they are: a short-lived process is gone before perf-ops could read them. */
static void write_maps(struct alloc_slot *s)
{
	int fd = sys_open("/proc/self/maps", O_RDONLY);
	size_t n = 0;
	ssize_t r;

	if (fd < 0)
		return;
	while (n < sizeof(s->maps) &&
		(r = syscall(SYS_read, fd, s->maps + n, sizeof(s->maps) - n)) > 0)
		n += (size_t)r;
	sys_close(fd);
	s->maps_bytes = (uint32_t)n;
}

struct alloc_slot *channel_claim(struct alloc_control *c, const char *path)
{
	uint32_t pid = (uint32_t)getpid();

	for (unsigned i = 0; i < ALLOC_SLOTS; i++) {
		uint32_t none = 0;

		if (!__atomic_compare_exchange_n(
			    &c->owner[i], &none, pid, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		struct alloc_slot *s = map_slot(c, path, i);

		if (!s) {
			__atomic_fetch_add(&c->no_space, 1, __ATOMIC_RELAXED);
			__atomic_store_n(&c->owner[i], 0, __ATOMIC_RELEASE);
			return NULL;
		}
		s->pid = pid;
		s->claim = __atomic_fetch_add(&c->claims, 1, __ATOMIC_RELAXED);
		write_maps(s);
		__atomic_store_n(&s->ready, 1, __ATOMIC_RELEASE);
		return s;
	}
	__atomic_fetch_add(&c->no_slot, 1, __ATOMIC_RELAXED);
	return NULL;
}

static uint64_t put(struct alloc_slot *s, uint64_t at, const void *p, size_t n)
{
	size_t i = at % ALLOC_RING_BYTES, first = ALLOC_RING_BYTES - i;

	if (n <= first) {
		memcpy(s->ring + i, p, n);
	} else {
		memcpy(s->ring + i, p, first);
		memcpy(s->ring, (const char *)p + first, n - first);
	}
	return at + n;
}

bool channel_write(struct alloc_slot *s, struct alloc_record *r, const void *stack)
{
	uint64_t head = s->head;
	uint64_t used = head - __atomic_load_n(&s->tail, __ATOMIC_ACQUIRE);

	r->bytes = (uint32_t)((sizeof(*r) + r->stack_bytes + 7) & ~(size_t)7);
	if (used > ALLOC_RING_BYTES || r->bytes > ALLOC_RING_BYTES - used)
		return false;
	put(s, put(s, head, r, sizeof(*r)), stack, r->stack_bytes);
	__atomic_store_n(&s->head, head + r->bytes, __ATOMIC_RELEASE);
	return true;
}
