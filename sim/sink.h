/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_SINK_H
#define KMEMSIM_SIM_SINK_H

/*
 * Where a run's results go: the database, a comparison with a recording. The
 * engine calls begin once, then operation, sample, violation and report in
 * simulated order, then end once. A slot returns 0, or -1 with an error added,
 * which ends the run as failed. A NULL slot is skipped.
 */

#include "models/report.h"
#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/call.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include "sim/op_tally.h"
#include "sim/timeline.h"

enum run_status { RUN_COMPLETE, RUN_INTERRUPTED, RUN_FAILED };

struct violation {
	uint64_t seq; /* 0: outside any operation */
	uint64_t t_ns;
	const char *rule; /* short identifier: "bad-free" */
	const char *message;
	/* Others with it have this rule and message, too; 0: perhaps others. */
	uint64_t message_number;
	const char *file;
	uint64_t line;
};

/* What a kernel would write to its log. Valid during the call only. */
struct kernel_message {
	uint64_t t_ns;	  /* when the call began, or went on after a sleep */
	struct actor who; /* the call, or the kernel's task; or nobody */
	uint32_t task;	  /* the name of the task; 0: not said */
	const struct report *report;
};

/* A CPU whose calls came faster than it carried them out. */
struct overload {
	cpu_t cpu;
	uint64_t late_calls; /* its calls that waited for it */
	uint64_t late_ns;    /* sum of by how much they began late */
	uint64_t latest_ns;  /* the longest of these */
};

struct run_totals {
	enum run_status status;
	uint64_t ops; /* call_is_counted() */
	uint64_t failed;
	uint64_t skipped;
	uint64_t not_begun; /* of these, what the run's end came before */
	uint64_t violations;
	uint64_t sim_ns;
	double wall_s;
	/* Valid in a sink's end() only, as the locks are; by CPU. */
	const struct overload *overloads;
	size_t nr_overloads;
	char digest[33];		/* hexadecimal, of every outcome */
	const struct lock_stats *locks; /* valid in a sink's end() only */
	size_t nr_locks;
};

/* Operations that were added to tallies. */
struct counted {
	uint64_t nr;
	uint64_t end_ns;   /* when the last of them ended */
	uint64_t last_seq; /* the highest number among them */
	bool after_kill;   /* just one, the first since somebody was killed */
};

struct sink;

struct sink_ops {
	const char *name;
	bool reads_work; /* outcome->work, which is kept for it */
	int (*begin)(struct sink *sink, const struct kernel *kernel,
		     const struct names *names, struct errors *errors);
	int (*operation)(struct sink *sink, const struct call *call,
			 const struct outcome *outcome, struct errors *errors);
	/*
	 * For sinks that need only sums: the tally that counts operations like
	 * this one, valid until the sink's end. The engine may add fast calls
	 * to it instead of calling operation() for each. It then calls
	 * counted(), once for all since the last time, before it calls the sink
	 * for anything else; the sums may lack some of these until the sink's
	 * end. NULL with an error added: the host has no memory. Where the slot
	 * `tally` is NULL, operation() is called for each.
	 */
	struct op_tally *(*tally)(struct sink *sink, const struct call *call,
				  enum alloc_path path, struct errors *errors);
	int (*counted)(struct sink *sink, const struct counted *counted,
		       struct errors *errors);
	/*
	 * For sinks that want to see each step: a call is about to take effect,
	 * and has taken effect, so that the state is what the call has left.
	 * *outcome is as it is then, before the call's time has passed, with
	 * its work. Where the call sleeps, others may run in between; a call
	 * that waits begins again. call_effect() is called as well for a call
	 * that is given up.
	 */
	int (*call_begins)(struct sink *sink, const struct call *call,
			   uint64_t seq, uint64_t t_ns,
			   const struct kernel *kernel, struct errors *errors);
	int (*call_effect)(struct sink *sink, const struct call *call,
			   const struct outcome *outcome, uint64_t t_ns,
			   const struct kernel *kernel, struct errors *errors);
	/* label: NULL for a sample of the clock. The state is read at once. */
	int (*sample)(struct sink *sink, uint64_t t_ns, const char *label,
		      const struct kernel *kernel, struct errors *errors);
	int (*violation)(struct sink *sink, const struct violation *violation,
			 struct errors *errors);
	/*
	 * An allocation fails, or a task is killed: in the middle of a call,
	 * so that the state is that of the failure.
	 */
	int (*report)(struct sink *sink, const struct kernel_message *message,
		      const struct kernel *kernel, struct errors *errors);
	/* Who runs, waits, sleeps; costly: only where somebody asked for it. */
	int (*timeline)(struct sink *sink, const struct timeline_event *event,
			struct errors *errors);
	int (*end)(struct sink *sink, const struct run_totals *totals,
		   const struct kernel *kernel, struct errors *errors);
};

/* The first member of every sink's own struct. */
struct sink {
	const struct sink_ops *ops;
};

#endif
