// SPDX-License-Identifier: GPL-2.0-only
/*
 * Builds a tree of nodes from a YAML stream.
 *
 * Rules: keys are scalars and each appears once in its mapping; a merge key
 * (`<<: *base`, or a list of them) adds those keys that the mapping does not
 * have itself, the earlier of two bases winning (YAML's merge type, 2005).
 * What is wrong with keys is told and reading goes on; what is wrong with the
 * syntax ends it. Left out: keys that are lists or mappings.
 */

#include "configs/yaml/yaml_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct yaml_tree *tree;
	struct yaml_stream *stream;
	struct errors *errors;
	bool failed; /* a key was wrong: the tree is no good */
};

static void add_child(struct yaml_node *parent, struct yaml_node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->nr++;
}

static struct yaml_node *find_child(const struct yaml_node *map,
				    const char *key)
{
	struct yaml_node *child;

	for (child = map->first; child; child = child->next) {
		if (strcmp(child->key, key) == 0)
			return child;
	}
	return NULL;
}

static struct yaml_node *new_node(struct builder *builder,
				  const struct yaml_item *item)
{
	struct yaml_tree *tree = builder->tree;
	struct yaml_node *node;

	if (++tree->nr_nodes > YAML_NODES_MAX) {
		error_input(builder->errors, item->place,
			    "more than %d "
			    "values: this is no config",
			    YAML_NODES_MAX);
		return NULL;
	}
	node = arena_alloc(tree->arena, sizeof(*node));
	errno = 0;
	if (!node) {
		error_host(builder->errors, "no memory for a YAML tree");
		return NULL;
	}
	node->place = item->place;
	return node;
}

static struct yaml_node *build(struct builder *builder,
			       const struct yaml_item *item);

static struct yaml_node *build_scalar(struct builder *builder,
				      const struct yaml_item *item)
{
	struct yaml_node *node = new_node(builder, item);

	if (!node)
		return NULL;
	node->quoted = item->quoted;
	node->length = item->length;
	node->text =
		arena_strndup(builder->tree->arena, item->value, item->length);
	if (!node->text) {
		error_host(builder->errors, "no memory for a YAML tree");
		return NULL;
	}
	return node;
}

static struct yaml_node *build_list(struct builder *builder,
				    const struct yaml_item *item)
{
	struct yaml_node *node = new_node(builder, item), *child;
	struct yaml_item next;

	if (!node)
		return NULL;
	node->kind = YAML_NODE_LIST;
	for (;;) {
		if (yaml_stream_next(builder->stream, &next, builder->errors))
			return NULL;
		if (next.kind == YAML_SEQUENCE_END)
			return node;
		child = build(builder, &next);
		if (!child)
			return NULL;
		add_child(node, child);
	}
}

static void too_many_keys(struct builder *builder,
			  const struct yaml_node *child)
{
	error_input(builder->errors, child->key_place,
		    "a mapping of more than %d keys", YAML_KEYS_MAX);
	builder->failed = true;
}

/* Takes over what `base` has and `map` has not. */
static void merge_one(struct builder *builder, struct yaml_node *map,
		      struct yaml_node *base)
{
	struct yaml_node *child, *next;

	if (base->kind != YAML_NODE_MAPPING) {
		error_input(builder->errors, base->place,
			    "the merge key << "
			    "takes a mapping or a list of mappings");
		builder->failed = true;
		return;
	}
	for (child = base->first; child; child = next) {
		next = child->next;
		if (find_child(map, child->key))
			continue;
		if (map->nr >= YAML_KEYS_MAX) {
			too_many_keys(builder, child);
			return;
		}
		add_child(map, child);
	}
}

static void merge(struct builder *builder, struct yaml_node *map,
		  struct yaml_node *bases)
{
	struct yaml_node *base, *next;

	if (bases->kind != YAML_NODE_LIST) {
		merge_one(builder, map, bases);
		return;
	}
	for (base = bases->first; base; base = next) {
		next = base->next;
		merge_one(builder, map, base);
	}
}

/* Reports a key that can't be added; true where it can. */
static bool check_key(struct builder *builder, const struct yaml_node *map,
		      const char *key, struct place place)
{
	const struct yaml_node *same = find_child(map, key);

	if (same) {
		error_input(builder->errors, place,
			    "the key \"%s\" is given "
			    "twice; first at %llu:%llu",
			    key, (unsigned long long)same->key_place.line,
			    (unsigned long long)same->key_place.column);
		builder->failed = true;
	}
	return !same;
}

/* One `key: value`; *merging is set for a merge key. */
static struct yaml_node *build_pair(struct builder *builder,
				    const struct yaml_item *key_item,
				    bool *merging)
{
	struct yaml_node *child;
	struct yaml_item next;
	const char *key;

	if (key_item->kind != YAML_SCALAR) {
		error_input(builder->errors, key_item->place,
			    "a key must be a word, not a list or a mapping");
		return NULL;
	}
	*merging = !key_item->quoted && strcmp(key_item->value, "<<") == 0;
	key = arena_strndup(builder->tree->arena, key_item->value,
			    key_item->length);
	if (!key) {
		error_host(builder->errors, "no memory for a YAML tree");
		return NULL;
	}
	if (yaml_stream_next(builder->stream, &next, builder->errors) != 0)
		return NULL;
	child = build(builder, &next);
	if (!child)
		return NULL;
	child->key = key;
	child->key_place = key_item->place;
	return child;
}

static struct yaml_node *build_mapping(struct builder *builder,
				       const struct yaml_item *item)
{
	struct yaml_node *node = new_node(builder, item), *child;
	struct yaml_node bases = { .kind = YAML_NODE_LIST };
	struct yaml_item next;
	bool merging = false;

	if (!node)
		return NULL;
	node->kind = YAML_NODE_MAPPING;
	for (;;) {
		if (yaml_stream_next(builder->stream, &next, builder->errors))
			return NULL;
		if (next.kind == YAML_MAPPING_END)
			break;
		child = build_pair(builder, &next, &merging);
		if (!child)
			return NULL;
		if (node->nr >= YAML_KEYS_MAX) {
			too_many_keys(builder, child);
			return NULL;
		}
		if (merging)
			add_child(&bases, child);
		else if (check_key(builder, node, child->key, child->key_place))
			add_child(node, child);
	}
	/* Last, for the mapping's own keys come first wherever they stand. */
	for (child = bases.first; child; child = bases.first) {
		bases.first = child->next;
		merge(builder, node, child);
	}
	return node;
}

static struct yaml_node *build(struct builder *builder,
			       const struct yaml_item *item)
{
	switch (item->kind) {
	case YAML_SCALAR:
		return build_scalar(builder, item);
	case YAML_SEQUENCE_START:
		return build_list(builder, item);
	case YAML_MAPPING_START:
		return build_mapping(builder, item);
	case YAML_END:
	case YAML_SEQUENCE_END:
	case YAML_MAPPING_END:
		break;
	}
	return NULL;
}

struct yaml_tree *yaml_tree_read(struct yaml_stream *stream,
				 struct errors *errors)
{
	struct yaml_tree *tree = host_alloc(1, sizeof(*tree));
	struct builder builder = { tree, stream, errors, false };
	struct yaml_item item;

	errno = 0;
	if (tree)
		tree->arena = arena_new();
	if (!tree || !tree->arena) {
		error_host(errors, "no memory for a YAML tree");
		yaml_tree_free(tree);
		return NULL;
	}
	if (yaml_stream_next(stream, &item, errors) == 0)
		tree->root = build(&builder, &item);
	/* What follows the root may still be no YAML, or a second document. */
	if (!tree->root || yaml_stream_next(stream, &item, errors) != 0 ||
	    builder.failed) {
		yaml_tree_free(tree);
		return NULL;
	}
	return tree;
}

static struct yaml_tree *read_and_close(struct yaml_stream *stream,
					struct errors *errors)
{
	struct yaml_tree *tree;

	if (!stream)
		return NULL;
	tree = yaml_tree_read(stream, errors);
	yaml_stream_close(stream);
	return tree;
}

struct yaml_tree *yaml_tree_load(const char *path, struct errors *errors)
{
	return read_and_close(yaml_stream_open(path, errors), errors);
}

struct yaml_tree *yaml_tree_load_memory(const char *name, const char *bytes,
					size_t length, struct errors *errors)
{
	return read_and_close(
		yaml_stream_open_memory(name, bytes, length, errors), errors);
}

void yaml_tree_free(struct yaml_tree *tree)
{
	if (!tree)
		return;
	arena_free(tree->arena);
	free(tree);
}
