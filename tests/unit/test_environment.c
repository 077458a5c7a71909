/* SPDX-License-Identifier: MIT */
/* Production, development, CI or unknown from environments made by hand. */
#include "diagnose/environment.h"
#include "unit.h"

#include <errno.h>

static struct arena arena;

static int teardown(void **state)
{
	arena_done(&arena);
	return 0;
}

static bool has_caveat(const struct caveats *c, const char *id)
{
	for (const struct caveat *i = c->first; i; i = i->next)
		if (strcmp(i->id, id) == 0)
			return true;
	return false;
}

static bool because_has(const struct environment *e, const char *text)
{
	for (size_t i = 0; i < e->n_because; i++)
		if (strstr(e->because[i], text))
			return true;
	return false;
}

static void test_variables(void **state)
{
	static const struct {
		const char *env[4];
		enum env_kind kind;
		const char *because;
	} cases[] = {
		{ { "NODE_ENV=production" }, ENV_PRODUCTION, "NODE_ENV=production" },
		{ { "NODE_ENV=development" }, ENV_DEVELOPMENT, "NODE_ENV=development" },
		{ { "DJANGO_SETTINGS_MODULE=shop.settings.prod" }, ENV_PRODUCTION,
			"shop.settings.prod" },
		{ { "DJANGO_SETTINGS_MODULE=shop.settings.local" }, ENV_DEVELOPMENT, NULL },
		{ { "DJANGO_SETTINGS_MODULE=shop.settings" }, ENV_UNKNOWN, NULL },
		{ { "FLASK_DEBUG=1" }, ENV_DEVELOPMENT, NULL },
		{ { "FLASK_ENV=production" }, ENV_PRODUCTION, NULL },
		{ { "RAILS_ENV=Production" }, ENV_PRODUCTION, NULL },
		{ { "RACK_ENV=test" }, ENV_DEVELOPMENT, NULL },
		{ { "GIN_MODE=release" }, ENV_PRODUCTION, NULL },
		{ { "SPRING_PROFILES_ACTIVE=metrics,prod" }, ENV_PRODUCTION, NULL },
		{ { "ASPNETCORE_ENVIRONMENT=Development" }, ENV_DEVELOPMENT, NULL },
		{ { "DOTNET_ENVIRONMENT=Staging" }, ENV_PRODUCTION, NULL },
		{ { "MIX_ENV=prod" }, ENV_PRODUCTION, NULL },
		{ { "APP_ENV=local" }, ENV_DEVELOPMENT, NULL },
		{ { "SHOP_APP_ENV=live" }, ENV_PRODUCTION, NULL },
		{ { "ENVIRONMENT=prod" }, ENV_PRODUCTION, NULL },
		{ { "CI=true" }, ENV_CI, NULL },
		{ { "GITHUB_ACTIONS=true", "CI=true", "NODE_ENV=test" }, ENV_CI, NULL },
		{ { "GITHUB_ACTIONS=true", "CI=true", "NODE_ENV=production" }, ENV_PRODUCTION,
			"CI=true" },
		{ { "CI=true", "FLASK_ENV=development" }, ENV_DEVELOPMENT, NULL },
		{ { "RAILS_ENV=test" }, ENV_DEVELOPMENT, NULL },
		{ { "KUBERNETES_SERVICE_HOST=10.96.0.1" }, ENV_PRODUCTION,
			"KUBERNETES_SERVICE_HOST is set" },
		{ { "HOME=/root", "VIRTUAL_ENV=/srv/prod" }, ENV_UNKNOWN, NULL },
		{ { "NODE_ENV=" }, ENV_UNKNOWN, NULL },
		{ { "VSCODE_PID=5" }, ENV_UNKNOWN, NULL }, /* one circumstance is not enough */
		{ { "VSCODE_PID=5", "npm_lifecycle_event=dev" }, ENV_DEVELOPMENT, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct process_view v = { .a = &arena, .exe = "", .env_known = true };
		struct environment_opts opts = { .knowledge = knowledge_builtin(), .view = &v };
		struct caveats caveats = { 0 };
		struct environment e;

		v.env.v = (const char **)(uintptr_t)cases[i].env;
		while (v.env.n < 4 && cases[i].env[v.env.n])
			v.env.n++;
		assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
		if (e.kind != cases[i].kind)
			fail_msg("%s: %s", cases[i].env[0], env_kind_name(e.kind));
		if (cases[i].because && !because_has(&e, cases[i].because))
			fail_msg("%s: because has no %s", cases[i].env[0], cases[i].because);
	}
}

static void test_contradiction(void **state)
{
	const char *env[] = { "NODE_ENV=production", "FLASK_DEBUG=1" };
	struct process_view v = { .a = &arena, .exe = "", .env = { env, 2 }, .env_known = true };
	struct environment_opts opts = { .knowledge = knowledge_builtin(), .view = &v };
	struct caveats caveats = { 0 };
	struct environment e;
	struct err err = { 0 };

	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
	assert_int_equal(e.kind, ENV_UNKNOWN); /* which counts as production */
	assert_true(because_has(&e, "NODE_ENV") && because_has(&e, "FLASK_DEBUG"));
	assert_true(has_caveat(&caveats, "environment-contradiction"));
	opts.override = "development";
	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
	assert_int_equal(e.kind, ENV_DEVELOPMENT);
	assert_string_equal(e.because[0], "--env development");
	opts.override = "prod";
	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "production or development"));
}

/* Values are shown only where a record names them. */
static void test_no_secret(void **state)
{
	const char *env[] = { "JENKINS_URL=http://user:hunter2@ci",
		"DATABASE_URL=postgres://a:hunter2@b/c", "SECRET_KEY=hunter2", "APP_ENV=hunter2",
		"PROD_ENV=production" };
	struct process_view v = {
		.a = &arena, .exe = "", .env = { env, ARRAY_LEN(env) }, .env_known = true
	};
	struct environment_hint hints[] = { { "NODE_ENV=production", "Dockerfile" },
		{ "TOKEN=hunter2", ".env" } };
	struct environment_opts opts = { .knowledge = knowledge_builtin(),
		.view = &v,
		.hints = hints,
		.n_hints = ARRAY_LEN(hints) };
	struct caveats caveats = { 0 };
	struct environment e;

	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
	assert_false(because_has(&e, "hunter2"));
	assert_true(because_has(&e, "JENKINS_URL is set"));
}

static void test_hints_of_a_project(void **state)
{
	struct environment_hint hints[] = { { "NODE_ENV=production", "Dockerfile" } };
	const char *env[] = { "NODE_ENV=development" };
	struct process_view v = { .a = &arena, .exe = "", .env = { env, 1 }, .env_known = true };
	struct environment_opts opts = {
		.knowledge = knowledge_builtin(), .hints = hints, .n_hints = 1
	};
	struct caveats caveats = { 0 };
	struct environment e;

	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
	assert_int_equal(e.kind, ENV_PRODUCTION);
	assert_string_equal(e.because[0], "NODE_ENV=production in Dockerfile");
	/* what the process really got beats what a file says */
	opts.view = &v;
	assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
	assert_int_equal(e.kind, ENV_DEVELOPMENT);
	assert_true(because_has(&e, "Dockerfile"));
}

static void test_circumstances(void **state)
{
	static const struct {
		const char *unit, *container, *cwd, *exe;
		enum env_kind kind;
	} cases[] = {
		{ "shop.service", "", "/", "/usr/bin/python3", ENV_PRODUCTION },
		{ "", "kubepods:1/2", "/app", "/app/server", ENV_PRODUCTION },
		{ "", "docker:ab", "/", "/usr/bin/x", ENV_UNKNOWN },
		{ "", "", "/home/ann/shop", "/home/ann/shop/a.out", ENV_UNKNOWN },
		{ "app-terminal.service", "", "/home/ann", "/usr/bin/x", ENV_DEVELOPMENT },
		{ "", "", "/", "/usr/bin/x", ENV_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct process_view v = { .a = &arena, .exe = cases[i].exe, .env_known = false };
		struct process_info info = { .unit = cases[i].unit,
			.container = cases[i].container,
			.cwd = cases[i].cwd,
			.exe = cases[i].exe };
		struct environment_opts opts = {
			.knowledge = knowledge_builtin(), .view = &v, .process = &info
		};
		struct caveats caveats = { 0 };
		struct environment e;

		assert_int_equal(environment_judge(&opts, &arena, &caveats, &e, NULL), 0);
		if (e.kind != cases[i].kind)
			fail_msg("case %zu: %s", i, env_kind_name(e.kind));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_hints_of_a_project),
		cmocka_unit_test(test_circumstances),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
