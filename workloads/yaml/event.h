/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_EVENT_H
#define KMEMSIM_WORKLOADS_YAML_EVENT_H

/*
 * One event of a workload in YAML, read from the stream into a `struct call`
 * and checked against the operation's rules.
 */

#include "workloads/fields.h"

/* An event as it stands in the file, before the defaults are applied. */
struct event {
	struct call call;
	field_set given;
	field_set valid; /* those of `given` whose values were understood */
	struct place place;
	struct place at[NR_FIELDS]; /* of the fields that are given */
};

struct event_reader {
	struct field_input input;
	struct event defaults;
	struct event event;	/* the one being read */
	uint64_t last_t_ns;	/* time never goes back */
	uint64_t last_line;	/* of the event with that time; 0: none */
	size_t nr_before_rules; /* errors when event_read() came to its rules */
	uint32_t no_label;	/* the name of a sample without a label */
};

/* Time would go back to `t_ns`. */
static inline bool event_is_before_last(const struct event_reader *reader,
					uint64_t t_ns)
{
	return reader->last_line && t_ns < reader->last_t_ns;
}

/* The event of `line` is read, and those behind it are not before `t_ns`. */
static inline void event_note_time(struct event_reader *reader, uint64_t t_ns,
				   uint64_t line)
{
	reader->last_t_ns = t_ns;
	reader->last_line = line;
}

/*
 * Reads the mapping that `start` begins into reader->event, as it is:
 * merge keys resolved, nothing required. Returns 0, also where errors were
 * added for what it holds; -1 where the stream is over.
 */
int event_parse(struct event_reader *reader, const struct yaml_item *start);

/*
 * Reads the next event into *call: event_parse(), then the defaults and the
 * operation's rules. Returns as event_parse(); *call is whole only where no
 * error was added.
 */
int event_read(struct event_reader *reader, const struct yaml_item *start,
	       struct call *call);

/*
 * Finishes reader->event, whose operation is known: the defaults and the
 * operation's rules, as event_read(), with errors added.
 */
void event_check(struct event_reader *reader);

/*
 * Finishes reader->event, whose fields were filled in by someone else, all of
 * them valid and without their places: the defaults and the operation's rules,
 * as event_read(). False where a rule objects: nothing has changed then but
 * reader->event, and the event must be read again, by event_read().
 */
bool event_finish(struct event_reader *reader);

#endif
