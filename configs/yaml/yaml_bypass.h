/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_YAML_BYPASS_H
#define KMEMSIM_CONFIGS_YAML_YAML_BYPASS_H

/*
 * Lines of a YAML stream that libyaml never sees. Used by yaml_stream.c alone;
 * what it is for stands at yaml_stream_lines().
 */

#include "configs/yaml/yaml_reader.h"

struct yaml_bypass {
	enum {
		BYPASS_NONE,
		BYPASS_ALLOWED, /* a marker may stand before the next line */
		BYPASS_MARKED,	/* a marker was given to libyaml */
	} state;
	size_t indent; /* of the list's items */
	uint64_t nr_markers;
	uint64_t first_marker; /* libyaml's number of its line */
	uint64_t marker;       /* of the latest one */
	/* Libyaml counts so many too few behind the first marker; mod 2^64. */
	uint64_t missing_lines;
	uint64_t nr_passed; /* lines since the latest marker */
};

/*
 * Between two items of a list, where libyaml's scanner stands at `line` and
 * `column` (counted from 0): may the line after be kept from it?
 */
void yaml_bypass_allow(struct yaml_bypass *bypass,
		       const struct yaml_reader *reader, uint64_t line,
		       uint64_t column);

/* Gives libyaml a marker or what the reader has: a yaml_read_handler_t. */
int yaml_bypass_read(struct yaml_bypass *bypass, struct yaml_reader *reader,
		     unsigned char *to, size_t size, size_t *length);

/* `nr_lines` lines were passed over. */
void yaml_bypass_pass(struct yaml_bypass *bypass, uint64_t nr_lines);

/* True for the marker's own events, by libyaml's number of their line. */
static inline bool yaml_bypass_is_marker(const struct yaml_bypass *bypass,
					 uint64_t line)
{
	return bypass->state == BYPASS_MARKED && line == bypass->marker;
}

/* The marker's last event came: libyaml stands at real text again. */
void yaml_bypass_resume(struct yaml_bypass *bypass);

/* The file's number, from 1, of what is libyaml's line `line`, from 0. */
static inline uint64_t yaml_bypass_line(const struct yaml_bypass *bypass,
					uint64_t line)
{
	if (!bypass->nr_markers || line <= bypass->first_marker)
		return line + 1;
	return line + 1 + bypass->missing_lines;
}

#endif
