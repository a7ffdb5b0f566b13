/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A JSON writer. It sees to commas and indentation; the caller sees to it that
 * each begin has its end, and a mistake there is a BUG().
 */

#include "results/text/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/bug.h"

/* Bytes of the UTF-8 sequence at s, or 0 where it is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = *s < 0x80 ? 1 :
			*s < 0xc2 ? 0 :
			*s < 0xe0 ? 2 :
			*s < 0xf0 ? 3 :
			*s < 0xf5 ? 4 :
				    0;
	size_t i;

	for (i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0; /* overlong, a surrogate, or beyond U+10FFFF */
	return length;
}

void json_add_quoted(struct text *out, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t length;

	text_add(out, "\"");
	for (; *s; s += length ? length : 1) {
		length = utf8_length(s);
		if (!length)
			text_add(out, "\\ufffd");
		else if (*s == '"' || *s == '\\')
			text_add(out, "\\%c", *s);
		else if (*s == '\n')
			text_add(out, "\\n");
		else if (*s == '\t')
			text_add(out, "\\t");
		else if (*s < 0x20)
			text_add(out, "\\u%04x", *s);
		else
			text_add_bytes(out, (const char *)s, length);
	}
	text_add(out, "\"");
}

static void new_line(struct json *json)
{
	text_add(json->out, "\n%*s", (int)json->depth * 2, "");
}

/* The comma, the line and the key that come before a value. */
static void lead_in(struct json *json, const char *key)
{
	if (json->has_value[json->depth])
		text_add(json->out, ",");
	json->has_value[json->depth] = true;
	if (json->depth)
		new_line(json);
	if (key) {
		json_add_quoted(json->out, key);
		text_add(json->out, ": ");
	}
}

static void begin(struct json *json, const char *key, const char *bracket)
{
	lead_in(json, key);
	text_add(json->out, "%s", bracket);
	BUG_ON(json->depth + 1 == JSON_DEPTH_MAX);
	json->has_value[++json->depth] = false;
}

static void end(struct json *json, const char *bracket)
{
	bool had_values = json->has_value[json->depth];

	BUG_ON(!json->depth);
	json->depth--;
	if (had_values)
		new_line(json);
	text_add(json->out, "%s", bracket);
	if (!json->depth)
		text_add(json->out, "\n");
}

void json_begin_object(struct json *json, const char *key)
{
	begin(json, key, "{");
}

void json_end_object(struct json *json)
{
	end(json, "}");
}

void json_begin_array(struct json *json, const char *key)
{
	begin(json, key, "[");
}

void json_end_array(struct json *json)
{
	end(json, "]");
}

void json_string(struct json *json, const char *key, const char *value)
{
	if (!value) {
		json_null(json, key);
		return;
	}
	lead_in(json, key);
	json_add_quoted(json->out, value);
}

void json_int(struct json *json, const char *key, int64_t value)
{
	lead_in(json, key);
	text_add(json->out, "%" PRId64, value);
}

void json_real(struct json *json, const char *key, double value, int digits)
{
	if (!isfinite(value)) {
		json_null(json, key);
		return;
	}
	lead_in(json, key);
	text_add(json->out, "%.*f", digits, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	lead_in(json, key);
	text_add(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	lead_in(json, key);
	text_add(json->out, "null");
}
