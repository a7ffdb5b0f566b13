/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_HEAD_VALUES_H
#define KMEMSIM_WORKLOADS_YAML_HEAD_VALUES_H

/*
 * Values of a workload's head. Each returns 0, also where errors were added
 * for what it holds; -1 where the stream is over, or is no workload's.
 */

#include "sim/traced.h"
#include "workloads/fields.h"

/* A value that can only be `word`. */
int head_read_word(struct field_input *input, const char *key,
		   const char *word);

/* A name, or `{is: NAME, from: FILE}`; the caller releases both. */
int head_read_name(struct field_input *input, struct text *name,
		   struct text *from);

/*
 * `{line: TIME, events: [TRACEPOINT, …]}`: how long the recorded kernel's
 * tracer took for a line, and what wrote some.
 */
int head_read_traced(struct field_input *input, struct traced *traced);

#endif
