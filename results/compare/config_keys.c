/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the YAML that configs/ writes into a run's database: block mappings
 * and sequences by indentation, one key a line, scalars and flow collections
 * as values, of which flow mappings are taken apart, too. That is all that such
 * a text has, and all that is understood here: this is no reader of YAML
 * (results/ does not see libyaml).
 *
 *	nodes:                      a key that opens a level
 *	  - id: 0                   an item: opens a level, and has a key
 *	    zones:
 *	      - type: Normal        nodes.0.zones.0.type = Normal
 */

#include "results/compare/config_keys.h"

#include <stdio.h>
#include <string.h>

#define LEVELS_MAX 16
#define PATH_MAX_BYTES 256

/* The levels that are open at a line, outermost first. */
struct levels {
	struct {
		size_t indent;
		const char *name; /* of the key; NULL: an item */
		size_t length;
		size_t number; /* of the item */
	} level[LEVELS_MAX];
	size_t nr;
};

static void open_level(struct levels *levels, size_t indent, const char *name,
		       size_t length, size_t number)
{
	if (levels->nr == LEVELS_MAX)
		return;
	levels->level[levels->nr].indent = indent;
	levels->level[levels->nr].name = name;
	levels->level[levels->nr].length = length;
	levels->level[levels->nr].number = number;
	levels->nr++;
}

/* Closes levels that a line so far to the left does not belong to. */
static void close_levels(struct levels *levels, size_t indent)
{
	while (levels->nr && levels->level[levels->nr - 1].indent >= indent)
		levels->nr--;
}

static void open_item(struct levels *levels, size_t indent)
{
	size_t number = 0;

	while (levels->nr && levels->level[levels->nr - 1].indent > indent)
		levels->nr--;
	if (levels->nr && levels->level[levels->nr - 1].indent == indent &&
	    !levels->level[levels->nr - 1].name)
		number = levels->level[--levels->nr].number + 1;
	open_level(levels, indent, NULL, 0, number);
}

static const char *write_path(const struct levels *levels, const char *name,
			      size_t length, struct arena *arena)
{
	char path[PATH_MAX_BYTES];
	size_t used = 0, i;

	for (i = 0; i < levels->nr && used < sizeof(path); i++) {
		if (levels->level[i].name)
			used += (size_t)snprintf(path + used,
						 sizeof(path) - used, "%.*s.",
						 (int)levels->level[i].length,
						 levels->level[i].name);
		else
			used += (size_t)snprintf(path + used,
						 sizeof(path) - used, "%zu.",
						 levels->level[i].number);
	}
	if (used < sizeof(path))
		used += (size_t)snprintf(path + used, sizeof(path) - used,
					 "%.*s", (int)length, name);
	if (used >= sizeof(path))
		used = sizeof(path) - 1;
	return arena_strndup(arena, path, used);
}

static int add_key(struct config_keys *keys, const struct levels *levels,
		   const char *name, size_t name_length, const char *value,
		   size_t value_length, struct arena *arena)
{
	struct config_key *key =
		arena_one_more(arena, keys->key, keys->nr, sizeof(*key));

	if (!key)
		return -1;
	keys->key = key;
	key += keys->nr++;
	key->path = write_path(levels, name, name_length, arena);
	key->value = arena_strndup(arena, value, value_length);
	return key->path && key->value ? 0 : -1;
}

/* Where a part of a flow collection ends: at a comma of its own, or its end. */
static size_t part_length(const char *s, size_t length)
{
	int depth = 0;

	for (size_t i = 0; i < length; i++) {
		depth += s[i] == '{' || s[i] == '[';
		depth -= s[i] == '}' || s[i] == ']';
		if (s[i] == ',' && !depth)
			return i;
	}
	return length;
}

/* "{high: 1, batch: 2}": each of its keys. */
static int add_flow(struct config_keys *keys, struct levels *levels,
		    const char *s, size_t length, struct arena *arena)
{
	while (length) {
		size_t part = part_length(s, length);
		const char *colon = memchr(s, ':', part);
		size_t next = part < length ? part + 1 : part;

		if (colon) {
			const char *value = colon + 1;

			while (value < s + part && *value == ' ')
				value++;
			if (add_key(keys, levels, s, (size_t)(colon - s), value,
				    (size_t)(s + part - value), arena))
				return -1;
		}
		while (next < length && s[next] == ' ')
			next++;
		s += next;
		length -= next;
	}
	return 0;
}

static int add_value(struct config_keys *keys, struct levels *levels,
		     size_t indent, const char *name, size_t name_length,
		     const char *value, size_t length, struct arena *arena)
{
	int result;

	if (length < 3 || value[0] != '{' || value[length - 1] != '}')
		return add_key(keys, levels, name, name_length, value, length,
			       arena);
	open_level(levels, indent, name, name_length, 0);
	result = add_flow(keys, levels, value + 1, length - 2, arena);
	levels->nr--;
	return result;
}

static int read_line(struct config_keys *keys, struct levels *levels,
		     const char *line, size_t length, struct arena *arena)
{
	size_t indent = 0, name_length;
	const char *colon, *value;

	while (indent < length && line[indent] == ' ')
		indent++;
	if (indent == length || line[indent] == '#')
		return 0;
	if (length - indent > 2 && !strncmp(line + indent, "- ", 2)) {
		open_item(levels, indent);
		indent += 2;
		/* "- {name: a, size: 1}": an item in one line. */
		if (line[indent] == '{' && line[length - 1] == '}')
			return add_flow(keys, levels, line + indent + 1,
					length - indent - 2, arena);
	} else {
		close_levels(levels, indent);
	}
	colon = memchr(line + indent, ':', length - indent);
	if (!colon)
		return 0;
	name_length = (size_t)(colon - line) - indent;
	value = colon + 1;
	while (value < line + length && *value == ' ')
		value++;
	if (value < line + length)
		return add_value(keys, levels, indent, line + indent,
				 name_length, value,
				 (size_t)(line + length - value), arena);
	open_level(levels, indent, line + indent, name_length, 0);
	return 0;
}

int config_keys_read(struct config_keys *keys, const char *text,
		     struct arena *arena)
{
	struct levels levels = { .nr = 0 };
	const char *end;

	*keys = (struct config_keys){ .nr = 0 };
	for (; *text; text = *end ? end + 1 : end) {
		end = strchr(text, '\n');
		if (!end)
			end = text + strlen(text);
		if (read_line(keys, &levels, text, (size_t)(end - text), arena))
			return -1;
	}
	return 0;
}

const char *config_keys_find(const struct config_keys *keys, const char *path)
{
	size_t i;

	for (i = 0; i < keys->nr; i++)
		if (!strcmp(keys->key[i].path, path))
			return keys->key[i].value;
	return NULL;
}
