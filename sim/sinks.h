/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_SINKS_H
#define KMEMSIM_SIM_SINKS_H

/*
 * All sinks of a run, told one after another in the order they were given.
 * Each function returns 0, or -1 with an error added: the sinks that come
 * after the one that failed are not told then.
 */

#include "sim/sink.h"

struct sinks {
	struct sink *const *sink; /* borrowed */
	size_t nr;
	size_t nr_begun; /* whose begin was called: these get an end */
	const struct kernel *kernel; /* borrowed; set before sinks_begin() */
	struct errors *errors;	     /* borrowed */
};

int sinks_begin(struct sinks *sinks, const struct names *names);
int sinks_sample(const struct sinks *sinks, uint64_t t_ns, const char *label);
int sinks_violation(const struct sinks *sinks,
		    const struct violation *violation);
int sinks_report(const struct sinks *sinks,
		 const struct kernel_message *message);

/* True if a sink reads what a call did: it is kept only then. */
bool sinks_read_work(const struct sinks *sinks);

/* True if a sink asks for it: telling is costly, so the engine asks first. */
bool sinks_want_timeline(const struct sinks *sinks);
int sinks_timeline(const struct sinks *sinks,
		   const struct timeline_event *event);

/* True if a sink looks at each step: asked first, as above. */
bool sinks_want_steps(const struct sinks *sinks);
int sinks_begins(const struct sinks *sinks, const struct call *call,
		 uint64_t seq, uint64_t t_ns);
int sinks_effect(const struct sinks *sinks, const struct call *call,
		 const struct outcome *outcome, uint64_t t_ns);

/* All that have begun are told, whatever the others answer. */
int sinks_end(const struct sinks *sinks, const struct run_totals *totals);

/* Here, because it is called with each operation. */
static inline int sinks_operation(const struct sinks *sinks,
				  const struct call *call,
				  const struct outcome *outcome)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->operation &&
		    sink->ops->operation(sink, call, outcome, sinks->errors) <
			    0)
			return -1;
	}
	return 0;
}

#endif
