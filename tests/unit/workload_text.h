/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_WORKLOAD_TEXT_H
#define KMEMSIM_TESTS_WORKLOAD_TEXT_H

/*
 * Workloads written in a test: read into calls, or refused. Include after
 * cmocka.h.
 */

#include "models/gfp.h"
#include "tests/unit/scratch.h"
#include "workloads/workload.h"

#define CALLS_MAX 64

struct workload_text {
	struct scratch scratch;
	struct names *names;
	struct call call[CALLS_MAX];
	long nr; /* calls; -1: refused */
	char name[64];
	struct traced traced;
};

static inline void workload_text_init(struct workload_text *text)
{
	memset(text, 0, sizeof(*text));
	scratch_init(&text->scratch);
	text->names = names_new();
	assert_non_null(text->names);
}

static inline void workload_text_release(struct workload_text *text)
{
	names_free(text->names);
	scratch_release(&text->scratch);
}

/* Reads a file, in batches of 3, so that batches have ends in the middle. */
static inline void read_workload_file(struct workload_text *text,
				      const char *path)
{
	struct source *source =
		workload_open(path, text->names, &text->scratch.errors);
	long got = -1;

	text->nr = 0;
	if (source) {
		snprintf(text->name, sizeof(text->name), "%s", source->name);
		text->traced = source->traced;
		while ((got = source_read(source, text->call + text->nr, 3,
					  &text->scratch.errors)) > 0) {
			text->nr += got;
			assert_true(text->nr + 3 <= CALLS_MAX);
		}
		source_close(source);
	}
	if (got < 0)
		text->nr = -1;
}

static inline void read_workload(struct workload_text *text, const char *yaml)
{
	read_workload_file(text, scratch_file(&text->scratch, "w.yaml", yaml));
}

/* The head that every workload needs is three lines long. */
#define HEAD "kmemsim: workload\nversion: 1\nname: test\n"

#endif
