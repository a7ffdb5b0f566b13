/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands behind the simple keys of a workload's head. */
#include "workloads/head_values.h"

#include <string.h>

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
			    "%s: '%s' is expected here", key, word);
		return skip_value(input, &item);
	}
	if (strcmp(key, "kmemsim") == 0 && strcmp(item.value, word) != 0)
		return error_input(input->errors, item.place,
				   "a %s belongs here, and this is "
				   "\"kmemsim: %.*s\"",
				   word, SHOWN(item.length), item.value);
	if (strcmp(item.value, word) != 0)
		error_input(input->errors, item.place,
			    "%s: '%.*s' is not '%s', the only value that this "
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
			error_input(input->errors, key.place,
				    "name: a name, or {is: NAME, from: FILE}, "
				    "is expected here");
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
