/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_YAML_FAST_LINES_H
#define KMEMSIM_WORKLOADS_YAML_FAST_LINES_H

/*
 * Lines that are like one that was read before, but for their numbers.
 * Internal to workloads/yaml/fast_events.c.
 */

#include "workloads/yaml/fast_text.h"
#include "workloads/yaml/field_values.h"

/* A line that was read and understood, value by value. */
struct line_value {
	unsigned int id; /* of its field */
	const char *s;
	const char *end;
};

struct read_line {
	const char *s; /* behind the item's first `{` */
	const char *end;
	struct line_value value[NR_FIELDS]; /* in the line's order */
	size_t nr;
	field_set given;	 /* what its event took from the line */
	const struct call *call; /* what came of it */
	const struct gfp_name_set *names; /* of its flags; NULL: none */
	size_t nr_items;		  /* libyaml's, of the line */
};

/* What lines that are alike have in common. */
struct known_line {
	struct call call;	   /* but for numbers, t_ns and line */
	struct gfp_name_set names; /* of its flags */
	bool has_names;
	size_t nr_items;
	size_t nr; /* of numbers */
	struct {
		uint16_t offset; /* in struct call */
		uint16_t size;
	} number[NR_FIELDS];
};

struct fast_lines;

/* NULL: the host has no memory. Free with free(). */
struct fast_lines *fast_lines_new(void);

/* Remembers the line, if there is room and it is one of a kind that can be. */
void fast_lines_learn(struct fast_lines *lines, const struct read_line *line);

/* How many lines it remembers. */
size_t fast_lines_nr(const struct fast_lines *lines);

/*
 * What the line s[0…end) is like, s as read_line.s: its numbers in number[], in
 * the line's order. NULL: like none that is known. FAST_LINES_PADDING bytes
 * behind `end` may be read.
 */
const struct known_line *fast_lines_match(const struct fast_lines *lines,
					  const char *s, const char *end,
					  uint64_t number[NR_FIELDS]);

#define FAST_LINES_PADDING 64

/* Makes the call of a line that matched, but for its place. */
static inline void known_line_put(const struct known_line *known,
				  const uint64_t number[NR_FIELDS],
				  struct call *call)
{
	*call = known->call;
	for (size_t i = 0; i < known->nr; i++)
		member_store((char *)call + known->number[i].offset,
			     known->number[i].size, number[i]);
}

#endif
