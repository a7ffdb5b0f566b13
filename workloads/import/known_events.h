/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_KNOWN_EVENTS_H
#define KMEMSIM_WORKLOADS_IMPORT_KNOWN_EVENTS_H

/*
 * What an import makes of an event of a trace, by its name.
 */

#include "workloads/import/trace_reader.h"

struct known_event {
	const char *name; /* NULL: of a row for many */
	int kind;	  /* enum trace_event_kind; -1: skipped */
	enum import_skip skip;
};

/*
 * The event's row, or one for its likes; never NULL. With the events of reclaim
 * and compaction, or with those of kswapd and kcompactd: see struct
 * trace_reader.
 */
const struct known_event *known_event_of(const struct trace_line *line,
					 bool with_reclaim, bool with_kswapd);

#endif
