/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_GENERATORS_H
#define KMEMSIM_WORKLOADS_GENERATORS_GENERATORS_H

/*
 * The statistical sources of a workload (docs/generators.md), and the source
 * of calls that they and its events make together.
 */

#include "sim/source.h"
#include "workloads/yaml/event.h"

struct generators;

/* For the workload in `file`, borrowed. NULL: the host has no memory. */
struct generators *generators_new(const char *file);
void generators_free(struct generators *generators);

/*
 * Reads the list that `start` begins. `reader` lends its stream, names and
 * defaults; its event is overwritten. 0, also where errors were added for what
 * the list holds; -1 where the stream is over.
 */
int generators_read(struct generators *generators, struct event_reader *reader,
		    const struct yaml_item *start);

/* How many there are. */
size_t generators_count(const struct generators *generators);

/*
 * A source of the calls of `events` and of the generators by time; at the
 * same time, those of the events come first, then the generators in their
 * order. Takes both; they are closed with it. Draws by source.seed as it is
 * when it is first read. NULL: the host has no memory, and both are closed.
 */
struct source *generators_source(struct generators *generators,
				 struct source *events);

#endif
