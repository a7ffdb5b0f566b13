/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_FAST_EVENTS_H
#define KMEMSIM_WORKLOADS_YAML_FAST_EVENTS_H

/*
 * The fast way to read events that stand one per line.
 */

#include "workloads/yaml/event.h"

struct fast_events;

/* NULL: the host has no memory. */
struct fast_events *fast_events_new(void);
void fast_events_free(struct fast_events *fast); /* NULL is fine */

/*
 * Reads at most `max` events from where the stream of `reader` stands, between
 * two items of the list of events, into batch[]. Returns how many; the next
 * one, if there are fewer, is event_read()'s to read. Adds no errors.
 */
size_t fast_events_read(struct fast_events *fast, struct event_reader *reader,
			struct call *batch, size_t max);

/*
 * How many lines it has learned, so that others like them are read by their
 * numbers alone (workloads/yaml/fast_lines.h): for tests.
 */
size_t fast_events_nr_learned(const struct fast_events *fast);

#endif
