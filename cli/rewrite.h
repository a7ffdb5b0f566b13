/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_REWRITE_H
#define KMEMSIM_CLI_REWRITE_H

/*
 * What pack, unpack and generate share: a workload comes in, in whichever form,
 * and goes out in the verb's.
 */

#include <stdio.h>

#include "cli/cli.h"
#include "cli/simulate.h"
#include "sim/source.h"
#include "workloads/yaml/writer.h"

/* Writes all of `source` to `to`. -1: an error was added, or interrupted. */
typedef int rewrite_fn(struct source *source, FILE *to,
		       struct progress *progress, struct errors *errors);

/*
 * The verb's main(): options, files, progress. `draws`: it takes a --seed, for
 * what generators do.
 */
int rewrite_main(const struct verb *verb, rewrite_fn *write, bool draws,
		 int argc, char **argv);

/* A source that is read to its end, with progress shown. */
struct rewrite {
	struct source *source;
	struct progress *progress;
	struct call *batch; /* owned */
	uint64_t nr;	    /* events so far */
};

void rewrite_begin(struct rewrite *rewrite, struct source *source,
		   struct progress *progress);
/* As source_read(), into a batch of its own; -1 when interrupted, too. */
long rewrite_read(struct rewrite *rewrite, const struct call **calls,
		  struct errors *errors);
void rewrite_end(struct rewrite *rewrite);

/*
 * Hands all of the source to a writer that has begun, and ends it. -1: an error
 * was added, or interrupted.
 */
int rewrite_as_yaml(struct source *source, struct workload_writer *writer,
		    struct progress *progress, struct errors *errors);

#endif
