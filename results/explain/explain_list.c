/* SPDX-License-Identifier: GPL-2.0-only */
/* Which allocations of a run failed: a line each. */

#include <inttypes.h>

#include "models/gfp.h"
#include "results/explain/explain_internal.h"
#include "results/text/json.h"

static void add_row(const struct explain_failures *failures, size_t i,
		    struct text *out)
{
	const struct explain_failure *failure = &failures->failure[i];
	const struct call *call = &failure->call;
	struct text size = TEXT_EMPTY;
	char gfp[GFP_TEXT_MAX];

	gfp_format(call_gfp(call), gfp);
	if (explain_has_order(call))
		text_add(&size, "order %u", call->order);
	else if (call->size)
		explain_add_size(call->size, &size);
	text_add(out,
		 "%5zu  %8" PRIu64 "  %13.3f  %-18s  %-12s  %-7s  %-13s  %s",
		 i + 1, failure->seq, (double)call->t_ns / 1e3,
		 call_op_names[call->op], size.s ? size.s : "",
		 call_context_names[call->ctx],
		 alloc_reason_names[failure->reason], gfp);
	if (call->name)
		text_add(out, "  %s", names_text(failures->names, call->name));
	text_add(out, "\n");
	out->failed |= size.failed;
	text_release(&size);
}

/* Calls that a real kernel refused. */
static void add_granted(const struct explain_failures *failures,
			struct text *out)
{
	if (!failures->nr_granted)
		return;
	text_add_counted(out, 0, failures->nr_granted,
			 "call[s] [was|were] recorded as failed, and "
			 "[is|are] granted here: ");
	text_add(out, "--seq %" PRIu64 " explains the first\n",
		 failures->granted[0].seq);
}

void explain_list_text(const struct explain_options *options,
		       const struct explain_failures *failures,
		       struct text *out)
{
	if (failures->same == NOBODY_KNOWS)
		text_add(out, EXPLAIN_DOUBT);
	if (!failures->nr) {
		text_add(out, "No allocation failed in %s.\n",
			 options->database);
		add_granted(failures, out);
		return;
	}
	text_add(out, "    N       seq      time (us)  operation           "
		      "asked for     context  reason         flags\n");
	for (size_t i = 0; i < failures->nr; i++)
		add_row(failures, i, out);
	add_granted(failures, out);
}

static void add_row_json(const struct explain_failures *failures, size_t i,
			 struct json *json)
{
	const struct explain_failure *failure = &failures->failure[i];
	const struct call *call = &failure->call;
	char gfp[GFP_TEXT_MAX];

	gfp_format(call_gfp(call), gfp);
	json_begin_object(json, NULL);
	json_int(json, "failure", (int64_t)i + 1);
	json_int(json, "seq", (int64_t)failure->seq);
	json_int(json, "t_ns", (int64_t)call->t_ns);
	json_int(json, "line", (int64_t)call->line);
	json_string(json, "op", call_op_names[call->op]);
	if (explain_has_order(call))
		json_int(json, "order", call->order);
	else
		json_int(json, "size", (int64_t)call->size);
	json_string(json, "gfp", gfp);
	json_string(json, "ctx", call_context_names[call->ctx]);
	json_string(json, "name",
		    call->name ? names_text(failures->names, call->name) :
				 NULL);
	json_string(json, "reason", alloc_reason_names[failure->reason]);
	json_end_object(json);
}

void explain_list_json(const struct explain_options *options,
		       const struct explain_failures *failures,
		       struct text *out)
{
	struct json json = JSON_TO(out);

	json_begin_object(&json, NULL);
	json_string(&json, "database", options->database);
	json_bool(&json, "verified", failures->same == SAME_RUN);
	json_begin_array(&json, "failures");
	for (size_t i = 0; i < failures->nr; i++)
		add_row_json(failures, i, &json);
	json_end_array(&json);
	json_begin_array(&json, "granted");
	for (size_t i = 0; i < failures->nr_granted; i++)
		json_int(&json, NULL, (int64_t)failures->granted[i].seq);
	json_end_array(&json);
	json_end_object(&json);
	text_add(out, "\n");
}
