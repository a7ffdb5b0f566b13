/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_YAML_ANCHORS_H
#define KMEMSIM_CONFIGS_YAML_YAML_ANCHORS_H

/*
 * What the anchors (&name) of a YAML stream stand for, to be played again
 * where an alias (*name) stands. Used by yaml_stream.c alone.
 */

#include "configs/yaml/yaml_stream.h"
#include "sim/base/text.h"

enum anchor_state {
	ANCHOR_UNKNOWN,
	ANCHOR_OPEN, /* its node is not over yet */
	ANCHOR_COMPLETE,
	ANCHOR_TOO_LARGE, /* to be kept; an error only once it is used */
};

struct anchor {
	enum anchor_state state;
	size_t first; /* in the log */
	size_t nr;
};

/* An item in the log; its text is at an offset, for the bytes may move. */
struct logged_item {
	struct yaml_item item;
	size_t text;
};

struct yaml_anchors {
	struct names *names; /* number n is anchor[n - 1] */
	struct anchor *anchor;
	size_t anchor_capacity;

	struct logged_item *log; /* all anchored nodes, one after another */
	size_t nr_log;
	size_t log_capacity;
	char *bytes;
	size_t nr_bytes;
	size_t bytes_capacity;

	struct {
		uint32_t anchor;
		unsigned int depth;
	} open[YAML_DEPTH_MAX + 1]; /* innermost last */
	unsigned int nr_open;
	unsigned int depth; /* below the outermost open node */

	size_t play; /* next item to play */
	size_t play_end;
};

int yaml_anchors_init(struct yaml_anchors *anchors);
void yaml_anchors_release(struct yaml_anchors *anchors);

/* The next item recorded is the first of what `name` stands for. */
int yaml_anchors_define(struct yaml_anchors *anchors, const char *name,
			struct place place, struct errors *errors);

/* Keeps the item where an anchored node is open; its value may move. */
int yaml_anchors_record(struct yaml_anchors *anchors, struct yaml_item *item,
			struct errors *errors);

/* Begins to play what `name` stands for; returns the number of items, or -1. */
long yaml_anchors_use(struct yaml_anchors *anchors, const char *name,
		      struct place place, struct errors *errors);

static inline bool yaml_anchors_playing(const struct yaml_anchors *anchors)
{
	return anchors->play < anchors->play_end;
}

/* The next item of what is being played. */
void yaml_anchors_play(struct yaml_anchors *anchors, struct yaml_item *item);

#endif
