/* SPDX-License-Identifier: MIT */
/* What the doctor concludes from what was tried: made-up machines that this one is not. */
#include "diagnose/doctor.h"

#include "unit.h"

#include <errno.h>

/* A machine where everything works for an ordinary user. */
static struct access open_machine(void)
{
	return (struct access){ .uid = 1000,
		.user = "ann",
		.container = "",
		.paranoid = -1,
		.kptr_restrict = 0,
		.yama = 0,
		.unprivileged_userns = 1,
		.nofile_soft = 1024,
		.nofile_hard = 1 << 20,
		.n_cpus = 4,
		.cgroup_version = 2 };
}

static const struct doctor_permission *permission(const struct doctor *d, const char *id)
{
	for (size_t i = 0; i < d->n_permissions; i++)
		if (strcmp(d->permissions[i].id, id) == 0)
			return &d->permissions[i];
	fail_msg("no permission '%s'", id);
	return NULL;
}

static void judge(const struct access *x, struct arena *a, struct doctor *ret)
{
	doctor_judge(x, knowledge_builtin(), "/opt/perf-ops", a, ret);
}

static void each_permission_has_a_record(void **state)
{
	struct access x = open_machine();
	struct arena a = { 0 };
	struct doctor d;
	size_t n = 0;

	(void)state;
	judge(&x, &a, &d);
	while (doctor_permission_ids[n])
		n++;
	assert_int_equal(d.n_permissions, n);
	assert_int_equal(knowledge_builtin()->n_permissions, n);
	assert_string_equal(d.launched, "hardware cycles");
	assert_string_equal(d.attached, "hardware cycles");
	arena_done(&a);
}

static void strict_settings_fall_to_ptrace(void **state)
{
	struct access x = open_machine();
	struct arena a = { 0 };
	struct doctor d;

	(void)state;
	x.perf_cycles = x.perf_clock = x.perf_clock_user = x.perf_wide = -EACCES;
	x.tracefs = -EPERM;
	x.ring = ACCESS_NOT_TRIED;
	x.paranoid = 3; /* Debian's own level: nothing without CAP_PERFMON */
	x.yama = 1;
	judge(&x, &a, &d);
	assert_string_equal(d.launched, "ptrace stops");
	assert_string_equal(d.attached, "proc polling");
	const struct doctor_permission *p = permission(&d, "perf-events");

	assert_int_equal(p->state, DOCTOR_REFUSED);
	assert_non_null(strstr(p->detail, "perf_event_paranoid is 3"));
	assert_non_null(strstr(p->temporary, "sysctl"));
	assert_int_equal(permission(&d, "memory-reading")->state, DOCTOR_PARTLY);
	assert_int_equal(permission(&d, "locked-memory")->state, DOCTOR_NOT_HERE);
	assert_non_null(strstr(permission(&d, "tracepoints")->permanent, "/opt/perf-ops"));
	arena_done(&a);
}

/* perf_event_paranoid would allow it: another sysctl is no help. */
static void filters_are_told_from_settings(void **state)
{
	struct access x = open_machine();
	struct arena a = { 0 };
	struct doctor d;

	(void)state;
	x.perf_cycles = x.perf_clock = x.perf_clock_user = -EPERM;
	x.seccomp = 2;
	x.paranoid = 1;
	judge(&x, &a, &d);
	const struct doctor_permission *p = permission(&d, "perf-events");

	assert_string_equal(p->temporary, "");
	assert_string_equal(p->permanent, "");
	assert_non_null(strstr(p->container, "seccomp"));
	arena_done(&a);
}

static void a_process_of_someone_else(void **state)
{
	struct access x = open_machine();
	struct arena a = { 0 };
	struct doctor d;

	(void)state;
	x.pid = 4121;
	x.target_perf = -EACCES;
	x.target_read = x.target_maps = x.target_syscall = x.target_root = -EPERM;
	x.target_other_user = x.target_other_mount_ns = true;
	x.target_uid = 33;
	judge(&x, &a, &d);
	assert_string_equal(d.attached, "proc polling");
	assert_int_equal(permission(&d, "other-users")->state, DOCTOR_REFUSED);
	assert_non_null(strstr(permission(&d, "other-users")->temporary, "--pid 4121"));
	assert_non_null(d.caveats.first);
	assert_non_null(strstr(d.caveats.first->text, "NOT readable"));
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_permission_has_a_record),
		cmocka_unit_test(strict_settings_fall_to_ptrace),
		cmocka_unit_test(filters_are_told_from_settings),
		cmocka_unit_test(a_process_of_someone_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
