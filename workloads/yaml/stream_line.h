/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_STREAM_LINE_H
#define KMEMSIM_WORKLOADS_YAML_STREAM_LINE_H

/*
 * The lines of a list that libyaml is not shown (configs/yaml/yaml_stream.h),
 * one by one. Internal to workloads/yaml/fast_events.c.
 */

#include "configs/yaml/yaml_stream.h"
#include "workloads/yaml/fast_text.h"

/* A line as it stands in the stream. */
struct stream_line {
	const char *s;
	size_t start;  /* where its `{` is */
	size_t length; /* up to its end */
	struct place place;
};

/* True where s[0…length) begins with the same blanks and dash as `line`. */
static inline bool begins_item(const char *s, size_t length, const char *line,
			       size_t start)
{
	uint64_t differs = load(s) ^ load(line);
	bool is_alike = start < 8 ? !(differs << (64 - 8 * start)) :
				    memcmp(s, line, start) == 0;

	return length >= start + 2 && is_alike && s[start] >= 0x20 &&
	       s[start] < 0x7f && s[start + 1] >= 0x20 && s[start + 1] < 0x7f;
}

/* Finds the line at s, if one that begins alike is behind it. */
static inline bool find_line(const struct yaml_lines *lines, const char *s,
			     struct stream_line *line)
{
	const char *end = lines->s + lines->length;
	const char *newline = memchr(s, '\n', (size_t)(end - s));

	if (!newline || !begins_item(newline + 1, (size_t)(end - newline - 1),
				     s, line->start))
		return false;
	line->s = s;
	line->length = (size_t)(newline - s);
	return s[line->start] == '{' && newline[-1] == '}';
}

#endif
