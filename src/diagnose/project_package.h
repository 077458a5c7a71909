/* SPDX-License-Identifier: MIT */
/* From a scan to packages: which folders are packages, their manifests, languages and facts. */
#pragma once

#include "diagnose/project_scan.h"
#include "model/diagnosis.h"
#include "parse/manifest.h"

struct manifest_at {
	struct manifest m;
	uint32_t dir;
	const struct manifest_format *format;
	const char *file;
};

struct package_draft {
	uint32_t dir;
	const char *name;                        /* NULL until known */
	const char *manifest_language;           /* "" unknown */
	uint64_t bytes[MATCH_MAX_LANGUAGES + 1]; /* own source, without packages below */
	bool native;                             /* built by cmake, meson or make here */
	bool workspace;                          /* names other packages as its members */
	bool strong_front, strong_back, weak_front, weak_back;
	vec_of(struct project_fact) facts;
	vec_of(uint32_t) fact_keys; /* detect number + 1, 0 = not from a detect */
};

struct package_set {
	const struct project_matcher *m;
	struct project_scan *scan;
	struct arena *a; /* of the project */
	struct arena work;
	vec_of(struct manifest_at) manifests;
	struct package_draft **drafts;
	size_t n_drafts;
	uint32_t *package_of; /* folder -> number of its package */
	uint64_t bad_manifests;
	const char *bad_manifest; /* one of them */
	bool cut;                 /* more packages than are listed */
};

enum { PROJECT_MAX_PACKAGES = 400 };

void package_set_build(struct package_set *s);
void package_set_done(struct package_set *s);
/* Whether a language number is one that can be a main language. */
bool package_language_counts(const struct project_matcher *m, unsigned language);
/* The language with most bytes, LANGUAGE_NONE when there is none. */
unsigned package_main_language(const struct project_matcher *m, const uint64_t *bytes);
