/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The formats `ftrace` and `perf`: the same events, in the words of two tools.
 * Their lines can't be taken for each other's, so one reader reads both; what
 * differs is what their users look for.
 *
 *	trace, trace_pipe, trace-cmd report --\
 *	perf script --------------------------+--> ftrace.c --> a workload
 *	zoneinfo and its likes behind it -----------> proc.c --> its config
 */
#include <stdlib.h>

#include "sim/base/host.h"
#include "workloads/import/format.h"
#include "workloads/import/proc.h"

static int import_trace(struct import_job *job)
{
	const struct import_options options = {
		.name = job->name,
		.no_tasks = job->no_tasks,
		.model_reclaim = job->model_reclaim,
		.gfp_version = job->gfp_bits,
		.interrupted = job->interrupted,
	};
	struct import_report *report = host_alloc(1, sizeof(*report));
	int err;

	if (!report)
		return error_host(job->errors, "no memory for the report");
	err = import_ftrace(job->files[0], job->level, job->workload, &options,
			    report, job->errors);
	if (!err)
		import_report_add(report, job->report);
	import_report_release(report);
	free(report);
	if (!err && job->config)
		err = import_machine(job, 1);
	return err;
}

#define TRACE_FORMAT(words)                                                    \
	{                                                                      \
		.name = words,                                                 \
		.takes = IMPORT_TAKES_LEVEL | IMPORT_TAKES_MODEL_RECLAIM |     \
			 IMPORT_TAKES_NO_TASKS | IMPORT_TAKES_GFP_BITS,        \
		.most_files = 1 + PROC_FILES_MAX, .proc_behind = true,         \
		.import = import_trace,                                        \
	}

const struct import_format import_format_ftrace = TRACE_FORMAT("ftrace");
const struct import_format import_format_perf = TRACE_FORMAT("perf");
