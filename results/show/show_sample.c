/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sample of a run is meant. A label wins over a time, should a workload
 * have used one that reads like a time.
 */

#include <inttypes.h>
#include <string.h>

#include "results/show/show_state.h"
#include "sim/base/text.h"

#define LABELS_LISTED 64

/* 1: found; 0: there is none; -1 with an error added. ?1 is bound to `at`. */
static int take_sample(struct show_state *state,
		       const struct database *database, const char *sql,
		       const char *label, uint64_t t_ns, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(database, sql, errors);
	const char *text;
	int got;

	if (!row)
		return -1;
	if (label)
		sqlite3_bind_text(row, 1, label, -1, SQLITE_STATIC);
	else if (sqlite3_bind_parameter_count(row))
		sqlite3_bind_int64(row, 1, (sqlite3_int64)t_ns);
	got = database_step(database, row, errors);
	if (got > 0) {
		text = column_text(row, 2);
		state->sample = (uint64_t)sqlite3_column_int64(row, 0);
		state->t_ns = (uint64_t)sqlite3_column_int64(row, 1);
		state->label = arena_strndup(state->arena, text, strlen(text));
		if (!state->label)
			got = error_host(errors, "%s", state->path);
	}
	sqlite3_finalize(row);
	return got;
}

/* The labels that a run has, the last ones first. */
static size_t list_labels(struct show_state *state,
			  const struct database *database,
			  const char *labels[LABELS_LISTED],
			  struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		"SELECT label FROM sample WHERE label IS NOT NULL"
		" GROUP BY label ORDER BY max(sample) DESC",
		errors);
	size_t nr = 0;

	while (row && nr < LABELS_LISTED &&
	       database_step(database, row, errors) > 0) {
		const char *text = column_text(row, 0);

		labels[nr] = arena_strndup(state->arena, text, strlen(text));
		if (!labels[nr])
			break;
		nr++;
	}
	sqlite3_finalize(row);
	return nr;
}

static int unknown_label(struct show_state *state,
			 const struct database *database, const char *at,
			 struct errors *errors)
{
	const char *labels[LABELS_LISTED];
	size_t nr = list_labels(state, database, labels, errors);
	const char *near = nearest_match(at, strlen(at), labels, nr);
	struct text text = TEXT_EMPTY;

	text_add_near(&text, near);
	if (!near && nr) {
		text_add(&text, "; it has ");
		text_add_choices(&text, labels, nr);
	}
	error_input(errors, (struct place){ .file = state->path },
		    "has no sample labelled \"%s\"%s", at,
		    text.s ? text.s : "");
	text_release(&text);
	return -1;
}

/* Neither a label nor a time with a sample at it or before. */
static int no_sample(struct show_state *state, const struct database *database,
		     const char *at, bool is_time, struct errors *errors)
{
	struct place place = { .file = state->path };
	int got = take_sample(state, database,
			      "SELECT sample, t_ns, label FROM sample"
			      " ORDER BY sample LIMIT 1",
			      NULL, 0, errors);

	if (got < 0)
		return -1;
	if (!got)
		return error_input(errors, place, "holds no samples to show");
	if (!is_time)
		return unknown_label(state, database, at, errors);
	return error_input(errors, place,
			   "has no sample at %s or before: the first one is "
			   "at %" PRIu64 " ns",
			   at, state->t_ns);
}

int show_find_sample(struct show_state *state, const struct database *database,
		     const char *at, struct errors *errors)
{
	bool is_time = false;
	uint64_t t_ns = 0;
	int got;

	if (!at) {
		got = take_sample(state, database,
				  "SELECT sample, t_ns, label FROM sample"
				  " ORDER BY sample DESC LIMIT 1",
				  NULL, 0, errors);
	} else {
		is_time = parse_time(at, strlen(at), &t_ns);
		got = take_sample(state, database,
				  "SELECT sample, t_ns, label FROM sample"
				  " WHERE label = ?1"
				  " ORDER BY sample DESC LIMIT 1",
				  at, 0, errors);
		if (!got && is_time)
			got = take_sample(state, database,
					  "SELECT sample, t_ns, label"
					  " FROM sample WHERE t_ns <= ?1"
					  " ORDER BY sample DESC LIMIT 1",
					  NULL, t_ns, errors);
	}
	if (got)
		return got > 0 ? 0 : -1;
	return no_sample(state, database, at, is_time, errors);
}
