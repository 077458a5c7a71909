/* SPDX-License-Identifier: MIT */
/* Telling growing, sudden and high but stable memory apart. */
#include "model/memory_trend.h"

#include "base/compiler.h"
#include "base/human.h"
#include "base/slope.h"

static const double MIB = 1 << 20;

/*
 * What is worth a word: a rise must be 4 MiB and this part of the peak. "High" is half of what
 * there is, or 1 GiB.
 */
static const double LEAST_BYTES = 4 << 20, STEP_SHARE = 0.3, GROWTH_SHARE = 0.03;
/* An interpreter takes some 10 to 50 MiB at its start, which nobody complains of. */
static const double LEAST_STEP_BYTES = 64 << 20;
static const double HIGH_SHARE = 0.5, HIGH_BYTES = 1 << 30;
/* A step is told from a slope by how much of the whole rise it is: a steady line has 10 % in 10 %.
 */
static const double STEP_OF_RISE = 0.5;

const char *memory_shape_name(enum memory_shape s)
{
	static const char *const names[] = {
		[MEMORY_UNKNOWN] = "unknown",
		[MEMORY_UNREMARKABLE] = "unremarkable",
		[MEMORY_HIGH_STABLE] = "high-stable",
		[MEMORY_SUDDEN] = "sudden",
		[MEMORY_GROWING] = "growing",
	};

	return names[s];
}

const char *memory_shape_words(enum memory_shape s)
{
	return s == MEMORY_HIGH_STABLE ? "high but stable"
		: s == MEMORY_SUDDEN   ? "suddenly large"
				       : memory_shape_name(s);
}

void memory_trend_add(struct memory_trend *m, double time_s, double rss_bytes)
{
	m->peak_bytes = MAX(m->peak_bytes, rss_bytes);
	if (m->n == MEMORY_LOOKS) {
		for (size_t i = 0; i < MEMORY_LOOKS / 2; i++) {
			m->time_s[i] = m->time_s[2 * i + 1];
			m->rss_bytes[i] = m->rss_bytes[2 * i + 1];
		}
		m->n = MEMORY_LOOKS / 2;
	}
	m->time_s[m->n] = time_s;
	m->rss_bytes[m->n++] = rss_bytes;
}

/* The largest rise within a tenth of the time. */
static void find_step(struct memory_trend *m)
{
	double span = (m->time_s[m->n - 1] - m->time_s[0]) / 10;
	size_t from = 0;

	m->step_bytes = 0;
	for (size_t i = 1; i < m->n; i++) {
		while (m->time_s[i] - m->time_s[from] > span && from + 1 < i)
			from++;
		for (size_t k = from; k < i; k++) {
			double by = m->rss_bytes[i] - m->rss_bytes[k];

			if (by <= m->step_bytes)
				continue;
			m->step_bytes = by;
			m->step_from_s = m->time_s[k];
			m->step_to_s = m->time_s[i];
		}
	}
}

/* What is left when the program has ended is no part of how it developed. */
static size_t without_end(const struct memory_trend *m)
{
	size_t n = m->n;

	while (n > 4 && m->rss_bytes[n - 1] < 0.5 * m->rss_bytes[n - 2] && m->n - n < 2)
		n--;
	return n;
}

/* The slope of the second half alone: start-up and a cache that fills are in the first. */
static void fit_second_half(struct memory_trend *m)
{
	double half = (m->time_s[0] + m->time_s[m->n - 1]) / 2;
	size_t i = 0;

	while (i < m->n && m->time_s[i] < half)
		i++;
	struct slope line = slope_fit(m->time_s + i, m->rss_bytes + i, m->n - i);

	m->slope_bytes_per_s = line.per_s;
	m->slope_se = line.se;
	m->grown_bytes = i < m->n ? line.per_s * (m->time_s[m->n - 1] - m->time_s[i]) : 0;
}

static bool is_growing(const struct memory_trend *m)
{
	return m->slope_bytes_per_s > 3 * m->slope_se &&
		m->grown_bytes >= MAX(LEAST_BYTES / 4, GROWTH_SHARE * m->peak_bytes);
}

/* A rise at once in the second half gives a slope as well, but little of it is elsewhere. */
static bool is_sudden(const struct memory_trend *m)
{
	double least = m->rss_bytes[0];

	for (size_t i = 0; i < m->n; i++)
		least = MIN(least, m->rss_bytes[i]);
	return m->step_bytes >= MAX(LEAST_STEP_BYTES, STEP_SHARE * m->peak_bytes) &&
		m->step_bytes >= STEP_OF_RISE * (m->peak_bytes - least);
}

static const char *most_grown(const struct memory_trend *m, struct arena *a)
{
	char by[HUMAN_LEN];

	if (!m->n_parts || m->parts[0].last - m->parts[0].first < MIB / 4)
		return "";
	return arena_printf(a, "; most of it in %s (%s more)", m->parts[0].name,
		human_bytes(by, (uint64_t)(m->parts[0].last - m->parts[0].first)));
}

static const char *word(const struct memory_trend *m, struct arena *a)
{
	char last[HUMAN_LEN], peak[HUMAN_LEN], slope[HUMAN_LEN], se[HUMAN_LEN], x[HUMAN_LEN];

	human_bytes(last, (uint64_t)m->rss_bytes[m->n - 1]);
	human_bytes(peak, (uint64_t)m->peak_bytes);
	human_bytes(slope, (uint64_t)MAX(m->slope_bytes_per_s, 0));
	human_bytes(se, (uint64_t)(2 * m->slope_se));
	switch (m->shape) {
	case MEMORY_GROWING:
		return arena_printf(a,
			"it grew by %s/s ± %s/s in the second half of the time, to %s at the end%s",
			slope, se, last, most_grown(m, a));
	case MEMORY_SUDDEN:
		return arena_printf(a,
			"%s came at once, between %.2f s and %.2f s, of %s at the peak%s",
			human_bytes(x, (uint64_t)m->step_bytes), m->step_from_s, m->step_to_s, peak,
			most_grown(m, a));
	case MEMORY_HIGH_STABLE:
		return arena_printf(a,
			"%s resident at the peak, but no growth in the second half of the time "
			"that could be told from 0 (%s%s/s ± %s/s)",
			peak, m->slope_bytes_per_s < 0 ? "-" : "",
			human_bytes(x,
				(uint64_t)(m->slope_bytes_per_s < 0 ? -m->slope_bytes_per_s
								    : m->slope_bytes_per_s)),
			se);
	case MEMORY_UNREMARKABLE:
		return arena_printf(a, "%s resident at the peak, not growing", peak);
	default:
		return "watched too short to tell how memory develops";
	}
}

void memory_trend_judge(struct memory_trend *m, struct arena *a)
{
	size_t all = m->n;

	m->shape = MEMORY_UNKNOWN;
	m->n = without_end(m);
	if (m->n >= 8 && m->time_s[m->n - 1] - m->time_s[0] >= 0.3) {
		find_step(m);
		fit_second_half(m);
		bool high = m->peak_bytes >= HIGH_BYTES ||
			(m->limit_bytes > 0 && m->peak_bytes >= HIGH_SHARE * m->limit_bytes);

		if (is_sudden(m))
			m->shape = MEMORY_SUDDEN;
		else if (is_growing(m))
			m->shape = MEMORY_GROWING;
		else
			m->shape = high ? MEMORY_HIGH_STABLE : MEMORY_UNREMARKABLE;
	}
	m->because = m->n ? word(m, a) : "";
	m->n = all;
}

/* Growth of this much within an observation outranks everything else. */
#define MUCH_GROWTH_BYTES (32.0 * 1024 * 1024)

/*
 * Most programs take memory while they start and work: only what goes on growing competes with the
 * time they spend, by how much it was; the rest only as far as the limit is near.
 */
double memory_trend_weight(const struct memory_trend *m)
{
	double high = m->limit_bytes > 0 ? MIN(m->peak_bytes / m->limit_bytes, 1) : 0;

	switch (m->shape) {
	case MEMORY_GROWING:
		return MAX(MIN(m->grown_bytes / MUCH_GROWTH_BYTES, 1), MAX(high, 0.02));
	case MEMORY_SUDDEN:
	case MEMORY_HIGH_STABLE:
		return MAX(high, 0.02);
	default:
		return 0;
	}
}
