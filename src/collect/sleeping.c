/* SPDX-License-Identifier: MIT */
/* Reads stacks of sleeping threads. */
#include "collect/sleeping.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PAGE = 4096, MAX_STACK = 16 * PAGE, MAX_TEXT = 8192, MAX_GUESS_WORDS = 128 };

static bool read_task(pid_t pid, pid_t tid, const char *file, struct buf *ret)
{
	char path[96];

	ret->n = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", (int)pid, (int)tid, file);
	return file_read(path, MAX_TEXT, ret, NULL) == 0 && ret->n > 0;
}

/* What is mapped from `at` on, page by page. */
static size_t read_memory(pid_t pid, uint64_t at, uint8_t *to, size_t size)
{
	struct iovec remote[MAX_STACK / PAGE + 1], local = { .iov_base = to, .iov_len = size };
	size_t n = 0;

	for (size_t done = 0; done < size && n < ARRAY_LEN(remote); n++) {
		size_t piece = MIN(size - done, PAGE - (size_t)((at + done) % PAGE));

		remote[n] = (struct iovec){ .iov_base = (void *)(uintptr_t)(at + done), // NOLINT
			.iov_len = piece };
		done += piece;
	}
	ssize_t r = process_vm_readv(pid, &local, 1, remote, n, 0);

	return r > 0 ? (size_t)r : 0;
}

int sleeping_readable(pid_t pid)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	return file_read(path, MAX_TEXT, &text, NULL);
}

/*
 * The frame pointer of a sleeping thread cannot be read. Functions that need it have saved their
 * caller's on the stack, with the return address above: the first such pair is where it points,
 * unless a function between has saved another value, which the unwinder then restores itself.
 */
static uint64_t guess_frame_pointer(
	struct sampling *s, const struct process *p, uint64_t sp, struct span stack)
{
	for (size_t i = 0; i + 16 <= stack.n && i < MAX_GUESS_WORDS * 8; i += 8) {
		uint64_t saved, back, at = sp + i;

		memcpy(&saved, stack.p + i, 8);
		memcpy(&back, stack.p + i + 8, 8);
		if ((saved == 0 || saved == 1 || (saved > at + 8 && saved < at + MAX_STACK)) &&
			addr_spaces_code(&s->spaces, p, back))
			return at;
	}
	return 0;
}

static void add_kernel_frame(struct sampling *s, const char *name, size_t len, size_t *n)
{
	struct strtab *t = &s->managed.strings;
	struct managed_frame f = { .function = strtab_addn(t, name, len),
		.module = strtab_add(t, "[kernel]"),
		.kind = FRAME_KERNEL };

	if (*n < SAMPLING_MAX_KERNEL_FRAMES)
		s->frames[(*n)++] =
			(struct raw_frame){ .module = module_table_managed(&s->modules)->m.id,
				.addr = managed_frames_add(&s->managed, &f) };
}

/* Entry functions of the calls that mostly sleep, as the kernel names them. */
static const char *call_name(uint32_t number)
{
	static const struct {
		uint32_t number;
		const char *name;
	} calls[] = {
#define CALL(x) { SYS_##x, "__x64_sys_" #x }
		CALL(accept), CALL(accept4), CALL(clock_nanosleep), CALL(connect),
		CALL(epoll_pwait), CALL(epoll_wait), CALL(fdatasync), CALL(flock), CALL(fsync),
		CALL(futex), CALL(msgrcv), CALL(nanosleep), CALL(pause), CALL(poll), CALL(ppoll),
		CALL(pread64), CALL(pselect6), CALL(pwrite64), CALL(read), CALL(readv),
		CALL(recvfrom), CALL(recvmsg), CALL(rt_sigsuspend), CALL(rt_sigtimedwait),
		CALL(select), CALL(semop), CALL(semtimedop), CALL(sendmsg), CALL(sendto),
		CALL(wait4), CALL(waitid), CALL(write), CALL(writev)
#undef CALL
	};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

/* Leaf first, as far as we may know. */
static size_t kernel_part(
	struct sampling *s, pid_t pid, pid_t tid, const struct task_syscall *call, struct buf *text)
{
	size_t n = 0;

	if (read_task(pid, tid, "stack", text)) {
		struct span rest = buf_span(text), name;

		while (kernel_stack_next(&rest, &name))
			add_kernel_frame(s, (const char *)name.p, name.n, &n);
		if (n)
			return n;
	}
	if (read_task(pid, tid, "wchan", text) && text->p[0] != '0')
		add_kernel_frame(s, (const char *)text->p, text->n, &n);
	if (call->in_call && call_name(call->number))
		add_kernel_frame(s, call_name(call->number), strlen(call_name(call->number)), &n);
	return n;
}

bool sleeping_stack(
	struct sampling *s, pid_t pid, pid_t tid, uint32_t *ret_node, struct task_syscall *ret_call)
{
	static uint8_t stack[MAX_STACK]; /* the sampler is one thread */
	_cleanup_(buf_done) struct buf text = { 0 };
	_cleanup_(buf_done) struct buf again = { 0 };
	_cleanup_(buf_done) struct buf other = { 0 };
	struct task_syscall call;
	bool fresh;

	if (!read_task(pid, tid, "syscall", &text) || !task_syscall_parse(buf_span(&text), &call))
		return false;
	struct raw_input in = { .pid = pid, .tid = tid, .time_ns = clock_mono_ns(), .ip = call.pc };
	struct unwind_regs regs = { 0 };
	size_t n = read_memory(pid, call.sp, stack, MAX_STACK);

	in.n_kernel = kernel_part(s, pid, tid, &call, &other);
	if (!read_task(pid, tid, "syscall", &again) || again.n != text.n ||
		memcmp(again.p, text.p, text.n) != 0)
		return false;
	struct process *p = addr_spaces_get(&s->spaces, pid, &fresh);

	if (fresh)
		addr_spaces_read_proc(&s->spaces, p);
	regs.r[UNWIND_SP] = call.sp;
	regs.r[UNWIND_IP] = call.pc;
	regs.r[UNWIND_FP] = guess_frame_pointer(s, p, call.sp, span_of(stack, n));
	if (n) {
		in.regs = &regs;
		in.stack = (struct stack_copy){ .base = call.sp, .bytes = span_of(stack, n) };
	}
	*ret_node = sampling_stack(s, &in, s->other_ends);
	*ret_call = call;
	return true;
}
