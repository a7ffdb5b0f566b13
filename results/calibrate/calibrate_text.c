/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a calibration found: tables for people, JSON, and the section `costs`
 * of a config.
 */

#include "results/calibrate/calibrate.h"

#include <math.h>
#include <string.h>

#include "results/text/json.h"

#define NUMBER_BYTES 32

static bool has_fate(const struct calibration_result *result, int kind,
		     enum fit_fate fate)
{
	return result->fit.fate[kind] == fate;
}

/* "pcp_hits + 2 x splits - slab_fast": what a kind is made up of. */
static void add_makeup(struct text *text,
		       const struct calibration_result *result, int which)
{
	const struct fit *fit = &result->fit;
	char name[WORK_NAME_BYTES];
	bool any = false;

	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		double share = fit->share[which * NR_WORK_KINDS + kind];
		double times = fabs(share);

		if (times == 0)
			continue;
		if (share < 0)
			text_add(text, any ? " - " : "-");
		else if (any)
			text_add(text, " + ");
		if (fabs(times - 1) > 1e-4)
			text_add(text, "%.4g x ", times);
		text_add(text, "%s", work_name(kind, name));
		any = true;
	}
	if (!any)
		text_add(text, "nearly a sum of others");
}

static void add_names(struct text *text,
		      const struct calibration_result *result,
		      enum fit_fate fate, const char *indent, const char *what)
{
	char name[WORK_NAME_BYTES];
	bool any = false;

	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		if (!has_fate(result, kind, fate))
			continue;
		text_add(text, "%s%s%s", any ? "" : indent, any ? ", " : what,
			 work_name(kind, name));
		any = true;
	}
	if (any)
		text_add(text, "\n");
}

/* What the recordings can't tell, a line each, after `indent`. */
static void add_unknown(struct text *text,
			const struct calibration_result *result,
			const char *indent)
{
	char name[WORK_NAME_BYTES];

	add_names(text, result, FIT_NOT_EXERCISED, indent, "not exercised: ");
	add_names(text, result, FIT_AT_ZERO, indent, "best below zero, so 0: ");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		if (!has_fate(result, kind, FIT_NOT_TOLD_APART))
			continue;
		text_add(text, "%s%s, left at 0, cannot be told from ", indent,
			 work_name(kind, name));
		add_makeup(text, result, kind);
		text_add(text, "\n");
	}
}

/* ---- for people ---- */

static double percent(double part, double whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
}

static double total_off(const struct calibration_case *its)
{
	return percent(its->computed - its->recorded, its->recorded);
}

static void print_costs(const struct calibration_result *result,
			struct text *text)
{
	char name[WORK_NAME_BYTES];

	text_add(text, "%-18s %12s %12s\n", "work", "ns a unit", "operations");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++)
		if (has_fate(result, kind, FIT_FOUND))
			text_add(text, "%-18s %12.3f %12llu\n",
				 work_name(kind, name), result->fit.value[kind],
				 (unsigned long long)result->exercised[kind]);
	add_unknown(text, result, "");
}

static void print_cases(const struct calibration_result *result,
			struct text *text)
{
	text_add(text, "\n%-18s %12s %12s %13s\n", "recording", "operations",
		 "within 10 %", "total off by");
	for (size_t i = 0; i < result->nr_cases; i++) {
		const struct calibration_case *its = &result->cases[i];
		struct text name = TEXT_EMPTY;

		text_add_visible(&name, its->name);
		text_add(text, "%-18s %12llu %10.2f %% %+11.2f %%\n",
			 name.s ? name.s : "…",
			 (unsigned long long)its->operations,
			 percent((double)its->within, (double)its->operations),
			 total_off(its));
		if (its->unsaid)
			text_add(text,
				 "  left out: %llu that the recording has no "
				 "instructions of\n",
				 (unsigned long long)its->unsaid);
		if (its->otherwise)
			text_add(text,
				 "  left out: %llu in which the run did "
				 "otherwise than the kernel\n",
				 (unsigned long long)its->otherwise);
		text_release(&name);
	}
}

static void print_worst(const struct calibration_result *result,
			struct text *text)
{
	char name[WORK_NAME_BYTES];

	if (result->nr_worst)
		text_add(text, "\nmost often more than 10 %% off; recorded is "
			       "the median, ns\n");
	for (size_t i = 0; i < result->nr_worst; i++) {
		const struct calibration_row *row = result->worst[i];

		text_add(text,
			 "%6llu of %llu %s, %.0f computed, %.0f recorded:",
			 (unsigned long long)row->off,
			 (unsigned long long)row->count, call_op_names[row->op],
			 row->computed, row->recorded);
		for (int kind = 0; kind < NR_WORK_KINDS; kind++)
			if (row->work.count[kind])
				text_add(text, " %s %u", work_name(kind, name),
					 row->work.count[kind]);
		text_add(text, "\n");
	}
}

void calibration_print(const struct calibration_result *result,
		       struct text *text)
{
	print_costs(result, text);
	print_cases(result, text);
	print_worst(result, text);
}

/* ---- JSON ---- */

static const char *const fate_names[] = {
	[FIT_FOUND] = "found",
	[FIT_AT_ZERO] = "at zero",
	[FIT_NOT_EXERCISED] = "not exercised",
	[FIT_NOT_TOLD_APART] = "not told apart",
};

static void add_work_json(struct json *json,
			  const struct calibration_result *result, int kind)
{
	char name[WORK_NAME_BYTES];
	struct text makeup = TEXT_EMPTY;

	json_begin_object(json, work_name(kind, name));
	json_real(json, "ns", result->fit.value[kind], 3);
	json_string(json, "is", fate_names[result->fit.fate[kind]]);
	json_int(json, "operations", (int64_t)result->exercised[kind]);
	if (has_fate(result, kind, FIT_NOT_TOLD_APART)) {
		add_makeup(&makeup, result, kind);
		json_string(json, "from", makeup.s);
	}
	json_end_object(json);
	text_release(&makeup);
}

static void add_case_json(struct json *json, const struct calibration_case *its)
{
	json_begin_object(json, NULL);
	json_string(json, "recording", its->name);
	json_int(json, "operations", (int64_t)its->operations);
	json_int(json, "within_10_percent", (int64_t)its->within);
	json_real(json, "total_off_percent", total_off(its), 3);
	json_int(json, "without_instructions", (int64_t)its->unsaid);
	json_int(json, "otherwise_than_the_kernel", (int64_t)its->otherwise);
	json_end_object(json);
}

static void add_row_json(struct json *json,
			 const struct calibration_result *result,
			 const struct calibration_row *row)
{
	char name[WORK_NAME_BYTES];

	json_begin_object(json, NULL);
	json_string(json, "op", call_op_names[row->op]);
	json_string(json, "first_in", result->cases[row->seen_in].name);
	json_int(json, "operations", (int64_t)row->count);
	json_int(json, "off", (int64_t)row->off);
	json_real(json, "recorded_median_ns", row->recorded, 1);
	json_real(json, "computed_ns", row->computed, 1);
	json_begin_object(json, "work");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++)
		if (row->work.count[kind])
			json_int(json, work_name(kind, name),
				 row->work.count[kind]);
	json_end_object(json);
	json_end_object(json);
}

void calibration_print_json(const struct calibration_result *result,
			    struct text *text)
{
	struct json json = JSON_TO(text);

	json_begin_object(&json, NULL);
	json_begin_object(&json, "work");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++)
		add_work_json(&json, result, kind);
	json_end_object(&json);
	json_begin_array(&json, "cases");
	for (size_t i = 0; i < result->nr_cases; i++)
		add_case_json(&json, &result->cases[i]);
	json_end_array(&json);
	json_begin_array(&json, "worst");
	for (size_t i = 0; i < result->nr_worst; i++)
		add_row_json(&json, result, result->worst[i]);
	json_end_array(&json);
	json_end_object(&json);
	text_add(text, "\n");
}

/* ---- YAML ---- */

/* Without zeros at the end, but one after the point. */
static void add_number(struct text *text, double value)
{
	char number[NUMBER_BYTES];
	size_t length = (size_t)snprintf(number, sizeof number, "%.3f", value);

	while (length > 2 && number[length - 1] == '0' &&
	       number[length - 2] != '.')
		number[--length] = '\0';
	text_add(text, "%s", number);
}

/* What was not exercised is not in it: the profile's figure stands. */
void calibration_print_yaml(const struct calibration_result *result,
			    struct text *text)
{
	char name[WORK_NAME_BYTES];

	text_add(text, "# What work costs, in ns a unit where an instruction "
		       "takes one ns. Fitted to\n");
	for (size_t i = 0; i < result->nr_cases; i++) {
		const struct calibration_case *its = &result->cases[i];

		text_add(text, "#   ");
		text_add_visible(text, its->name);
		text_add(text,
			 ": of %llu operations %.2f %% within 10 %%, the "
			 "total off by %+.2f %%\n",
			 (unsigned long long)its->operations,
			 percent((double)its->within, (double)its->operations),
			 total_off(its));
	}
	add_unknown(text, result, "# ");
	text_add(text, "costs:\n  multiplier: 1\n  work:\n");
	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		if (has_fate(result, kind, FIT_NOT_EXERCISED))
			continue;
		text_add(text, "    %s: ", work_name(kind, name));
		add_number(text, result->fit.value[kind]);
		text_add(text, "\n");
	}
}
