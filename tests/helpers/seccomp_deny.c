/* SPDX-License-Identifier: MIT */
/*
 * Runs a command as a container would that refuses some system calls:
 *	seccomp-deny perf_event_open=EPERM ptrace=ENOSYS -- COMMAND...
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned nr;
} calls[] = {
	{ "perf_event_open", SYS_perf_event_open },
	{ "ptrace", SYS_ptrace },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "pidfd_open", SYS_pidfd_open },
	{ "sched_setattr", SYS_sched_setattr },
};

enum { N_CALLS = sizeof(calls) / sizeof(calls[0]), MAX_FILTER = 64 };

static struct sock_filter filter[MAX_FILTER];
static unsigned short n_filter;

static void add(struct sock_filter f)
{
	if (n_filter < MAX_FILTER)
		filter[n_filter++] = f;
}

static int deny(const char *arg)
{
	const char *eq = strchr(arg, '=');
	unsigned code;

	if (!eq)
		return -1;
	if (strcmp(eq + 1, "EPERM") == 0)
		code = EPERM;
	else if (strcmp(eq + 1, "EACCES") == 0)
		code = EACCES;
	else if (strcmp(eq + 1, "ENOSYS") == 0)
		code = ENOSYS;
	else
		return -1;
	for (int i = 0; i < N_CALLS; i++) {
		if (strlen(calls[i].name) != (size_t)(eq - arg) ||
			strncmp(calls[i].name, arg, (size_t)(eq - arg)) != 0)
			continue;
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr, 0, 1));
		add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code));
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct sock_fprog prog = { .filter = filter };
	int i = 1;

	add((struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	for (; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (deny(argv[i]) < 0) {
			fprintf(stderr, "seccomp-deny: cannot deny '%s'\n", argv[i]);
			return 125;
		}
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	if (i + 1 >= argc) {
		fprintf(stderr, "usage: seccomp-deny CALL=ERRNO... -- COMMAND...\n");
		return 125;
	}
	prog.len = n_filter;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
		perror("seccomp-deny");
		return 125;
	}
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}
