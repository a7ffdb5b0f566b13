/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_SINKS_H
#define KMEMSIM_SIM_SINKS_H

/*
 * All sinks of a run, told one after another in the order they were given.
 * Each function returns 0, or -1 with an error added: the sinks that come
 * after the one that failed are not told then.
 */

#include "sim/base/either.h"
#include "sim/sink.h"

struct sinks {
	struct sink *const *sink; /* borrowed */
	size_t nr;
	size_t nr_begun; /* whose begin was called: these get an end */
	const struct kernel *kernel; /* borrowed; set before sinks_begin() */
	struct errors *errors;	     /* borrowed */
	struct sink *counter;	/* has a tally of each kind; NULL: nobody */
	struct counted counted; /* that it was not told of yet */
	uint64_t kills_told;	/* of VM_OOM_KILL, when it was last told */
};

int sinks_begin(struct sinks *sinks, const struct names *names);
int sinks_sample(struct sinks *sinks, uint64_t t_ns, const char *label);
int sinks_violation(struct sinks *sinks, const struct violation *violation);
int sinks_report(struct sinks *sinks, const struct kernel_message *message);

/* True if a sink reads what a call did: it is kept only then. */
bool sinks_read_work(const struct sinks *sinks);

/* True if a sink asks for it: telling is costly, so the engine asks first. */
bool sinks_want_timeline(const struct sinks *sinks);
int sinks_timeline(struct sinks *sinks, const struct timeline_event *event);

/* True if a sink looks at each step: asked first, as above. */
bool sinks_want_steps(const struct sinks *sinks);
int sinks_begins(struct sinks *sinks, const struct call *call, uint64_t seq,
		 uint64_t t_ns);
int sinks_effect(struct sinks *sinks, const struct call *call,
		 const struct outcome *outcome, uint64_t t_ns);

/* All that have begun are told, whatever the others answer. */
int sinks_end(struct sinks *sinks, const struct run_totals *totals);

/*
 * True if operations may be counted: one sink alone asks for operations, and
 * has tallies. Asked for once, after sinks_begin().
 */
bool sinks_count(struct sinks *sinks);

/* sink_ops.tally, of the sink that counts. */
struct op_tally *sinks_tally(struct sinks *sinks, const struct call *call,
			     enum alloc_path path);

/* Internal to what tells: whatever was counted is told first. */
int sinks_report_counted(struct sinks *sinks);
/* Internal to sinks_counted(): an operation that is told by itself. */
int sinks_counted_after_kill(struct sinks *sinks, uint64_t seq,
			     uint64_t end_ns);

/* At most this many are counted before a sink is told. */
#define COUNTED_MOST 1024

/* Was nobody killed whom sinks don't know of yet? */
static inline bool sinks_know_kills(const struct sinks *sinks)
{
	return sinks->kernel->memory->vm_event[VM_OOM_KILL] ==
	       sinks->kills_told;
}

/*
 * Operations were added to tallies while nobody was killed: so many, `last_seq`
 * the last of them, all ended by `end_ns` of simulated time. 0, or -1 with an
 * error added.
 */
static inline int sinks_counted_many(struct sinks *sinks, uint64_t nr,
				     uint64_t last_seq, uint64_t end_ns)
{
	struct counted *counted = &sinks->counted;

	counted->end_ns =
		either(counted->end_ns < end_ns, end_ns, counted->end_ns);
	counted->last_seq = either(counted->last_seq < last_seq, last_seq,
				   counted->last_seq);
	counted->nr += nr;
	return counted->nr >= COUNTED_MOST ? sinks_report_counted(sinks) : 0;
}

/*
 * Operation number `seq`, which ended then, was added to a tally. As above.
 * Here, because most are.
 */
static inline int sinks_counted(struct sinks *sinks, uint64_t seq,
				uint64_t end_ns)
{
	return sinks_know_kills(sinks) ?
		       sinks_counted_many(sinks, 1, seq, end_ns) :
		       sinks_counted_after_kill(sinks, seq, end_ns);
}

/* Tells of an operation that was not counted. */
int sinks_operation(struct sinks *sinks, const struct call *call,
		    const struct outcome *outcome);

#endif
