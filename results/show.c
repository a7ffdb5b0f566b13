/* SPDX-License-Identifier: GPL-2.0-only */
/* From a run's database to one of the kernel's views. */

#include "results/show.h"

#include "results/show_state.h"

static const struct {
	void (*text)(const struct show_state *state, struct text *out);
	void (*json)(const struct show_state *state, struct json *json);
} views[NR_SHOW_VIEWS] = {
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

int show_run(const struct show_options *options, struct text *out,
	     struct errors *errors)
{
	struct database database;
	struct show_state state;
	int result;

	if (database_open(&database, options->database, errors))
		return -1;
	result = show_state_load(&state, &database, options->at, errors);
	if (!result && options->json)
		write_json(&state, options->view, out);
	else if (!result)
		views[options->view].text(&state, out);
	if (!result && out->failed)
		result = error_host(errors, "%s", options->database);
	show_state_release(&state);
	database_close(&database);
	return result;
}
