/* SPDX-License-Identifier: MIT */
/* Install commands that suit this machine: its package managers, its rights, its Python. */
#include "diagnose/tools.h"

#include "base/file.h"

#include <glob.h>
#include <string.h>
#include <unistd.h>

/* What must be there for a kind of package, by enum k_package_kind. */
static const char *const manager[] = {
	[K_APT] = "apt-get",
	[K_DNF] = "dnf",
	[K_APK] = "apk",
	[K_BREW] = "brew",
	[K_PIP] = "pip3",
	[K_NPM] = "npm",
	[K_CARGO] = "cargo",
	[K_GO] = "go",
	[K_GEM] = "gem",
	[K_DOTNET] = "dotnet",
	[K_MAVEN] = "mvn",
};

void tool_managers_find(struct arena *a, struct tool_places *places)
{
	for (size_t kind = 0; kind < ARRAY_LEN(manager); kind++) {
		bool here = manager[kind] && tool_places_look(a, places, manager[kind]) != NULL;

		if (kind == K_PIP)
			here = here || places->venv[0] ||
				tool_places_look(a, places, "pipx") != NULL;
		places->managers |= here ? UINT32_C(1) << kind : 0;
	}
}

static bool is_available(const struct tool_places *places, enum k_package_kind kind)
{
	return kind != K_BUNDLED && kind != K_MANUAL && (places->managers >> kind & 1);
}

/* PEP 668: pip refuses to install beside the distribution's packages. */
static bool python_is_managed(void)
{
	glob_t g;
	bool hit = glob("/usr/lib/python3*/EXTERNALLY-MANAGED", GLOB_NOSORT, NULL, &g) == 0;

	globfree(&g);
	return hit;
}

static const char *pip_command(struct arena *a, const struct k_tool *t, const struct k_install *i,
	const struct tool_places *places)
{
	if (places->venv[0])
		return arena_printf(a, "%s/bin/pip install %s", places->venv, i->package);
	if (!python_is_managed())
		return i->command;
	/* a tool that runs inside the program must be in the program's own environment */
	for (size_t k = 0; k < t->classes.n; k++)
		if (strcmp(t->classes.v[k], "in-process") == 0)
			return arena_printf(
				a, "python3 -m venv .venv && .venv/bin/pip install %s", i->package);
	return arena_printf(a, "pipx install %s", i->package);
}

const char *tool_install_command(
	struct arena *a, const struct k_tool *t, const struct tool_places *places)
{
	const struct k_install *best = NULL, *fallback = NULL;

	for (size_t i = 0; i < t->n_installs && !best; i++) {
		const struct k_install *in = &t->installs[i];

		if (is_available(places, in->kind))
			best = in;
		else if (!fallback || (fallback->kind != K_MANUAL && in->kind == K_MANUAL))
			fallback = in;
	}
	if (!best)
		return fallback ? fallback->command : "";
	if (best->kind == K_PIP)
		return pip_command(a, t, best, places);
	if ((best->kind == K_APT || best->kind == K_DNF || best->kind == K_APK) && geteuid() != 0)
		return arena_printf(a, "sudo %s", best->command);
	return best->command;
}
