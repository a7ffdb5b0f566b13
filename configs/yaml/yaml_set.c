// SPDX-License-Identifier: GPL-2.0-only
/*
 * `--set PATH=VALUE` and the axes of sweeps: a change to a tree before anything
 * of it is checked, so that a value set from outside meets the same rules as
 * one in the file.
 *
 * Rules: PATH is keys and list indexes joined by dots; what it names is
 * replaced whole; a mapping on the way is made where it is missing; an index
 * must name an element that is there, and "*" is each that is there. The VALUE
 * of --set is YAML, flow style; an error's line is the number of the --set, its
 * column that of the word.
 */

#include "configs/config.h"
#include "configs/yaml/yaml_tree.h"
#include "sim/base/text.h"

#include <errno.h>
#include <string.h>

struct setting {
	struct yaml_tree *tree;
	const char *word;
	struct place place; /* of the word */
	struct errors *errors;
};

static struct place place_at(const struct setting *setting, const char *where)
{
	struct place place = setting->place;

	place.column += (uint64_t)(where - setting->word);
	return place;
}

/* Copies a tree's nodes into another tree. */
static struct yaml_node *copy(struct arena *arena, const struct yaml_node *from)
{
	struct yaml_node *to = arena_alloc(arena, sizeof(*to)), *child;
	const struct yaml_node *next;

	if (!to)
		return NULL;
	*to = *from;
	to->first = to->last = to->next = NULL;
	if (from->text)
		to->text = arena_strndup(arena, from->text, from->length);
	if (from->key)
		to->key = arena_strndup(arena, from->key, strlen(from->key));
	for (next = from->first; next; next = next->next) {
		child = copy(arena, next);
		if (!child)
			return NULL;
		if (to->last)
			to->last->next = child;
		else
			to->first = child;
		to->last = child;
	}
	return to;
}

/* VALUE as a node, with the places that the user sees. */
static struct yaml_node *parse_value(const struct setting *setting,
				     const char *value)
{
	struct text padded = TEXT_EMPTY;
	struct yaml_node *node = NULL;
	struct yaml_tree *tree;
	size_t i;

	if (value[strspn(value, " ")] == '\0') {
		error_input(setting->errors, place_at(setting, value),
			    "a value is missing after the \"=\"");
		return NULL;
	}
	for (i = 1; i < setting->place.line; i++)
		text_add_bytes(&padded, "\n", 1);
	text_add(&padded, "%*s%s", (int)(value - setting->word), "", value);
	errno = 0;
	if (padded.failed) {
		error_host(setting->errors, "no memory for --set");
		return NULL;
	}
	tree = yaml_tree_load_memory(CONFIG_SET_NAME, padded.s, padded.length,
				     setting->errors);
	text_release(&padded);
	if (!tree)
		return NULL;
	node = copy(setting->tree->arena, tree->root);
	yaml_tree_free(tree);
	if (!node)
		error_host(setting->errors, "no memory for --set");
	return node;
}

static struct yaml_node *index_list(const struct setting *setting,
				    struct yaml_node *list, const char *part,
				    size_t length)
{
	struct yaml_node *child = list->first;
	uint64_t index;

	if (!parse_u64(part, length, &index)) {
		error_input(setting->errors, place_at(setting, part),
			    "\"%.*s\" is no index; a list is here, of %zu "
			    "elements counted from 0",
			    (int)length, part, list->nr);
		return NULL;
	}
	if (index >= list->nr) {
		error_input(setting->errors, place_at(setting, part),
			    "no element %llu; the list has %zu, counted "
			    "from 0",
			    (unsigned long long)index, list->nr);
		return NULL;
	}
	while (index--)
		child = child->next;
	return child;
}

/* The value of a key, made as an empty mapping where it is missing. */
static struct yaml_node *find_or_make(const struct setting *setting,
				      struct yaml_node *map, const char *part,
				      size_t length)
{
	struct arena *arena = setting->tree->arena;
	struct yaml_node *child;

	for (child = map->first; child; child = child->next) {
		if (strlen(child->key) == length &&
		    memcmp(child->key, part, length) == 0)
			return child;
	}
	child = arena_alloc(arena, sizeof(*child));
	if (child)
		child->key = arena_strndup(arena, part, length);
	errno = 0;
	if (!child || !child->key) {
		error_host(setting->errors, "no memory for --set");
		return NULL;
	}
	child->kind = YAML_NODE_MAPPING;
	child->place = child->key_place = place_at(setting, part);
	if (map->last)
		map->last->next = child;
	else
		map->first = child;
	map->last = child;
	map->nr++;
	return child;
}

static struct yaml_node *step(const struct setting *setting,
			      struct yaml_node *from, const char *part,
			      size_t length)
{
	if (length == 0) {
		error_input(setting->errors, place_at(setting, part),
			    "a key or an index is missing here; --set takes "
			    "PATH=VALUE, as in sysctl.min_free_kbytes=1024");
		return NULL;
	}
	switch (from->kind) {
	case YAML_NODE_LIST:
		return index_list(setting, from, part, length);
	case YAML_NODE_MAPPING:
		return find_or_make(setting, from, part, length);
	case YAML_NODE_SCALAR:
		break;
	}
	error_input(setting->errors, place_at(setting, part),
		    "nothing can be set below a plain value (\"%s\")",
		    from->text);
	return NULL;
}

/* Puts a copy of `value` where `there` is, in its parent's chain. */
static int replace(const struct setting *setting, struct yaml_node *there,
		   const struct yaml_node *value, struct place place)
{
	struct yaml_node old = *there;
	struct yaml_node *own = copy(setting->tree->arena, value);

	errno = 0;
	if (!own)
		return error_host(setting->errors, "no memory for --set");
	*there = *own;
	there->next = old.next;
	there->key = old.key;
	there->key_place = place;
	return 0;
}

/* What is left of a path, and what stands at its end. */
struct rest {
	const char *part; /* NULL: nothing is left */
	const char *end;
	struct place place; /* of the part before */
	const struct yaml_node *value;
};

static int set_below(const struct setting *setting, struct yaml_node *from,
		     struct rest rest);

/* "*": each element of a list, one after another. */
static int set_each(const struct setting *setting, struct yaml_node *list,
		    struct rest rest)
{
	struct yaml_node *child;
	int result = 0;

	if (list->kind != YAML_NODE_LIST)
		return error_input(setting->errors, rest.place,
				   "\"*\" stands for each element of a list, "
				   "and no list is here");
	for (child = list->first; child && !result; child = child->next)
		result = set_below(setting, child, rest);
	return result;
}

static int set_below(const struct setting *setting, struct yaml_node *from,
		     struct rest rest)
{
	struct rest after = rest;
	const char *dot;
	size_t length;

	if (!rest.part)
		return replace(setting, from, rest.value, rest.place);
	dot = memchr(rest.part, '.', (size_t)(rest.end - rest.part));
	length = (size_t)((dot ? dot : rest.end) - rest.part);
	after.part = dot ? dot + 1 : NULL;
	after.place = place_at(setting, rest.part);
	if (length == 1 && *rest.part == '*')
		return set_each(setting, from, after);
	from = step(setting, from, rest.part, length);
	return from ? set_below(setting, from, after) : -1;
}

/* The PATH that ends at `end` gets a value. */
static int set_at(const struct setting *setting, const char *end,
		  const struct yaml_node *value)
{
	const struct rest whole = { setting->word, end, setting->place, value };

	return set_below(setting, setting->tree->root, whole);
}

int yaml_tree_put(struct yaml_tree *tree, const char *path, struct place place,
		  const struct yaml_node *value, struct errors *errors)
{
	const struct setting setting = { tree, path, place, errors };

	return set_at(&setting, path + strlen(path), value);
}

int yaml_tree_set(struct yaml_tree *tree, const char *word, size_t number,
		  struct errors *errors)
{
	const struct setting setting = {
		tree, word, { CONFIG_SET_NAME, number, 1 }, errors
	};
	const char *equals = strchr(word, '=');
	struct yaml_node *value;

	if (!equals)
		return error_input(errors, place_at(&setting, word),
				   "\"%s\" "
				   "is not PATH=VALUE, as in "
				   "sysctl.min_free_kbytes=1024",
				   word);
	value = parse_value(&setting, equals + 1);
	return value ? set_at(&setting, equals, value) : -1;
}
