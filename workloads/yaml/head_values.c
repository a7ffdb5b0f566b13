/* SPDX-License-Identifier: GPL-2.0-only */
/* The values of the simple keys of a workload's head. */
#include "workloads/yaml/head_values.h"

#include <string.h>

#include "sim/base/numbers.h"

static int next_item(struct field_input *input, struct yaml_item *item)
{
	return yaml_stream_next(input->stream, item, input->errors);
}

static int skip_value(struct field_input *input, const struct yaml_item *item)
{
	return yaml_stream_skip(input->stream, item, input->errors);
}

/* A value that can only be one word. */
int head_read_word(struct field_input *input, const char *key, const char *word)
{
	struct yaml_item item;

	if (next_item(input, &item) < 0)
		return -1;
	if (item.kind != YAML_SCALAR) {
		error_input(input->errors, item.place,
			    "%s: \"%s\" is expected here", key, word);
		return skip_value(input, &item);
	}
	if (strcmp(key, "kmemsim") == 0 && strcmp(item.value, word) != 0)
		return error_input(input->errors, item.place,
				   "a %s belongs here, and this is "
				   "\"kmemsim: %.*s\"",
				   word, SHOWN(item.length), item.value);
	if (strcmp(item.value, word) != 0)
		error_input(
			input->errors, item.place,
			"%s: \"%.*s\" is not \"%s\", the only value that this "
			"version reads here",
			key, SHOWN(item.length), item.value, word);
	return 0;
}

/* A text into *text, which `key` is called in messages. */
static int take_text(struct field_input *input, struct text *text,
		     const char *key, const struct yaml_item *item)
{
	if (item->kind != YAML_SCALAR || item->length == 0) {
		error_input(input->errors, item->place,
			    "%s: a name is expected here", key);
		return skip_value(input, item);
	}
	text_release(text);
	*text = TEXT_EMPTY;
	text_add_bytes(text, item->value, item->length);
	return 0;
}

static const char *const name_keys[] = { "is", "from" };

/* `{is: NAME, from: FILE}`, as unpacking leaves it; its start was taken. */
static int read_name_and_from(struct field_input *input, struct text *name,
			      struct text *from)
{
	struct yaml_item key;
	struct yaml_item value;

	for (;;) {
		bool is_name, is_from;

		if (next_item(input, &key) < 0)
			return -1;
		if (key.kind == YAML_MAPPING_END)
			return 0;
		is_name = key.kind == YAML_SCALAR &&
			  strcmp(key.value, "is") == 0;
		is_from = key.kind == YAML_SCALAR &&
			  strcmp(key.value, "from") == 0;
		if (!is_name && !is_from)
			field_unknown_key(input, &key, name_keys,
					  LENGTH(name_keys), NULL);
		if (skip_value(input, &key) < 0 ||
		    next_item(input, &value) < 0 ||
		    (is_name || is_from ?
			     take_text(input, is_name ? name : from,
				       is_name ? "name" : "from", &value) :
			     skip_value(input, &value)) < 0)
			return -1;
	}
}

int head_read_name(struct field_input *input, struct text *name,
		   struct text *from)
{
	struct yaml_item item;

	if (next_item(input, &item) < 0)
		return -1;
	if (item.kind == YAML_MAPPING_START)
		return read_name_and_from(input, name, from);
	return take_text(input, name, "name", &item);
}

/* ---- the recorded kernel's tracer ---------------------------------------- */

static int take_line_time(struct field_input *input, struct traced *traced,
			  const struct yaml_item *item)
{
	uint64_t ns;

	if (item->kind != YAML_SCALAR) {
		error_input(input->errors, item->place,
			    "line: a time is expected here");
		return skip_value(input, item);
	}
	if (!parse_time(item->value, item->length, &ns) || !ns ||
	    ns > TRACED_LINE_MAX)
		return error_input(
			       input->errors, item->place,
			       "line: \"%.*s\" is no time of a line; allowed: "
			       "1ns to %dns",
			       SHOWN(item->length), item->value,
			       TRACED_LINE_MAX),
		       0;
	traced->line_ns = (uint16_t)ns;
	return 0;
}

static void take_tracepoint(struct field_input *input, struct traced *traced,
			    const struct yaml_item *item)
{
	enum tracepoint point = NR_TRACEPOINTS;
	struct text hint = TEXT_EMPTY;
	const char *name = item->kind == YAML_SCALAR ? item->value : "";
	size_t length = item->kind == YAML_SCALAR ? item->length : 0;

	if (item->kind == YAML_SCALAR)
		point = tracepoint_find(item->value);
	if (point != NR_TRACEPOINTS) {
		traced->tracepoints |= (uint16_t)(1u << point);
		return;
	}
	text_add_hint(&hint, name, length, tracepoint_names, NR_TRACEPOINTS,
		      "docs/workload.md");
	error_input(input->errors, item->place,
		    "events: \"%.*s\" is not a tracepoint whose lines count%s",
		    SHOWN(length), name, hint.failed ? "" : hint.s);
	text_release(&hint);
}

static int take_tracepoints(struct field_input *input, struct traced *traced,
			    const struct yaml_item *list)
{
	struct yaml_item item;

	if (list->kind != YAML_SEQUENCE_START) {
		error_input(input->errors, list->place,
			    "events: a list of tracepoints is expected here");
		return skip_value(input, list);
	}
	for (;;) {
		if (next_item(input, &item) < 0)
			return -1;
		if (item.kind == YAML_SEQUENCE_END)
			return 0;
		take_tracepoint(input, traced, &item);
		if (skip_value(input, &item) < 0)
			return -1;
	}
}

enum { TRACED_LINE = 1, TRACED_EVENTS = 2 };

static const char *const traced_keys[] = { "line", "events" };

/* Which key of it that is; 0: none. */
static unsigned int traced_key(const struct yaml_item *key)
{
	if (key->kind != YAML_SCALAR)
		return 0;
	return strcmp(key->value, "line") == 0	 ? TRACED_LINE :
	       strcmp(key->value, "events") == 0 ? TRACED_EVENTS :
						   0;
}

/* A key of it, with its value; *seen: those that were there. */
static int take_traced_key(struct field_input *input, struct traced *traced,
			   const struct yaml_item *key, unsigned int *seen)
{
	unsigned int which = traced_key(key);
	struct yaml_item value;

	if (!which)
		field_unknown_key(input, key, traced_keys, LENGTH(traced_keys),
				  NULL);
	else if (*seen & which)
		error_input(input->errors, key->place,
			    "traced: \"%s\" is there twice", key->value);
	*seen |= which;
	if (skip_value(input, key) < 0 || next_item(input, &value) < 0)
		return -1;
	return which == TRACED_LINE ? take_line_time(input, traced, &value) :
	       which == TRACED_EVENTS ?
				      take_tracepoints(input, traced, &value) :
				      skip_value(input, &value);
}

int head_read_traced(struct field_input *input, struct traced *traced)
{
	unsigned int seen = 0;
	struct place place;
	struct yaml_item item;

	if (next_item(input, &item) < 0)
		return -1;
	place = item.place;
	if (item.kind != YAML_MAPPING_START) {
		error_input(input->errors, place,
			    "traced: {line: TIME, events: [TRACEPOINT, …]} is "
			    "expected here");
		return skip_value(input, &item);
	}
	for (;;) {
		if (next_item(input, &item) < 0)
			return -1;
		if (item.kind == YAML_MAPPING_END)
			break;
		if (take_traced_key(input, traced, &item, &seen) < 0)
			return -1;
	}
	if (!(seen & TRACED_LINE) || !(seen & TRACED_EVENTS))
		error_input(input->errors, place, "traced: \"%s\" is missing",
			    seen & TRACED_LINE ? "events" : "line");
	return 0;
}
