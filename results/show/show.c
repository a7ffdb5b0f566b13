/* SPDX-License-Identifier: GPL-2.0-only */
/* From a run's database to one of the views. */

#include "results/show/show.h"

#include "results/show/show_dmesg.h"
#include "results/show/show_state.h"

static const struct {
	void (*text)(const struct show_state *state, struct text *out);
	void (*json)(const struct show_state *state, struct json *json);
} views[SHOW_TIMELINE] = {
	[SHOW_BUDDYINFO] = { show_buddyinfo, show_buddyinfo_json },
	[SHOW_PAGETYPEINFO] = { show_pagetypeinfo, show_pagetypeinfo_json },
	[SHOW_ZONEINFO] = { show_zoneinfo, show_zoneinfo_json },
	[SHOW_SLABINFO] = { show_slabinfo, show_slabinfo_json },
	[SHOW_VMALLOCINFO] = { show_vmallocinfo, show_vmallocinfo_json },
	[SHOW_MEMINFO] = { show_meminfo, show_meminfo_json },
};

const char *const show_view_names[NR_SHOW_VIEWS] = {
	[SHOW_BUDDYINFO] = "buddyinfo",
	[SHOW_PAGETYPEINFO] = "pagetypeinfo",
	[SHOW_ZONEINFO] = "zoneinfo",
	[SHOW_SLABINFO] = "slabinfo",
	[SHOW_VMALLOCINFO] = "vmallocinfo",
	[SHOW_MEMINFO] = "meminfo",
	[SHOW_TIMELINE] = "timeline",
	[SHOW_DMESG] = "dmesg",
};

static void write_json(const struct show_state *state, enum show_view view,
		       struct text *out)
{
	struct json json = JSON_TO(out);

	json_begin_object(&json, NULL);
	json_string(&json, "view", show_view_names[view]);
	json_int(&json, "sample", (int64_t)state->sample);
	json_string(&json, "label", *state->label ? state->label : NULL);
	json_int(&json, "t_ns", (int64_t)state->t_ns);
	views[view].json(state, &json);
	json_end_object(&json);
	text_add(out, "\n");
}

static int show_sample(const struct database *database,
		       const struct show_options *options, struct text *out,
		       struct errors *errors)
{
	struct show_state state;
	int result = show_state_load(&state, database, options->at, errors);

	if (!result && options->json)
		write_json(&state, options->view, out);
	else if (!result)
		views[options->view].text(&state, out);
	show_state_release(&state);
	return result;
}

/* A view of the run. */
static int run_as_json(const struct database *database,
		       const struct show_options *options, struct text *out,
		       struct errors *errors)
{
	struct json json = JSON_TO(out);
	int result;

	json_begin_object(&json, NULL);
	json_string(&json, "view", show_view_names[options->view]);
	if (options->view == SHOW_DMESG)
		result = show_dmesg_json(database, &json, errors);
	else
		result = show_timeline_json(database, &options->timeline, &json,
					    errors);
	json_end_object(&json);
	text_add(out, "\n");
	return result;
}

int show_run(const struct show_options *options, struct text *out,
	     struct errors *errors)
{
	struct database database;
	int result;

	if (database_open(&database, options->database, errors))
		return -1;
	if (options->view < SHOW_TIMELINE)
		result = show_sample(&database, options, out, errors);
	else if (options->json)
		result = run_as_json(&database, options, out, errors);
	else if (options->view == SHOW_DMESG)
		result = show_dmesg(&database, out, errors);
	else
		result = show_timeline(&database, &options->timeline, out,
				       errors);
	if (!result && out->failed)
		result = error_host(errors, "%s", options->database);
	database_close(&database);
	return result;
}
