/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_BOTH_READERS_H
#define KMEMSIM_FUZZ_BOTH_READERS_H

/*
 * A workload read twice, with the fast reading of events and without it. All
 * that a reader of workloads gives is to be the same: the calls, the names in
 * the order of their numbers, the flags that were used, the errors.
 */

#include <stdlib.h>
#include <string.h>

#include "sim/base/bug.h"
#include "workloads/workload.h"

#define READING_BATCH 5
/* A fuzzer says less: generators may go on for ever. */
#ifndef READING_MAX
#define READING_MAX SIZE_MAX
#endif

struct reading {
	struct names *names;
	struct errors errors;
	struct gfp_uses gfp_uses;
	char *name; /* the workload's; NULL: it could not be opened */
	struct call *call;
	size_t nr;
	size_t capacity;
	bool refused;
};

typedef struct source *workload_opener(const char *path, struct names *names,
				       struct errors *errors);

static inline void reading_take(struct reading *reading,
				const struct call *batch, long nr)
{
	while (reading->nr + (size_t)nr > reading->capacity) {
		reading->capacity = 2 * reading->capacity + READING_BATCH;
		reading->call = realloc(reading->call,
					reading->capacity * sizeof(*batch));
		BUG_ON(!reading->call);
	}
	memcpy(reading->call + reading->nr, batch, (size_t)nr * sizeof(*batch));
	reading->nr += (size_t)nr;
}

static inline void reading_init(struct reading *reading, const char *path,
				workload_opener *open)
{
	struct call batch[READING_BATCH];
	struct source *source;
	long nr = 0;

	*reading = (struct reading){ .names = names_new(), .refused = true };
	BUG_ON(!reading->names);
	source = open(path, reading->names, &reading->errors);
	if (!source)
		return;
	reading->name = strdup(source->name);
	while (reading->nr < READING_MAX &&
	       (nr = source_read(source, batch, READING_BATCH,
				 &reading->errors)) > 0)
		reading_take(reading, batch, nr);
	reading->refused = nr < 0;
	reading->gfp_uses = *source->gfp_uses;
	source_close(source);
}

static inline void reading_release(struct reading *reading)
{
	names_free(reading->names);
	errors_release(&reading->errors);
	free(reading->name);
	free(reading->call);
}

static inline const char *errors_differ(const struct errors *a,
					const struct errors *b)
{
	if (a->nr != b->nr)
		return "the number of errors";
	for (size_t i = 0; i < a->nr && i < ERRORS_MAX; i++)
		if (strcmp(a->text[i], b->text[i]) != 0)
			return "an error";
	return NULL;
}

/* What is not the same in both; NULL: all is. */
static inline const char *readings_differ(const struct reading *a,
					  const struct reading *b)
{
	uint32_t nr_names = names_count(a->names);

	if (a->nr != b->nr)
		return "the number of calls";
	if (a->nr && memcmp(a->call, b->call, a->nr * sizeof(*a->call)) != 0)
		return "a call";
	if (a->refused != b->refused)
		return "the refusal";
	if (!a->name != !b->name || (a->name && strcmp(a->name, b->name) != 0))
		return "the workload's name";
	if (nr_names != names_count(b->names))
		return "the number of names";
	for (uint32_t i = 1; i <= nr_names; i++)
		if (strcmp(names_text(a->names, i), names_text(b->names, i)))
			return "a name";
	for (size_t i = 0; i < NR_GFP_NAMES; i++)
		if (memcmp(&a->gfp_uses.name[i], &b->gfp_uses.name[i],
			   sizeof(a->gfp_uses.name[i])) != 0)
			return "the use of a flag";
	return errors_differ(&a->errors, &b->errors);
}

/* What the two readers disagree about in a file; NULL: nothing. */
static inline const char *both_readers_differ(const char *path)
{
	struct reading fast, reference;
	const char *what;

	reading_init(&fast, path, workload_open);
	reading_init(&reference, path, workload_open_reference);
	what = readings_differ(&fast, &reference);
	if (what) {
		fprintf(stderr, "%s differs; fast reading:\n", what);
		errors_print(&fast.errors, stderr);
		fprintf(stderr, "%zu calls; reference:\n", fast.nr);
		errors_print(&reference.errors, stderr);
		fprintf(stderr, "%zu calls\n", reference.nr);
	}
	reading_release(&fast);
	reading_release(&reference);
	return what;
}

#endif
