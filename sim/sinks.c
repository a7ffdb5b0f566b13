/* SPDX-License-Identifier: GPL-2.0-only */
#include "sim/sinks.h"

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

int sinks_sample(const struct sinks *sinks, uint64_t t_ns, const char *label)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->sample &&
		    sink->ops->sample(sink, t_ns, label, sinks->kernel,
				      sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_violation(const struct sinks *sinks,
		    const struct violation *violation)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->violation &&
		    sink->ops->violation(sink, violation, sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_report(const struct sinks *sinks,
		 const struct kernel_message *message)
{
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

int sinks_timeline(const struct sinks *sinks,
		   const struct timeline_event *event)
{
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

int sinks_begins(const struct sinks *sinks, const struct call *call,
		 uint64_t seq, uint64_t t_ns)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->call_begins &&
		    sink->ops->call_begins(sink, call, seq, t_ns, sinks->kernel,
					   sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_effect(const struct sinks *sinks, const struct call *call,
		 const struct outcome *outcome, uint64_t t_ns)
{
	for (size_t i = 0; i < sinks->nr; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->call_effect &&
		    sink->ops->call_effect(sink, call, outcome, t_ns,
					   sinks->kernel, sinks->errors) < 0)
			return -1;
	}
	return 0;
}

int sinks_end(const struct sinks *sinks, const struct run_totals *totals)
{
	int result = 0;

	for (size_t i = 0; i < sinks->nr_begun; i++) {
		struct sink *sink = sinks->sink[i];

		if (sink->ops->end &&
		    sink->ops->end(sink, totals, sinks->kernel, sinks->errors) <
			    0)
			result = -1;
	}
	return result;
}
