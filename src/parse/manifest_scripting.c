/* SPDX-License-Identifier: MIT */
/* Manifests of PHP, Ruby, Elixir and Dart. */
#include "parse/json_flat.h"
#include "parse/manifest_build.h"
#include "parse/yaml_lite.h"

struct scripting {
	struct manifest *m;
	struct arena *a;
};

static void composer_event(void *ctx, const struct flat *f)
{
	struct scripting *s = ctx;

	if (f->open)
		return;
	if (FLAT_IS(f, "name"))
		manifest_set(&s->m->name, s->a, f->value);
	else if (FLAT_IS(f, "require", "php")) {
		s->m->runtime = "php";
		s->m->runtime_version = manifest_version(s->a, f->value);
	} else if (FLAT_IS(f, "require", "*") || FLAT_IS(f, "require-dev", "*"))
		manifest_add_dep(s->m, s->a, f->key[1], f->value);
}

static int composer_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct scripting s = { .m = ret, .a = a };

	return json_flat_read(in, composer_event, &s, err);
}

const struct manifest_format manifest_composer = {
	.name = "composer.json",
	.files = (const char *const[]){ "composer.json", NULL },
	.language = "php",
	.parse = composer_parse,
};

/* gem 'rails', '~> 7.1' - the second string is a version unless it belongs to a keyword */
static void gem_line(struct manifest *m, struct arena *a, struct span line, size_t at)
{
	struct span name, version = { 0 };
	size_t after;

	if (!text_next_quoted(line, &at, &name))
		return;
	after = at;
	if (text_next_quoted(line, &after, &version) &&
		!span_eq(span_trim(span_sub(line, at, (size_t)(version.p - 1 - (line.p + at)))),
			","))
		version = (struct span){ 0 };
	manifest_add_dep(m, a, name, version);
}

static int gemfile_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, quoted;

	(void)err;
	while (span_next_line(&in, &line)) {
		size_t at = 0;

		line = text_without_comment(line, "#");
		if (span_starts(line, "gem ") || span_starts(line, "gem("))
			gem_line(ret, a, line, 3);
		else if (span_starts(line, "ruby ") && text_next_quoted(line, &at, &quoted)) {
			ret->runtime = "ruby";
			ret->runtime_version = manifest_version(a, quoted);
		}
	}
	return 0;
}

const struct manifest_format manifest_gemfile = {
	.name = "Gemfile",
	.files = (const char *const[]){ "Gemfile", "gems.rb", NULL },
	.language = "ruby",
	.parse = gemfile_parse,
};

static int gemspec_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	static const char *const words[] = { "add_dependency", "add_runtime_dependency",
		"add_development_dependency", NULL };
	struct span line, quoted;

	(void)err;
	while (span_next_line(&in, &line)) {
		size_t at;

		line = text_without_comment(line, "#");
		for (size_t i = 0; words[i]; i++)
			if (text_find_word(line, words[i], &at))
				gem_line(ret, a, line, at);
		if (!ret->name && text_find_word(line, "name", &at) && text_has(line, "=") &&
			text_next_quoted(line, &at, &quoted))
			manifest_set(&ret->name, a, quoted);
	}
	return 0;
}

const struct manifest_format manifest_gemspec = {
	.name = "*.gemspec",
	.files = (const char *const[]){ "*.gemspec", NULL },
	.language = "ruby",
	.parse = gemspec_parse,
};

/* {:phoenix, "~> 1.7"} and app: :shop */
static int mix_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct span line, version;

	(void)err;
	while (span_next_line(&in, &line)) {
		line = text_without_comment(line, "#");
		const uint8_t *app = line.n ? memmem(line.p, line.n, "app: :", 6) : NULL;

		if (app)
			manifest_set(&ret->name, a,
				text_word(span_from(line, (size_t)(app - line.p) + 6)));
		if (text_has(line, "apps_path:"))
			ret->workspace = "mix umbrella";
		for (size_t at = 0; at + 2 < line.n; at++) {
			if (line.p[at] != '{' || line.p[at + 1] != ':')
				continue;
			struct span name = text_word(span_from(line, at + 2));
			size_t v = at + 2 + name.n;

			if (v >= line.n || line.p[v] != ',')
				continue;
			version = (struct span){ 0 };
			text_next_quoted(line, &v, &version);
			manifest_add_dep(ret, a, name, version);
		}
	}
	return 0;
}

const struct manifest_format manifest_mix = {
	.name = "mix.exs",
	.files = (const char *const[]){ "mix.exs", NULL },
	.language = "elixir",
	.parse = mix_parse,
};

static void pubspec_event(void *ctx, const struct flat *f)
{
	struct scripting *s = ctx;

	if (FLAT_IS(f, "name"))
		manifest_set(&s->m->name, s->a, f->value);
	else if (FLAT_IS(f, "dependencies", "*") || FLAT_IS(f, "dev_dependencies", "*"))
		manifest_add_dep(s->m, s->a, f->key[1], f->open ? (struct span){ 0 } : f->value);
}

static int pubspec_parse(struct span in, struct arena *a, struct manifest *ret, struct err *err)
{
	struct scripting s = { .m = ret, .a = a };
	int r = yaml_lite_read(in, pubspec_event, &s, err);

	return r < 0 ? r : 0;
}

const struct manifest_format manifest_pubspec = {
	.name = "pubspec.yaml",
	.files = (const char *const[]){ "pubspec.yaml", NULL },
	.language = "dart",
	.parse = pubspec_parse,
};
