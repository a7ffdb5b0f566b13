/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fits generators to a workload.
 *
 *	events --> groups of one sort --> arrivals, sizes, lifetimes --> YAML
 *	            (fit_group.c)          (fit_shape.c)       (fit_write.c)
 *
 * It reads calls, not traces, so that whatever an importer makes of a trace
 * can be fitted, and so can any other workload. Three readings: what groups
 * there are, what is in them, and the events that are no allocation or free
 * (caches are created, say), which stay as they are.
 */
#include "workloads/import/fit.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/fit_write.h"
#include "workloads/workload.h"
#include "workloads/yaml/writer.h"

#define BATCH 256

struct fit {
	struct fit_groups groups;
	struct names *names; /* owned */
	uint32_t name;	     /* the workload's; 0: not read yet */
	struct workload_writer writer;
	struct call batch[BATCH];
	struct errors *errors;
};

typedef int take_fn(struct fit *fit, const struct call *call);

static int read_all(struct fit *fit, const char *path, take_fn *take)
{
	struct source *source = workload_open(path, fit->names, fit->errors);
	int err = 0;
	long nr;

	if (!source)
		return -1;
	if (!fit->name)
		fit->name = names_intern(fit->names, source->name,
					 strlen(source->name));
	while (!err && (nr = source_read(source, fit->batch, BATCH,
					 fit->errors)) != 0) {
		err = nr < 0 ? -1 : 0;
		for (long i = 0; !err && i < nr; i++)
			err = take(fit, &fit->batch[i]);
	}
	source_close(source);
	return err;
}

static int count_call(struct fit *fit, const struct call *call)
{
	return fit_groups_count(&fit->groups, call, fit->errors);
}

static int take_call(struct fit *fit, const struct call *call)
{
	return fit_groups_take(&fit->groups, call, fit->errors);
}

/* What makes caches and pools, and readings. Generators outlive the rest. */
static int write_other(struct fit *fit, const struct call *call)
{
	const op_set others = OP_BIT(OP_CACHE_CREATE) |
			      OP_BIT(OP_MEMPOOL_CREATE) |
			      OP_BIT(OP_DRAIN_ALL_PAGES) | OP_BIT(OP_SAMPLE);

	if (others & OP_BIT(call->op))
		workload_write_call(&fit->writer, call);
	return 0;
}

static int write_groups(struct fit *fit, struct text *report)
{
	const struct fit_groups *groups = &fit->groups;
	struct text *yaml = &fit->writer.line;
	size_t number = 0, lumped = 0;

	text_add(report, "  allocations by group: how they come, how long they "
			 "live, and how far\n  lifetimes are from what was "
			 "fitted (Kolmogorov-Smirnov)\n");
	text_add(yaml, "generators:\n");
	for (size_t i = 0; i < groups->nr; i++) {
		const struct fit_group *group = &groups->group[i];

		lumped += !group->count;
		if (!group->count)
			continue;
		if (fit_write_group(group, ++number, fit->names, yaml, report) <
		    0)
			return error_host(fit->errors,
					  "no memory to write generators");
	}
	text_add_counted(
		report, 12, lumped,
		"group[s] [was|were] too small, and lumped together\n");
	text_add_counted(
		report, 12, groups->lost_frees,
		"free[s] of what was there before [is|are] left out\n");
	text_add_counted(report, 12, groups->part_frees,
			 "free[s] of parts [counts as a free|count as frees] "
			 "of all\n");
	text_add_counted(report, 12, groups->lost_calls,
			 "call[s] on allocations [is|are] left out\n");
	return 0;
}

static int fit_and_write(struct fit *fit, const char *path, const char *from,
			 FILE *out, struct text *report)
{
	struct text comment = TEXT_EMPTY;
	int err;

	if (read_all(fit, path, count_call) < 0 ||
	    fit_groups_lump(&fit->groups, fit->errors) < 0 ||
	    read_all(fit, path, take_call) < 0)
		return -1;
	text_add(&comment,
		 "Fitted to %s: each generator draws what one sort of "
		 "allocations did.",
		 from);
	workload_write_begin(&fit->writer, out, fit->names,
			     fit->name ? names_text(fit->names, fit->name) :
					 from,
			     comment.s);
	text_release(&comment);
	err = write_groups(fit, report);
	if (!err)
		err = read_all(fit, path, write_other);
	if (workload_write_end(&fit->writer, report->s, fit->errors) < 0)
		err = -1;
	return err;
}

int workload_fit(const char *path, const char *from, FILE *out,
		 struct text *report, struct errors *errors)
{
	struct fit *fit = host_alloc(1, sizeof(*fit));
	int err = -1;

	if (fit) {
		fit->errors = errors;
		fit->names = names_new();
	}
	if (fit && fit->names)
		err = fit_and_write(fit, path, from, out, report);
	else
		error_host(errors, "no memory to fit generators");
	if (fit && fit->names)
		names_free(fit->names);
	if (fit)
		fit_groups_release(&fit->groups);
	free(fit);
	return err;
}
