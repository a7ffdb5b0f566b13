/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_SOURCE_H
#define KMEMSIM_SIM_SOURCE_H

/*
 * Where a run's calls come from: a YAML file, a packed one, generators. A
 * source checks everything that can be checked without running: syntax, keys,
 * units, names of flags, that time does not go backwards, that a call has the
 * fields its operation needs. Whether an id is live is the engine's to know.
 */

#include "models/gfp.h"
#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/call.h"
#include "sim/traced.h"

struct source;

/* Which names of GFP flags a workload has used so far. */
struct gfp_use {
	uint64_t times;
	struct place first;
};

struct gfp_uses {
	struct gfp_use name[NR_GFP_NAMES]; /* as gfp_names[] */
};

struct source_ops {
	const char *name;
	/*
	 * Fills at most `max` calls, in the workload's order. Returns how
	 * many; 0 at the end; -1 when the input is invalid (every error of
	 * the rest of the file has then been added to `errors`). An error may
	 * come with the calls before it; the next reading then returns -1.
	 */
	long (*read)(struct source *source, struct call *batch, size_t max,
		     struct errors *errors);
	/* How far the input has been read, in thousandths; -1: unknown. */
	int (*progress)(const struct source *source);
	/* The input's XXH3/SHA digest etc. are cli/'s business, not ours. */
	void (*close)(struct source *source);
};

/* The first member of every source's own struct. */
struct source {
	const struct source_ops *ops;
	const char
		*file; /* for messages: the path as it was given, or <stdin> */
	const char *name;     /* the workload's `name:`; never NULL */
	const char *from;     /* the file that it was unpacked from, or NULL */
	struct traced traced; /* the kernel that it was recorded on */
	struct names *names;  /* borrowed from the run */
	uint64_t seed; /* of what is drawn; set before the first reading */
	/* Calls behind it are read by nobody; 0: all are. Set as the seed. */
	uint64_t until_ns;
	/*
	 * Nonzero: somebody waits for an end, so reading may return 0 before
	 * it. Polled where it can take long to make a call. May be NULL.
	 */
	const volatile int *interrupted;
	/* Grows while it is read; NULL where the input has no names. */
	const struct gfp_uses *gfp_uses;
};

static inline long source_read(struct source *source, struct call *batch,
			       size_t max, struct errors *errors)
{
	return source->ops->read(source, batch, max, errors);
}

static inline void source_close(struct source *source)
{
	source->ops->close(source);
}

#endif
