// SPDX-License-Identifier: GPL-2.0-only
/*
 * Anchors and aliases of a YAML stream.
 *
 * Rules: an alias stands for all items of the anchored node, each still with
 * the place where it was written; items are kept, in one log, only while an
 * anchored node is open; a node within another shares the log. So that any
 * file is read in bounded memory, what does not fit the log is forgotten, and
 * only an alias to it is an error. An alias within the node that it names has
 * no end and is an error. Source: YAML 1.1, chapter 3.2.2.2 and 7.1.
 */

#include "configs/yaml/yaml_anchors.h"

#include "sim/base/host.h"

#include <stdlib.h>
#include <string.h>

#define ANCHORS_MAX 65536
#define LOG_MAX ((size_t)4 * YAML_ALIAS_MAX)
#define BYTES_MAX ((size_t)16 << 20)

int yaml_anchors_init(struct yaml_anchors *anchors)
{
	*anchors = (struct yaml_anchors){ .names = names_new() };
	return anchors->names ? 0 : -1;
}

void yaml_anchors_release(struct yaml_anchors *anchors)
{
	names_free(anchors->names);
	free(anchors->anchor);
	free(anchors->log);
	free(anchors->bytes);
}

static struct anchor *find(struct yaml_anchors *anchors, const char *name)
{
	uint32_t number = names_intern(anchors->names, name, strlen(name));
	struct anchor *grown;

	if (!number)
		return NULL;
	grown = host_grow(anchors->anchor, &anchors->anchor_capacity, number,
			  sizeof(*grown));
	if (!grown)
		return NULL;
	anchors->anchor = grown;
	return &grown[number - 1];
}

int yaml_anchors_define(struct yaml_anchors *anchors, const char *name,
			struct place place, struct errors *errors)
{
	struct anchor *anchor;

	if (names_count(anchors->names) >= ANCHORS_MAX)
		return error_input(errors, place,
				   "more than %d different anchors",
				   ANCHORS_MAX);
	anchor = find(anchors, name);
	if (!anchor)
		return error_host(errors, "no memory for an anchor");
	if (anchor->state == ANCHOR_OPEN)
		return error_input(errors, place,
				   "the anchor &%s is defined within itself",
				   name);
	*anchor = (struct anchor){ ANCHOR_OPEN, anchors->nr_log, 0 };
	if (anchors->nr_open == 0)
		anchors->depth = 0;
	if (anchors->nr_open > YAML_DEPTH_MAX)
		return 0; /* too deep: the stream refuses it at its start */
	anchors->open[anchors->nr_open].anchor =
		(uint32_t)(anchor - anchors->anchor);
	anchors->open[anchors->nr_open++].depth = anchors->depth;
	return 0;
}

/* Too much to keep: forgets every node that is open or lies within one. */
static void forget_open(struct yaml_anchors *anchors)
{
	size_t first = anchors->anchor[anchors->open[0].anchor].first;
	size_t i, nr = names_count(anchors->names);

	for (i = 0; i < nr && i < anchors->anchor_capacity; i++) {
		struct anchor *anchor = &anchors->anchor[i];

		if (anchor->state != ANCHOR_UNKNOWN && anchor->first >= first)
			anchor->state = ANCHOR_TOO_LARGE;
	}
	if (first < anchors->nr_log)
		anchors->nr_bytes = anchors->log[first].text;
	anchors->nr_log = first;
	anchors->nr_open = 0;
}

static int append(struct yaml_anchors *anchors, struct yaml_item *item)
{
	struct logged_item *log;
	char *bytes;
	size_t length = item->kind == YAML_SCALAR ? item->length + 1 : 0;
	uintptr_t from = (uintptr_t)item->value - (uintptr_t)anchors->bytes;
	/* The value of an item that is being played moves with the bytes. */
	bool played = anchors->bytes && length && from < anchors->nr_bytes;

	log = host_grow(anchors->log, &anchors->log_capacity,
			anchors->nr_log + 1, sizeof(*log));
	if (!log)
		return -1;
	anchors->log = log;
	bytes = host_grow(anchors->bytes, &anchors->bytes_capacity,
			  anchors->nr_bytes + length, 1);
	if (!bytes)
		return -1;
	if (played)
		item->value = bytes + from;
	anchors->bytes = bytes;
	log[anchors->nr_log++] =
		(struct logged_item){ *item, anchors->nr_bytes };
	if (length)
		memcpy(bytes + anchors->nr_bytes, item->value, length);
	anchors->nr_bytes += length;
	return 0;
}

/* Closes the nodes that the item just recorded completes. */
static void close_nodes(struct yaml_anchors *anchors)
{
	while (anchors->nr_open > 0 &&
	       anchors->open[anchors->nr_open - 1].depth == anchors->depth) {
		uint32_t which = anchors->open[--anchors->nr_open].anchor;
		struct anchor *anchor = &anchors->anchor[which];

		anchor->state = ANCHOR_COMPLETE;
		anchor->nr = anchors->nr_log - anchor->first;
		if (anchor->nr > YAML_ALIAS_MAX)
			anchor->state = ANCHOR_TOO_LARGE;
	}
}

int yaml_anchors_record(struct yaml_anchors *anchors, struct yaml_item *item,
			struct errors *errors)
{
	if (anchors->nr_open == 0)
		return 0;
	if (anchors->nr_log >= LOG_MAX ||
	    anchors->nr_bytes + item->length >= BYTES_MAX) {
		forget_open(anchors);
		return 0;
	}
	if (append(anchors, item) != 0)
		return error_host(errors, "no memory for an anchored node");
	switch (item->kind) {
	case YAML_SEQUENCE_START:
	case YAML_MAPPING_START:
		anchors->depth++;
		return 0;
	case YAML_SEQUENCE_END:
	case YAML_MAPPING_END:
		anchors->depth--;
		break;
	case YAML_SCALAR:
	case YAML_END:
		break;
	}
	close_nodes(anchors);
	return 0;
}

static int unknown(struct yaml_anchors *anchors, const char *name,
		   struct place place, struct errors *errors)
{
	uint32_t n, count = names_count(anchors->names);
	const char **known = host_alloc(count, sizeof(*known));
	const char *near = NULL;
	size_t nr = 0;

	for (n = 1; known && n <= count; n++) {
		if (n <= anchors->anchor_capacity &&
		    anchors->anchor[n - 1].state != ANCHOR_UNKNOWN)
			known[nr++] = names_text(anchors->names, n);
	}
	if (known)
		near = nearest_match(name, strlen(name), known, nr);
	if (near)
		error_input(errors, place,
			    "no anchor &%s stands above this alias; did you "
			    "mean *%s?",
			    name, near);
	else
		error_input(errors, place,
			    "no anchor &%s stands above this alias", name);
	free(known);
	return -1;
}

long yaml_anchors_use(struct yaml_anchors *anchors, const char *name,
		      struct place place, struct errors *errors)
{
	const struct anchor *anchor = find(anchors, name);

	if (!anchor)
		return error_host(errors, "no memory for an alias");
	switch (anchor->state) {
	case ANCHOR_UNKNOWN:
		return unknown(anchors, name, place, errors);
	case ANCHOR_OPEN:
		return error_input(errors, place,
				   "the alias *%s stands "
				   "within the very node that it names",
				   name);
	case ANCHOR_TOO_LARGE:
		return error_input(errors, place,
				   "what the alias *%s stands "
				   "for is too large to be repeated; an alias "
				   "stands for at most %d values",
				   name, YAML_ALIAS_MAX);
	case ANCHOR_COMPLETE:
		break;
	}
	anchors->play = anchor->first;
	anchors->play_end = anchor->first + anchor->nr;
	return (long)anchor->nr;
}

void yaml_anchors_play(struct yaml_anchors *anchors, struct yaml_item *item)
{
	const struct logged_item *logged = &anchors->log[anchors->play++];

	*item = logged->item;
	item->value = logged->item.kind == YAML_SCALAR ?
			      anchors->bytes + logged->text :
			      NULL;
}
