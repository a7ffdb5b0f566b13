/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_JSON_H
#define KMEMSIM_RESULTS_TEXT_JSON_H

/*
 * Writes JSON (RFC 8259), indented, one value a line.
 */

#include "sim/base/text.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct text *out; /* borrowed; its `failed` tells of lost memory */
	unsigned int depth;
	bool has_value[JSON_DEPTH_MAX]; /* at each depth: a comma is due */
};

#define JSON_TO(text) ((struct json){ .out = (text) })

/* `key` is NULL in an array and at the top. */
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);

/* NULL becomes null; bytes that are no UTF-8 become U+FFFD. */
void json_string(struct json *json, const char *key, const char *value);
void json_int(struct json *json, const char *key, int64_t value);
/* A number with `digits` after the point; null if it is not finite. */
void json_real(struct json *json, const char *key, double value, int digits);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* A text alone, quoted and escaped. */
void json_add_quoted(struct text *out, const char *value);

#endif
