/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which allocations of a run failed, by doing all of it again: a database may
 * have kept no operations. That the digest comes out as before says that what
 * is explained later is the run of the database and no other.
 *
 * A run that was cut short at a time (--until) ends at that time here, too.
 * One that was interrupted, or killed, has no digest that could be held against
 * a whole run: there is no telling then.
 */

#include "results/explain/explain_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

struct scan {
	struct sink sink; /* must be first */
	struct explain_failures *failures;
	uint64_t most; /* no operation beyond this seq is the run's */
};

bool explain_is_failure(const struct outcome *outcome)
{
	return outcome->status == OUTCOME_FAILED &&
	       outcome->reason != REASON_IN_USE;
}

bool explain_is_surprise(const struct call *call, const struct outcome *outcome)
{
	return outcome->status == OUTCOME_OK &&
	       call->has & CALL_HAS_RECORDED_OK &&
	       !(call->has & CALL_RECORDED_OK);
}

static int keep(struct explain_failure **list, size_t *nr, size_t *capacity,
		const struct call *call, const struct outcome *outcome,
		size_t failed_before, struct errors *errors)
{
	struct explain_failure *grown =
		host_grow(*list, capacity, *nr + 1, sizeof *grown);

	if (!grown)
		return error_host(errors, "the list of failures");
	*list = grown;
	grown[(*nr)++] = (struct explain_failure){
		.seq = outcome->seq,
		.failed_before = failed_before,
		.reason = outcome->reason,
		.call = *call,
	};
	return 0;
}

static int scan_operation(struct sink *sink, const struct call *call,
			  const struct outcome *outcome, struct errors *errors)
{
	struct scan *scan = (struct scan *)sink;
	struct explain_failures *failures = scan->failures;

	if (outcome->seq > scan->most)
		return 0;
	if (explain_is_surprise(call, outcome))
		return keep(&failures->granted, &failures->nr_granted,
			    &failures->granted_capacity, call, outcome,
			    failures->nr, errors);
	if (!explain_is_failure(outcome))
		return 0;
	return keep(&failures->failure, &failures->nr, &failures->capacity,
		    call, outcome, failures->nr, errors);
}

static const struct sink_ops scan_ops = {
	.name = "failures",
	.operation = scan_operation,
};

static bool is_whole(const struct explain_run *run)
{
	return *run->digest && strcmp(run->status, "complete") == 0;
}

static enum engine_result scan_once(const struct explain_options *options,
				    struct explain_failures *failures,
				    struct errors *errors)
{
	const struct explain_run *run = options->run;
	struct scan scan = {
		.sink = { &scan_ops },
		.failures = failures,
		.most = is_whole(run) ? UINT64_MAX : run->ops,
	};
	struct explain_rerun rerun = {
		.options = options,
		.sink = &scan.sink,
		.stop = options->interrupted,
	};
	enum engine_result result = explain_rerun(&rerun, errors);

	failures->names = rerun.names;
	failures->same = !is_whole(run) ? NOBODY_KNOWS :
			 strcmp(rerun.totals.digest, run->digest) == 0 ?
					  SAME_RUN :
					  OTHER_RUN;
	return result;
}

static enum explain_result result_of(const struct explain_options *options,
				     enum engine_result result)
{
	if (options->interrupted && *options->interrupted)
		return EXPLAIN_INTERRUPTED;
	if (result == ENGINE_INVALID)
		return EXPLAIN_INVALID;
	return result == ENGINE_DONE ? EXPLAIN_DONE : EXPLAIN_FAILED;
}

enum explain_result explain_scan(const struct explain_options *options,
				 struct explain_failures *failures,
				 struct errors *errors)
{
	enum engine_result result = scan_once(options, failures, errors);

	if (result_of(options, result) != EXPLAIN_DONE)
		return result_of(options, result);
	if (failures->same != OTHER_RUN)
		return EXPLAIN_DONE;
	errno = 0;
	error_host(errors,
		   "%s on %s does not come out as the run in %s did: "
		   "it was made by another version of kmemsim, or a file that "
		   "the config names has changed",
		   options->workload, options->run->config_name,
		   options->database);
	return EXPLAIN_FAILED;
}

void explain_failures_release(struct explain_failures *failures)
{
	free(failures->failure);
	free(failures->granted);
	if (failures->names)
		names_free(failures->names);
	*failures = (struct explain_failures){ .nr = 0 };
}
