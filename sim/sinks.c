/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Telling all sinks.
 *
 *	plain operation --> tally, counted.nr++        (nobody is told)
 *	anything else   --> counted() of those before, then operation(), …
 *
 * So a sink that is told anything knows of all that came before. Of a kill it
 * is told with the operation that ends next, which is therefore counted alone.
 */

#include "sim/sinks.h"

bool sinks_count(struct sinks *sinks)
{
	size_t askers = 0;

	sinks->counter = NULL;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		askers += sink->ops->operation || sink->ops->tally;
		if (sink->ops->tally)
			sinks->counter = sink;
	}
	if (askers != 1)
		sinks->counter = NULL;
	return sinks->counter;
}

struct op_tally *sinks_tally(struct sinks *sinks, const struct call *call,
			     enum alloc_path path)
{
	return sinks->counter->ops->tally(sinks->counter, call, path,
					  sinks->errors);
}

int sinks_report_counted(struct sinks *sinks)
{
	struct counted counted = sinks->counted;

	sinks->counted = (struct counted){ .nr = 0 };
	return counted.nr ?
		       sinks->counter->ops->counted(sinks->counter, &counted,
						    sinks->errors) :
		       0;
}

static uint64_t nr_kills(const struct sinks *sinks)
{
	return sinks->kernel->memory->vm_event[VM_OOM_KILL];
}

int sinks_counted_after_kill(struct sinks *sinks, uint64_t seq, uint64_t end_ns)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	sinks->kills_told = nr_kills(sinks);
	sinks->counted = (struct counted){ 1, end_ns, seq, true };
	return sinks_report_counted(sinks);
}

int sinks_operation(struct sinks *sinks, const struct call *call,
		    const struct outcome *outcome)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	sinks->kills_told = nr_kills(sinks);
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->operation &&
		    sink->ops->operation(sink, call, outcome, sinks->errors) <
			    0)
			return -1;
	}
	return 0;
}

int sinks_begin(struct sinks *sinks, const struct names *names)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		sinks->nr_begun = i + 1;
		if (sink->ops->begin &&
		    sink->ops->begin(sink, sinks->kernel, names,
				     sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_sample(struct sinks *sinks, uint64_t t_ns, const char *label)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->sample &&
		    sink->ops->sample(sink, t_ns, label, sinks->kernel,
				      sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_violation(struct sinks *sinks, const struct violation *violation)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->violation &&
		    sink->ops->violation(sink, violation, sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_report(struct sinks *sinks, const struct kernel_message *message)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->report &&
		    sink->ops->report(sink, message, sinks->kernel,
				      sinks->errors) < 0)
			return -1;
	}
	return 0;
}

bool sinks_read_work(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->nr; i++)
		if (sinks->sink[i]->ops->reads_work)
			return true;
	return false;
}

bool sinks_want_timeline(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->nr; i++)
		if (sinks->sink[i]->ops->timeline)
			return true;
	return false;
}

int sinks_timeline(struct sinks *sinks, const struct timeline_event *event)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->timeline &&
		    sink->ops->timeline(sink, event, sinks->errors) < 0)
			return -1;
	}
	return 0;
}

bool sinks_want_steps(const struct sinks *sinks)
{
	for (size_t i = 0; i < sinks->nr; i++)
		if (sinks->sink[i]->ops->call_begins ||
		    sinks->sink[i]->ops->call_effect)
			return true;
	return false;
}

int sinks_begins(struct sinks *sinks, const struct call *call, uint64_t seq,
		 uint64_t t_ns)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->call_begins &&
		    sink->ops->call_begins(sink, call, seq, t_ns, sinks->kernel,
					   sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_effect(struct sinks *sinks, const struct call *call,
		 const struct outcome *outcome, uint64_t t_ns)
{
	if (sinks_report_counted(sinks) < 0)
		return -1;
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->call_effect &&
		    sink->ops->call_effect(sink, call, outcome, t_ns,
					   sinks->kernel, sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_end(struct sinks *sinks, const struct run_totals *totals)
{
	int result = sinks_report_counted(sinks);

	for (size_t i = 0; i < sinks->nr_begun; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->end &&
		    sink->ops->end(sink, totals, sinks->kernel, sinks->errors) <
			    0)
			result = -1;
	}
	return result;
}
